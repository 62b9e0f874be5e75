"""Taking a mail's text apart: tables of cases, each kind with what only looks like it."""

# ruff: noqa: RUF001 - attributions in other alphabets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.clean.mail import split_mail, text_lines
from nlp.clean.mail_quotes import embedded_fields

OWN = "The lamp flickers as soon as I dim it."

# What mail programs write above the mail that is answered.
ATTRIBUTIONS = [
    "On Tue, Mar 4, 2025 at 9:12 AM Ada Pell <ada@pell.example> wrote:",
    "On Tue, Mar 4, 2025 at 9:12 AM Ada Pell <\nada@pell.example> wrote:",
    "On 04/03/2025 09:12, Ada Pell wrote:",
    "On Mar 4, 2025, at 9:12, Ada Pell <ada@pell.example>\nwrote:",
    "---- On Tue, 04 Mar 2025 09:12:00 +0100 Ada Pell <ada@pell.example> wrote ----",
    "Am 04.03.2025 um 09:12 schrieb Ada Pell <ada@pell.example>:",
    "Am Di., 4. März 2025 um 09:12 Uhr schrieb Ada Pell <\nada@pell.example>:",
    "Ada Pell <ada@pell.example> schrieb am Di., 4. März 2025,\n09:12:",
    "Le mar. 4 mars 2025 à 09:12, Ada Pell <ada@pell.example> a écrit :",
    "Le 4 mars 2025 à 09:12, Ada Pell\n<ada@pell.example>\na écrit :",
    "El mar, 4 mar 2025 a las 9:12, Ada Pell (<ada@pell.example>) escribió:",
    "Il giorno mar 4 mar 2025 alle ore 09:12 Ada Pell <ada@pell.example> ha\nscritto:",
    "Em ter., 4 de mar. de 2025 às 09:12, Ada Pell <ada@pell.example> escreveu:",
    "Op di 4 mrt 2025 om 09:12 schreef Ada Pell <ada@pell.example>:",
    "Den tis 4 mars 2025 kl 09:12 skrev Ada Pell <ada@pell.example>:",
    "tir. 4. mar. 2025 kl. 09:12 skrev Ada Pell <ada@pell.example>:",
    "ti 4. maalisk. 2025 klo 9.12 Ada Pell (ada@pell.example) kirjoitti:",
    "wt., 4 mar 2025 o 09:12 Ada Pell <ada@pell.example> napisał(a):",
    "вт, 4 мар. 2025 г. в 09:12, Ada Pell <ada@pell.example>:",
    '04.03.2025, 09:12, "Ada Pell" <ada@pell.example>:',
    "4 Mar 2025 Tue, 09:12 tarihinde Ada Pell <ada@pell.example> yazdı:",
    "2025年3月4日(火) 9:12 Ada Pell <ada@pell.example>:",
    "在 2025年3月4日，09:12，Ada Pell <ada@pell.example> 写道：",
    "Ada Pell <ada@pell.example> wrote:",
]

