"""Serving: which model does, and processes that change to it without being started again.

The newest promotion says it; before the first one it is the model of the settings. Whoever mines,
searches or teaches asks before each piece of work: that costs one read of an index. The new model
is loaded beside the old one, and where it cannot be, the old one serves on and a row says why.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from api.steps import search
from api.steps.categories import Teaches, refit
from api.store import models
from api.store.database import Database
from api.store.errors import StoreError
from nlp.errors import ConduitError, ModelError
from nlp.learn import registry
from nlp.learn.lessons import Fitted, Lesson
from nlp.learn.shelf import Shelf

if TYPE_CHECKING:  # a miner loads what a web process does without until somebody searches
    from api.settings import Settings
    from nlp.pipeline import Miner

log = logging.getLogger(__name__)

AGAIN_SECONDS = 60.0
"""After which a model that could not be loaded is tried again."""


class Model(Protocol):
    """Whatever is loaded: `nlp.pipeline.Miner`, or a test's."""

    @property
    def digest(self) -> str:
        """Of the model."""
        ...


Loaded = TypeVar("Loaded", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What serves.

    Attributes:
        name: of the model.
        digest: of what serving reads of it.
        promotion: the row that says so; None before the first promotion.
    """

    name: str
    digest: str
    promotion: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where models are.

    Attributes:
        shelf: of those that can be promoted.
        model: folder of the one that serves before the first promotion.
        cache: folder for what is fetched.
    """

    shelf: Shelf
    model: Path
    cache: Path

    @classmethod
    def of(cls, settings: "Settings") -> Self:
        """As the settings say."""
        return cls(
            shelf=Shelf(settings.models or registry.MODELS),
            model=settings.model or registry.default_folder(),
            cache=settings.cache,
        )

    def first(self) -> Stand:
        """What serves before the first promotion.

        Raises:
            ModelError: there is no such model, or it belongs to another encoder.
        """
        # It is asked for by many requests: its files are checked where it is loaded.
        found = registry.description(self.model)
        return Stand(name=found["name"], digest=registry.digest_of(found))

    def folder(self, stand: Stand) -> Path:
        """The folder of a model; whoever loads it checks every file that is served.

        Raises:
            ModelError: it is nowhere, or is another model of that name by now.
        """
        if stand.promotion is None:
            return self.model
        first = self.first()
        if (first.name, first.digest) == (stand.name, stand.digest):
            return self.model
        found = self.shelf.fetch(stand.name, cache=self.cache)
        digest = registry.digest_of(registry.description(found))
        if digest != stand.digest:
            raise ModelError(
                f"{stand.name} on the shelf has the digest {digest[:12]}, and {stand.digest[:12]} "
                "was promoted: put that one back, or roll back"
            )
        return found


def stands(session: Session, where: Where) -> Stand:
    """What serves, as the database says it."""
    row = models.newest(session)
    if row is None:
        return where.first()
    return Stand(name=row.model, digest=row.digest, promotion=row.id)


def load_folder(settings: "Settings", folder: Path) -> "Miner":
    """A miner with the model of a folder, as this process is set.

    Raises:
        ModelError: it does not fit.
    """
    from nlp.pipeline import Miner

    return Miner.load(
        folder, cache=settings.cache, threads=settings.threads, weights=settings.weights
    )


class Following(Generic[Loaded]):
    """The model that serves, loaded in this process; safe to share between threads.

    Args:
        database: that says which it is.
        where: models are.
        load: makes a miner of a folder.
        teach: makes a teacher of a miner.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        database: Database,
        where: Where,
        load: Callable[[Path], Loaded],
        *,
        teach: Callable[[Loaded], Teaches],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._where = database, where
        self._load, self._teach, self._clock = load, teach, clock
        self._lock = threading.Lock()
        self._miner: Loaded | None = None
        self._teacher: Teaches | None = None
        self._serves: UUID | None = None
        self._failed: UUID | None = None
        self._again = 0.0
        # Workers fit categories anew on a model before they mine with it; others do not.
        self.refits = False

    def now(self) -> Loaded:
        """The model that serves now, loaded where it changed.

        Raises:
            StoreError: the database does not answer.
            ModelError: no model was loaded yet, and none can be.
        """
        with self._database.session() as session:
            newest = models.newest_id(session)
        with self._lock:
            if self._miner is None or newest != self._serves:
                self._follow(newest)
            assert self._miner is not None  # noqa: S101 - it is loaded, or `_follow` has raised
            return self._miner

    def teacher(self) -> Teaches:
        """What fits categories on the model that serves now."""
        self.now()
        with self._lock:
            assert self._teacher is not None  # noqa: S101 - a miner comes with its teacher
            return self._teacher

    def refit(self) -> None:
        """Fits anew what was fitted on another model, or lost examples."""
        refit(self._database, self.teacher())

    def _follow(self, newest: UUID | None) -> None:
        if newest is not None and newest == self._failed and self._clock() < self._again:
            return
        try:
            with self._database.session() as session:
                stand = stands(session, self._where)
            self._change(stand)
        except StoreError:
            raise
        except Exception as error:
            if newest is None:
                raise
            self._stay(newest, error)

    def _change(self, stand: Stand) -> None:
        miner = self._load(self._where.folder(stand))
        teacher = self._teach(miner)
        if self.refits:
            refit(self._database, teacher)
        if self._miner is not None:
            log.warning("%s serves now (digest %s)", stand.name, stand.digest[:12])
        self._miner, self._teacher, self._serves = miner, teacher, stand.promotion
        self._failed = None
        if stand.promotion is not None:
            with self._database.session() as session:
                models.clear_trouble(session, stand.promotion)

    def _stay(self, newest: UUID, error: Exception) -> None:
        """Keeps to what is loaded, and says why; where nothing is, what served before is loaded."""
        code = error.code if isinstance(error, ConduitError) else type(error).__name__
        with self._database.session() as session:
            row = models.get(session, newest)
            before = None
            if row is not None:
                before = Stand(name=row.from_model, digest=row.from_digest, promotion=row.id)
        if self._miner is None:
            self._begin(before)
        self._failed, self._again = newest, self._clock() + AGAIN_SECONDS
        serves = getattr(self._miner, "model", "")
        with self._database.session() as session:
            models.note_trouble(session, newest, code=code, serves=str(serves))
        log.error("the promoted model cannot be loaded, %s serves on: %s", serves, error)

    def _begin(self, before: Stand | None) -> None:
        try:
            if before is None:
                raise ModelError("nothing served before")
            miner = self._load(self._where.folder(before))
        except (ConduitError, OSError) as error:
            log.error("%s: the model of the settings is taken", error)
            miner = self._load(self._where.model)
        self._miner, self._teacher = miner, self._teach(miner)
        if self.refits:
            refit(self._database, self._teacher)


class Teaching:
    """A teacher on whatever serves, loaded when it is first asked.

    Args:
        teacher: `Following.teacher`.
    """

    def __init__(self, teacher: Callable[[], Teaches]) -> None:
        self._teacher = teacher
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """Name of the model that categories are fitted on."""
        return self._teacher().model

    @property
    def digest(self) -> str:
        """Of that model."""
        return self._teacher().digest

    def fit(self, lesson: Lesson) -> Fitted:
        """Learns a category; one at a time, as a fit keeps all cores busy."""
        teacher = self._teacher()
        with self._lock:
            return teacher.fit(lesson)


class Embedding:
    """Vectors of queries as whatever serves makes them; those of another model are forgotten.

    Args:
        now: `Following.now`.
    """

    def __init__(self, now: Callable[[], Any]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._of: Any = None
        self._embeds: search.OnDemand | None = None

    def embed(self, texts: Sequence[str]) -> search.Floats:
        """(texts, width) vectors of length 1, as passages have them."""
        miner = self._now()
        with self._lock:
            if self._embeds is None or self._of is not miner:
                self._of, self._embeds = miner, search.OnDemand(lambda: miner)
            embeds = self._embeds
        return embeds.embed(texts)
