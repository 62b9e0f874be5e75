"""`conduit category`: categories of your own in files, without any service.

Each is one JSON file in a folder: its examples, what was learned from them, and how good it is. One
that was fitted on another model is fitted anew before it is used.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nlp.errors import OptionError
from nlp.heads.custom import CustomCategory, checked_name
from nlp.learn.lessons import PRECISION, Fitted, Lesson
from nlp.weights import CACHE

if TYPE_CHECKING:
    from nlp.pipeline import Miner

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Categories of your own, from 8 examples or more.",
)

FOLDER = Path(".conduit/categories")

Name = Annotated[str, typer.Argument(help="Of the category, such as churn_risk.")]
Folder = Annotated[Path, typer.Option(help="Folder of the categories.")]
Model = Annotated[Path | None, typer.Option(help="Model folder.  [default: the project's own]")]
Cache = Annotated[Path, typer.Option(help="Folder for the encoder's built graph.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A category in a file.

    Attributes:
        lesson: what it was taught from.
        description: for people.
        threshold: from which probability it counts as found.
        head: what was learned, as `CustomCategory.as_json` has it.
        judged: estimate, warnings and ordinary passages that look like it.
        model: name of the model that it was fitted on.
        note: why it was fitted without anybody asking, or "".
    """

    lesson: Lesson
    description: str
    threshold: float
    head: dict[str, Any]
    judged: dict[str, Any]
    model: str
    note: str = ""

    @property
    def category(self) -> CustomCategory:
        """As it is served."""
        return CustomCategory.from_json(self.head, name=self.lesson.name, threshold=self.threshold)


def path_of(folder: Path, name: str) -> Path:
    """The file of a category.

    Raises:
        OptionError: the name cannot be one.
    """
    return folder / f"{checked_name(name)}.json"


def read(path: Path) -> Kept:
    """A category from its file.

    Raises:
        OptionError: there is none, or the file is not one.
    """
    if not path.is_file():
        known = sorted(found.stem for found in path.parent.glob("*.json"))
        there = f"there are {', '.join(known)}" if known else "there is none yet"
        raise OptionError(f"no category {path.stem!r} in {path.parent}; {there}")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        lesson = value.pop("lesson")
        for side in ("examples", "counterexamples"):
            lesson[side] = tuple(lesson[side])
        return Kept(lesson=Lesson(**lesson), **value)
    except (ValueError, KeyError, TypeError) as error:
        raise OptionError(
            f"{path} is not a category's file: write it with 'conduit category add'"
        ) from error


