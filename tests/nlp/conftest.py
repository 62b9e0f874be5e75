"""One real miner a test session: the committed model on the pinned encoder."""

from pathlib import Path

import pytest

from nlp.encoder import OnnxEncoder
from nlp.learn import registry
from nlp.pipeline import Miner
from nlp.weights import CACHE


@pytest.fixture(scope="session")
def cache() -> Path:
    """Where the built encoder is kept between test runs, as the service keeps it."""
    return CACHE.expanduser()


@pytest.fixture(scope="session")
def int8(cache: Path) -> OnnxEncoder:
    """The encoder as served."""
    return OnnxEncoder.load(learned=registry.open_folder().learned, cache=cache)


@pytest.fixture(scope="session")
def miner(cache: Path) -> Miner:
    """The miner as served."""
    return Miner.load(cache=cache)
