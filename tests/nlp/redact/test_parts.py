"""The parts by themselves: check digits, spoken numbers, cues, questions, lists, numbering."""

from collections.abc import Callable

import pytest

from nlp.redact import checksums, gazetteer, lexicon
from nlp.redact.context import asked_in, metadata_kind
from nlp.redact.cues import last_cue
from nlp.redact.identity import Numbering, key
from nlp.redact.reading import Reading
from nlp.redact.spans import Span, resolve
from nlp.redact.spoken import digits_of, spoken_runs, written_runs


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checksums.luhn, "4111111111111111", "4111111111111112"),
        (checksums.verhoeff, "234123412346", "234123412347"),
        (checksums.nhs, "9434765919", "9434765918"),
        (checksums.bsn, "111222333", "111222334"),
        (checksums.pesel, "44051401359", "44051401358"),
        (checksums.cpf, "52998224725", "52998224724"),
        (checksums.cpf, "52998224725", "11111111111"),
        (checksums.steuer_id, "86095742719", "86095742718"),
        (checksums.nir, "185057800608491", "185057800608492"),
        (checksums.dni, "12345678Z", "12345678A"),
        (checksums.dni, "X1234567L", "X1234567M"),
        (checksums.codice_fiscale, "RSSMRA85T10A562S", "RSSMRA85T10A562T"),
        (checksums.personnummer, "8112189876", "8112189877"),
        (checksums.personnummer, "8112189876", "8113189876"),
        (checksums.ssn, "078051120", "666051120"),
    ],
)
def test_check_digits(check: Callable[[str], bool], good: str, bad: str) -> None:
    assert check(good)
    assert not check(bad)


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("four double two", "422"),
        ("triple seven oh", "7770"),
        ("forty two forty two", "4242"),
        ("eight hundred five five five", "800555"),
        ("nineteen eighty four", "1984"),
        ("twenty oh four", "2004"),
        ("4 double 2 7", "4227"),
        ("five thousand", "5000"),
    ],
)
def test_numbers_said_aloud(said: str, digits: str) -> None:
    assert digits_of(said) == digits


def test_runs_say_where_they_stand() -> None:
    text = "dial five five five, then 312-555-0148 x12 on the SN4C789 or 12V"
    assert [text[run.start : run.end] for run in spoken_runs(text)] == ["five five five"]
    written = written_runs(text)
    assert [(text[run.start : run.end], run.shape) for run in written] == [
        ("312-555-0148", "ddd-ddd-dddd")
    ]


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("my social security number is ", "NATIONAL_ID"),
        ("the phone number on the account is ", "ACCOUNT"),
        ("card, then the order ", "EVIDENCE"),
        ("my number is ", "PHONE"),
        ("it says ", None),
    ],
)
def test_the_last_cue_decides(before: str, kind: str | None) -> None:
    assert last_cue(before + "123", len(before))[0] == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Can I have your phone number please?", "PHONE"),
        ("And your date of birth?", "BIRTH_DATE"),
        ("What's the name on the card?", "PERSON"),
        ("May I have the card number and your zip code?", "ADDRESS"),
        ("How do you spell that?", "PERSON"),
        ("I have sent a link to your email.", None),
        ("I will call you back tomorrow.", None),
        ("What does the error say?", None),
        ("Did you reset the password?", None),
    ],
)
def test_what_is_asked_for(text: str, kind: str | None) -> None:
    assert asked_in(Reading(text)) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customer_name", "PERSON"), ("product_name", "EVIDENCE"), ("Email", "EMAIL"),
        ("caller_id", "PHONE"), ("order_id", "EVIDENCE"), ("ip_address", None),
        ("shipping_address", "ADDRESS"), ("order_phone", "PHONE"), ("phone_model", "EVIDENCE"),
        ("birthdate", "BIRTH_DATE"), ("date_of_birth", "BIRTH_DATE"), ("mood", None),
    ],
)  # fmt: skip
def test_metadata_keys(name: str, kind: str | None) -> None:
    assert metadata_kind(name) == kind


def test_of_two_spans_the_surer_stays() -> None:
    text = "abc def [CARD_1]"
    spans = [
        Span(0, 7, "PERSON", 0.5),
        Span(4, 8, "PHONE", 0.9),
        Span(9, 12, "CARD", 1.0),
        Span(0, 3, "EMAIL", 0.4),
    ]
    assert resolve(text, spans) == (Span(0, 3, "EMAIL", 0.4), Span(4, 7, "PHONE", 0.9))


def test_numbering_joins_what_is_the_same() -> None:
    numbering = Numbering()
    numbering.reserve("[PERSON_4]")
    numbering.learn(["Dana Miller", "dana", "Sam"])
    assert numbering.placeholder("PERSON", "DANA") == "[PERSON_5]"
    assert numbering.placeholder("PERSON", "D-A-N-A") == "[PERSON_5]"
    assert numbering.placeholder("PERSON", "Dana Miller") == "[PERSON_5]"
    assert numbering.placeholder("PERSON", "Sam") == "[PERSON_6]"
    assert numbering.placeholder("EMAIL", "jo@example.com") == "[EMAIL_1]"


def test_keys_forget_case_spaces_and_punctuation() -> None:
    assert key("EMAIL", "Jane dot Doe at example dot com") == key("EMAIL", "jane.doe@example.com")
    assert key("PHONE", "+1 (312) 555-0148") == key("PHONE", "3125550148")
    assert key("IBAN", "GB29 NWBK 6016 1331 9268 19") == key("IBAN", "gb29nwbk60161331926819")
    assert key("PHONE", "3125550148") != key("PHONE", "3125550149")


@pytest.mark.parametrize("file", ["given_names.txt", "family_names.txt"])
def test_the_lists_are_sorted_and_plain(file: str) -> None:
    names = [line.rstrip("+") for line in (lexicon.DATA / file).read_text("ascii").splitlines()]
    assert names == sorted(set(names))
    assert len(names) > 20_000


def test_names_that_are_words_tell_of_nobody_by_themselves() -> None:
    words = {"will", "mark", "may", "grace", "rich", "bill", "hope", "chase", "drew", "alexa"}
    assert words.isdisjoint(gazetteer.common_given_names())
    assert {"dana", "rebecca", "helena"} <= gazetteer.common_given_names()
    assert gazetteer.fold("Wójcik") == "wojcik"


def test_a_section_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="no such words"):
        lexicon.words("no such words")