def write(path: Path, kept: Kept) -> None:
    """Writes a category to its file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partly = path.with_suffix(".part")
    partly.write_text(json.dumps(asdict(kept), ensure_ascii=False, indent=1) + "\n", "utf-8")
    partly.replace(path)


def fitted(lesson: Lesson, result: Fitted, *, model: str, description: str, note: str = "") -> Kept:
    """What was learned from a lesson, as it is kept."""
    return Kept(
        lesson=lesson,
        description=description,
        threshold=result.category.threshold,
        head=result.category.as_json(),
        judged={
            "estimate": asdict(result.estimate),
            "warnings": list(result.warnings),
            "lookalikes": list(result.lookalikes),
        },
        model=model,
        note=note,
    )


def fresh(path: Path, miner: "Miner") -> Kept:
    """A category from its file, fitted anew and written back where the model is another one.

    Raises:
        OptionError: there is none, or the file is not one.
    """
    from nlp.learn.custom import Teacher

    kept = read(path)
    if kept.head["digest"] == miner.digest:
        return kept
    note = f"fitted anew on {miner.model}, as the model changed from {kept.model}"
    result = Teacher(miner).fit(kept.lesson)
    kept = fitted(kept.lesson, result, model=miner.model, description=kept.description, note=note)
    write(path, kept)
    return kept


def passages(file: Path | None) -> tuple[str, ...]:
    """The passages of a text file, one a line; empty lines and lines after `#` are passed over."""
    if file is None:
        return ()
    if not file.is_file():
        raise OptionError(f"there is no file {str(file)!r}; it holds one passage a line")
    lines = (" ".join(line.split()) for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@app.command()
def add(
    name: Name,
    examples: Annotated[Path, typer.Argument(help="Text file, one passage a line, 8 or more.")],
    *,
    against: Annotated[
        Path | None, typer.Option(help="Passages that could be taken for it, one a line.")
    ] = None,
    description: Annotated[str, typer.Option(help="For people.")] = "",
    precision: Annotated[
        float, typer.Option(help="Share of what is found that should be right.")
    ] = PRECISION,
    replace: Annotated[bool, typer.Option(help="Where there is one of that name.")] = False,
    folder: Folder = FOLDER,
    model: Model = None,
    cache: Cache = CACHE,
) -> None:
    """Learns a category from examples, and says how good it is. Personal data is taken out."""
    from nlp.learn.custom import Teacher
    from nlp.redact.build import build

    path = path_of(folder, name)
    if path.is_file() and not replace:
        raise OptionError(f"there is a category {name!r} in {folder} already: --replace it")
    redactor = build(cache=cache)
    lesson = Lesson(
        name=name,
        examples=tuple(map(redactor.redact_text, passages(examples))),
        counterexamples=tuple(map(redactor.redact_text, passages(against))),
        precision=precision,
    )
    miner = _miner(model, cache)
    kept = fitted(lesson, Teacher(miner).fit(lesson), model=miner.model, description=description)
    write(path, kept)
    _print(kept)


@app.command(name="list")
def list_(folder: Folder = FOLDER) -> None:
    """Lists the categories with how good they are."""
    table = Table(box=None, pad_edge=False)
    for heading in ("category", "examples", "precision", "recall", "F1", "model", "description"):
        table.add_column(heading)
    for path in sorted(folder.glob("*.json")):
        kept = read(path)
        estimate = kept.judged["estimate"]
        table.add_row(
            kept.lesson.name,
            f"{len(kept.lesson.examples)} + {len(kept.lesson.counterexamples)} against",
            *(_figure(estimate[name]) for name in ("precision", "recall", "f1")),
            kept.model,
            Text(kept.description),
        )
    Console(markup=False, emoji=False, highlight=False).print(
        table if table.row_count else f"no category in {folder}"
    )


@app.command(name="try")
def try_(
    name: Name,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, folders, archives.")],
    *,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Another one, to see more or less.")
    ] = None,
    folder: Folder = FOLDER,
    model: Model = None,
    cache: Cache = CACHE,
) -> None:
    """Shows what a category finds in calls and mails, the surest first."""
    from dataclasses import replace as changed

    from nlp import intake
    from nlp.readers.base import ReadOptions
    from nlp.redact.build import build
    from nlp.types import Rejected

    miner = _miner(model, cache)
    category = fresh(path_of(folder, name), miner).category
    if threshold is not None:
        category = changed(category, threshold=threshold)
    finder, redactor, rejected = miner.with_categories([category]), build(cache=cache), 0
    found = []
    for path, _ in intake.files(paths):
        for item in intake.read_file(path, options=ReadOptions()):
            if isinstance(item, Rejected):
                rejected += 1
                continue
            call = redactor.redact(item).interaction
            found += [(finding, call.source) for finding in finder.mine_custom([call])[0]]
    console = Console(markup=False, emoji=False, highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding, source in sorted(found, key=lambda pair: -pair[0].confidence):
        table.add_row(
            f"{finding.confidence:.0%}", f"{source}, turn {finding.turn}", f"“{finding.quote}”"
        )
    console.print(table if found else "nothing found")
    if rejected:
        sys.stderr.write(f"{rejected} inputs could not be read; 'conduit mine' says why\n")


@app.command()
def remove(name: Name, folder: Folder = FOLDER) -> None:
    """Deletes a category with its examples."""
    path = path_of(folder, name)
    read(path)
    path.unlink()
    typer.echo(f"removed {name}", err=True)


def _miner(model: Path | None, cache: Path) -> "Miner":
    from nlp.cli import keep_pytorch_out

    keep_pytorch_out()
    from nlp.pipeline import Miner

    return Miner.load(model, cache=cache)


def _figure(value: dict[str, float]) -> str:
    return f"{value['value']:.2f} ({value['low']:.2f} to {value['high']:.2f})"


def _print(kept: Kept) -> None:
    console = Console(markup=False, emoji=False, highlight=False)
    estimate = kept.judged["estimate"]
    console.print(Text(kept.lesson.name, style="bold"))
    share = f"where one passage in {round(1 / estimate['prevalence'])} carries it"
    for name in ("precision", "recall", "f1", "average_precision"):
        label = {"f1": "F1"}.get(name, name.replace("_", " "))
        console.print(f"  {label:<18}{_figure(estimate[name])}")
    console.print(f"  {share}, held out in turn; found from a confidence of {kept.threshold:.2f}")
    for warning in kept.judged["warnings"]:
        console.print(f"  - {warning}", soft_wrap=True)
    for passage in kept.judged["lookalikes"]:
        console.print(f"  ordinary, and found: “{passage}”", soft_wrap=True)