# Header blocks of Outlook and others, above a mail that carries no marks.
BLOCKS = [
    "From: Ada Pell <ada@pell.example>\n"
    "Sent: Tuesday, March 4, 2025 9:12 AM\n"
    "To: Desk\n"
    "Subject: Lamp",
    "________________________________\n"
    "From: Ada Pell\n"
    "Sent: 04 March 2025\n"
    "To: Desk\n"
    "Subject: Lamp",
    "-----Original Message-----\n"
    "From: Ada Pell\n"
    "Sent: Tuesday, March 4, 2025\n"
    "To: Desk\n"
    "Subject: Lamp",
    "*From:* Ada Pell [mailto:ada@pell.example]\n*Sent:* 4 March 2025\n*To:* Desk\n*Subject:* Lamp",
    "Von: Ada Pell <ada@pell.example>\n"
    "Gesendet: Dienstag, 4. März 2025 09:12\n"
    "An: Desk\n"
    "Betreff: Lampe",
    "De : Ada Pell <ada@pell.example>\nEnvoyé : mardi 4 mars 2025 09:12\nÀ : Desk\nObjet : Lampe",
    "De: Ada Pell <ada@pell.example>\n"
    "Enviado el: martes, 4 de marzo de 2025 9:12\n"
    "Para: D\n"
    "Asunto: L",
    "Da: Ada Pell <ada@pell.example>\n"
    "Inviato: martedì 4 marzo 2025 09:12\n"
    "A: Desk\n"
    "Oggetto: Lampada",
    "De: Ada Pell <ada@pell.example>\n"
    "Enviada em: terça-feira, 4 de março de 2025\n"
    "Para: D\n"
    "Assunto: L",
    "Van: Ada Pell <ada@pell.example>\n"
    "Verzonden: dinsdag 4 maart 2025 09:12\n"
    "Aan: D\n"
    "Onderwerp: Lamp",
    "Från: Ada Pell <ada@pell.example>\nSkickat: den 4 mars 2025 09:12\nTill: Desk\nÄmne: Lampa",
    "Od: Ada Pell <ada@pell.example>\nWysłano: wtorek, 4 marca 2025 09:12\nDo: Desk\nTemat: Lampa",
    "От: Ada Pell <ada@pell.example>\nОтправлено: 4 марта 2025 г. 9:12\nКому: Desk\nТема: Лампа",
    "发件人: Ada Pell <ada@pell.example>\n发送时间: 2025年3月4日 9:12\n收件人: Desk\n主题: 灯",
]

