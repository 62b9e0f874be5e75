"""People's opinions as the service takes and answers them."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import FieldsQuery, Given, Moment, PageQuery, Taken, Text
from api.store.opinion_tables import LONGEST_NOTE
from nlp.heads.custom import LONGEST_NAME
from nlp.types import SentimentLabel, Speaker

OpinionKind = Literal["confirm", "reject", "correct", "add", "sentiment", "quote", "speaker"]

_KINDS = (
    "confirm: `category` is right; reject: it is wrong; correct: it is `becomes` instead; add: "
    "`category` is there too; sentiment: the passage's is `sentiment`; quote: `quote` shows "
    "`category`; speaker: `speaker` says this turn."
)
_NEEDED: dict[str, tuple[str, ...]] = {
    "confirm": ("category",),
    "reject": ("category",),
    "correct": ("category", "becomes"),
    "add": ("category",),
    "sentiment": ("sentiment",),
    "quote": ("category", "quote"),
    "speaker": ("speaker",),
}
_TAKEN: dict[str, tuple[str, ...]] = {
    **_NEEDED,
    "correct": ("category", "becomes", "quote"),
    "add": ("category", "quote", "sentiment"),
}
_SAID = ("category", "becomes", "quote", "sentiment", "speaker")


class QuoteSpanIn(Taken):
    """Some words of a turn."""

    start: int = Field(ge=0, description="Offset of the first character in the turn's text.")
    end: int = Field(ge=1, description="Offset after the last.")


class QuoteSpanOut(Given):
    """Some words of a turn."""

    start: int = Field(description="Offset of the first character in the turn's text.")
    end: int = Field(description="Offset after the last.")


class OpinionIn(Taken):
    """What a person says, on a finding or on words of an interaction."""

    kind: OpinionKind = Field(description=_KINDS)
    finding: UUID | None = Field(
        None, description="What it is about; or say `interaction` and `turn`."
    )
    interaction: UUID | None = None
    turn: int | None = Field(None, ge=0, description="Index of the turn.")
    start: int | None = Field(
        None,
        ge=0,
        description="With `end`: words of the passage, in a turn that has several. Offsets in the "
        "turn's text.",
    )
    end: int | None = Field(None, ge=1)
    category: Text | None = Field(
        None,
        max_length=LONGEST_NAME,
        description="Needed but for sentiment and speaker; that of `finding` if left out.",
    )
    becomes: Text | None = Field(
        None, max_length=LONGEST_NAME, description="For correct: the category that it is instead."
    )
    quote: QuoteSpanIn | None = Field(
        None, description="The words that show it, within the passage: for quote, add and correct."
    )
    sentiment: SentimentLabel | None = Field(None, description="For sentiment and add.")
    speaker: Speaker | None = Field(None, description="For speaker.")
    note: Text = Field("", max_length=LONGEST_NOTE // 2, description="For colleagues.")
    review: UUID | None = Field(None, description="The row of the review queue that asked.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Has a target, and what its kind needs, and nothing else."""
        words = (self.interaction, self.turn, self.start)
        if self.finding is not None and any(one is not None for one in words):
            raise ValueError("say `finding`, or else `interaction` and `turn`: not both")
        if self.finding is None and (self.interaction is None or self.turn is None):
            raise ValueError("say `finding`, or else `interaction` and `turn`")
        if (self.start is None) != (self.end is None):
            raise ValueError("`start` and `end` go together")
        given = {name for name in _SAID if getattr(self, name) is not None}
        missing = set(_NEEDED[self.kind]) - given
        if self.finding is not None:
            missing.discard("category")
        if missing:
            raise ValueError(f"{self.kind} needs {' and '.join(sorted(missing))}")
        extra = given - set(_TAKEN[self.kind])
        if extra:
            raise ValueError(f"{self.kind} has no {' or '.join(sorted(extra))}")
        return self


class SaidOut(Given):
    """What the model had said there; what does not concern the kind of opinion is null."""

    category: str | None = None
    quote: QuoteSpanOut | None = None
    confidence: float | None = None
    sentiment: SentimentLabel | None = None
    unsure: bool | None = None
    speaker: Speaker | None = None


