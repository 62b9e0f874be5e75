"""What stands under a mail's words: farewell, signature, device stamp, disclaimer, list footer.

Works on the lines of one writer, quotes already found. Where a line could be either, it stays with
the words: a signature that is kept costs a little noise, a sentence that is dropped is lost.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from nlp.clean import mail_words as words

LONGEST_SIGNATURE = 20
LONGEST_BLOCK = 12
# Signature under signature, footer under footer: what a mail that was passed on gathers.
MOST_LAYERS = 8


class Part(StrEnum):
    """Which part of a mail a line belongs to."""

    REPLY = "reply"
    CITED = "cited"
    CLOSING = "closing"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"
    QUOTED = "quoted"
    EMBEDDED = "embedded"


_DASHES = re.compile(r"^\s*(?:-{2,3}|—|–|__|ᐧ)\s*$")
_ROW = re.compile(r"^\s*([-_=*~+#—–])\1{2,}\s*$")
_STAMP = re.compile(rf"^[\s<(>*_\[]*(?:{words.SENT_FROM})(?!\w)", re.IGNORECASE)
_STAMP_SHORT = re.compile(
    r"^[\s(<]*\w+ from (?:a |my )?(?:mobile|phone|iphone|ipad)\W*$", re.IGNORECASE
)
_DEVICE = re.compile(words.DEVICES, re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|did|will|would|ist|est)\b", re.IGNORECASE
)
_LINK = re.compile(r"\[([^\]]{0,80})\]\([^)\s]{0,300}\)|<?https?://\S+>?|<mailto:[^>\s]*>")
_CLOSING = re.compile(
    rf"^\W*(?:{words.CLOSINGS})(?![\w'’])(?:\W*(?:/|and|und|et|y|e)\W*(?:{words.CLOSINGS}))?"
    r"(?P<name>[\s,.!;:–—\-/*]*(?:\S+[\s,]*){0,3})$",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^[-–—~*\s/]*(?:[^\W\d_][\w'’.\-]*)(?:[\s,&]+(?:and |und |et |y |e |de |van |von |der |di )?"
    r"[^\W\d_][\w'’.\-]*){0,4}[\s.,!*)]*$"
)
_DASHED_NAME = re.compile(
    r"^\s*[-–—~/]{1,2}\s?[A-ZÀ-Þ][^\W\d_]*(?:[ '’-][A-ZÀ-Þ][^\W\d_]*\.?){0,2}\s*$"
)
_POSTSCRIPT = re.compile(r"^\s*(?:p\.?\s?){1,3}s\b", re.IGNORECASE)
_THANKS = re.compile(
    r"^\W*(?:thank|thx|many thanks|cheers|ta\b|danke|(?:vielen |herzlichen |besten )dank|merci"
    r"|gracias"
    r"|muchas|grazie|molte|obrigad|muito|bedankt|kiitos|спасибо|谢谢)",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:tel|phone|fax|mobil|cell|direct|office|skype|e-?mail|web|www|fon|móvil|tél|t|p|f|m|o"
    r"|x)\s*[.:#)]"
    r"[\s.:]*[+(\d\w]|\bwww\.|https?://|[\w.+-]+@[\w-]+\.\w"
    r"|(?<![\d.,])(?=(?:[^\d\n]{0,2}\d){7,15}(?![\d.,]*\d))"
    r"\+?\(?\d{1,4}\)?(?:[ ./-]{1,2}\(?\d{2,5}\)?){1,5}"
    r"|(?:^|\s)[x*]?[-.\s]?\d[\d-]{3,}\W*$",
    re.IGNORECASE,
)
_PRODUCT = re.compile(words.PRODUCT, re.IGNORECASE)
_LEGAL = re.compile(words.LEGAL, re.IGNORECASE)
_LEGAL_SURE = re.compile(words.LEGAL_SURE, re.IGNORECASE)
_LEGAL_CORE = re.compile(words.LEGAL_CORE, re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|my|ich|mein|je|mon|ma)\b")
_LIST_FOOTER = re.compile(words.LIST_FOOTER, re.IGNORECASE)
_BANNER = re.compile(words.BANNER, re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)]*$")


def is_prose(line: str) -> bool:
    """Whether the line reads as a sentence and not as an entry of a signature."""
    count = len(line.split())
    return count >= 9 or (count >= 6 and _SENTENCE_END.search(line.strip()) is not None)


def is_stamp(line: str) -> bool:
    """Whether the line is what a telephone or a mail program adds of itself."""
    bare = _LINK.sub(r"\1", line).strip()
    if len(bare) > 90 or _VERB.search(bare):
        return False
    if _STAMP_SHORT.match(bare):
        return True
    if _STAMP.match(bare) is None:
        return False
    device = _DEVICE.search(bare) is not None
    return device or (len(bare.split()) <= 7 and not bare.endswith((".", "?", "!", ",", ":")))


def _filled(lines: Sequence[str], start: int, stop: int) -> list[int]:
    """Indices of the lines between that are not blank."""
    return [index for index in range(start, stop) if lines[index].strip()]


def _footer_start(lines: Sequence[str], start: int, stop: int) -> int:
    """Where legal paragraphs and list footers at the end begin; `stop` where there are none."""
    begin = stop
    first = next((index for index in range(start, stop) if lines[index].strip()), stop)
    while True:
        bottom = begin
        while bottom > start and not lines[bottom - 1].strip():
            bottom -= 1
        top = bottom
        while top > start and lines[top - 1].strip():
            top -= 1
        paragraph = " ".join(lines[top:bottom])
        if top <= first or not _is_footer(paragraph, lines[top:bottom]):
            return begin
        begin = top


def _is_footer(paragraph: str, lines: Sequence[str]) -> bool:
    """Whether one paragraph is a disclaimer or a list's footer."""
    if any(_LIST_FOOTER.search(line.strip()) for line in lines):
        return True
    if _LEGAL_SURE.search(paragraph):
        return True
    terms = {match.group().casefold() for match in _LEGAL.finditer(paragraph)}
    addressed = (
        _LEGAL_CORE.search(paragraph) is not None and _FIRST_PERSON.search(paragraph) is None
    )
    return addressed and len(terms) >= 2 and len(paragraph.split()) >= 8


