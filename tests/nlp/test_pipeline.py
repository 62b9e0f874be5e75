"""The miner on the committed model: findings with evidence, an arc, and the same every time."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.pipeline import Miner
from nlp.types import Finding, Interaction, Mined
from tests.nlp.conversations import interaction

CALL = interaction(
    ("agent", "Thank you for calling, how can I help?"),
    ("customer", "My router keeps dropping the connection every evening and I am fed up."),
    ("agent", "Did you follow the guide on our site?"),
    (
        "customer",
        "Your guide says to press the reset button, but there is no reset button on this model, "
        "so the instructions are wrong.",
    ),
    ("agent", "I see."),
    ("customer", "It would be great if the app let me set a schedule for each room."),
    ("agent", "I will pass that on. Anything else?"),
    ("customer", "No, that is all, thank you."),
)
DELIVERY = interaction(
    ("agent", "Good morning."),
    ("customer", "Hello, I would like to know when my parcel will arrive."),
    ("agent", "Tomorrow."),
    ("customer", "Great, thanks, bye."),
)


def found(mined: Mined) -> set[tuple[str, int]]:
    """Category and turn of each finding."""
    return {(finding.category, finding.turn) for finding in mined.findings}


def quoted(call: Interaction, findings: Sequence[Finding]) -> list[str]:
    """The quotes as their offsets give them."""
    return [call.turns[one.turn].text[one.start : one.end] for one in findings]


def test_a_call_with_one_of_each(miner: Miner) -> None:
    mined = miner.mine([CALL])[0]
    assert {
        ("product_defect", 1),
        ("documentation_error", 3),
        ("feature_request", 5),
    } <= found(mined)
    assert not any(turn == 7 for _, turn in found(mined))
    assert quoted(CALL, mined.findings) == [finding.quote for finding in mined.findings]
    assert all(0 < finding.confidence <= 1 for finding in mined.findings)
    assert mined.model == miner.model


def test_nothing_is_found_where_nothing_is(miner: Miner) -> None:
    assert miner.mine([DELIVERY])[0].findings == ()


def test_sentiment_of_passages_arc_and_whole(miner: Miner) -> None:
    bad, good = miner.mine(
        [
            interaction(("customer", "This is awful, it broke again and I am really angry.")),
            interaction(("customer", "I love it, it works perfectly now, brilliant service!")),
        ]
    )
    assert (bad.sentiment.label, good.sentiment.label) == ("negative", "positive")
    assert bad.sentiment.score < 0 < good.sentiment.score
    arc = miner.mine([CALL])[0].arc
    assert [point.index for point in arc] == [1, 3, 5, 7]
    assert all(-1 <= point.score <= 1 for point in arc)
    assert arc[0].label == "negative"


def test_quotes_are_shorter_than_what_they_stand_in(miner: Miner) -> None:
    said = (
        "Hello, I bought the kettle in June at your shop in town, and we were on holiday in May. "
        "Since yesterday the lid keeps popping open and it has stopped working. I still have the "
        "receipt somewhere, and my daughter says hello."
    )
    mined = miner.mine([interaction(("customer", said))])[0]
    quotes = [one.quote for one in mined.findings if one.category == "product_defect"]
    assert len(quotes) == 1
    assert "keeps popping open" in quotes[0]
    assert len(quotes[0]) < len(said) / 2


def test_the_same_words_give_the_same_answer_in_any_company(miner: Miner) -> None:
    alone = miner.mine([CALL])[0]
    together = miner.mine([DELIVERY, CALL, DELIVERY, CALL])
    for mined in (together[1], together[3]):
        assert [(one.category, one.start, one.end) for one in mined.findings] == [
            (one.category, one.start, one.end) for one in alone.findings
        ]
        assert np.allclose(mined.vectors, alone.vectors, atol=1e-5)


def test_vectors_have_length_one(miner: Miner) -> None:
    mined = miner.mine([CALL])[0]
    assert len(mined.vectors) == len(mined.passages) == 4
    assert np.linalg.norm(mined.vectors, axis=1) == pytest.approx(1, abs=1e-4)


def test_no_customer_no_findings(miner: Miner) -> None:
    mined = miner.mine([interaction(("agent", "The app crashes all the time."))])[0]
    assert (mined.passages, mined.findings, mined.arc) == ((), (), ())
    assert (mined.sentiment.label, mined.sentiment.score) == ("neutral", 0.0)
    assert miner.mine([]) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=3))
def test_offsets_hold_for_any_text(miner: Miner, texts: list[str]) -> None:
    call = interaction(*(("customer", text) for text in texts))
    mined = miner.mine([call])[0]
    for passage in mined.passages:
        assert call.turns[passage.turn].text[passage.start : passage.end] == passage.text
    for finding in mined.findings:
        text = call.turns[finding.turn].text
        assert text[finding.start : finding.end] == finding.quote != ""
        passage = mined.passages[finding.passage]
        assert passage.start <= finding.start < finding.end <= passage.end
