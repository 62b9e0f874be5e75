"""What the gate says: every figure, and where it refuses, why in plain words and what to do."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from nlp.learn.figures import rounded

_DATA = {
    "test": "on the frozen test",
    "reviewed": "on reviewed passages from production",
    "speed": "on the same passages",
}

_CODES = {
    "F1": "f1_fell",
    "macro F1": "f1_fell",
    "quote F1": "quote_f1_fell",
    "calibration error": "calibration_worse",
    "seconds a passage": "slower",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One figure that the gate looked at.

    Attributes:
        figure: "F1", "macro F1", "quote F1", "calibration error" or "seconds a passage".
        label: whose; "" for the speed.
        data: "test", "reviewed" or "speed".
        candidate: the candidate's; NaN where it has no value.
        serving: that of the model that serves.
        interval: the middle 95 % of candidate less serving, or None where there is no telling.
        cases: passages that it is made from.
        passed: whether it is no reason to refuse.
        note: what a person should know of it, or "".
    """

    figure: str
    label: str
    data: str
    candidate: float
    serving: float
    interval: tuple[float, float] | None
    cases: int
    passed: bool
    note: str = ""

    @property
    def name(self) -> str:
        """Figure and label, as in "F1 of product_defect"."""
        return f"{self.figure} of {self.label}" if self.label else self.figure

    def as_json(self) -> dict[str, Any]:
        """Rounded, for JSON."""
        digits = 6 if self.data == "speed" else 3
        return {
            **asdict(self),
            "candidate": rounded(self.candidate, digits),
            "serving": rounded(self.serving, digits),
            "interval": None if self.interval is None else list(self.interval),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a model is refused.

    Attributes:
        code: "f1_fell", "quote_f1_fell", "calibration_worse", "slower", "not_comparable" or
            "not_measured".
        label: whose figure it is, or "".
        message: label, figures, interval and the way out, in one or two sentences.
        checked: the figure, where there is one.
    """

    code: str
    label: str
    message: str
    checked: Checked | None = None

    def as_json(self) -> dict[str, Any]:
        """Ready for JSON."""
        figure = None if self.checked is None else self.checked.as_json()
        return {
            "code": self.code,
            "label": self.label or None,
            "message": self.message,
            "figure": figure,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate says of a candidate.

    Attributes:
        candidate: its name.
        serving: name of the model that it would take over from.
        passed: whether it may.
        figures: everything that was looked at.
        reasons: why not; empty where it passed.
    """

    candidate: str
    serving: str
    passed: bool
    figures: tuple[Checked, ...]
    reasons: tuple[Reason, ...]

    def also(self, *reasons: Reason) -> Self:
        """The same, refused for further reasons."""
        if not reasons:
            return self
        return type(self)(
            candidate=self.candidate,
            serving=self.serving,
            passed=False,
            figures=self.figures,
            reasons=(*self.reasons, *reasons),
        )

    def as_json(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "candidate": self.candidate,
            "serving": self.serving,
            "passed": self.passed,
            "figures": [one.as_json() for one in self.figures],
            "reasons": [one.as_json() for one in self.reasons],
        }


def refusal(checked: Checked, names: tuple[str, str]) -> Reason:
    """The reason that a figure is to refuse a model.

    Args:
        checked: a figure that did not pass.
        names: of the candidate, and of the model that serves.
    """
    candidate, serving = names
    moves = "falls" if "F1" in checked.figure else "rises"
    spread = ""
    if checked.interval is not None:
        low, high = checked.interval
        spread = f" (95 % of the difference: {low:+.3f} to {high:+.3f})"
    if checked.data == "speed":
        figures = f"from {checked.serving * 1e3:.2f} to {checked.candidate * 1e3:.2f} ms"
        way = "run it with as many threads as the other, and look at what was added to the model"
    else:
        figures = f"from {checked.serving:.3f} ({serving}) to {checked.candidate:.3f}"
        way = (
            f"look at what is wrong with conduit models compare {candidate} {serving}, and train "
            f"it again with more examples of {checked.label}"
        )
    message = (
        f"{checked.name} {moves} {figures} {_DATA[checked.data]}{spread}: {checked.note}. "
        f"To get it through, {way}; or promote it by force, with the reason in words"
    )
    return Reason(
        code=_CODES[checked.figure], label=checked.label, message=message, checked=checked
    )


def of_json(values: Mapping[str, Any]) -> Verdict:
    """A verdict as `Verdict.as_json` wrote it."""
    nan = float("nan")

    def checked(row: Mapping[str, Any]) -> Checked:
        interval = row["interval"]
        return Checked(
            **{
                **row,
                "candidate": nan if row["candidate"] is None else row["candidate"],
                "serving": nan if row["serving"] is None else row["serving"],
                "interval": None if interval is None else (interval[0], interval[1]),
            }
        )

    return Verdict(
        candidate=values["candidate"],
        serving=values["serving"],
        passed=values["passed"],
        figures=tuple(map(checked, values["figures"])),
        reasons=tuple(
            Reason(
                code=row["code"],
                label=row["label"] or "",
                message=row["message"],
                checked=None if row["figure"] is None else checked(row["figure"]),
            )
            for row in values["reasons"]
        ),
    )
