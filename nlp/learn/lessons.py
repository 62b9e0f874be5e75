"""What a category of a team's own is taught from, and what comes of it: values, quick to import."""

from dataclasses import dataclass

from nlp.errors import OptionError
from nlp.heads.custom import CustomCategory, checked_name
from nlp.learn.judging import Estimate

FEWEST = 8
"""Examples below which nothing can be said of how good a category is."""

MOST = 500
"""Examples, and counterexamples, beyond which a model of its own should be trained."""

PRECISION = 0.8
"""Of what is found, this share should be right, where nobody asks for another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a category is taught from.

    Attributes:
        name: of the category.
        examples: passages that carry it.
        counterexamples: passages that do not, and could be taken for it.
        precision: share of what is found that should be right.
    """

    name: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...] = ()
    precision: float = PRECISION


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A category that was learned, and what there is to know about it.

    Attributes:
        category: as served.
        estimate: how good it is, from held-out passages.
        warnings: in plain words; examples are numbered from 1.
        lookalikes: ordinary passages that, held out, were found. Where they do carry the category
            they should be examples, and it is better than the estimate says.
    """

    category: CustomCategory
    estimate: Estimate
    warnings: tuple[str, ...]
    lookalikes: tuple[str, ...]


def check(lesson: Lesson) -> None:
    """Makes sure that something can be learned from a lesson.

    Raises:
        OptionError: the name cannot be one, there are too few or too many examples, one holds no
            words, or one is also a counterexample. Examples are named by number, never quoted.
    """
    checked_name(lesson.name)
    if not FEWEST <= len(lesson.examples) <= MOST:
        raise OptionError(
            f"{len(lesson.examples)} examples: a category takes {FEWEST} to {MOST}. "
            + (
                "Fewer cannot be told from chance; look for more in /v1/findings or in your calls."
                if len(lesson.examples) < FEWEST
                else "Leave out those that say the same."
            )
        )
    if len(lesson.counterexamples) > MOST:
        raise OptionError(f"{len(lesson.counterexamples)} counterexamples: at most {MOST}")
    if not 0 < lesson.precision < 1:
        raise OptionError(f"a precision of {lesson.precision:g}: it has to lie between 0 and 1")
    for kind, texts in (("example", lesson.examples), ("counterexample", lesson.counterexamples)):
        for number, text in enumerate(texts, start=1):
            if not any(letter.isalnum() for letter in text):
                raise OptionError(
                    f"{kind} {number} holds no words: write a passage or leave it out"
                )
    counter = {text.strip().lower(): n for n, text in enumerate(lesson.counterexamples, start=1)}
    for number, text in enumerate(lesson.examples, start=1):
        other = counter.get(text.strip().lower())
        if other is not None:
            raise OptionError(
                f"example {number} and counterexample {other} are the same words: keep one of them"
            )
