"""What /metrics tells: this process's requests, and what the rows say of all processes.

Labels are names of ours (routes, states, queues): never an id, a person's or a customer's word.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from api import openapi
from api.settings import Settings
from api.store import drift, pressure, shadows, trainings
from api.store.database import Database
from api.store.errors import StoreError

SECONDS = 10.0
"""How long what the rows say is kept."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one web process."""

    def __init__(self, settings: Settings, database: Database, *, seconds: float = SECONDS) -> None:
        """Count nothing yet.

        Args:
            settings: of this process.
            database: whose rows are counted.
            seconds: how long these counts are kept.
        """
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "conduit_http_requests",
            "Requests that were answered by this process.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "conduit_http_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ("route", "method"),
            buckets=_BOUNDS,
            registry=self.registry,
        )
        self._running = Gauge(
            "conduit_http_requests_in_flight",
            "Requests that this process is at.",
            registry=self.registry,
        )
        build = Gauge("conduit_build_info", "Always 1.", ("contract",), registry=self.registry)
        build.labels(contract=openapi.VERSION).set(1)
        self.registry.register(_Rows(settings, database, seconds))

    def began(self) -> None:
        """A request came in."""
        self._running.inc()

    def ended(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered, or broke off (status 0)."""
        named = method if method in METHODS else "other"
        self._running.dec()
        self._requests.labels(route=route, method=named, status=str(status)).inc()
        self._seconds.labels(route=route, method=named).observe(seconds)

    def rendered(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)


class _Rows(Collector):
    """What the rows say, counted when somebody asks and kept for a while."""

    def __init__(self, settings: Settings, database: Database, seconds: float) -> None:
        self._settings = settings
        self._database = database
        self._keep = seconds
        self._looked = float("-inf")
        self._known: list[GaugeMetricFamily] = []

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: so that registering it asks the database nothing."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        now = time.monotonic()
        if now - self._looked >= self._keep:
            up = GaugeMetricFamily("conduit_database_up", "Whether the database answers.")
            try:
                self._known = list(self._counted())
                up.add_metric((), 1)
            except StoreError:
                self._known = []
                up.add_metric((), 0)
            self._known.append(up)
            self._looked = now
        yield from self._known
        used = self._database.connections()
        yield _gauge("conduit_database_connections", "Of this process's pool.", "state", used)

    def _counted(self) -> Iterator[GaugeMetricFamily]:
        stalled = timedelta(seconds=self._settings.stalled_seconds)
        with self._database.session() as session:
            queues = pressure.queues(session)
            todo = {queue.name: float(queue.todo) for queue in queues}
            doing = {queue.name: float(queue.doing) for queue in queues}
            ages = {queue.name: queue.oldest for queue in queues}
            yield _gauge("conduit_queue_waiting", "Jobs that wait.", "queue", todo)
            yield _gauge("conduit_queue_running", "Jobs that are worked on.", "queue", doing)
            yield _gauge("conduit_queue_oldest_seconds", "How long one waits.", "queue", ages)
            yield _gauge(
                "conduit_interactions", "Stored, by state.", "state", pressure.states(session)
            )
            rate = pressure.throughput(session)
            yield _single("conduit_mined_per_second", "Interactions, over a minute.", rate)
            alive = pressure.workers(session, stalled=stalled)
            yield _single("conduit_workers", "Worker processes that live.", alive)
            deliveries = pressure.by_state(session, "webhook_deliveries")
            yield _gauge("conduit_deliveries", "Of webhooks, by state.", "state", deliveries)
            gathered = pressure.themes_gathered(session)
            yield _gauge(
                "conduit_themes_age_seconds", "Since themes were gathered.", "scope", gathered
            )
            yield from _of_training(session)
            yield from _drift(session)
            yield _single("conduit_erased", "Erased interactions.", pressure.erased(session))
            yield _single("conduit_holds", "Legal holds that hold.", pressure.held(session))


def _of_training(session: Session) -> Iterator[GaugeMetricFamily]:
    states = pressure.by_state(session, "trainings")
    yield _gauge("conduit_trainings", "Trainings, by state.", "state", states)
    running = states.get("running", 0)
    yield _single("conduit_training_running", "Trainings that a worker is at.", running)
    ages = {"done": age} if (age := trainings.since_done(session)) is not None else {}
    yield _gauge("conduit_training_age_seconds", "Since a model was trained.", "state", ages)
    shadow = shadows.running(session)
    read = 0 if shadow is None else shadow.passages
    yield _single("conduit_shadow_running", "Shadow runs that run.", int(shadow is not None))
    yield _single("conduit_shadow_passages", "Passages that the one that runs has read.", read)


def _drift(session: Session) -> Iterator[GaugeMetricFamily]:
    """What the newest report on drift says: its figures, how old it is, and whether it alarms."""
    labels = ("against", "channel", "figure")
    moved = GaugeMetricFamily("conduit_drift_moved", "1 for a figure that moved.", labels=labels)
    value = GaugeMetricFamily("conduit_drift_value", "Of the latest weeks.", labels=labels)
    age = GaugeMetricFamily("conduit_drift_age_seconds", "Since the newest report on drift.")
    found = drift.told(session)
    if found is not None:
        age.add_metric((), found.seconds)
        for key, one in found.figures.items():
            moved.add_metric(key, float(one.moved))
            if one.value is not None:
                value.add_metric(key, one.value)
    yield from (moved, value, age)
    alert = float(found is not None and found.alert)
    yield _single("conduit_drift_alert", "1 while an alert of drift is open.", alert)


def _gauge(
    name: str, help: str, label: str, values: dict[str, float] | dict[str, int]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _single(name: str, help: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help, value=value)
