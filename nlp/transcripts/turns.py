"""From words, segments and cues to turns: what was said, before it is known by whom."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nlp.types import Speaker

# Seconds of silence that end a turn where one voice, or none, is told apart. With punctuation the
# sentence ends it, so only a long silence does; without, a silence is all there is.
_PAUSE_PUNCTUATED = 2.0
_PAUSE_BARE = 1.0
_PAUSE_AFTER_MANY = 0.3
_MANY_WORDS = 60

_SENTENCE_END = re.compile(r"[.?!…。？！]+[\"'”’)\]]*$")  # noqa: RUF001 - full-width marks are meant
_ABBREVIATION = re.compile(
    r"^(?:mr|mrs|ms|dr|prof|st|ave|rd|blvd|no|vs|jr|sr|inc|ltd|co|corp|dept|ext|apt|approx|etc|e\.g"
    r"|i\.e|a\.m|p\.m|u\.s|[a-z])\.$",
    re.IGNORECASE,
)
_STARTS = r"[\"'\u201c\u2018(\[\u00bf\u00a1]*[^\Wa-z_]"
_STARTS_SENTENCE = re.compile(_STARTS)
# The white space between two sentences.
_BORDER = re.compile(rf"(?<=[.?!\u2026\u3002\uff1f\uff01\"'\u201d\u2019)\]])\s+(?={_STARTS})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A stretch of speech by one voice.

    Attributes:
        text: the words.
        label: the voice as the file names it, or None.
        start: seconds from the start, or None.
        end: seconds from the start, or None.
        role: who the file says it is, or None.
    """

    text: str
    label: str | None = None
    start: float | None = None
    end: float | None = None
    role: Speaker | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One recognised word.

    Attributes:
        text: the word, with the punctuation that the recogniser put at it.
        label: the voice, or None.
        start: seconds from the start, or None.
        end: seconds from the start, or None.
        attaches: whether it follows the word before without a space (a punctuation mark).
        opens: whether it is the first of a segment.
    """

    text: str
    label: str | None = None
    start: float | None = None
    end: float | None = None
    attaches: bool = False
    opens: bool = False


def turns_of_words(words: Sequence[Word]) -> list[Said]:
    """Join words to turns: at each change of voice, or by sentences and pauses if there is none.

    A word without a label between labelled ones belongs to the voice before it: diarisation leaves
    out short words and punctuation marks.
    """
    words = _inherit_labels(words)
    if len({word.label for word in words}) > 1:
        return list(_runs(words))
    return list(_sentences_of(words))


def turns_of_segments(segments: Iterable[Said]) -> list[Said]:
    """Join segments, cues or phrases to turns, in the order in which they begin.

    With two voices or more, neighbours of one voice become one turn. With one voice or none, the
    segments' words are cut again at sentences and pauses, because recognisers cut anywhere.
    """
    ordered = in_time(segments)
    if len({(said.label, said.role) for said in ordered}) > 1:
        return merged(ordered)
    words = [word for said in ordered for word in _words_of(said)]
    role = ordered[0].role if ordered else None
    return [replace(said, role=role) if role else said for said in _sentences_of(words)]


def turns_of_channels(channels: Iterable[Sequence[Word]]) -> list[Said]:
    """Join words of channels that run side by side: cut each at sentences and pauses, then sort."""
    spoken = [said for words in channels for said in _sentences_of(words)]
    return turns_of_segments(spoken)


def merged(segments: Iterable[Said]) -> list[Said]:
    """Neighbours of one voice as one turn."""
    turns: list[list[Said]] = []
    for said in segments:
        if turns and (turns[-1][-1].label, turns[-1][-1].role) == (said.label, said.role):
            turns[-1].append(said)
        else:
            turns.append([said])
    return [
        replace(run[0], text=" ".join(said.text for said in run), end=run[-1].end) for run in turns
    ]


def in_time(segments: Iterable[Said]) -> list[Said]:
    """Sorted by start where every segment has one (channels come one after another), else as is."""
    listed = [said for said in segments if said.text.strip()]
    if any(said.start is None for said in listed):
        return listed
    return sorted(listed, key=lambda said: said.start or 0.0)


def sentences(text: str) -> list[str]:
    """Cut prose into sentences, by the same rule as recognised words.

    Line breaks end a sentence too: where prose has them inside, they are soft and the reader that
    knows so joins the lines first.
    """
    found: list[str] = []
    for line in text.split("\n"):
        start = 0
        for border in _BORDER.finditer(line):
            last = line[line.rfind(" ", 0, border.start()) + 1 : border.start()]
            if ends_sentence(last):
                found.append(line[start : border.start()])
                start = border.end()
        found.append(line[start:])
    return [" ".join(sentence.split()) for sentence in found if sentence.strip()]


def _inherit_labels(words: Sequence[Word]) -> list[Word]:
    labels = [word.label for word in words]
    first = next((label for label in labels if label is not None), None)
    if first is None or None not in labels:
        return list(words)
    filled = []
    current = first
    for word in words:
        current = word.label or current
        filled.append(word if word.label else replace(word, label=current))
    return filled


def _runs(words: Iterable[Word]) -> Iterator[Said]:
    run: list[Word] = []
    for word in words:
        if run and word.label != run[-1].label and not word.attaches:
            yield _said(run)
            run = []
        run.append(word)
    if run:
        yield _said(run)


def _said(run: Sequence[Word]) -> Said:
    text = "".join(
        word.text if word.attaches or not place else f" {word.text}"
        for place, word in enumerate(run)
    )
    ends = [word.end for word in run if word.end is not None]
    return Said(
        text=text,
        label=run[0].label,
        start=next((word.start for word in run if word.start is not None), None),
        end=ends[-1] if ends else None,
    )


def _words_of(said: Said) -> Iterator[Word]:
    for place, token in enumerate(said.text.split()):
        yield Word(text=token, label=said.label, start=said.start, end=said.end, opens=place == 0)


def _sentences_of(words: Sequence[Word]) -> Iterator[Said]:
    punctuated = any(_SENTENCE_END.search(word.text) for word in words)
    pause = _PAUSE_PUNCTUATED if punctuated else _PAUSE_BARE
    run: list[Word] = []
    for word in words:
        if run and not word.attaches and _parts(run, word, pause=pause, punctuated=punctuated):
            yield _said(run)
            run = []
        run.append(word)
    if run:
        yield _said(run)


def _parts(run: Sequence[Word], word: Word, *, pause: float, punctuated: bool) -> bool:
    """Whether a turn ends between the run and the word."""
    before = run[-1]
    ended = before.end
    if ended is None and before.attaches:
        ended = next((part.end for part in reversed(run) if part.end is not None), None)
    if ended is not None and word.start is not None:
        silence = word.start - ended
        if silence >= pause or (len(run) >= _MANY_WORDS and silence >= _PAUSE_AFTER_MANY):
            return True
    starts = bool(_STARTS_SENTENCE.match(word.text))
    if not punctuated:
        return word.opens and starts and not re.match(r"I\b", word.text)
    stem = run[-2].text if before.attaches and len(run) > 1 else ""
    return starts and ends_sentence(stem + before.text)


def ends_sentence(token: str) -> bool:
    """Whether a word with its punctuation ends a sentence ("router." but not "Dr.")."""
    return bool(_SENTENCE_END.search(token)) and not _ABBREVIATION.match(token)
