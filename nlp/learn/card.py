"""The model card, made from `model.json` and the metrics; nobody writes a figure by hand."""

from collections.abc import Mapping
from typing import Any

from nlp.learn import registry, tables
from nlp.learn.corpora import PUBLIC
from nlp.learn.tables import number, spread
from nlp.types import CATEGORIES


def text(model: registry.Model, metrics: Mapping[str, Any] | None) -> str:
    """The card as Markdown (after Mitchell et al. 2019, "Model Cards for Model Reporting").

    Args:
        model: that it is of.
        metrics: on the project's test split, or None where nobody measured it.
    """
    if metrics is None:
        measured = ["Nobody measured it yet: `conduit evaluate` does.", ""]
    else:
        measured = [
            *figures(metrics),
            "",
            "How each is measured stands in `docs/evaluation.md`; the curves as numbers in",
            "`metrics.json`.",
            "",
            *every_figure(metrics),
        ]
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
            *measured,
            *_retrained(model.description),
            *_trained(model.description["trained"]),
            "## Not for",
            "",
            "Decisions about a single customer; languages other than English; passages without",
            'their interaction where the words say nothing by themselves ("same thing again").',
            "The corpus was written by the project, not recorded in a call centre: expect lower",
            "figures on real recordings, and measure on your own.",
            "",
        ]
    )


def _trained(trained: Mapping[str, Any]) -> list[str]:
    return [
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
        "- The vectors of passages, without any label: the train split of the corpus, and "
        + ", ".join(f"{rows:,} sentences of {name}" for name, rows in trained["vectors"].items())
        + ".",
        *(
            f"- On from {one['name']} (digest `{one['digest'][:8]}…`), which had learned from part "
            f"of that; {trained['settings']['epochs']} epochs more, on {trained['device']}, and "
            "half way back."
            for one in [trained.get("parent")]
            if one
        ),
        "",
    ]


def _retrained(description: Mapping[str, Any]) -> list[str]:
    """How a retrained model's heads left its parent's; nothing of a model trained from scratch."""
    lineage, moved = description.get("lineage"), description.get("retrained")
    if not lineage or not moved:
        return []
    given = lineage["corrections"] or {"interactions": 0, "judgements": 0}
    lines = [
        "## Retrained",
        "",
        f"From `{lineage['parent']}` (digest `{lineage['parent_digest'][:8]}…`) with "
        f"{given['judgements']:,} judgements of {given['interactions']:,} interactions. Encoder "
        f"and vectors are the parent's; {moved['new_words']} words are new; the quotes' head is "
        f"{moved['quotes']}.",
        "",
        "| head | judged | strength | loss held out: before, after | dev: before, after |",
        "|---|---|---|---|---|",
    ]
    for name in (*CATEGORIES, "sentiment"):
        one = moved[name]
        lines.append(
            f"| {name} | {one['rows']} | {one['strength']:g} | "
            f"{one['held_out_before']:.3f}, {one['held_out']:.3f} | "
            f"{one['dev_before']:.3f}, {one['dev']:.3f} |"
        )
    return [
        *lines,
        "",
        "Strength 0 is the parent's head. Dev is average precision of a category and macro F1 of",
        "sentiment, with calibration chosen anew on the dev split.",
        "",
    ]


def figures(metrics: Mapping[str, Any]) -> list[str]:
    """The figures in short, as lines of Markdown; the README quotes them."""
    industries, peer = metrics["industries"], metrics["baseline_tfidf"]
    lines = [
        f"Test split: {metrics['passages']} passages of {metrics['interactions']} interactions, "
        f"none of them trained on; {len(industries['names'])} industries appear there alone. 95 % "
        "intervals by bootstrap over interactions.",
        "",
        "| category | passages | F1 | 95 % | precision, recall | sure: precision, recall | "
        "F1, unseen industries | calibration error | TF-IDF F1 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for category in CATEGORIES:
        row, sure = metrics["categories"][category], metrics["unsure"][category]
        lines.append(
            f"| {category} | {row['passages']} | {number(row['f1'])} | "
            f"{spread(row['f1_interval'])} | {number(row['precision'])}, {number(row['recall'])} | "
            f"{number(sure['precision_above'])}, {number(sure['recall_above'])} | "
            f"{number(industries['unseen'][category]['f1'])} | "
            f"{number(row['calibration_error'], 3)} | {number(peer[category]['f1'])} |"
        )
    lines += [
        "",
        "What the model is not sure of is marked `unsure`, and a person decides: "
        f"{metrics['unsure']['share']:.1%} of the passages.",
    ]
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
    return lines


def every_figure(metrics: Mapping[str, Any]) -> list[str]:
    """All tables of the metrics, as lines of Markdown."""
    lines: list[str] = []
    for table in tables.every(metrics):
        lines += [f"### {table.title}", "", *table.markdown(), ""]
    return lines


def write(model: registry.Model, metrics: Mapping[str, Any] | None = None) -> str:
    """Writes `card.md` beside the model, without figures where nobody measured it; returns it."""
    card = text(model, metrics)
    (model.folder / "card.md").write_text(card, encoding="utf-8")
    return card
