"""A shelf of models: a folder, or any place that fsspec reaches (`s3://…`, `gs://…`, `memory://…`).

Each model lies below its name and never changes: a name that is taken by other bytes is refused.
Files that are not there yet, such as answers of a later evaluation, may be added. `model.json` is
written last, so that what is only half there is on no list; every file that is served is checked
against its digest before use, wherever it comes from.
"""

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec

from nlp.errors import ModelError, NotOnShelf, OptionError
from nlp.learn import registry
from nlp.learn.kept_answers import FILE as ANSWERS
from nlp.learn.kept_answers import METRICS
from nlp.types import CATEGORIES
from nlp.weights import CACHE

NAME = r"^[a-z0-9]+([._-][a-z0-9]+)*$"
LONGEST_NAME = 64
CARD = "card.md"

_DOWNLOADS = "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The few figures that a list shows, on the frozen test split.

    Attributes:
        f1: by category.
        macro_f1: of the categories.
        sentiment: macro F1.
        quotes: token F1 by category.
        passages: that they were measured on.
    """

    f1: Mapping[str, float | None]
    macro_f1: float | None
    sentiment: float | None
    quotes: Mapping[str, float | None]
    passages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model on a shelf.

    Attributes:
        name: of the model.
        digest: of what serving reads; "" where it cannot be read.
        lineage: parent, corpus, corrections, code and when, as the one who trained it wrote it.
        files: what lies there, with sizes in bytes.
        figures: None where it was never measured.
        problem: what is wrong with it, or "".
    """

    name: str
    digest: str
    lineage: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    figures: Figures | None = None
    problem: str = ""

    @property
    def parent(self) -> str | None:
        """The model that it was trained from, or None."""
        found: str | None = self.lineage.get("parent")
        return found

    @property
    def answered(self) -> bool:
        """Whether its answers on the frozen test are kept, so that the gate can judge it."""
        return ANSWERS in self.files


