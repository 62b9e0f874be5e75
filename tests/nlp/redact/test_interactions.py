"""Whole interactions: one person, one number, in every turn and field; and redacting twice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nlp.redact import NameFinder, Redactor, Span, redact
from nlp.types import Interaction, Roles, Speaker, Turn


def interaction(
    *lines: tuple[Speaker, str],
    subject: str | None = None,
    metadata: Mapping[str, str] | None = None,
    names: tuple[str, ...] = (),
) -> Interaction:
    return Interaction(
        id="call-1",
        source="call.txt",
        format="lines",
        channel="call",
        turns=tuple(
            Turn(index=index, speaker=speaker, text=text)
            for index, (speaker, text) in enumerate(lines)
        ),
        roles=Roles(source="file", confidence=1.0),
        subject=subject,
        metadata=metadata or {},
        names=names,
    )


def texts(given: Interaction) -> list[str]:
    return [turn.text for turn in redact(given).interaction.turns]


def test_one_person_keeps_one_number_and_two_are_told_apart() -> None:
    given = interaction(
        ("agent", "Hello, this is Marcus. Can I get your name?"),
        ("customer", "Dana Miller."),
        ("agent", "Thanks Dana. The pump, Ms. Miller, is on its way."),
        subject="Call with dana miller",
        metadata={"customer_name": "DANA MILLER", "order": "4839201746"},
    )
    redacted = redact(given)
    assert redacted.interaction.subject == "Call with [PERSON_1]"
    assert [turn.text for turn in redacted.interaction.turns] == [
        "Hello, this is [PERSON_2]. Can I get your name?",
        "[PERSON_1].",
        "Thanks [PERSON_1]. The pump, Ms. [PERSON_1], is on its way.",
    ]
    assert redacted.interaction.metadata == {"customer_name": "[PERSON_1]", "order": "4839201746"}
    assert redacted.counts == {"PERSON": 6}


def test_a_first_name_that_fits_two_people_is_neither() -> None:
    given = interaction(("other", "John Smith and John Doe met John."))
    assert texts(given) == ["[PERSON_1] and [PERSON_2] met [PERSON_3]."]


def test_the_same_number_written_differently_is_the_same() -> None:
    given = interaction(
        ("customer", "call me on 312-555-0148"),
        ("customer", "my number is three one two five five five oh one four eight"),
        ("customer", "or my phone (312) 555 0149"),
    )
    assert texts(given) == [
        "call me on [PHONE_1]",
        "my number is [PHONE_1]",
        "or my phone [PHONE_2]",
    ]


def test_a_card_in_pieces_is_a_card() -> None:
    given = interaction(
        ("agent", "What is the card number?"),
        ("customer", "4242 4242"),
        ("agent", "okay"),
        ("customer", "then 4242 4242"),
        ("agent", "Thank you. What exactly is broken about the machine you bought?"),
        ("customer", "Error 4242 shows up."),
    )
    assert texts(given)[1] == "[CARD_1]"
    assert texts(given)[3] == "then [CARD_1]"
    assert texts(given)[5] == "Error 4242 shows up."


def test_what_is_asked_for_is_found() -> None:
    given = interaction(
        ("agent", "Could you confirm your date of birth?"),
        ("customer", "July 9th, 1971"),
        ("agent", "And your zip code please?"),
        ("customer", "60614"),
        ("agent", "How do you spell your last name?"),
        ("customer", "o k a f o r"),
    )
    assert texts(given)[1::2] == ["[BIRTH_DATE_1]", "[ADDRESS_1]", "[PERSON_1]"]


def test_an_order_number_that_was_asked_for_stays() -> None:
    given = interaction(
        ("agent", "Do you have the order number to hand?"),
        ("customer", "OT-451977, in the name of Ellen Marlowe."),
        ("agent", "451977, thank you."),
    )
    assert texts(given)[1:] == ["OT-451977, in the name of [PERSON_1].", "451977, thank you."]


def test_the_paragraph_after_a_closing_is_a_name() -> None:
    given = interaction(
        ("other", "The pump failed."), ("other", "Kind regards,"), ("other", "Chance Doe"),
        ("other", "Head of Operations"),
    )  # fmt: skip
    assert texts(given)[2:] == ["[PERSON_1]", "Head of Operations"]


def test_a_secret_is_found_where_nothing_announces_it() -> None:
    given = interaction(
        ("customer", "my password is bluebird7"), ("agent", "I typed bluebird7 and it works")
    )
    assert texts(given)[1] == "I typed [SECRET_1] and it works"


def test_names_of_the_source_are_found_and_dropped() -> None:
    given = interaction(("customer", "quartey said so"), names=("Ama Quartey",))
    redacted = redact(given)
    assert redacted.interaction.turns[0].text == "[PERSON_1] said so"
    assert redacted.interaction.names == ()


def test_labels_tell_of_names_and_are_dropped() -> None:
    given = interaction(("agent", "one moment"), ("customer", "thanks dana"))
    labelled = replace(
        given, turns=tuple(replace(turn, label="Rep (Dana)") for turn in given.turns)
    )
    redacted = redact(labelled)
    assert {turn.label for turn in redacted.interaction.turns} == {None}
    assert redacted.interaction.turns[1].text == "thanks [PERSON_1]"


def test_source_and_id_are_cleaned() -> None:
    given = replace(
        interaction(("customer", "it broke")),
        id="<a1.b2@mail.example.com>",
        source="inbox/dana@example.com_+13125550148.eml#3",
    )
    redacted = redact(given).interaction
    assert redacted.source == "inbox/[EMAIL_1]_[PHONE_1].eml#3"
    assert redacted.id == redact(given).interaction.id
    assert "@" not in redacted.id
    assert redact(replace(given, id="<other@mail.example.com>")).interaction.id != redacted.id


def test_metadata_is_read_by_its_key() -> None:
    given = interaction(
        ("customer", "it broke"),
        metadata={
            "version": "8.1.2.3",
            "phone": "5550148",
            "serial": "4111111111111",
            "ip": "8.1.2.3",
        },
    )
    assert redact(given).interaction.metadata == {
        "version": "8.1.2.3",
        "phone": "[PHONE_1]",
        "serial": "4111111111111",
        "ip": "[IP_1]",
    }


def test_what_is_clean_stays_as_it_is() -> None:
    given = interaction(("customer", "Order 4839201746 shows error E-24 since 12 March."))
    assert redact(given).interaction == given
    assert redact(given).counts == {}


def test_placeholders_are_kept_and_numbering_goes_on() -> None:
    given = interaction(("customer", "[PERSON_3] and Rebecca, mail jo@example.com"))
    assert texts(given) == ["[PERSON_3] and [PERSON_4], mail [EMAIL_1]"]


class FindsBoo:
    """A name finder that knows one name."""

    def __call__(self, given: Sequence[str]) -> list[list[Span]]:
        """Where it stands in each text."""
        return [
            [Span(text.index("Boo"), text.index("Boo") + 3, "PERSON", 0.99)]
            if "Boo" in text
            else []
            for text in given
        ]


def test_a_name_finder_adds_to_the_rules() -> None:
    finder: NameFinder = FindsBoo()
    given = interaction(("customer", "so Boo broke it"), ("customer", "ask boo"))
    turns = Redactor(finder).redact(given).interaction.turns
    assert [turn.text for turn in turns] == ["so [PERSON_1] broke it", "ask [PERSON_1]"]
    assert Redactor(finder).redact_text("so Boo broke it") == "so [PERSON_1] broke it"
