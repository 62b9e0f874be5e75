"""A table of cases a kind, after the published examples of the forms, each with its near misses."""

import pytest

from nlp.redact import Redactor


def found(text: str, *, asked: str | None = None) -> list[tuple[str, str]]:
    return [
        (span.kind, text[span.start : span.end])
        for span in Redactor().find(text, context_kind=asked)
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("paid with 4111 1111 1111 1111 today", "4111 1111 1111 1111"),
        ("3782 822463 10005 was declined", "3782 822463 10005"),
        ("my card is 4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("card no 6011111111111117 expires 04/27", "6011111111111117"),
        ("visa double four one one " + "one " * 12, "double four one one" + " one" * 12),
    ],
)
def test_cards(text: str, value: str) -> None:
    assert found(text) == [("CARD", value)]


@pytest.mark.parametrize(
    "text",
    [
        "the card ending in 4242",
        "last four digits of the card are 1881",
        "order 4111111111111111 is late",
        "serial number 4111 1111 1111 1111",
        "the card reader of 2021 fails",
    ],
)
def test_no_cards(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ring me on +44 7700 900123", "+44 7700 900123"),
        ("212-555-0187 is the best number", "212-555-0187"),
        ("fax: 0341 8387176", "0341 8387176"),
        ("reach me at (212) 555-0187 ext. 22", "(212) 555-0187 ext. 22"),
        ("my number is oh seven seven double oh nine hundred one two three",
         "oh seven seven double oh nine hundred one two three"),
    ],
)  # fmt: skip
def test_phones(text: str, value: str) -> None:
    assert found(text) == [("PHONE", value)]


@pytest.mark.parametrize(
    "text",
    [
        "case number 00482913",
        "part 5012345-678",
        "I called four times in 2 weeks",
        "tracking 9400 1000 0000 0000 0000 00",
        "released on 2024-03-12 at 10:30",
        "it draws 100-240V",
        "see shop.example/toys-6-7-8-9-10-11-12-gift",
    ],
)
def test_no_phones(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("write to jo.d'arc+x@sub.example.org, please", "jo.d'arc+x@sub.example.org"),
        ("jane dot doe at example dot com", "jane dot doe at example dot com"),
        ("it is j d o e at mail dot example dot org", "j d o e at mail dot example dot org"),
        ("my email is kofi at example.com", "kofi at example.com"),
    ],
)
def test_emails(text: str, value: str) -> None:
    assert found(text) == [("EMAIL", value)]


@pytest.mark.parametrize(
    "text", ["we met at dot five", "I ordered at example.com", "a@b", "the @ key sticks"]
)
def test_no_emails(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("IBAN FR14 2004 1010 0505 0001 3M02 606 please", "FR14 2004 1010 0505 0001 3M02 606"),
        ("send it to nl91abna0417164300", "nl91abna0417164300"),
        ("my iban is DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130 01"),
    ],
)
def test_ibans(text: str, value: str) -> None:
    assert found(text) == [("IBAN", value)]


def test_no_iban_without_its_check_digits() -> None:
    assert found("the label says DE89370400440532013001") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SSN 078-05-1120", "078-05-1120"),
        ("national insurance AB 12 34 56 C", "AB 12 34 56 C"),
        ("NHS number is 943 476 5919", "943 476 5919"),
        ("NIE X1234567L", "X1234567L"),
        ("Steuer-ID: 86 095 742 719", "86 095 742 719"),
        ("codice fiscale RSSMRA85T10A562S", "RSSMRA85T10A562S"),
        ("aadhaar 2341 2341 2346", "2341 2341 2346"),
        ("PAN: ABCPE1234F", "ABCPE1234F"),
        ("cpf 52998224725", "52998224725"),
        ("bsn is 111222333", "111222333"),
        ("pesel 44051401359", "44051401359"),
        ("personnummer 19811218-9876", "19811218-9876"),
        ("passport no. C01X00T47", "C01X00T47"),
        ("my driver's license is F162823540116", "F162823540116"),
    ],
)
def test_national_numbers(text: str, value: str) -> None:
    assert found(text) == [("NATIONAL_ID", value)]


@pytest.mark.parametrize(
    "text",
    [
        "model AB123456C of the kettle",
        "the passport control app hangs",
        "SSN field is greyed out",
        "lot 000-12-3456",
        "panel 1234 is scratched",
    ],
)
def test_no_national_numbers(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("requests from 198.51.100.23 fail", "198.51.100.23"),
        ("ping 2001:db8:85a3::8a2e:370:7334 times out", "2001:db8:85a3::8a2e:370:7334"),
    ],
)
def test_internet_addresses(text: str, value: str) -> None:
    assert found(text) == [("IP", value)]


