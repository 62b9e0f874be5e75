"""HTML mail to text: structure, what is hidden, and whose words are whose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.clean.html import html_to_text
from nlp.clean.mail import split_mail

OWN = "The lamp flickers."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("One<br>Two<br><br>Three", "One\nTwo\n\nThree"),
        ("a <b>bold</b> word,\n   wrapped", "a bold word, wrapped"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        ("<ol><li>One</li><li>Two</li></ol>", "1. One\n2. Two"),
        (
            "<table><tr><td>Size</td><td>M</td></tr><tr><td>No</td><td>7</td></tr></table>",
            "Size M\nNo 7",
        ),
        ("<a href='https://x.example'>our page</a>", "our page"),
        ("5 &lt; 7 &amp; 8&nbsp;&gt; 7", "5 < 7 & 8 > 7"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<style>p{}</style><script>x()</script><title>t</title><p>One</p>", "One"),
        ("<!-- no --><p>One<!--[if mso]>no<![endif]--></p>", "One"),
        ("<div style='display:none'>no</div><div style='mso-hide:all'>no</div>One", "One"),
        ("<span style='font-size:0'>no</span><span hidden>no</span>One", "One"),
        ("<div class='preheader'>no</div>One", "One"),
        ("One<img src=x alt='Logo of Pell'>", "One"),
        ("One <img alt='😀'>", "One 😀"),
        (
            "<p class=MsoNormal>One</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Two</p>",
            "One\n\nTwo",
        ),
        ("no tags at all", "no tags at all"),
        ("<?xml version='1.0'?><html><body><p>One</body>", "One"),
        ("<b>never <i>closed", "never closed"),
        ("", ""),
    ],
)
def test_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "history",
    [
        "<div class='gmail_quote'>On Tue, 4 Mar 2025 at 09:12 Ada &lt;ada@pell.example&gt; wrote:"
        "<br><blockquote class='gmail_quote'>Which bulb?</blockquote></div>",
        "<div class='moz-cite-prefix'>On 04.03.25 09:12, Ada wrote:<br></div>"
        "<blockquote type='cite'>Which bulb?</blockquote>",
        "<blockquote type='cite'><div>On 4 Mar 2025, at 09:12, Ada &lt;ada@pell.example&gt; wrote:"
        "</div><div>Which bulb?</div></blockquote>",
        "<div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><b>From:</b> Ada<br><b>Sent:</b> "
        "4 March 2025<br><b>To:</b> Desk<br><b>Subject:</b> Lamp</div><div>Which bulb?</div>",
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>Von:</b> Ada"
        "<br><b>Gesendet:</b> 4. März 2025<br><b>An:</b> D<br><b>Betreff:</b> L</p></div>"
        "<p>Which bulb?</p>",
        "<div class='yahoo_quoted'><div>On Tuesday, Ada wrote:</div><div>Which bulb?</div></div>",
        "<div class='ydp12yahoo_quoted'>Which bulb?</div>",
        "<div class='protonmail_quote'>Which bulb?</div>",
        "<hr id='stopSpelling'>Date: 4 Mar 2025<br>From: ada@pell.example<br>Subject: L<br>"
        "Which bulb?",
        "<span id='OLK_SRC_BODY_SECTION'>Which bulb?</span>",
    ],
)
def test_history_is_told_by_structure(history: str) -> None:
    parts = split_mail(html_to_text(f"<html><body><div>{OWN}</div><br>{history}</body></html>"))
    assert parts.reply == OWN
    assert "Which bulb?" in parts.quoted + parts.embedded


def test_answers_between_html_quotes() -> None:
    html = (
        "<div class='moz-cite-prefix'>On 04.03.25 09:12, Ada wrote:</div>"
        "<blockquote type='cite'>Which bulb?</blockquote><p>LED.</p>"
        "<blockquote type='cite'>And the dimmer?</blockquote><p>The one from the box.</p>"
    )
    lines = split_mail(html_to_text(html)).reply.split("\n")
    assert [line for line in lines if line.strip("> ")] == [
        "> Which bulb?",
        "LED.",
        "> And the dimmer?",
        "The one from the box.",
    ]


def test_a_blockquote_that_only_indents_is_the_writers() -> None:
    html = f"<p>It says:</p><blockquote style='margin:0 0 0 40px;border:none'>{OWN}</blockquote>"
    assert split_mail(html_to_text(html)).reply == f"It says:\n\n{OWN}"


def test_a_box_with_a_line_above_is_not_history() -> None:
    html = f"<p>Hello</p><div style='border-top:1px solid red'><p>{OWN}</p></div>"
    assert split_mail(html_to_text(html)).reply == f"Hello\n\n{OWN}"


def test_signature_elements_go_unless_they_hold_prose() -> None:
    signature = "<div class='gmail_signature'>Ada Pell<br>Head of Light</div>"
    assert html_to_text(f"<p>{OWN}</p>{signature}") == OWN
    prose = "I also want to say that it hums at night. And the cable is far too short for my desk."
    kept = html_to_text(
        f"<p>{OWN}</p><div class='gmail_signature'><p>{prose}</p><p>{prose}</p></div>"
    )
    assert kept.count(prose) == 2


def test_deep_nesting_ends() -> None:
    assert OWN in html_to_text("<div>" * 5000 + OWN + "</div>" * 5000)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("<>/&;=\"' abdivpqblockquotehr\n\x00")))
def test_any_text_is_html(text: str) -> None:
    assert isinstance(html_to_text("<p>" + text), str)
