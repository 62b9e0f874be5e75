"""Noise that recognisers, transcribers and exporters leave in what was said.

Taken out: marks for sounds and for what could not be heard, hesitation tokens, speaker-change
arrows, timestamps in brackets, control characters. Kept: everything that a person said, also
fillers (once), and placeholders of somebody else's redaction (`[PII]`, `[NAME]`), which carry
meaning.
"""

import re

# What transcribers write between brackets about sounds and gaps (Rev, Otter, Zoom, Amazon, IBM,
# Google and Whisper write these); anything else in brackets may be words or a placeholder.
_SOUND = (
    r"(?:(?:soft|loud|upbeat|light|background|indistinct|speaking|hold|line|phone|call|audio|long)"
    r"\s+)*"
    r"(?:inaudible|unintelligible|indiscernible|indistinct|crosstalk|cross\s?talk|overlapping"
    r"(?:\s+speech)?|music(?:\s+playing)?|applause|laugh(?:s|ter|ing)?|chuckl(?:e|es|ing)|sigh(?:s|"
    r"ing)?|cough(?:s|ing)?|sneez(?:e|es|ing)|silence|pause|noise|beep(?:s|ing)?|ring(?:s|ing)?|"
    r"typing|breath(?:s|ing)?|clears\s+throat|throat\s+clearing|dial\s*tone|blank[_ ]audio|static|"
    r"no\s+(?:audio|speech)|foreign(?:\s+language)?|sniff(?:s|les|ing)?|hesitation|unk)"
    r"(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?"
)
_BRACKETED_SOUND = re.compile(
    rf"\[\s*{_SOUND}\s*\]|\(\s*{_SOUND}\s*\)|\*\s*{_SOUND}\s*\*|<\s*/?(?:{_SOUND}|s)\s*>",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"%HESITATION|%hesitation|\bD_[A-Za-z]+|[♪♫]+|(?:^|(?<=\s))>{2,}(?=\s|\w|$)")
_TIMESTAMP = re.compile(
    r"\[\s*\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?\s*\]"
    r"|\(\s*\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,3})?\s*\)"
    r"|<\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,3})?>"
)
_FILLERS = re.compile(
    r"\b(u+h+m*|u+m+|e+r+m*|h+m+|a+h+)\b(?:[\s,.…-]+(?:u+h+m*|u+m+|e+r+m*|h+m+|a+h+)\b)+",
    re.IGNORECASE,
)
# Most turns hold none of it: two quick looks spare five slow ones.
_MAY_BE_NOISE = re.compile(r"[\[(<>*%_\u266a\u266b]")
_MAY_FILL = re.compile(r"[UuEeHhAa][HhMmRr]{1,9}[\s,.\u2026-]{1,9}[UuEeHhAa]{1,9}[HhMmRr]")
# C0 and C1 controls, lone surrogates, zero-width spaces and byte order marks: databases refuse the
# first two, and none of them is seen.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060\ufeff\ufff9-\ufffc\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")


def clean(text: str) -> str:
    """Take a recogniser's noise out of one turn's text.

    Returns:
        The text with single spaces, possibly empty; never a word that was not there.
    """
    text = printable(text)
    if _MAY_BE_NOISE.search(text):
        text = _BRACKETED_SOUND.sub(" ", text)
        text = _TIMESTAMP.sub(" ", text)
        text = _TOKEN.sub(" ", text)
    if _MAY_FILL.search(text):
        text = _FILLERS.sub(r"\1", text)
    return squeezed(text)


def printable(text: str) -> str:
    """Without control characters and other code points that no store takes and nobody sees."""
    return text if text.isprintable() else _UNSEEN.sub("", text)


def squeezed(text: str) -> str:
    """With single spaces and single line breaks, and no space before a mark that noise left."""
    if "  " in text or not text.isprintable():
        text = _LINES.sub("\n", _SPACES.sub(" ", text))
    text = text.strip().lstrip(",; ")
    return text if len(text) > 1 or text.isalnum() else ""
