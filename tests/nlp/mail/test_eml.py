"""Mails read from bytes: the project's own samples, turn by turn, and what is broken."""

import contextlib
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.errors import BrokenInput, EmptyInput, ReadError
from nlp.readers import eml, read
from nlp.readers.base import Document, ReadOptions
from nlp.types import Interaction

SAMPLES = Path(__file__).parents[2] / "data" / "mail"
HEAD = b"From: Ada Pell <ada@pell.example>\nSubject: Lamp\nMessage-ID: <1@pell.example>\n"


def one(data: bytes, options: ReadOptions | None = None, name: str = "a.eml") -> Interaction:
    (item,) = read(data, name=name, options=options or ReadOptions())
    assert isinstance(item, Interaction)
    return item


def sample(name: str, options: ReadOptions | None = None) -> Interaction:
    return one((SAMPLES / name).read_bytes(), options, name)


def said(interaction: Interaction) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in interaction.turns]


SAID: dict[str, list[tuple[str, str]]] = {
    "eml.eml": [
        ("customer", "Hello,"),
        (
            "customer",
            "since the last update of the app the kettle switches itself off after about ten "
            "seconds, long before the water boils. I have tried two sockets and a different base, "
            "and it is always the same.",
        ),
        (
            "customer",
            'Two more things:\n- page 7 of the manual calls the left button "Keep warm", but it is '
            "the right one\n- I would love a way to set the temperature in steps of one degree",
        ),
        ("customer", "Could you tell me whether a new firmware is coming?"),
    ],
    "gmail_reply.eml": [
        ("customer", "I did all of that and it still stops at page three. Every time.")
    ],
    "outlook_html.eml": [
        ("customer", "Dear team,"),
        (
            "customer",
            "The “Export” button on the invoices page does nothing at all. It cost us €200 in late "
            "fees already.",
        ),
        ("customer", "1. Open an invoice\n2. Press Export\n3. Nothing happens"),
    ],
    "inline_answers.eml": [
        ("customer", "Hi Sam, my answers are below."),
        ("other", "Which firmware is installed?"),
        (
            "customer",
            "3.1.7, the newest one that the app offers. It was fine with 3.1.5, so something in "
            "the update broke it.",
        ),
        ("other", "Does it happen on cable as well?"),
        ("customer", "Yes, on cable and on wireless."),
        ("other", "Anything else?"),
        (
            "customer",
            "The setup guide says to hold Reset for ten seconds, but there is no reset button on "
            "this model.",
        ),
    ],
    "german_outlook.eml": [
        ("customer", "Guten Tag,"),
        (
            "customer",
            "die Mühle blockiert weiterhin nach wenigen Sekunden. Das Ersatzteil passt übrigens "
            "nicht, obwohl es in der Anleitung so steht.",
        ),
    ],
    "french_base64.eml": [
        ("customer", "Bonjour,"),
        ("customer", "L'imprimante s'arrête toujours au bout de deux pages."),
    ],
    "spanish_forward.eml": [
        ("customer", "Os lo reenvío."),
        ("customer", "Desde ayer la aplicación se cierra sola al poner la clave."),
        ("customer", "¿Podéis añadir el acceso con huella?"),
    ],
    "disclaimer.eml": [
        ("customer", "The tablet no longer syncs. The message is always the same:"),
        ("customer", "Error 0x80: journal locked"),
        ("customer", "It worked until Monday -- then came version 5.0."),
    ],
    "stub_and_html.eml": [
        ("customer", "The zip of the Loom 2 jacket came off after a week."),
        ("customer", "Size M\nBought February"),
        ("customer", "Please see the photo, or our page."),
    ],
    "forward_attached.eml": [
        ("customer", "For your queue."),
        ("customer", "The left leg of the desk does not lock any more."),
    ],
    "bounce.eml": [("other", "The mailbox is full.")],
    "wrong_charset.eml": [
        (
            "customer",
            "Our café machine leaks since the last déscaling. The naïve fix in the manual does not "
            "help.",
        )
    ],
    "uuencoded.eml": [("customer", "The viewer hangs when I open the attached file.")],
}


@pytest.mark.parametrize("name", SAID)
def test_samples_turn_by_turn(name: str) -> None:
    interaction = sample(name)
    assert said(interaction) == SAID[name]
    assert [turn.index for turn in interaction.turns] == list(range(len(interaction.turns)))
    assert (interaction.format, interaction.channel, interaction.source) == ("eml", "email", name)


def test_header_fields() -> None:
    interaction = sample("eml.eml")
    # A Message-ID may name the customer's host; its hash names nothing, and is as stable.
    assert interaction.id == sha256(b"20250304-0912@lanternpost.example").hexdigest()[:16]
    assert interaction.subject == "Kettle BK-200 switches itself off"
    zone = timezone(timedelta(hours=1))
    assert interaction.started_at == datetime(2025, 3, 4, 9, 12, 31, tzinfo=zone)
    assert interaction.names == ("Maren Oakes", "Jonas Pell")


