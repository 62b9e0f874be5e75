"""IBM Watson Speech to Text: `results` with `timestamps`, and `speaker_labels` beside them.

After https://cloud.ibm.com/docs/speech-to-text?topic=speech-to-text-basic-response. A finished job
wraps the same once more in `results`.
"""

from collections.abc import Iterator

from nlp.readers.base import Document, Format, ReadOptions
from nlp.transcripts.draft import Draft, one
from nlp.transcripts.fields import Node
from nlp.transcripts.turns import Said, Word, sentences, turns_of_words
from nlp.types import Interaction, Rejected


def _detect(document: Document) -> bool:
    results = document.json_object.get("results")
    if not isinstance(results, list) or not results or not isinstance(results[0], dict):
        return False
    if isinstance(results[0].get("results"), list):
        return "result_index" in results[0] or "speaker_labels" in results[0]
    return "alternatives" in results[0] and "final" in results[0]


def _read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    top = Node(document.json, source=document.name)
    wrapped = top.get("results").first().get("results").value is not None
    runs = list(top.get("results").items()) if wrapped else [top]
    words = [word for run in runs for word in _words(run)]
    said = turns_of_words(words) if words else _plain(runs)
    yield from one(
        document,
        Draft(format="ibm_watson", source=document.name, said=said, id=top.get("id").text()),
        options,
    )


def _words(run: Node) -> Iterator[Word]:
    voices = {
        (label.get("from").seconds(), label.get("to").seconds()): label.get("speaker").text()
        for label in run.get("speaker_labels").items()
    }
    for result in run.get("results").items():
        if result.get("final").value is False:
            continue
        stamps = result.get("alternatives").first().get("timestamps")
        for place, stamp in enumerate(stamps.items()):
            fields = list(stamp.items())
            if len(fields) < 3:
                raise stamp.broken("an array of a word and its two times")
            start, end = fields[1].seconds(), fields[2].seconds()
            voice = voices.get((start, end))
            label = f"speaker {voice}" if voice else None
            text = fields[0].text()
            if text != "%HESITATION":
                yield Word(text=text, label=label, start=start, end=end, opens=place == 0)


def _plain(runs: list[Node]) -> list[Said]:
    """Results without timestamps: nothing says whose they are, so they are cut to sentences."""
    texts = [
        result.get("alternatives").first().get("transcript").text()
        for run in runs
        for result in run.get("results").items()
        if result.get("final").value is not False
    ]
    return [Said(text=sentence) for text in texts for sentence in sentences(text)]


FORMAT = Format(
    title="IBM Watson Speech to Text",
    suffixes=(".json",),
    detect=_detect,
    read=_read,
    checked_with="bbc/react-transcript-editor: ibmTedTalkTranscript.sample.json",
)