class OpinionOut(Given):
    """What one person said of one passage, as it was said."""

    id: UUID
    interaction: UUID
    turn: int
    start: int = Field(description="Of the passage, in the turn's text; of a speaker's, the turn.")
    end: int
    kind: OpinionKind
    category: str | None
    becomes: str | None
    quote: QuoteSpanOut | None
    sentiment: SentimentLabel | None
    speaker: Speaker | None
    said: SaidOut | None = Field(description="What the model had said; null for nothing.")
    model: str | None = Field(description="Name of the model that had mined the interaction.")
    finding: UUID | None = Field(description="On which it was given; it may be gone by now.")
    person: str = Field(description="Name of the key or the person.")
    person_id: UUID | None
    department: UUID | None = Field(description="Of the key; null for one that is bound to none.")
    at: datetime
    note: str
    review: UUID | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    url: str


class OpinionQuery(PageQuery, FieldsQuery):
    """Which opinions, and how much of each."""

    interaction: UUID | None = Field(None, description="Those on one interaction.")
    finding: UUID | None = Field(None, description="Those given on one finding, gone or not.")
    person: Text | None = Field(
        None, max_length=200, description="Id or name of the key or the person."
    )
    model: Text | None = Field(
        None, max_length=200, description="Name of the model that had mined the interaction."
    )
    kind: OpinionKind | None = None
    category: Text | None = Field(
        None, max_length=LONGEST_NAME, description="That it is about, or that it says instead."
    )
    review: UUID | None = Field(None, description="Those that one row of the review queue got.")
    since: Moment | None = Field(None, description="Given then or later.")
    withdrawn: bool | None = Field(None, description="Those that were withdrawn, or the others.")


class PassageOpinionsOut(Given):
    """What people said of one passage, or of who speaks in one turn."""

    turn: int
    start: int
    end: int
    text: str = Field(description="Its words, as far as you may see them.")
    people: int = Field(description="That spoke of it, as far as nobody took it back.")
    share: float = Field(description="Of them, the share that contradicts nothing here.")
    categories: dict[str, bool | None] = Field(
        description="Whether it carries each that was judged, by the majority; null for a tie."
    )
    sentiment: SentimentLabel | None = Field(description="By the majority; null for none.")
    speaker: Speaker | None = Field(description="The same, for a turn.")
    opinions: list[OpinionOut] = Field(description="All of them, in the order of their coming.")


class InteractionOpinionsOut(Given):
    """What people said of one interaction."""

    data: list[PassageOpinionsOut] = Field(description="In the order of the words.")


class AgreementQuery(Taken):
    """Whose agreement."""

    since: Moment | None = Field(None, description="Opinions of then or later.")
    until: Moment | None = Field(None, description="Opinions of before then.")
    model: Text | None = Field(
        None, max_length=200, description="On what this model had mined, by its name."
    )


class AgreementOut(Given):
    """How far people agree on one question."""

    about: str = Field(description="A category, or sentiment.")
    passages: int = Field(description="That two or more people judged.")
    people: int = Field(description="Who judged them.")
    judgements: int = Field(description="How often, all together.")
    percent: float | None = Field(description="Of pairs of judgements, how many are the same.")
    kappa: float | None = Field(
        description="Agreement beyond chance: 1 is perfect, 0 is chance. Null where nothing can be "
        "said."
    )
    method: Literal["cohen", "fleiss"] = Field(
        description="Cohen's kappa where the same two people judged all, else Fleiss'."
    )
    low: float | None = Field(description="Of kappa: a bootstrap over passages, 95 %.")
    high: float | None


class AgreementsOut(Given):
    """How far people agree, by category and for sentiment."""

    data: list[AgreementOut]


class CorrectionsQuery(Taken):
    """Which corrections."""

    since: Moment | None = Field(None, description="Passages of which somebody spoke since then.")
    until: Moment | None = Field(None, description="Opinions of before then alone.")
    model: Text | None = Field(
        None, max_length=200, description="On what this model had mined, by its name."
    )
