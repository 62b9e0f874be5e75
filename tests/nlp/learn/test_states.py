"""What the encoder says is read once, kept, and said again as it was."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from nlp.encoder import Encoded, OnnxEncoder
from nlp.learn import corpora, reference, registry, states
from nlp.learn.corpora import Labelled
from nlp.learn.states import Again, Reader, Stopped
from nlp.pipeline import Miner
from nlp.windows import Segment

ROOT = Path(__file__).parents[3]


class Counting:
    """The encoder as served, which counts the interactions that it reads."""

    def __init__(self, encoder: OnnxEncoder) -> None:
        self._encoder = encoder
        self.count = 0

    @property
    def width(self) -> int:
        """Length of a vector."""
        return self._encoder.width

    def read(self, interactions: Sequence[Sequence[Segment]]) -> list[list[Encoded]]:
        """Reads and counts."""
        self.count += len(interactions)
        return self._encoder.read(interactions)

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Reads texts alone."""
        return self._encoder.encode(texts)


@pytest.fixture(scope="module")
def labelled() -> list[Labelled]:
    """Some interactions of the corpus."""
    return corpora.interactions(ROOT / "corpora/contact_centre/mails_consumer.jsonl")[:48]


@pytest.fixture
def counting(int8: OnnxEncoder) -> Counting:
    """An encoder that counts."""
    return Counting(int8)


def reader(encoder: Counting, *, key: str = "key", most: int = 1000) -> Reader:
    """A reader that is stopped once so many interactions were read."""
    return Reader(encoder=encoder, key=key, stopped=lambda: encoder.count >= most)


def silent(count: int) -> None:
    """Nobody listens."""


def test_only_what_nobody_read_is_read(
    labelled: list[Labelled], counting: Counting, tmp_path: Path
) -> None:
    asked = [one.interaction for one in labelled]
    first = reader(counting).read(asked[:40], tmp_path, silent)
    assert counting.count == 40
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    told: list[int] = []
    more = reader(counting).read([*asked[:20], asked[40], *asked[20:40]], tmp_path, told.append)
    assert counting.count == 41
    assert told == [40, 41]
    assert [one.tobytes() for one in (*more[:20], *more[21:])] == [one.tobytes() for one in first]
    # One more interaction changes one file: its own.
    changed = [path for path in tmp_path.iterdir() if kept.get(path) != path.stat().st_mtime_ns]
    assert len(changed) == 1
    reader(counting, key="other").read(asked[:3], tmp_path, silent)
    assert counting.count == 44


def test_a_reading_that_was_stopped_goes_on_and_half_a_file_is_read_again(
    labelled: list[Labelled], counting: Counting, tmp_path: Path
) -> None:
    asked = [one.interaction for one in labelled]
    with pytest.raises(Stopped):
        reader(counting, most=1).read(asked, tmp_path, silent)
    before = counting.count
    assert 0 < before < len(asked)
    whole = reader(counting).read(asked, tmp_path, silent)
    assert counting.count == len(asked)
    broken = next(iter(sorted(tmp_path.iterdir())))
    broken.write_bytes(broken.read_bytes()[:-7])
    again = reader(counting).read(asked, tmp_path, silent)
    assert len(asked) < counting.count < 2 * len(asked)
    assert [one.tobytes() for one in again] == [one.tobytes() for one in whole]
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_is_not_written_whole_leaves_nothing(
    labelled: list[Labelled],
    counting: Counting,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: object) -> None:
        raise Stopped

    monkeypatch.setattr(states, "save_file", stopped)
    with pytest.raises(Stopped):
        reader(counting).read([labelled[0].interaction], tmp_path, silent)
    assert list(tmp_path.iterdir()) == []


def test_a_reference_of_what_was_kept_is_the_same_to_the_byte(
    labelled: list[Labelled], counting: Counting, miner: Miner, tmp_path: Path
) -> None:
    asked = [one.interaction for one in labelled]
    kept = reader(counting).read(asked, tmp_path, silent)
    again = Miner(Again(asked, kept), registry.open_folder())
    files = []
    for name, one in (("read", miner), ("kept", again)):
        (tmp_path / name).mkdir()
        made = reference.make(
            "m", reference.reads(one, labelled[:36]), reference.reads(one, labelled[36:])
        )
        files.append(reference.write(tmp_path / name, made).read_bytes())
    assert files[0] == files[1]
    assert any(mined.findings for mined in again.mine(asked)), "there is something to compare"
