"""Speechmatics: version 2 (`results` of typed items) and version 1 (`words` and `speakers`).

After https://docs.speechmatics.com/speech-to-text/batch/output.
"""

from bisect import bisect_right
from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node, moment, short_metadata
from nlp.transcripts.turns import Said, Word, turns_of_channels, turns_of_words
from nlp.types import Interaction, Rejected

_MARKS = frozenset(".,?!;:…。、？！")  # noqa: RUF001 - full-width marks are meant


def _detect(document: Document) -> bool:
    top = document.json_object
    if isinstance(top.get("words"), list) and isinstance(top.get("speakers"), list):
        return "job" in top or "format" in top
    results = top.get("results")
    if not isinstance(results, list) or not ("format" in top or "metadata" in top):
        return False
    return any(isinstance(item, dict) and "type" in item for item in results[:5])


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    job = top.get("job")
    language = job.get("lang").value
    if language is None:
        config = top.get("metadata").get("transcription_config")
        language = config.get("language").value
    # What the caller gave to find the job again; `details` is an object of their own.
    tracking = {
        name: value
        for name, value in job.get("tracking").fields().items()
        if name in ("title", "reference")
    } | job.get("tracking").get("details").fields()
    said = _first_version(top) if top.get("words").value else _second_version(top)
    yield from one(
        document,
        Draft(
            format="speechmatics",
            source=document.name,
            said=said,
            id=job.get("id").text(),
            started_at=moment(job.get("created_at").value),
            metadata=short_metadata({"language": language, **tracking}),
        ),
        options,
    )


def _first_version(top: Node) -> list[Said]:
    changes = [
        (row.get("time").seconds() or 0.0, row.get("name").text() or None)
        for row in top.get("speakers").items()
    ]
    changes.sort(key=lambda change: change[0])
    times = [time for time, _ in changes]
    words = []
    for word in top.get("words").items():
        start = word.get("time").seconds()
        length = word.get("duration").seconds() or 0.0
        text = word.get("name").text()
        at = bisect_right(times, start or 0.0) - 1
        label = changes[max(at, 0)][1] if changes else None
        end = None if start is None else round(start + length, 3)
        mark = text in _MARKS
        # A mark's time is when the silence after it ends, often in another voice.
        words.append(
            Word(
                text=text,
                label=None if mark else label,
                start=None if mark else start,
                end=None if mark else end,
                attaches=mark,
            )
        )
    return turns_of_words(words)


def _second_version(top: Node) -> list[Said]:
    channels: dict[str, list[Word]] = {}
    for item in top.get("results").items():
        best = item.get("alternatives").first()
        text = best.get("content").text()
        if not text:
            continue
        channel = item.get("channel").text()
        voice = best.get("speaker").text()
        mark = item.get("type").value == "punctuation"
        attaches = mark and item.get("attaches_to").value in (None, "previous", "both")
        channels.setdefault(channel, []).append(
            Word(
                text=text,
                label=channel or (voice if voice and voice != "UU" else None),
                start=item.get("start_time").seconds(),
                end=item.get("end_time").seconds(),
                attaches=attaches,
            )
        )
    if len(channels) > 1:
        return turns_of_channels(channels.values())
    return turns_of_words([word for words in channels.values() for word in words])


FORMAT = Format(
    title="Speechmatics",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="bbc/react-transcript-editor: speechmaticsTedTalkTranscript.sample.json",
)