def banner_end(lines: Sequence[str]) -> int:
    """Index after a gateway's warning above the words ("CAUTION: external sender"), or 0."""
    index = 0
    while index < len(lines) and not lines[index].strip():
        index += 1
    if index == len(lines) or _BANNER.search(lines[index]) is None:
        return 0
    while index < len(lines) and lines[index].strip():
        index += 1
    return index


def _after_delimiter(lines: Sequence[str], index: int, stop: int) -> bool:
    """Whether what follows a line of dashes to the end is a signature."""
    tail = [lines[position].strip() for position in _filled(lines, index + 1, stop)]
    above = lines[index - 1].strip() if index else ""
    if lines[index].rstrip("\n") == "-- " or _is_farewell(above, alone=False):  # RFC 3676, 4.3
        return len(tail) <= LONGEST_SIGNATURE
    if len(tail) > LONGEST_BLOCK or any(_PRODUCT.search(line) for line in tail):
        return False
    prose = [is_prose(line) for line in tail]
    if _ROW.match(lines[index]) is None:
        return prose[:1] != [True] and sum(prose) < 2
    # Rows of other signs divide tables and headings as well.
    underscores = lines[index].strip().startswith("__")
    return not any(prose) and (not tail or underscores or _names_someone(tail))


def _names_someone(tail: Sequence[str]) -> bool:
    """Whether lines tell a person, or how to reach one."""
    first = tail[0].split()
    name = len(first) >= 2 and all(word[:1].isupper() for word in first) and _NAME.match(tail[0])
    reached = any(_CONTACT.search(line) or is_stamp(line) for line in tail)
    return reached or bool(name) or all(_ROW.match(line) for line in tail)


def _delimited_start(lines: Sequence[str], start: int, stop: int) -> int:
    """Where a signature after "-- ", a row of dashes or a device stamp begins, or `stop`."""
    fenced = texts = False
    tail = _filled(lines, start, stop)[-LONGEST_SIGNATURE - 1 :]
    nearest = tail[0] if tail else stop
    for index in range(start, stop):
        line = lines[index]
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced or not line.strip():
            continue
        row = texts and _ROW.match(line) is not None
        dashes = index >= nearest and (row or _DASHES.match(line) is not None)
        if dashes and _after_delimiter(lines, index, stop):
            return index
        last = index >= nearest and texts and is_stamp(line)
        if last and not _wrapped_into(lines, index, start):
            below = _filled(lines, index + 1, stop)
            if not any(is_prose(lines[position]) for position in below):
                return index
        texts = True
    return stop


def _lone_stamps(lines: Sequence[str], start: int, stop: int) -> list[int]:
    """Device stamps with words below them: only the stamp itself goes."""
    filled = _filled(lines, start, stop)
    return [
        index
        for index in filled[1:]
        if is_stamp(lines[index]) and not _wrapped_into(lines, index, start)
    ]


def _wrapped_into(lines: Sequence[str], index: int, start: int) -> bool:
    """Whether a line goes on from a long one above that did not end its sentence."""
    above = lines[index - 1].strip() if index > start else ""
    return len(above) >= 50 and not _SENTENCE_END.search(above)


def _mentions(line: str, sender: frozenset[str]) -> bool:
    """Whether a line is made of the sender's own names, or of their initials."""
    found = {word.casefold() for word in re.findall(r"[^\W\d_]{2,}", line)}
    initials = re.fullmatch(r"\W*([A-Z])\.?\s?([A-Z])(?:\s+[x\d][\d-]+)?\W*", line.strip())
    if initials is not None:
        firsts = {name[0] for name in sender}
        return {letter.casefold() for letter in initials.groups()} <= firsts
    return bool(found & sender) or any(
        first + second in found for first in sender for second in sender if first != second
    )