class Shelf:
    """Models below one place.

    Args:
        place: a folder, or a URL of fsspec; credentials are found as that library finds them.

    Raises:
        OptionError: no file system of that kind is known or installed.
    """

    def __init__(self, place: str | Path) -> None:
        self.place = str(place)
        try:
            self._files, self._root = fsspec.core.url_to_fs(str(place))
        except (ValueError, ImportError) as error:
            raise OptionError(
                f"no shelf of models at {place!r}: {error}; a folder, or a URL such as "
                "s3://bucket/models with the package of its kind installed"
            ) from error

    def names(self) -> list[str]:
        """Of all models, in order."""
        if not self._files.isdir(self._root):
            return []
        self._files.invalidate_cache(self._root)
        found = self._files.glob(f"{self._root.rstrip('/')}/*/{registry.DESCRIPTION}")
        names = (PurePosixPath(path).parent.name for path in found)
        return sorted(name for name in names if self._is_miner(name))

    def entries(self) -> list[Entry]:
        """Every model; one that cannot be read is there with what is wrong."""
        return [self.describe(name) for name in self.names()]

    def describe(self, name: str) -> Entry:
        """One model.

        Raises:
            NotOnShelf: there is none of that name.
        """
        files = self._listed(name)
        try:
            description = self._json(name, registry.DESCRIPTION)
            metrics = self._json(name, METRICS) if METRICS in files else None
            return Entry(
                name=name,
                digest=registry.digest_of(description),
                lineage=description.get("lineage", {}),
                files=files,
                figures=None if metrics is None else _figures(metrics),
            )
        except (KeyError, TypeError, ValueError) as error:
            return Entry(name=name, digest="", files=files, problem=f"cannot be read: {error!r}")

    def card(self, name: str) -> str:
        """The card's Markdown, or "" where there is none."""
        if CARD not in self._listed(name):
            return ""
        text: str = self._files.cat_file(self._at(name, CARD)).decode("utf-8")
        return text

    def metrics(self, name: str) -> Mapping[str, Any]:
        """Every figure of its evaluation; empty where it was never measured."""
        return self._json(name, METRICS) if METRICS in self._listed(name) else {}

    def publish(self, folder: Path) -> Entry:
        """Puts a model on the shelf. Published twice, the same model is there once.

        Raises:
            ModelError: the folder holds no whole model, its name is taken by another one, or a
                file that is there already says something else.
            OptionError: its name cannot be one.
        """
        model = registry.open_folder(folder)
        name = model.name
        if not re.match(NAME, name) or len(name) > LONGEST_NAME:
            raise OptionError(
                f"a model cannot be called {name!r}: small letters and digits, parted by . _ or -, "
                f"{LONGEST_NAME} at the most"
            )
        there = self._listed(name) if name in self.names() else {}
        if there and (taken := self.describe(name).digest) != model.digest:
            raise ModelError(
                f"{name} is taken on {self.place} by another model (digest {taken[:12]}, and this "
                f"one has {model.digest[:12]}): nothing is overwritten; give it another name"
            )
        # The description last: whoever sees it sees all that it names.
        files = sorted(
            (path for path in folder.iterdir() if path.is_file()),
            key=lambda path: path.name == registry.DESCRIPTION,
        )
        self._check(name, files, there)
        self._files.makedirs(self._at(name), exist_ok=True)
        for path in files:
            if path.name not in there:
                mode = "xb" if path.name == registry.DESCRIPTION else "wb"
                with self._files.open(self._at(name, path.name), mode) as target:
                    target.write(path.read_bytes())
        self._files.invalidate_cache(self._root)
        return self.describe(name)

    def _check(self, name: str, files: Sequence[Path], there: Mapping[str, int]) -> None:
        for path in files:
            if path.name not in there or not self._differs(name, path):
                continue
            raise ModelError(
                f"{name}/{path.name} is on {self.place} with other content: nothing is "
                "overwritten. Publish under another name, or leave that file out"
            )

    def _differs(self, name: str, path: Path) -> bool:
        there: bytes = self._files.cat_file(self._at(name, path.name))
        return there != path.read_bytes()

    def fetch(self, name: str, *, cache: Path = CACHE) -> Path:
        """A local folder with the model, every served file checked against its digest.

        A shelf that is a folder is used as it is; from elsewhere it is copied into the cache once.

        Args:
            name: of the model.
            cache: folder for what was fetched.

        Raises:
            NotOnShelf: there is none of that name.
            ModelError: it does not fit, or cannot be read.
            WeightsChanged: a file is not the one that `model.json` names.
        """
        entry = self.describe(name)
        if entry.problem:
            raise ModelError(f"{name} on {self.place} {entry.problem}")
        if self.folder is not None:
            registry.open_folder(self.folder / name)
            return self.folder / name
        # Answers and figures may be added later: what lies there is part of where it is kept.
        stand = "".join(f"{file}{size};" for file, size in sorted(entry.files.items()))
        mark = registry.digest_of({"encoder": entry.digest, "files": stand})[:12]
        target = cache.expanduser() / _DOWNLOADS / f"{entry.digest[:12]}-{mark}" / name
        if not (target / registry.DESCRIPTION).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
                whole = Path(scratch) / name
                whole.mkdir()
                for file in entry.files:
                    content: bytes = self._files.cat_file(self._at(name, file))
                    (whole / file).write_bytes(content)
                registry.open_folder(whole)
                try:
                    whole.rename(target)
                except OSError:  # another process was faster
                    registry.open_folder(target)
        registry.open_folder(target)
        return target

    def lineage(self, name: str) -> list[Entry]:
        """A model, its parent, and so on to the first that is known.

        A parent that is not on the shelf, or is another model of that name by now, ends the chain
        with an entry that says so.
        """
        chain, seen = [self.describe(name)], {name}
        names = [] if chain[0].parent is None else self.names()
        while (parent := chain[-1].parent) is not None and parent not in seen:
            seen.add(parent)
            wanted = chain[-1].lineage.get("parent_digest") or ""
            if parent not in names:
                chain.append(Entry(name=parent, digest=wanted, problem="is not on the shelf"))
                break
            found = self.describe(parent)
            if wanted and found.digest != wanted:
                other = "on the shelf is another model of that name"
                chain.append(Entry(name=parent, digest=wanted, problem=other))
                break
            chain.append(found)
        return chain

    @cached_property
    def folder(self) -> Path | None:
        """The shelf as a local folder, where it is one."""
        protocol = self._files.protocol
        local = "file" in ((protocol,) if isinstance(protocol, str) else protocol)
        return Path(self._root) if local else None

    def _at(self, *parts: str) -> str:
        return "/".join([self._root.rstrip("/"), *parts])

    def _json(self, name: str, file: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._files.cat_file(self._at(name, file)))
        return found

    def _is_miner(self, name: str) -> bool:
        """Whether a folder is of a model that mines, and not of one that finds names, say."""
        try:
            return registry.HEADS in self._json(name, registry.DESCRIPTION)["files"]
        except (KeyError, TypeError, ValueError):
            return True  # broken: whoever looks should be told

    def _listed(self, name: str) -> dict[str, int]:
        """Files of a model with their sizes."""
        fits = re.match(NAME, name) and len(name) <= LONGEST_NAME
        if not fits or not self._files.isfile(self._at(name, registry.DESCRIPTION)):
            known = ", ".join(self.names()) or "none"
            raise NotOnShelf(f"no model {name!r} on {self.place}; there are {known}")
        found = self._files.ls(self._at(name), detail=True, refresh=True)
        return {
            PurePosixPath(one["name"]).name: int(one["size"])
            for one in found
            if one["type"] == "file"
        }


def children(entries: Sequence[Entry]) -> dict[str | None, list[Entry]]:
    """The models that were trained from each, by the parent's name; under None the first ones."""
    names = {one.name for one in entries}
    found: dict[str | None, list[Entry]] = {}
    for one in entries:
        found.setdefault(one.parent if one.parent in names else None, []).append(one)
    return found


def _figures(metrics: Mapping[str, Any]) -> Figures:
    return Figures(
        f1={name: metrics["categories"][name]["f1"] for name in CATEGORIES},
        macro_f1=metrics["macro"]["f1"],
        sentiment=metrics["sentiment"]["macro_f1"],
        quotes={name: metrics["quotes"][name]["token_f1"] for name in CATEGORIES},
        passages=metrics["passages"],
    )
