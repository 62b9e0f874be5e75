"""A mail's text taken apart: what its writer says, what they quote, and what stands around it.

Every line of the text belongs to exactly one part; nothing is added or rewritten. What is quoted
and answered in between stays in the reply with its quote marks; any other history does not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.clean.mail_quotes import (
    Start,
    attribution_end,
    find_start,
    is_attribution,
    is_quote,
    is_rule,
    next_filled,
    unquoted,
)
from nlp.clean.mail_signature import Part, label_own

# Text that repeats itself as "On … wrote:" above unquoted text is followed this far.
DEEPEST = 3

_INITIALS = re.compile(r"[A-Z]{1,3}>(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailParts:
    r"""A mail's text, taken apart.

    Attributes:
        reply: what the writer says, with what they quote in order to answer it (`>` lines) and
            without the farewell.
        closing: the farewell with the name that was typed ("Thanks,\nAnn").
        signature: name, title, telephone, device stamp.
        disclaimer: legal notices, list footers, a gateway's warnings.
        quoted: the history that is not answered in between, attribution lines included.
        embedded: a mail inside this one from its header fields on, quote marks taken off.
        forwarded: whether a marker says that the embedded mail was forwarded.
    """

    reply: str
    closing: str
    signature: str
    disclaimer: str
    quoted: str
    embedded: str
    forwarded: bool

    @property
    def words(self) -> str:
        """The reply together with the farewell, as the writer saw it."""
        return "\n".join(part for part in (self.reply, self.closing) if part)


def text_lines(text: str) -> list[str]:
    """The lines of a mail's text, with a PGP signature's armour taken off."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").split("\n")
    lines = [line.replace("\u00a0", " ").replace("\u200b", "") for line in lines]
    return (
        _without_armour(lines)
        if any(line.startswith("-----BEGIN PGP") for line in lines)
        else lines
    )


def _without_armour(lines: Sequence[str]) -> list[str]:
    """The lines without the two PGP blocks around a signed text (RFC 9580, section 7)."""
    kept: list[str] = []
    skipping = heading = False
    for line in lines:
        if line.startswith("-----BEGIN PGP SIGNED MESSAGE"):
            heading = True
        elif line.startswith("-----BEGIN PGP SIGNATURE"):
            skipping = True
        elif line.startswith("-----END PGP SIGNATURE"):
            skipping = False
        elif heading:
            heading = bool(line.strip())
        elif not skipping:
            kept.append(line)
    return kept


def split_mail(text: str, *, sender: Sequence[str] = ()) -> MailParts:
    """Take a mail's text apart.

    Args:
        text: the body as plain text.
        sender: the sender's names as the header states them; they tell a typed name from words.
    """
    lines = text_lines(text)
    names = frozenset(
        word.casefold()
        for name in sender
        for word in name.replace(",", " ").replace(".", " ").replace("-", " ").split()
        if len(word) > 1 and word.isalpha()
    )
    parts, forwarded = label_lines(lines, names)

    def of(*chosen: Part) -> str:
        kept = [line for line, part in zip(lines, parts, strict=True) if part in chosen]
        return "\n".join(kept).strip("\n").rstrip()

    return MailParts(
        reply=of(Part.REPLY, Part.CITED),
        closing=of(Part.CLOSING),
        signature=of(Part.SIGNATURE),
        disclaimer=of(Part.DISCLAIMER),
        quoted=of(Part.QUOTED),
        embedded=_unquote_all(of(Part.EMBEDDED)),
        forwarded=forwarded,
    )


def _unquote_all(text: str) -> str:
    """Take one level of quote marks off a text whose every line has one."""
    lines = text.split("\n")
    if not all(is_quote(line) for line in lines if line.strip()):
        return text
    return "\n".join(line.lstrip().removeprefix(">").removeprefix(" ") for line in lines).strip(
        "\n"
    )


def label_lines(
    lines: Sequence[str], sender: frozenset[str] = frozenset()
) -> tuple[list[Part], bool]:
    """The part that each line belongs to, and whether a forward marker was seen."""
    return _Labeller(lines, sender).run()


def _usenet_sign(lines: Sequence[str]) -> str | None:
    """The writer's initials before each quoted line ("AK> "), an old habit of newsgroups."""
    signs = [match.group() for line in lines if (match := _INITIALS.match(line)) is not None]
    return signs[0] if len(signs) > 1 and len(set(signs)) == 1 else None