def _is_entry(line: str) -> bool:
    """Whether a line can stand in a signature: short, no sentence, no question, no product."""
    text = line.strip()
    if len(text) > 100 or text.endswith("?") or _PRODUCT.search(text) or _POSTSCRIPT.match(text):
        return False
    contact = _CONTACT.search(text)
    return not is_prose(text) if contact is None else len(text[: contact.start()].split()) <= 5


def _is_farewell(line: str, *, alone: bool) -> bool:
    """Whether a line is a farewell, with or without a name in it.

    Args:
        line: the line.
        alone: whether nothing follows; thanks without a name are then words like any others.
    """
    match = _CLOSING.match(line.strip())
    if match is None or is_prose(line):
        return False
    named = re.sub(r"^\W+|[^\w.]+$", "", match.group("name"))
    if not named:
        return not alone or _THANKS.match(line) is None
    return _NAME.match(named) is not None and not named.islower()


def _closing_start(lines: Sequence[str], start: int, stop: int, sender: frozenset[str]) -> int:
    """Where the farewell, or a typed name alone, begins; `stop` where there is neither."""
    filled = _filled(lines, start, stop)
    last = filled[-LONGEST_BLOCK:]
    for index in reversed(last):
        below = [position for position in last if position > index]
        if not _is_farewell(lines[index], alone=not below):
            continue
        if all(_is_entry(lines[position]) for position in below) and _block_of_names(lines, below):
            first = index
            while first > start and _is_farewell(lines[first - 1], alone=False):
                first -= 1  # "Thanks," and "Best regards," on two lines
            return first
    for index in last:
        if _opens_block(lines, index, filled, sender):
            return index
    return stop


def _block_of_names(lines: Sequence[str], below: Sequence[int]) -> bool:
    """Whether the lines under a farewell begin with a name, or tell how to reach someone."""
    if not below:
        return True
    first = lines[below[0]].strip()
    contact = any(_CONTACT.search(lines[position]) for position in below)
    return contact or (len(below) <= 5 and _NAME.match(first) is not None)


def _opens_block(
    lines: Sequence[str], index: int, filled: Sequence[int], sender: frozenset[str]
) -> bool:
    """Whether a signature without a farewell begins here."""
    line = lines[index].strip()
    below = [position for position in filled if position > index]
    if not all(_is_entry(lines[position]) for position in below) or not _is_entry(line):
        return False
    if _DASHED_NAME.match(line) and not below:
        return True
    short = len(line) <= 60 and len(line.split()) <= 5
    name = line.strip(" .,!*#") if short else ""
    contact = _CONTACT.search(line) is not None
    mentioned = short and bool(sender) and _mentions(line, sender)
    contacts = sum(_CONTACT.search(lines[position]) is not None for position in below)
    if mentioned and (contact or _NAME.match(name)):
        return not below or contacts > 0 or len(below) <= 3
    capitals = [word for word in name.split() if word[:1].isupper()]
    named = 2 <= len(capitals) == len(name.split()) <= 4 and _NAME.match(name) is not None
    named = named and not name.isupper()
    return named and contacts >= 1 and index > filled[0]


def label_own(lines: Sequence[str], sender: frozenset[str]) -> list[Part]:
    """The part of each line of one writer's own text, quotes taken out.

    Args:
        lines: what one person wrote, with all that stands under it.
        sender: the sender's names in lower case, where they are known.
    """
    parts = [Part.REPLY] * len(lines)
    start, stop = banner_end(lines), len(lines)
    parts[:start] = [Part.DISCLAIMER] * start
    for _ in range(MOST_LAYERS):
        footer = _footer_start(lines, start, stop)
        parts[footer:stop] = [Part.DISCLAIMER] * (stop - footer)
        cut = _delimited_start(lines, start, footer)
        parts[cut:footer] = [Part.SIGNATURE] * (footer - cut)
        if cut == stop:
            break
        stop = cut
    for index in _lone_stamps(lines, start, stop):
        parts[index] = Part.SIGNATURE
    closing = _closing_start(lines, start, stop, sender)
    _label_closing(lines, parts, closing, stop)
    return parts


def _label_closing(lines: Sequence[str], parts: list[Part], closing: int, stop: int) -> None:
    """Divide what follows a farewell: names by hand are closing, titles and contacts signature."""
    names = 0
    for index in range(closing, stop):
        line = lines[index].strip()
        if index > closing and line:
            names += 1
        contact = _CONTACT.search(line) is not None and not _CLOSING.match(line)
        if contact or names > 2:
            parts[index:stop] = [Part.SIGNATURE] * (stop - index)
            return
        parts[index] = Part.CLOSING
