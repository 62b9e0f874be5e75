"""`conduit doctor`: what is installed, what is missing, and the way out."""

import importlib.metadata
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from packaging.requirements import Requirement

from api.settings import Settings
from api.store.database import Database
from api.store.embedded import Embedded
from nlp import encoder, weights
from nlp.errors import ConduitError
from nlp.learn import registry

DISTRIBUTION = "conduit-voc"
OLDEST_PYTHON = (3, 11)
LEAST_FREE = 2 * 1024**3
"""Bytes that the weights' graph, a database and its log need to begin with."""

State = Literal["ok", "note", "missing"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what.
        state: ok; note: works without, or says how; missing: the service does not work like this.
        detail: what was found, and the way out where it is not ok.
    """

    name: str
    state: State
    detail: str


def examine(settings: Settings) -> Iterator[Check]:
    """Looks at everything the service needs, cheapest first."""
    yield _python()
    yield from _packages()
    yield _weights(settings)
    yield from _model(settings)
    yield from _database(settings)
    yield _disk(settings)


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check("python", "missing", f"{found}; 3.11 or newer is needed")
    return Check("python", "ok", f"{found} ({sys.executable})")


def _packages() -> Iterator[Check]:
    try:
        required = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        yield Check("packages", "missing", f"{DISTRIBUTION} is not installed: pip install -e .")
        return
    wanted = [Requirement(line) for line in required]
    wanted = [need for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]
    for need in wanted:
        try:
            found = importlib.metadata.version(need.name)
        except importlib.metadata.PackageNotFoundError:
            yield Check(need.name, "missing", f"not installed: pip install '{need}'")
            continue
        if need.specifier.contains(found, prereleases=True):
            yield Check(need.name, "ok", found)
        else:
            yield Check(need.name, "note", f"{found}; tested with {need.specifier}")


def _weights(settings: Settings) -> Check:
    def look() -> str:
        files = weights.find(settings.weights)
        weights.verify(files)
        return f"{files.weights} ({files.found}), SHA-256 {weights.WEIGHTS_SHA256}"

    return _tried("weights", look)


def _model(settings: Settings) -> Iterator[Check]:
    try:
        model = registry.open_folder(settings.model)
    except ConduitError as error:
        yield Check("model", "missing", str(error))
        return
    digests = ", ".join(f"{name} {sha[:12]}" for name, sha in model.description["files"].items())
    yield Check("model", "ok", f"{model.name} in {model.folder} ({digests})")
    graph = encoder.graph_path(model.learned, settings.cache.expanduser())
    if graph.is_file():
        yield Check("graph", "ok", f"{graph}, {graph.stat().st_size / 1e6:.0f} MB")
    else:
        yield Check("graph", "note", f"{graph} is made at the first start, in some ten seconds")


def _database(settings: Settings) -> Iterator[Check]:
    if settings.database_url is None:
        yield _embedded(settings)
        return
    try:
        database = Database(settings.database_url)
    except ConduitError as error:
        yield Check("database", "missing", str(error))
        return
    yield _fit("database", database)


def _embedded(settings: Settings) -> Check:
    embedded = Embedded(settings.home)
    if not embedded.exists():
        return Check("database", "note", f"embedded, none below {embedded.home} yet: conduit serve")
    if not embedded.answers():
        return Check("database", "note", f"embedded, stopped, in {embedded.data}: conduit serve")
    return _fit("database", Database(embedded.url))


def _fit(name: str, database: Database) -> Check:
    lacks = database.lacks()
    revision = None if lacks else database.revision()
    database.close()
    if lacks is not None:
        return Check(name, "missing", lacks)
    return Check(name, "ok", f"{database.address}, schema {revision}")


def _disk(settings: Settings) -> Check:
    place = settings.home.expanduser().resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    state: State = "ok" if free >= LEAST_FREE else "missing"
    need = "" if state == "ok" else f"; {LEAST_FREE / 1e9:.1f} GB are needed"
    return Check("disk", state, f"{free / 1e9:.1f} GB free at {place}{need}")


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", look())
    except ConduitError as error:
        return Check(name, "missing", str(error))
