"""The model card, made from `model.json` and the metrics; nobody writes a figure by hand."""

from collections.abc import Mapping
from typing import Any

from nlp.learn import registry, tables
from nlp.learn.corpora import PUBLIC
from nlp.learn.tables import number, spread
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
            f"Learned on top of the encoder {model.description['encoder']['name']}",
            f"(weights `{model.description['encoder']['sha256'][:8]}…`), served in int8.",
            "",
            "## Figures",
            "",
            *figures(metrics),
            "",
            "How each is measured stands in `docs/evaluation.md`; the curves as numbers in",
            "`metrics.json`.",
            "",
            *every_figure(metrics),
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
    """The figures in short, as lines of Markdown; the README quotes them."""
    industries, peer = metrics["industries"], metrics["baseline_tfidf"]
    lines = [
        f"Test split: {metrics['passages']} passages of {metrics['interactions']} interactions, "
        f"none of them trained on; {len(industries['names'])} industries appear there alone. 95 % "
        "intervals by bootstrap over interactions.",
        "",
        "| category | passages | precision | recall | F1 | 95 % | unseen industries | "
        "calibration error | TF-IDF F1 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for category in CATEGORIES:
        row = metrics["categories"][category]
        lines.append(
            f"| {category} | {row['passages']} | {number(row['precision'])} | "
            f"{number(row['recall'])} | {number(row['f1'])} | {spread(row['f1_interval'])} | "
            f"{number(industries['unseen'][category]['f1'])} | "
            f"{number(row['calibration_error'], 3)} | {number(peer[category]['f1'])} |"
        )
    feeling, quotes = metrics["sentiment"], metrics["quotes"]
    lines += [
        "",
        f"Sentiment: macro F1 {number(feeling['macro_f1'])} "
        f"({spread(feeling['macro_f1_interval'])}), accuracy {number(feeling['accuracy'])}. "
        "Quotes, token F1 against the written ones (whole sentences, whole passage): "
        + ", ".join(
            f"{category} {number(quotes[category]['token_f1'])} "
            f"({number(quotes[category]['token_f1_whole_sentences'])}, "
            f"{number(quotes[category]['token_f1_whole_passage'])})"
            for category in CATEGORIES
        )
        + ".",
    ]
    if "unsure" in metrics:
        lines += ["", *_unsure(metrics["unsure"])]
    return lines


def _unsure(band: Mapping[str, Any]) -> list[str]:
    said = ", ".join(
        f"{category} {number(band[category]['precision_above'])} and "
        f"{number(band[category]['recall_within'])}"
        for category in CATEGORIES
    )
    return [
        f"Unsure, for people to look at: {band['share']:.1%} of the passages. Precision above the "
        f"band, and the share of each category that lies within: {said}."
    ]


def every_figure(metrics: Mapping[str, Any]) -> list[str]:
    """All tables of the metrics, as lines of Markdown."""
    lines: list[str] = []
    for table in tables.every(metrics):
        lines += [f"### {table.title}", "", *table.markdown(), ""]
    return lines


def write(model: registry.Model, metrics: Mapping[str, Any]) -> str:
    """Writes `card.md` beside the model and returns it."""
    card = text(model, metrics)
    (model.folder / "card.md").write_text(card, encoding="utf-8")
    return card