@pytest.mark.parametrize(
    "text",
    [
        "firmware 8.8.4.4 is broken",
        "v1.20.30.40",
        "open 192.168.1.1 or 127.0.0.1",
        "mask 255.255.255.0",
        "at 10:12:30 it stops",
        "MAC 00:1B:44:11:3A:B7",
        "999.1.1.1",
    ],
)
def test_no_internet_addresses(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the key AKIAIOSFODNN7EXAMPLE leaked", "AKIAIOSFODNN7EXAMPLE"),
        ("password: Tr0ub4dor&3", "Tr0ub4dor&3"),
        ("my password is sunflower", "sunflower"),
        ("the pin is 4 4 2 1", "4 4 2 1"),
        ("cvv 737", "737"),
        ("https://x.example/a?api_key=abc123def456&b=1", "abc123def456"),
        ("ftp://bob:hunter22@host.example/x", "bob:hunter22"),
        ("my security answer is bluebird", "bluebird"),
        ("your one-time code is 482913", "482913"),
    ],
)
def test_secrets(text: str, value: str) -> None:
    assert found(text) == [("SECRET", value)]


@pytest.mark.parametrize(
    "text",
    [
        "my password is not working",
        "the password is wrong again",
        "password reset never came",
        "the token expired",
        "the pin to keep it closed is bent",
        "https://x.example/a?page=3",
        "the secret menu is great",
    ],
)
def test_no_secrets(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("at 48 Larkspur Avenue, Portland, OR 97205.", "48 Larkspur Avenue, Portland, OR 97205"),
        ("send it to Hauptstraße 12, 80331 München.", "Hauptstraße 12, 80331 München"),
        ("P.O. Box 4471, Tulsa, OK 74101", "P.O. Box 4471, Tulsa, OK 74101"),
        ("12 rue de la Paix, 75002 Paris", "12 rue de la Paix, 75002 Paris"),
        ("my zip code is 60614", "60614"),
        ("we are in Leeds LS6 2QT", "Leeds LS6 2QT"),
        ("go to one twenty three main street", "one twenty three main street"),
    ],
)  # fmt: skip
def test_addresses(text: str, value: str) -> None:
    assert found(text) == [("ADDRESS", value)]


@pytest.mark.parametrize(
    "text",
    [
        "the street view is broken",
        "it is a 2 way street",
        "I live in Portland",
        "send it to version 2",
        "a 24 hour drive test",
        "Windows 11 Home",
        "press 1 Place Order",
    ],
)
def test_no_addresses(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("date of birth: 12/04/1987", "12/04/1987"),
        ("I was born on the 3rd of May 1990", "the 3rd of May 1990"),
        ("my dob is march third nineteen eighty four", "march third nineteen eighty four"),
    ],
)
def test_birth_dates(text: str, value: str) -> None:
    assert found(text) == [("BIRTH_DATE", value)]


@pytest.mark.parametrize(
    "text",
    ["bought on 12/04/2023", "a birthday present on December 21", "the date of birth field fails"],
)
def test_no_birth_dates(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("My name is Wacława Adamska.", ["Wacława Adamska"]),
        ("Dear Ms Roefs,", ["Roefs"]),
        ("I asked Soib K. Kishiev about it", ["Soib K. Kishiev"]),
        ("Rebecca's phone and Angela's tablet", ["Rebecca", "Angela"]),
        ("my name is dana", ["dana"]),
        ("okay jessica let us see", ["jessica"]),
        ("Hello Rich, the pump failed", ["Rich"]),
        ("Best,\nMay Chen", ["May Chen"]),
    ],
)
def test_names(text: str, values: list[str]) -> None:
    assert found(text) == [("PERSON", value) for value in values]


@pytest.mark.parametrize(
    "text",
    [
        "Will you mark it? It may drop.",
        "the file name is Report",
        "Alexa and Siri do not talk to the Dyson",
        "Dear CFPB, the Chase app fails",
        "I Am Very Upset That My Toy Was Broken And No Longer Works",
        "Hi there, hello everyone",
        "This is unacceptable",
        "I am Irish",
        "Alex Toys sells it",
        "Dear Ottermoor team, the lamp hums",
    ],
)
def test_no_names(text: str) -> None:
    assert found(text) == []


def test_a_question_is_the_light_in_which_an_answer_is_read() -> None:
    assert found("Grace.", asked="PERSON") == [("PERSON", "Grace")]
    assert found("Grace.") == []
    assert found("60614", asked="ADDRESS") == [("ADDRESS", "60614")]
    assert found("4242 4242", asked="CARD") == [("CARD", "4242 4242")]
    assert found("4242 4242") == []
    assert found("Sure, one moment.", asked="PERSON") == []
    assert found("It's bluebird.", asked="SECRET") == [("SECRET", "bluebird")]
    assert found("Yes, please.", asked="SECRET") == []
    assert found("It doesn't work.", asked="SECRET") == []
    assert found("The warranty runs until March 2028.", asked="PHONE") == []
