"""The miner in somebody else's spaCy pipeline gives the same findings."""

import spacy

from nlp.pipeline import Miner
from nlp.spacy_component import SPANS, paragraphs
from tests.nlp.conversations import interaction

MAIL = """Hello,

the app crashes every time I open the camera, since the update last week.

   Your help page still shows the old menu, so the steps cannot be followed.

It would be nice if I could choose the language."""


def test_add_pipe_finds_what_the_miner_finds(miner: Miner) -> None:
    # The entry point makes the name known; nothing of ours is imported by whoever uses it.
    language = spacy.blank("en")
    language.add_pipe("conduit_findings")
    doc = language(MAIL)
    parts = [MAIL[start:end] for start, end in paragraphs(MAIL)]
    mail = interaction(*(("customer", part) for part in parts), channel="email")
    expected = miner.mine([mail])[0].findings
    assert expected
    assert [(span.label_, span.text) for span in doc.spans[SPANS]] == [
        (finding.category, finding.quote) for finding in expected
    ]
    assert [span._.conduit for span in doc.spans[SPANS]] == list(expected)
    assert doc._.conduit.sentiment.label in ("negative", "neutral", "positive")


def test_documents_without_words_are_left_alone() -> None:
    language = spacy.blank("en")
    language.add_pipe("conduit_findings")
    docs = list(language.pipe(["", "   ", "It broke."]))
    assert [len(doc.spans[SPANS]) for doc in docs[:2]] == [0, 0]


def test_paragraphs_stand_between_blank_lines() -> None:
    text = " one\nstill one \n \n\n two\n"
    assert [text[start:end] for start, end in paragraphs(text)] == ["one\nstill one", "two"]
