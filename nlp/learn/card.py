"""The model card, made from `model.json` and the metrics; nobody writes a figure by hand."""

from collections.abc import Mapping
from typing import Any

from nlp.learn import registry
from nlp.learn.corpora import PUBLIC
from nlp.types import CATEGORIES


def text(model: registry.Model, metrics: Mapping[str, Any]) -> str:
    """The card as Markdown (after Mitchell et al. 2019, "Model Cards for Model Reporting")."""
    trained = model.description["trained"]
    return "\n".join(
        [
            f"# {model.name}",
            "",
            "Made by `conduit evaluate`; do not edit.",
            "",
            "Reads a customer's passage (a turn of a call, a paragraph of a mail; English)",
            "and says which of three categories it carries, how the customer feels, and which",
            "words show it.",
            f"Linear heads on the frozen encoder {model.description['encoder']['name']}",
            f"(weights `{model.description['encoder']['sha256'][:8]}…`), served in int8.",
            "",
            "## Figures",
            "",
            *figures(metrics),
            "",
            "## Trained on",
            "",
            f"- `corpora/contact_centre`: {trained['own']['passages']:,} customer passages of "
            f"{trained['own']['interactions']} interactions (train and dev splits), written and "
            "labelled for this project.",
            *(
                f"- {name}: {used['rows']:,} rows, {used['licence']}, "
                f"github.com/{PUBLIC[name].repository} at {PUBLIC[name].commit[:8]}."
                for name, used in trained["public"].items()
            ),
            "",
            "## Not for",
            "",
            "Decisions about a single customer; languages other than English; passages without",
            'their interaction where the words say nothing by themselves ("same thing again").',
            "The corpus was written by the project, not recorded in a call centre: expect lower",
            "figures on real recordings, and measure on your own.",
            "",
        ]
    )


def figures(metrics: Mapping[str, Any]) -> list[str]:
    """The tables of figures, as lines of Markdown; the README quotes the same."""
    lines = [
        f"Test split: {metrics['passages']} passages of {metrics['interactions']} interactions, "
        f"none of them trained on; {len(metrics['unseen_industries'])} industries appear there "
        "alone. 95 % intervals by bootstrap over interactions.",
        "",
        "| category | passages | precision | recall | F1 | 95 % | unseen industries | "
        "calibration error | TF-IDF F1 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for category in CATEGORIES:
        row = metrics["categories"][category]
        low, high = row["f1_interval"]
        lines.append(
            f"| {category} | {row['passages']} | {row['precision']:.2f} | {row['recall']:.2f} | "
            f"{row['f1']:.2f} | {low:.2f} to {high:.2f} | {row['f1_unseen_industries']:.2f} | "
            f"{row['calibration_error']:.3f} | {metrics['baseline_tfidf'][category]:.2f} |"
        )
    feeling = metrics["sentiment"]
    low, high = feeling["macro_f1_interval"]
    quotes = metrics["quotes"]
    lines += [
        "",
        f"Sentiment: macro F1 {feeling['macro_f1']:.2f} ({low:.2f} to {high:.2f}), accuracy "
        f"{feeling['accuracy']:.2f}. Quotes, token F1 against the written ones (whole passage): "
        + ", ".join(
            f"{category} {quotes[category]['token_f1']:.2f} "
            f"({quotes[category]['token_f1_whole_passage']:.2f})"
            for category in CATEGORIES
        )
        + ".",
    ]
    return lines


def write(model: registry.Model, metrics: Mapping[str, Any]) -> str:
    """Writes `card.md` beside the model and returns it."""
    card = text(model, metrics)
    (model.folder / "card.md").write_text(card, encoding="utf-8")
    return card
