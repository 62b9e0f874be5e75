"""The values that pass from stage to stage: frozen, filled once, never changed afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Category = Literal["product_defect", "documentation_error", "feature_request"]
CATEGORIES: tuple[Category, ...] = ("product_defect", "documentation_error", "feature_request")

SentimentLabel = Literal["negative", "neutral", "positive"]
SENTIMENTS: tuple[SentimentLabel, ...] = ("negative", "neutral", "positive")

Speaker = Literal["agent", "customer", "other"]
SPEAKERS: tuple[Speaker, ...] = ("agent", "customer", "other")

Channel = Literal["call", "email", "chat"]
CHANNELS: tuple[Channel, ...] = ("call", "email", "chat")

RolesFrom = Literal["file", "options", "inferred", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one speaker said before another did, or one paragraph of a mail.

    Attributes:
        index: position in the interaction, from 0, without gaps.
        speaker: who said it.
        text: the words, stripped of surrounding white space, never empty.
        start: seconds from the start of the call, or None.
        end: seconds from the start of the call, or None.
        label: the speaker as the file names them ("Rep (Dana)", "spk_0"). May be a person's name,
            so redaction drops it.
    """

    index: int
    speaker: Speaker
    text: str
    start: float | None = None
    end: float | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """How it was decided who the agent is, and how sure that is.

    Attributes:
        source: `file` (the format says so), `options` (the caller said so), `inferred` (from what
            the speakers say) or `unknown` (every turn is `other`).
        confidence: 0 to 1; 1 where the file or the caller said so.
        note: one sentence for a person who doubts it.
    """

    source: RolesFrom
    confidence: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One call, mail or chat.

    Attributes:
        id: the file's own identifier, or one derived from its content: the same bytes, the same id.
        source: where it came from, for a person ("calls.zip/0412.vtt", "inbox.mbox#17").
        format: the name of the reader that read it (a key of `READERS`).
        channel: call, email or chat.
        turns: at least one.
        roles: how the speakers were told apart.
        started_at: when it began, with a time zone (UTC where the file states none), or None.
        subject: a mail's subject line, or None.
        metadata: what else came with it (product, version, region, queue …), names to values.
        names: personal names that the source itself states (mail headers, speaker labels). They
            help redaction find the same names in the words, and redaction drops them.
    """

    id: str
    source: str
    format: str
    channel: Channel
    turns: tuple[Turn, ...]
    roles: Roles
    started_at: datetime | None = None
    subject: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """One part of an input that could not be read, beside parts that could.

    Attributes:
        source: which part ("calls.zip/broken.json", "calls.jsonl:17").
        code: the stable code of the error, as in `nlp.errors`.
        message: what is wrong, where, and the way out.
    """

    source: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """An interaction without personal data, and how much was taken out.

    Attributes:
        interaction: turns, subject and metadata with placeholders; `names` empty, labels None.
        counts: placeholders by kind ("PERSON", "CARD" …), only kinds that occur.
    """

    interaction: Interaction
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of the customer's words that is classified as one.

    Attributes:
        turn: index of the turn.
        start: offset of its first character in that turn's text.
        end: offset after its last character.
        text: `turn.text[start:end]`.
    """

    turn: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """How the customer feels.

    Attributes:
        label: what the words speak for.
        score: P(positive) - P(negative), from -1 to 1, as if the three were equally common.
    """

    label: SentimentLabel
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSentiment:
    """One point of the sentiment arc: a customer's turn and how they feel in it.

    Attributes:
        index: the turn's index.
        label: what the words speak for.
        score: P(positive) - P(negative), from -1 to 1, as if the three were equally common.
    """

    index: int
    label: SentimentLabel
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A category found in a passage, with the customer's own words as evidence.

    Attributes:
        category: what was found: one of `CATEGORIES`, or a category of a team's own.
        turn: index of the turn.
        start: offset of the quote's first character in that turn's text.
        end: offset after its last character.
        quote: `turn.text[start:end]`, the shortest run of words that shows the category.
        confidence: calibrated probability, from 0 to 1.
        sentiment: of the passage that it stands in.
        passage: index into `Mined.passages`.
        unsure: whether a person should decide: the model does not promise its stated precision.
    """

    category: str
    turn: int
    start: int
    end: int
    quote: str
    confidence: float
    sentiment: SentimentLabel
    passage: int
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """Everything that one encoder pass says of one interaction.

    Attributes:
        passages: the customer's passages, in order.
        vectors: one unit vector a passage, each a tuple of floats of the encoder's width.
        findings: in the order of their turns and offsets.
        sentiment: of the interaction as a whole.
        arc: one point a customer's turn, in order.
        model: name of the model that said so ("conduit-en-1").
    """

    passages: tuple[Passage, ...]
    vectors: tuple[tuple[float, ...], ...]
    findings: tuple[Finding, ...]
    sentiment: Sentiment
    arc: tuple[TurnSentiment, ...]
    model: str