def test_encoded_header_fields() -> None:
    interaction = sample("german_outlook.eml")
    assert interaction.subject == "AW: Ihre Anfrage zur Kaffeemühle"
    assert interaction.names == ("Jürgen Schöller",)
    assert sample("wrong_charset.eml").names == ("Café Brûlé",)


def test_names_of_a_mail_inside() -> None:
    assert "Abel Quist" in sample("forward_attached.eml").names
    assert "Iker Solano" in sample("spanish_forward.eml").names


def test_attachments_are_named_and_not_read() -> None:
    assert dict(sample("stub_and_html.eml").metadata) == {"attachments": "zip.jpg"}
    assert dict(sample("uuencoded.eml").metadata) == {"attachments": "crash.log"}


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.eml")), ids=lambda path: path.stem)
def test_no_address_in_metadata(path: Path) -> None:
    interaction = sample(path.name)
    assert not any("@" in value for value in interaction.metadata.values())
    assert not any("@" in name for name in interaction.names)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (b"Auto-Submitted: auto-replied (vacation)", "auto-generated"),
        (b"Auto-Submitted: auto-replied", "auto-replied"),
        (b"Auto-Submitted: no", None),
        (b"Precedence: bulk", "bulk"),
        (b"List-Id: Lamps <lamps.pell.example>", "bulk"),
        (b"X-Autoreply: yes", "auto-replied"),
        (b"X-Mailer: Lamp 1", None),
    ],
)
def test_mails_that_nobody_sent(fields: bytes, expected: str | None) -> None:
    interaction = one(HEAD + fields + b"\n\nThe lamp flickers.\n")
    assert interaction.metadata.get("auto_submitted") == expected


@pytest.mark.parametrize(
    ("agent", "customer", "expected"),
    [
        ((), (), "customer"),
        (("@pell.example",), (), "agent"),
        (("ADA@pell.example",), (), "agent"),
        (("ada pell",), (), "agent"),
        (("@ell.example",), (), "customer"),
        (("bo@pell.example",), (), "customer"),
        (("@pell.example",), ("ada@pell.example",), "customer"),
    ],
)
def test_who_the_sender_is(
    agent: tuple[str, ...], customer: tuple[str, ...], expected: str
) -> None:
    options = ReadOptions(agent=agent, customer=customer)
    interaction = one(HEAD + b"\nThe lamp flickers.\n", options)
    assert interaction.turns[0].speaker == expected
    assert interaction.roles.source == ("options" if agent or customer else "inferred")


def test_under_an_agents_mail_the_customers_comes_first() -> None:
    interaction = sample("agent_reply.eml", ReadOptions(agent=("@brightkettle.example",)))
    assert said(interaction) == [
        ("customer", "The kettle switches itself off after ten seconds."),
        ("agent", "Hello Maren,"),
        ("agent", "please hold both buttons for five seconds."),
    ]
    assert "quoted under it" in interaction.roles.note


def test_an_agent_answers_in_between() -> None:
    body = (
        b"\n> The lamp flickers.\n\nPlease change the bulb.\n\n> And it hums.\n\nThat is normal.\n"
    )
    interaction = one(HEAD + body, ReadOptions(agent=("@pell.example",)))
    assert [turn.speaker for turn in interaction.turns] == ["customer", "agent"] * 2


def test_a_forward_with_a_mail_of_ones_own_above_it() -> None:
    own = b"The lamp flickers. " * 10
    forward = b"---------- Forwarded message ---------\nFrom: Bo <bo@b.example>\nSubject: x\n"
    forward += b"Date: 4 March 2025\nTo: Ada <ada@pell.example>\n\nBuy milk.\n"
    interaction = one(HEAD + b"\n" + own + b"\n\n" + forward)
    assert [turn.text for turn in interaction.turns] == [own.decode().strip()]


@pytest.mark.parametrize(
    ("data", "error", "match"),
    [
        (HEAD + b"Content-Type: image/png\n\nabc", EmptyInput, "no text part"),
        (HEAD + b"\n\n", EmptyInput, "no text part"),
        (HEAD + b"\n> only\n> a quote\n\n-- \nAda", EmptyInput, "no words of the sender"),
        (
            HEAD + b'Content-Type: multipart/encrypted; boundary="b"\n\n--b\n\nx\n--b--\n',
            EmptyInput,
            "encrypted",
        ),
        (b"\x00\x01\x02 nothing like a mail", BrokenInput, "no header fields"),
    ],
)
def test_mails_without_words(data: bytes, error: type[ReadError], match: str) -> None:
    if b"only\n> a quote" in data:
        data = data.replace(b"> only", b"On 4 Mar 2025 at 9:12 Bo <bo@b.example> wrote:\n> only")
    with pytest.raises(error, match=match):
        list(read(data, name="a.eml", format="eml"))