class _Labeller:
    """Labels the lines of one mail; used once and thrown away."""

    def __init__(self, lines: Sequence[str], sender: frozenset[str]) -> None:
        self.lines = lines
        self.sender = sender
        self.parts = [Part.REPLY] * len(lines)
        self.forwarded = False
        self.alias = _usenet_sign(lines)
        self.overflown: set[int] = set()
        self.fenced = self._fences()

    def run(self) -> tuple[list[Part], bool]:
        """Find the history, then what stands under the writer's own words."""
        self._history(0, DEEPEST)
        self._lone_quotes()
        self._own()
        return self.parts, self.forwarded

    def _fences(self) -> list[bool]:
        """Which lines stand between ``` fences: code is never history."""
        inside, fenced = False, []
        marks = [line.lstrip().startswith("```") for line in self.lines]
        if sum(marks) % 2:
            return [False] * len(marks)
        for mark in marks:
            fenced.append(inside or mark)
            inside = inside != mark
        return fenced

    def _mark(self, start: int, stop: int, part: Part) -> None:
        self.parts[start:stop] = [part] * (stop - start)

    def _quote(self, index: int) -> bool:
        """Whether a line is quoted, by a mark or by the sign that its neighbours carry."""
        line = self.lines[index]
        if is_quote(line) or index in self.overflown:
            return True
        return self.alias is not None and line.startswith(self.alias)

    def _first_start(self, begin: int) -> tuple[Start | None, bool]:
        """The first opening of history that is not itself quoted; whether words stand before it."""
        ruled = words = False
        for index in range(begin, len(self.lines)):
            line = self.lines[index]
            if not line.strip():
                continue
            if not self.fenced[index] and not is_quote(line):
                start = find_start(self.lines, index, ruled=ruled)
                if start is not None:
                    return start, words
            ruled = is_rule(line)
            words = words or not (ruled or is_quote(line))
        return None, words

    def _history(self, begin: int, depth: int) -> None:
        """Label everything from the first opening of history on."""
        start, words = self._first_start(begin)
        if start is None:
            return
        following = next_filled(self.lines, start.after)
        self._find_alias(start, following)
        quotes = following < len(self.lines) and self._quote(following)
        if start.kind == "attribution" and quotes:
            self._answered(start, words=words, depth=depth)
        elif start.kind == "attribution" and not words and depth > 0:
            # Nobody can tell where an unmarked quote ends, so its words stay.
            self._mark(start.line, start.after, Part.QUOTED)
            self._history(start.after, depth - 1)
        elif start.kind in ("original", "headers") and quotes and not words:
            self._answered(start, words=words, depth=depth)
        else:
            self._rule_above(begin, start.line)
            self._embed(start)

    def _find_alias(self, start: Start, following: int) -> None:
        """The sign before each quoted line where it is not `>`: "| " or the writer's name."""
        if start.kind != "attribution" or following >= len(self.lines):
            return
        line = self.lines[following]
        word, mark, _ = line.partition(">")
        if line.startswith("| "):
            self.alias = "|"
        elif mark and word.isalpha() and len(word) <= 20:
            self.alias = f"{word}>"

    def _rule_above(self, begin: int, line: int) -> None:
        """Give the row of dashes over a header block to the history."""
        above = line - 1
        while above > begin and not self.lines[above].strip():
            above -= 1
        if above >= begin and is_rule(self.lines[above]):
            self._mark(above, line, Part.QUOTED)

    def _embed(self, start: Start) -> None:
        """Everything from an opening on is history; from its header fields on it is a mail."""
        self.forwarded = self.forwarded or start.kind == "forwarded"
        self._mark(start.line, len(self.lines), Part.QUOTED)
        position: int | None = start.line
        ruled = True
        while position is not None and position < len(self.lines):
            found = find_start(self.lines, position, ruled=ruled)
            if found is not None and found.kind != "attribution":
                fields = next_filled(self.lines, position + (found.kind != "headers"))
                block = found.kind == "headers" or found.after > fields
                if block:
                    self._mark(fields, len(self.lines), Part.EMBEDDED)
                    return
            ruled = is_rule(self.lines[position])
            position = next_filled(self.lines, position + 1)

    def _answered(self, start: Start, *, words: bool, depth: int) -> None:
        """A marked quote after its attribution: answered in between, below, above, or not."""
        self._mark(start.line, start.after, Part.QUOTED)
        end = self._until_next_start(start.after)
        kinds = self._quote_kinds(start.after, end)
        own = [index for index in range(start.after, end) if kinds[index - start.after] == "t"]
        last = max(index for index in range(start.after, end) if kinds[index - start.after] == "q")
        inside = [index for index in own if index < last]
        below = bool(self._said([index for index in own if index > last]))
        self._mark(start.after, end, Part.QUOTED)
        if inside or (below and words):
            self._cite(start.after, end)
        elif below:
            self._mark(last + 1, end, Part.REPLY)
        else:
            for index in own:
                self.parts[index] = Part.REPLY  # a signature, and it is labelled as one
        if end < len(self.lines):
            self._mark(end, len(self.lines), Part.QUOTED)
            if not words and not own and depth > 0:
                self._mark(end, len(self.lines), Part.REPLY)
                self._history(end, depth - 1)

    def _until_next_start(self, begin: int) -> int:
        """Index of the next unquoted opening of history, or the number of lines."""
        start, _ = self._first_start(begin)
        return start.line if start is not None else len(self.lines)

    def _quote_kinds(self, begin: int, end: int) -> str:
        """One letter a line: quote, text or empty; a quote's line that lost its mark is a quote."""
        kinds = ""
        for index in range(begin, end):
            line = self.lines[index]
            if not line.strip():
                kinds += "e"
            elif self._quote(index):
                kinds += "q"
            elif kinds.endswith("q") and self._overflows(index, end):
                self.overflown.add(index)
                kinds += "q"
            else:
                kinds += "t"
        return kinds

    def _overflows(self, index: int, end: int) -> bool:
        """Whether a line without a mark is the rest of a quoted line that was wrapped twice."""
        long = len(self.lines[index - 1]) >= 60
        lower = self.lines[index].lstrip()[:1].islower()
        return long and lower and index + 1 < end and self._quote(index + 1)

    def _cite(self, begin: int, end: int) -> None:
        """Keep the quotes that are answered, less the attributions inside them."""
        own: list[int] = []
        for index in range(begin, end):
            quote = self._quote(index)
            self.parts[index] = Part.CITED if quote else Part.REPLY
            if not quote:
                own.append(index)
        self._drop_attributions([i for i in range(begin, end) if self.parts[i] is Part.CITED])
        answer = max(self._said(own), default=begin)
        for index in range(answer, end):
            if self.parts[index] is Part.CITED:
                self.parts[index] = Part.QUOTED  # answered by nobody

    def _said(self, own: Sequence[int]) -> list[int]:
        """Those of the lines that are neither blank nor farewell, signature or footer."""
        parts = label_own([self.lines[index] for index in own], self.sender)
        return [
            index
            for index, part in zip(own, parts, strict=True)
            if part is Part.REPLY and self.lines[index].strip()
        ]

    def _lone_quotes(self) -> None:
        """Quotes without an attribution: kept where something follows them, else history."""
        reply = [
            i for i, part in enumerate(self.parts) if part is Part.REPLY and self.lines[i].strip()
        ]
        quotes = [i for i in reply if self._quote(i) and not self.fenced[i]]
        if not quotes:
            return
        marked = set(quotes)
        own = [i for i in reply if i not in marked]
        for index in quotes:
            self.parts[index] = Part.CITED
        self._drop_attributions(quotes)
        answer = max(self._said(own), default=-1)
        tail = [i for i in quotes if i > answer]
        if own and tail:
            for index in tail:
                self.parts[index] = Part.QUOTED
            self._embed_quoted(tail)
        elif not own:
            self._quotes_only(quotes)

    def _drop_attributions(self, quotes: Sequence[int]) -> None:
        """Take the attributions inside quote marks out of what is cited, as Apple Mail has them."""
        for index in quotes:
            if self.parts[index] is Part.CITED:
                after = attribution_end(self.lines, index)
                if after is not None:
                    self._mark(index, after, Part.QUOTED)

    def _quotes_only(self, quotes: Sequence[int]) -> None:
        """A mail that is one quote: a forward, a thread without words, or pasted text."""
        for index in quotes:
            line = unquoted(self.lines[index]).strip()
            if is_attribution(line, quote_follows=True):
                for position in quotes:
                    self.parts[position] = Part.QUOTED
                return
        if not self._embed_quoted(quotes):
            for index in quotes:
                self.parts[index] = Part.REPLY

    def _embed_quoted(self, quotes: Sequence[int]) -> bool:
        """Find a forwarded mail inside quote marks, as Apple Mail writes it."""
        bare = [unquoted(self.lines[index]) for index in quotes]
        for position in range(min(len(bare), 3)):
            start = find_start(bare, position)
            if start is None or start.kind in ("attribution",):
                continue
            fields = next_filled(bare, position + (start.kind != "headers"))
            for index in quotes[fields:]:
                self.parts[index] = Part.EMBEDDED
            self.forwarded = self.forwarded or start.kind == "forwarded"
            return True
        return False

    def _own(self) -> None:
        """Label farewell, signature and disclaimer among the lines that are the writer's."""
        own = [i for i, part in enumerate(self.parts) if part is Part.REPLY]
        labels = label_own([self.lines[i] for i in own], self.sender)
        filled = {label for i, label in zip(own, labels, strict=True) if self.lines[i].strip()}
        if Part.REPLY not in filled:
            # Nothing but a farewell: then it is what they had to say.
            labels = [Part.REPLY if label is Part.CLOSING else label for label in labels]
            self.parts = [Part.QUOTED if part is Part.CITED else part for part in self.parts]
        for index, label in zip(own, labels, strict=True):
            self.parts[index] = label
