"""The miner as an ordinary spaCy component: `language.add_pipe("conduit_findings")`.

A document is read as one interaction whose every paragraph is a customer's turn. Findings become
spans in `doc.spans["conduit_findings"]`, labelled with the category, and carry `span._.conduit`
with the whole finding; `doc._.conduit` holds everything that was mined, with offsets into the
paragraphs as `nlp.pipeline` gives them.
"""

import re
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from nlp.pipeline import Miner
from nlp.types import Finding, Interaction, Mined, Roles, Turn

SPANS = "conduit_findings"
_PARAGRAPH = re.compile(r"\S(?:.*?\S)?(?=\s*(?:\n[^\S\n]*\n|\Z))", re.DOTALL)

if not Doc.has_extension("conduit"):
    Doc.set_extension("conduit", default=None)
    Span.set_extension("conduit", default=None)


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Offsets of the paragraphs of a text: what stands between blank lines."""
    return [match.span() for match in _PARAGRAPH.finditer(text)]


class FindingsComponent:
    """Mines a document. `predict` changes nothing; `set_annotations` writes down what it said."""

    def __init__(self, miner: Miner) -> None:
        self._miner = miner

    def __call__(self, doc: Doc) -> Doc:
        """Mines one document and annotates it."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> Mined | None:
        """What the miner says of a document; None where it holds no words."""
        spans = paragraphs(doc.text)
        if not spans:
            return None
        turns = tuple(
            Turn(index=index, speaker="customer", text=doc.text[start:end])
            for index, (start, end) in enumerate(spans)
        )
        roles = Roles(source="options", confidence=1.0, note="a document is the customer's")
        interaction = Interaction(
            id="doc", source="doc", format="text", channel="email", turns=turns, roles=roles
        )
        return self._miner.mine([interaction])[0]

    def set_annotations(self, doc: Doc, mined: Mined | None) -> None:
        """Writes findings as spans.

        A quote that cuts a token of the pipeline's tokenizer is widened to whole tokens.
        """
        doc._.conduit = mined
        starts = [start for start, _ in paragraphs(doc.text)]
        found = [self._span(doc, finding, starts) for finding in mined.findings] if mined else []
        doc.spans[SPANS] = SpanGroup(doc, name=SPANS, spans=found)

    def _span(self, doc: Doc, finding: Finding, starts: list[int]) -> Span:
        offset = starts[finding.turn]
        span = doc.char_span(
            offset + finding.start,
            offset + finding.end,
            label=finding.category,
            alignment_mode="expand",
        )
        if span is None:  # not reachable for offsets inside the text; says so if it ever is
            raise ValueError(f"no tokens at {offset + finding.start}:{offset + finding.end}")
        span._.conduit = finding
        return span


@Language.factory(
    "conduit_findings",
    default_config={"model": None, "cache": None, "threads": None},
    assigns=["doc.spans", "doc._.conduit"],
)
def make_findings(
    nlp: Language,
    name: str,
    model: str | None,
    cache: str | None,
    threads: int | None,
) -> FindingsComponent:
    """Builds the component.

    Args:
        nlp: the pipeline that it joins (spaCy's own name for the argument).
        name: of the component in that pipeline.
        model: a model folder; the project's own if None.
        cache: folder for the encoder's graph.
        threads: for one run of the encoder.

    Raises:
        ModelError: there is no such model.
        WeightsMissing: the encoder's weights are nowhere.
    """
    miner = Miner.load(
        Path(model) if model else None, cache=Path(cache) if cache else None, threads=threads
    )
    return FindingsComponent(miner)
