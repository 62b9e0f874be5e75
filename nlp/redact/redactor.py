"""Takes personal data out of texts and of whole interactions."""

from collections.abc import Iterable

from nlp.redact.identity import Numbering, known_words, replaced
from nlp.redact.reading import Reading
from nlp.redact.recognise import recognise
from nlp.redact.spans import NameFinder, Span
from nlp.redact.whole import MAX_ROUNDS, redact_interaction
from nlp.types import Interaction, Redacted


class Redactor:
    """Finds personal data and replaces it by placeholders that keep its kind ("[PERSON_1]").

    Thread-safe: it holds nothing but its name finder.

    Args:
        names: finds names beside the rules, for instance by a model.
    """

    def __init__(self, names: NameFinder | None = None) -> None:
        self.names = names

    def find(
        self, text: str, *, names: Iterable[str] = (), context_kind: str | None = None
    ) -> tuple[Span, ...]:
        """The personal data in a text, in order, without overlaps.

        Args:
            text: any text; placeholders that it holds are left alone.
            names: personal names known beforehand (mail headers, speaker labels).
            context_kind: the kind that was asked for just before (a question's answer).
        """
        reading = Reading(text, asked=context_kind, known=known_words(names))
        return recognise(reading, self.names([text])[0] if self.names is not None else None)

    def redact_text(
        self, text: str, *, names: Iterable[str] = (), context_kind: str | None = None
    ) -> str:
        """The text with placeholders, numbered in the order of first appearance."""
        numbering = Numbering()
        numbering.reserve(text)
        for _ in range(MAX_ROUNDS):
            spans = self.find(text, names=names, context_kind=context_kind)
            if not spans:
                break
            numbering.learn(text[span.start : span.end] for span in spans if span.kind == "PERSON")
            text = replaced(text, spans, numbering)
        return text

    def redact(self, interaction: Interaction) -> Redacted:
        """The interaction without personal data: turns, subject, metadata, source and id.

        Names that it states, or that are found in one turn, are found in all. Redacting twice is
        the same as once.
        """
        return redact_interaction(interaction, self.names)


def redact(interaction: Interaction) -> Redacted:
    """`Redactor().redact(interaction)`."""
    return Redactor().redact(interaction)
