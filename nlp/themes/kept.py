"""Themes in a file: what one run saves and the next continues, so that ids keep their meaning.

One JSON object. It holds ids, names, the keys of findings and the middles of themes; no quotes.
A name may be edited there: the next run takes it over. A name that is emptied is made anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nlp.errors import OptionError
from nlp.themes.graph import unit
from nlp.themes.values import Floats, Known

FORMAT = "conduit-themes-1"
_DIGITS = 5  # of a centroid's numbers: cosines move in the seventh decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTheme:
    """A theme as it is saved.

    Attributes:
        id: which no other theme of its scope ever has.
        name: its headline.
        centroid: (width,) of length 1.
        members: keys of its findings, also of those that are not read any more.
        faded: whether nothing was left of it. It comes back under its id where it is spoken of
            again.
    """

    id: str
    name: str
    centroid: tuple[float, ...]
    members: tuple[str, ...]
    faded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScope:
    """The themes of a scope as they are saved.

    Attributes:
        themes: those that live and those that faded.
        merged: id of a theme that went into another one, to the id of that one.
        waiting: keys of the findings in the emerging pool.
        resolution: that they were found with.
        numbered: the highest number that an id has, used or not any more.
    """

    themes: tuple[KeptTheme, ...] = ()
    merged: Mapping[str, str] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    resolution: float = 1.0
    numbered: int = 0

    def known(self, present: frozenset[str], *, same_vectors: bool) -> Known | None:
        """What a clustering starts from; None where there is no theme.

        Args:
            present: keys of the documents that are clustered now. Others are left aside: a run on
                the newest month alone continues the themes by their middles.
            same_vectors: whether the middles are of the model that the vectors are of. Where they
                are not, members alone tell which theme is which.
        """
        if not self.themes:
            return None
        centroids = np.array([one.centroid for one in self.themes], dtype=np.float32)
        return Known(
            themes=tuple(one.id for one in self.themes),
            members={
                key: place
                for place, one in enumerate(self.themes)
                for key in one.members
                if key in present
            },
            centroids=unit(centroids) if same_vectors else np.zeros_like(centroids),
            resolution=self.resolution,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file of themes.

    Attributes:
        model: name of the model whose vectors they are made of.
        digest: of that model.
        scopes: by name; those that a run leaves out stay as they were.
    """

    model: str
    digest: str
    scopes: Mapping[str, KeptScope]


def centroid(vector: Floats) -> tuple[float, ...]:
    """A theme's middle as it is saved."""
    return tuple(round(float(one), _DIGITS) for one in vector)


def read(path: Path) -> Kept:
    """A file of themes.

    Raises:
        OptionError: there is none, or it is not one.
    """
    if not path.is_file():
        raise OptionError(
            f"there is no file {str(path)!r} with themes: save one with --save {path}; given to "
            "--known and to --save it may be missing the first time"
        )
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise ValueError(value["format"])
        scopes = {name: _scope(one) for name, one in value["scopes"].items()}
        return Kept(model=str(value["model"]), digest=str(value["digest"]), scopes=scopes)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OptionError(
            f"{path} does not hold themes that this version can read ({FORMAT}): "
            "write it with 'conduit themes PATH… --save'"
        ) from error


def _scope(value: Mapping[str, Any]) -> KeptScope:
    themes = tuple(
        KeptTheme(
            id=str(one["id"]),
            name=str(one["name"]),
            centroid=tuple(map(float, one["centroid"])),
            members=tuple(map(str, one["members"])),
            faded=bool(one["faded"]),
        )
        for one in value["themes"]
    )
    if len({len(one.centroid) for one in themes}) > 1 or len({one.id for one in themes}) < len(
        themes
    ):
        raise ValueError("centroids of unlike width, or an id twice")
    return KeptScope(
        themes=themes,
        merged={str(old): str(new) for old, new in value["merged"].items()},
        waiting=tuple(map(str, value["waiting"])),
        resolution=float(value["resolution"]),
        numbered=int(value["numbered"]),
    )


def write(path: Path, kept: Kept) -> None:
    """Writes themes to a file, whole or not at all.

    Raises:
        OptionError: its folder does not exist, or nothing may be written there.
    """
    partly = path.with_name(f"{path.name}.part")
    try:
        partly.write_text(_text(kept), encoding="utf-8")
        partly.replace(path)
    except OSError as error:
        raise OptionError(f"{path} cannot be written: {error.strerror}") from error


def _text(kept: Kept) -> str:
    """JSON with a theme a line, so that a person finds the names."""

    def dumped(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    scopes = []
    for name, scope in kept.scopes.items():
        rest = asdict(scope)
        themes = ",\n   ".join(dumped(one) for one in rest.pop("themes"))
        fields = "".join(f"  {dumped(key)}: {dumped(value)},\n" for key, value in rest.items())
        scopes.append(f' {dumped(name)}: {{\n{fields}  "themes": [\n   {themes}]}}')
    head = {"format": FORMAT, "model": kept.model, "digest": kept.digest}
    lines = "".join(f"{dumped(key)}: {dumped(value)},\n" for key, value in head.items())
    return f'{{{lines}"scopes": {{\n' + ",\n".join(scopes) + "}}\n"