def test_parts_nested_without_end() -> None:
    data = HEAD
    for depth in range(1500):
        data += f'Content-Type: multipart/mixed; boundary="b{depth}"\n\n--b{depth}\n'.encode()
    with pytest.raises(ReadError, match=r"nested too deeply|no text part"):
        list(read(data + b"\nThe lamp.\n", name="a.eml", format="eml"))


def test_a_broken_line_among_the_header_fields() -> None:
    data = b"Received: from a\nnot a field at all\n" + HEAD + b"To : Bo <bo@b.example>\n"
    interaction = one(data + b"\nThe lamp flickers.\n")
    assert interaction.subject == "Lamp"
    assert interaction.names == ("Ada Pell", "Bo")
    assert said(interaction) == [("customer", "The lamp flickers.")]


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("iso-8859-1", "cp1252"),
        ("windows-1252", "cp1252"),
        ("utf-8", "cp1252"),
        ("us-ascii", "utf-8"),
        ("x-unknown", "utf-8"),
        ("utf-16", "utf-8"),
        ("unicode_escape", "utf-8"),
        ("", "utf-8"),
    ],
)
def test_charsets_right_wrong_and_unknown(charset: str, encoding: str) -> None:
    text = "Die Lampe flackert für €5 öfter als früher, sagt Zoë."
    head = HEAD + f'Content-Type: text/plain; charset="{charset}"\n\n'.encode()
    assert said(one(head + text.encode(encoding))) == [("customer", text)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"From: a@a.example\nSubject: x\n\nhi", True),
        (b"Received: x\n\ty\nFrom: a@a.example\n\nhi", True),
        (b"From: Berlin, it takes an hour.\n\nhi", False),
        (b"Date: 2025-03-04\nSubject: lamp\n\nAgent: hello\nCustomer: hi", False),
        (b"Agent: hello\nCustomer: hi", False),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nhi", False),
        (b"", False),
    ],
)
def test_detection(data: bytes, expected: bool) -> None:
    assert eml.detect(Document("x", data)) is expected


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_raise_only_read_errors(data: bytes) -> None:
    for text in (data, HEAD + b"\n" + data, HEAD + b"Content-Type: text/html\n\n<p" + data):
        with contextlib.suppress(ReadError):
            assert all(item.source for item in read(text, name="x", format="eml"))


FIELDS = st.sampled_from(
    [
        b"Content-Type: multipart/alternative; boundary=b",
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: text/plain; charset*=bad''%ff; format=flowed",
        b"Content-Type: message/rfc822",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*0*=x''%",
        b"Subject: =?utf-8?B?!!!?= =?x?Q?=FF?=",
        b"Date: Mon, 99 Zzz 0000 99:99:99 +9999",
        b"From: <<>>,;:@",
        b"\xff\xfe: x",
        b"--b",
        b"--b--",
        b"",
        b"begin 644 x\n#0V%T\n`\nend",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FIELDS, max_size=20))
def test_malformed_fields_raise_only_read_errors(fields: list[bytes]) -> None:
    data = HEAD + b"\n".join(fields) + b"\n\nThe lamp flickers.\n"
    with contextlib.suppress(ReadError):
        assert list(read(data, name="x", format="eml"))


FORWARD = """{intro}

---------- Forwarded message ---------
From: Iris Pell <iris@pell.example>
Date: Tue, 13 Oct 2026 at 21:17
Subject: Lamp
To: Ada Pell <ada@pell.example>

{text}
"""


def test_names_of_forwarded_mails_are_known_however_deep() -> None:
    inner = FORWARD.format(intro="See below.", text="The lamp squeals.").replace("Iris", "Theo")
    outer = FORWARD.format(intro="Could you answer her?", text=inner)
    (item,) = read(HEAD + b"\n" + outer.encode(), name="forward.eml")
    assert isinstance(item, Interaction)
    assert item.names == ("Ada Pell", "Iris Pell", "Theo Pell")


def test_the_note_says_why_a_mail_is_the_customer_s() -> None:
    mail = HEAD + b"\nThe lamp squeals whenever I switch it on."
    (plain,) = read(mail, name="plain.eml")
    (told,) = read(mail, name="told.eml", options=ReadOptions(agent=("@halden.example",)))
    assert isinstance(plain, Interaction)
    assert isinstance(told, Interaction)
    assert (plain.roles.source, told.roles.source) == ("inferred", "options")
    assert plain.roles.note.startswith("Read as the customer's, because the caller gave no agent")
    assert "none of the agents that the caller named" in told.roles.note
