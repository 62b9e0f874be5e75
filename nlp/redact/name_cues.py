"""The words that announce a name, by how much they promise.

The phrases stand in `data/cue_words.txt`, their words joined by underscores; a colon after the last
word means that one must follow it in the text.
"""

import re

from nlp.redact import lexicon

SURE = "sure"
"""A name follows, known or not ("my name is …", "Dear Mr …")."""

INTRO = "introducing"
"""A name follows if people bear it, or if the clause ends after it ("Hi …,", "I am … from")."""

LIKELY = "likely"
"""A name follows if people bear it ("my wife …", "I spoke to …")."""

MAYBE = "maybe"
"""A name follows if it is nothing else ("thank you …")."""

NONE = "none"
"""What follows is the name of a thing ("the file name is …")."""

MAX_WORDS = 5

PHRASES: dict[str, str] = {
    phrase.replace("_", " "): strength
    for strength in (MAYBE, LIKELY, INTRO, SURE, NONE)
    for phrase in lexicon.words(f"{strength} name cues")
}
LAST_WORDS = frozenset(phrase.split()[-1].rstrip(":") for phrase in PHRASES)

_CLOSING = (
    r"(?:(?:kind|best|warm|warmest|many|with best|with kind)? ?(?:regards|wishes|thanks)|best"
    r"|cheers"
    r"|thanks(?: again| so much| a lot)?|thank you(?: very much| so much)?|sincerely(?: yours)?"
    r"|yours (?:sincerely|faithfully|truly)|respectfully|cordially|rgds|br|love|take care"
    r"|mit freundlichen grüßen|viele grüße|cordialement|saludos)"
)
CLOSING_WORDS = frozenset(
    [
        "regards",
        "wishes",
        "best",
        "cheers",
        "thanks",
        "thank",
        "sincerely",
        "respectfully",
        "cordially",
        "yours",
        "rgds",
        "br",
        "love",
        "care",
        "grüßen",
        "grüße",
        "cordialement",
        "saludos",
    ]
)
_SIGNATURE = rf"{_CLOSING}[,.!]?[ \t]{{0,3}}(?:\n\s{{0,6}}|(?<=,) )"
FIRST_SIGNATURE = re.compile(_SIGNATURE, re.IGNORECASE)
SIGNATURE = re.compile(rf"(?:\n|[.!?] {{1,3}}){_SIGNATURE}", re.IGNORECASE)
ONLY_CLOSING = re.compile(rf"\W{{0,3}}{_CLOSING}\W{{0,3}}", re.IGNORECASE)

STOP = lexicon.words("never in a name")
ORG_WORDS = lexicon.words("organisations and things")
PARTICLES = lexicon.words("name particles")