# Words that begin as those lines do and are a customer's own.
PROSE = [
    "On Monday he wrote: the lamp is fine. It is not.",
    "On Monday 3 May at 10:30 your colleague wrote:\nwe will send a new one. Nobody did.",
    "On the box it says 230 V, in the guide 110 V.",
    "On 3 May 2024 I bought two of them.",
    "From: is the field that the form never fills in.",
    "From:\nthe first day on it hummed.",
    "From: Berlin\nTo: Munich\nDate: 3 May\nis what the booking page shows after it crashed.",
    "At 10:30 the screen said: no signal.",
    "Le manuel indique la page 12, elle n'existe pas.",
    "Am Montag um 10:30 ging sie aus.",
    "It worked -- until the update -- without trouble.",
    "The display shows:\n\n----\n\nand then it goes dark, which never happened before.",
    "Date: the clock is always one day late.\nTo: change it, one has to reset everything.",
    "My neighbour Ada wrote: mine does it as well.",
    "I get the reply sent from my iPhone app twice, and it is not what I typed.",
    "I received your e-mail in error and my confidential order data was disclosed to a stranger.",
    "Kind regards is what your bot says to everything, and it drives me mad.",
    "Thanks for nothing, the lamp still flickers.",
    "Hello\n\nWorld is printed on every page after the update.",
    "Name | Value\n-----------\nA | 1\nB | 2",
    "The buttons:\n\n=====\n\nButton left\nButton right",
    "Order number: 5512\nModel: Lumen 4\nPhone: +44 20 7946 0018 rings but nobody answers me.",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_history_after_an_attribution_is_not_the_reply(attribution: str, mark: str) -> None:
    parts = split_mail(f"{OWN}\n\n{attribution}\n\n{mark}Which bulb is in it?\n{mark}Ada")
    assert parts.reply == OWN
    assert "Which bulb" in parts.quoted


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_reply_below_the_quote(attribution: str) -> None:
    parts = split_mail(f"{attribution}\n\n> Which bulb is in it?\n\n{OWN}")
    assert parts.reply == OWN


@pytest.mark.parametrize("block", BLOCKS)
def test_history_after_a_header_block_is_not_the_reply(block: str) -> None:
    parts = split_mail(f"{OWN}\n\n{block}\n\nWhich bulb is in it?")
    assert parts.reply == OWN
    fields, text = embedded_fields(parts.embedded)
    assert "Ada Pell" in fields["from"]
    assert text == "Which bulb is in it?"


@pytest.mark.parametrize("prose", PROSE)
def test_prose_that_looks_like_history_stays(prose: str) -> None:
    text = f"Hello,\n\n{prose}\n\nPlease send a technician to look at it."
    assert split_mail(text).reply == text


def test_words_below_a_device_stamp_stay() -> None:
    parts = split_mail(f"{OWN}\n\nSent from my iPad\n\nThe second lamp broke as well, by the way.")
    assert parts.reply.split() == f"{OWN} The second lamp broke as well, by the way.".split()
    assert parts.signature == "Sent from my iPad"


def test_a_row_of_signs_at_the_top_is_no_signature() -> None:
    text = "*****\nTerrible\n*****\n\nThe box was broken."
    assert split_mail(text).reply == text


def test_a_postscript_is_not_part_of_the_signature() -> None:
    text = f"{OWN}\n\nThanks,\nAda\n\nPS: page 4 of the guide is wrong."
    assert split_mail(text).reply == text


@pytest.mark.parametrize(
    "line",
    [
        "##- Please type your reply above this line -##",
        "-- Bitte antworten Sie oberhalb dieser Linie --",
        "##- Répondre au-dessus de cette ligne -##",
        "Reply above this line",
    ],
)
def test_help_desks_mark_where_the_reply_ends(line: str) -> None:
    parts = split_mail(f"{OWN}\n\n{line}\n\nYour request was updated.\n\nWhich bulb is in it?")
    assert parts.reply == OWN
    assert "Which bulb" in parts.quoted


def test_a_header_block_without_subject_or_address() -> None:
    block = "From: Ada\nSent: Tuesday, 4 March 2025 09:12\nTo: Bo"
    assert split_mail(f"{OWN}\n\n{block}\n\nWhich bulb?").reply == OWN


@pytest.mark.parametrize(
    ("marker", "forwarded"),
    [
        ("---------- Forwarded message ---------", True),
        ("Begin forwarded message:", True),
        ("Anfang der weitergeleiteten Nachricht:", True),
        ("-------- Weitergeleitete Nachricht --------", True),
        ("---------- Message transféré ---------", True),
        ("---------- Mensaje reenviado ---------", True),
        ("-----Ursprüngliche Nachricht-----", False),
        ("-------- Message d'origine --------", False),
    ],
)
def test_markers(marker: str, forwarded: bool) -> None:
    block = "From: Ada Pell <ada@pell.example>\nDate: 4 March 2025\nSubject: Lamp\nTo: Desk"
    parts = split_mail(f"See below.\n\n{marker}\n{block}\n\n{OWN}")
    assert (parts.reply, parts.forwarded) == ("See below.", forwarded)
    assert embedded_fields(parts.embedded)[1] == OWN


def test_apple_mail_forwards_inside_quote_marks() -> None:
    block = "> Begin forwarded message:\n>\n> From: Ada Pell <ada@pell.example>\n> Subject: Lamp"
    parts = split_mail(f"FYI\n\n{block}\n> Date: 4 March 2025\n> To: Desk\n>\n> {OWN}")
    assert (parts.reply, parts.forwarded) == ("FYI", True)
    assert embedded_fields(parts.embedded)[1] == OWN


def test_answers_in_between_keep_their_quotes() -> None:
    text = (
        "See my answers.\n\nOn 4 Mar 2025, at 09:12, Ada <ada@pell.example> wrote:\n\n"
        "> Which bulb?\n\nLED, 4 W.\n\n> And the dimmer?\n\nThe one from the box.\n\n"
        "> Regards\n> Ada\n\n-- \nBo"
    )
    parts = split_mail(text)
    assert [line for line in parts.reply.split("\n") if line] == [
        "See my answers.",
        "> Which bulb?",
        "LED, 4 W.",
        "> And the dimmer?",
        "The one from the box.",
    ]
    assert parts.signature == "-- \nBo"
    assert "> Regards" in parts.quoted


@pytest.mark.parametrize(
    ("below", "closing", "signature"),
    [
        ("Kind regards,\nAda Pell", "Kind regards,\nAda Pell", ""),
        ("Thanks,\n\nAda", "Thanks,\n\nAda", ""),
        ("Mit freundlichen Grüßen\nAda Pell", "Mit freundlichen Grüßen\nAda Pell", ""),
        ("Bien cordialement,\nAda", "Bien cordialement,\nAda", ""),
        ("Un saludo,\nAda", "Un saludo,\nAda", ""),
        ("Cheers, Ada", "Cheers, Ada", ""),
        ("-Ada Pell", "-Ada Pell", ""),
        ("-- \nAda\nPell Ltd", "", "-- \nAda\nPell Ltd"),
        ("--\nAda Pell\n+44 20 7946 0018", "", "--\nAda Pell\n+44 20 7946 0018"),
        ("Sent from my iPhone", "", "Sent from my iPhone"),
        ("Von meinem iPhone gesendet", "", "Von meinem iPhone gesendet"),
        ("Envoyé de mon iPhone", "", "Envoyé de mon iPhone"),
        ("Enviado desde mi iPad", "", "Enviado desde mi iPad"),
        (
            "Get Outlook for Android<https://aka.example/x>",
            "",
            "Get Outlook for Android<https://aka.example/x>",
        ),
        (
            "Best,\nAda Pell\nHead of Light\nTel: +44 20 7946 0018",
            "Best,\nAda Pell\nHead of Light",
            "Tel: +44 20 7946 0018",
        ),
        (
            "Ada Pell\nHead of Light\nwww.pell.example",
            "Ada Pell\nHead of Light",
            "www.pell.example",
        ),
    ],
)
def test_what_stands_under_the_words(below: str, closing: str, signature: str) -> None:
    parts = split_mail(f"{OWN}\n\n{below}")
    assert (parts.reply, parts.closing, parts.signature) == (OWN, closing, signature)


def test_a_typed_name_is_known_by_the_header() -> None:
    assert split_mail(f"{OWN}\n\nada", sender=("Ada Pell",)).closing == "ada"
    assert split_mail(f"{OWN}\n\nBlue", sender=("Ada Pell",)).reply == f"{OWN}\n\nBlue"


@pytest.mark.parametrize("text", ["Thanks!", "Best regards,\nAda", "Cheers, Ada"])
def test_a_mail_that_is_only_a_farewell_keeps_it(text: str) -> None:
    assert split_mail(text).reply == text


@pytest.mark.parametrize(
    "notice",
    [
        "This e-mail is confidential and intended solely for the addressee.\nIf you received it "
        "in error, notify the sender.",
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige "
        "Adressat sind, vernichten Sie diese E-Mail.",
        "Ce message est confidentiel et destiné à son seul destinataire.\nMerci de le détruire "
        "en cas d'envoi par erreur.",
        "Please consider the environment before printing this e-mail.",
        "Virus-free. www.avast.com",
        "To unsubscribe, click https://lists.pell.example/u",
    ],
)
def test_notices(notice: str) -> None:
    parts = split_mail(f"{OWN}\n\n{notice}")
    assert (parts.reply, parts.disclaimer) == (OWN, notice)


def test_code_is_neither_quote_nor_signature() -> None:
    text = "It logs:\n\n```\n> boot\n-- \nFrom: x\n```\n\nWhat does that mean?"
    assert split_mail(text).reply == text


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "",
                "> quoted",
                ">> deeper",
                "-- ",
                "--",
                "-----",
                "Thanks,",
                "Ada Pell",
                "Sent from my iPhone",
                "```",
                *ATTRIBUTIONS,
                *BLOCKS,
                *PROSE,
            ]
        ),
        st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=80),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_nothing_is_invented_and_nothing_is_twice(lines: list[str]) -> None:
    text = "\n".join(lines)
    parts = split_mail(text)
    left = [line.strip().strip("> \t").strip() for line in text_lines(text)]
    for part in (
        parts.reply,
        parts.closing,
        parts.signature,
        parts.disclaimer,
        parts.quoted,
        parts.embedded,
    ):
        for line in part.split("\n"):
            bare = line.strip().strip("> \t").strip()
            if bare:
                assert bare in left
                left.remove(bare)
    assert not any(line.strip() for line in left)


@pytest.mark.parametrize(
    "line", ["On 1/1 " + "a" * 60, "bq" * 50, "> " * 60, "1 1 1 1 1 1 @", "(" * 80]
)
def test_hostile_lines_end(line: str) -> None:
    assert split_mail("\n".join([line] * 2000)) is not None
