"""Retraining: what is learned, what stays, what is kept, and how it stops and goes on."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nlp.cli import app
from nlp.errors import OptionError, WeightsMissing
from nlp.learn import corrections, lineage, registry
from nlp.learn.corpora import Quote
from nlp.learn.corrections import Corrected, Judgement
from nlp.learn.retrain import Progress, Retraining, Stopped, retrain
from nlp.pipeline import Miner
from nlp.types import Finding, Interaction, Roles, Turn

ROOT = Path(__file__).parents[3]

# A product that came after the model was trained, and the words that people have for its faults.
FAULT = "quorps"
WHAT = ("it", "mine", "the lid", "the blue one", "the second one")
PLACES = ("in the kitchen", "after lunch", "upstairs", "since Monday", "every morning", "at night")
PLAIN = (
    "I have the green one and I like it",
    "what does it weigh with the box",
    "my sister has one of these too",
    "thank you that is all",
)
SAID_ONCE = "fenugreek"
# A part of the parent's, with as many passages to choose on as the choice needs.
CORPUS = ("chats_desk.jsonl", "mails_consumer.jsonl")

Make = Callable[..., Retraining]


def interaction(number: int, *texts: str) -> Interaction:
    """A chat in which a customer says so."""
    return Interaction(
        id=f"chat-{number}",
        source=f"chat-{number}",
        format="corrections",
        channel="chat",
        turns=tuple(
            Turn(index=index, speaker="customer", text=text) for index, text in enumerate(texts)
        ),
        roles=Roles(source="file", confidence=1.0),
    )


def talk(number: int) -> tuple[str, str]:
    """A fault of the new product, and a remark."""
    place = PLACES[number % len(PLACES)]
    rare = f" with {SAID_ONCE}" if number in (0, len(PLACES)) else ""
    what = WHAT[number % len(WHAT)]
    return f"{what} {FAULT} {place} number {number}{rare}", PLAIN[number % len(PLAIN)]


def corrected(number: int) -> Corrected:
    """A chat and what people say of it: the fault is one, the remark is none."""
    fault, remark = talk(number)
    return Corrected(
        interaction=interaction(number, fault, remark),
        judgements=(
            Judgement(
                turn=0,
                start=0,
                end=len(fault),
                categories={"product_defect": True},
                sentiment="negative",
                quotes=(
                    Quote(category="product_defect", start=0, end=fault.index(FAULT) + len(FAULT)),
                ),
            ),
            Judgement(
                turn=1,
                start=0,
                end=len(remark),
                categories={"product_defect": False, "documentation_error": False},
            ),
        ),
    )


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Make:
    """Makes requests for small retrainings that share what is read of the corpus."""
    folder = tmp_path_factory.mktemp("retrain")
    (folder / "corpus").mkdir()
    for file in CORPUS:
        shutil.copy(ROOT / "corpora/contact_centre" / file, folder / "corpus")
    corrections.write_file(folder / "corrections.jsonl", map(corrected, range(40)))
    # The states of the corpus go to a cache of our own; the encoder's graph is built already.
    own = folder / "cache"
    own.mkdir()
    for graph in cache.glob("*.onnx"):
        (own / graph.name).symlink_to(graph)

    def request(name: str) -> Retraining:
        return Retraining(
            parent=registry.default_folder(),
            target=folder / "models" / name,
            corpus=folder / "corpus",
            corrections=folder / "corrections.jsonl",
            workspace=folder / f"work-{name}",
            cache=own,
            evaluate=False,
            made_at="2026-11-28T12:00:00+00:00",
        )

    return request


def go_on() -> bool:
    """Nobody stops it."""
    return False


def silent(progress: Progress) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def retrained(make: Make) -> Path:
    """A model that learned of the new product."""
    return retrain(make("first"), told=silent, stopped=go_on)


def faults(miner: Miner, *texts: str) -> list[Finding]:
    """The faults that a model finds, one text an interaction."""
    asked = [interaction(1000 + number, text) for number, text in enumerate(texts)]
    return [
        one
        for mined in miner.mine(asked)
        for one in mined.findings
        if one.category == "product_defect"
    ]


def test_what_people_corrected_is_found_where_it_was_never_seen(
    retrained: Path, miner: Miner, cache: Path
) -> None:
    new = Miner.load(retrained, cache=cache)
    unseen = ("it quorps in the hall", "the red one quorps", "and then it quorps")
    # The third says nothing but the new word, of a thing that has no other: it may wait.
    assert len(faults(new, *unseen)) >= 2
    assert len(faults(miner, *unseen)) < 2
    assert faults(new, "the red one is nice", "I have it upstairs") == []
    assert {one.category for one in faults(new, "the lid broke off")} == {"product_defect"}


def test_the_encoder_is_the_parents_and_the_model_says_where_it_comes_from(
    retrained: Path, make: Make
) -> None:
    parent = registry.open_folder()
    model = registry.open_folder(retrained)
    for file in (registry.ADAPTER, registry.RANGES):
        assert (retrained / file).read_bytes() == (parent.folder / file).read_bytes()
    assert model.name == "first"
    assert model.digest != parent.digest
    lineage = model.description["lineage"]
    assert lineage["parent"] == parent.name
    assert lineage["parent_digest"] == parent.digest
    assert lineage["corrections"]["interactions"] == 40
    assert lineage["corrections"]["judgements"] == 80
    assert lineage["made_at"] == "2026-11-28T12:00:00+00:00"
    assert [*lineage["corpus"]] == [*CORPUS]
    moved = model.description["retrained"]["product_defect"]
    assert moved["rows"] == 80
    assert moved["strength"] > 0
    assert moved["held_out"] < moved["held_out_before"]
    # Nobody spoke of requests, so that the head for them stays.
    assert model.description["retrained"]["feature_request"]["rows"] == 0
    assert model.categories.layer.weights[2].tolist() == parent.categories.layer.weights[2].tolist()
    card = (retrained / "card.md").read_text(encoding="utf-8")
    assert "80 judgements of 40 interactions" in card
    assert "Nobody measured it yet" in card


def test_only_words_of_several_interactions_become_the_models(retrained: Path) -> None:
    new = set(registry.open_folder(retrained).lexicon.vocabulary)
    assert "quorps" in new - set(registry.open_folder().lexicon.vocabulary)
    assert not [term for term in new if SAID_ONCE in term]
    words = (retrained / registry.VOCABULARY).read_text(encoding="utf-8").splitlines()
    assert words[: len(registry.open_folder().lexicon.vocabulary)] == list(
        registry.open_folder().lexicon.vocabulary
    )


def test_the_same_request_gives_the_same_bytes(retrained: Path, make: Make) -> None:
    again = retrain(make("again"), told=silent, stopped=go_on)
    for file in (registry.HEADS, registry.VOCABULARY):
        assert (again / file).read_bytes() == (retrained / file).read_bytes()


def test_a_stopped_retraining_leaves_no_model_and_goes_on_where_it_was(
    retrained: Path, make: Make
) -> None:
    request = replace(make("stopped"), seed=7)
    stages: list[str] = []

    def told(progress: Progress) -> None:
        stages.append(progress.stage)

    with pytest.raises(Stopped):
        retrain(request, told=told, stopped=lambda: "fit" in stages)
    assert not request.target.exists()
    kept = sorted((request.workspace / "states").iterdir())
    before = [path.stat().st_mtime_ns for path in kept]
    after: list[int] = []

    def looks(progress: Progress) -> None:
        if progress.stage == "write":
            after.extend(path.stat().st_mtime_ns for path in kept)

    written = retrain(request, told=looks, stopped=go_on)
    assert registry.open_folder(written).name == "stopped"
    assert after == before
    # They are made from what customers said, and are needed no more.
    assert not (request.workspace / "states").exists()


def test_every_state_of_a_file_that_an_ancestor_learned_from_is_known() -> None:
    # The file grew between the two trainings, and keeps its name.
    description = {
        "trained": {"own": {"files": {"mails.jsonl": "one", "chats.jsonl": "two"}}},
        "lineage": {"corpus": {"mails.jsonl": "three"}},
    }
    assert lineage.known_files(description) == {"one", "two", "three"}


def test_a_model_is_never_written_over(retrained: Path, make: Make) -> None:
    left = make("first").workspace / "states" / "of-corrections.safetensors"
    left.parent.mkdir(parents=True)
    left.touch()  # by a process that was killed once the model was there
    assert retrain(make("first"), told=silent, stopped=go_on) == retrained
    assert not left.parent.exists()
    with pytest.raises(OptionError, match="first is there already, and a model never changes"):
        retrain(replace(make("first"), seed=8), told=silent, stopped=go_on)


def test_without_corrections_the_known_corpus_teaches_nothing_new(make: Make) -> None:
    written = retrain(replace(make("plain"), corrections=None), told=silent, stopped=go_on)
    parent, model = registry.open_folder(), registry.open_folder(written)
    assert model.lexicon.vocabulary == parent.lexicon.vocabulary
    assert model.categories.layer.weights.tolist() == parent.categories.layer.weights.tolist()
    assert model.description["lineage"]["corrections"] is None


def test_a_process_of_its_own_tells_how_it_goes_and_stops_when_it_is_told(
    retrained: Path, make: Make, tmp_path: Path
) -> None:
    request = replace(make("child"), workspace=tmp_path / "work")
    path = tmp_path / "request.json"
    path.write_text(json.dumps(request.as_json()), encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable, "-m", "nlp.learn.retrain", str(path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    first = json.loads(child.stdout.readline())
    assert first["stage"] == "read"
    assert "40 corrected interactions" in first["line"]
    child.send_signal(signal.SIGTERM)
    child.stdout.read()
    assert child.wait() == 3
    child.stdout.close()
    assert not request.target.exists()


def test_the_encoders_weights_are_taken_from_where_the_request_says(
    make: Make, tmp_path: Path
) -> None:
    asked = Retraining.of_json(replace(make("elsewhere"), weights=tmp_path).as_json())
    assert asked.weights == tmp_path
    with pytest.raises(WeightsMissing, match=str(tmp_path)):
        retrain(asked, told=silent, stopped=go_on)


def test_a_process_that_cannot_begin_says_why(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"parent": "x", "colour": "red"}), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "nlp.learn.retrain", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "no request for a retraining" in ended.stderr


def test_the_command_retrains(retrained: Path, make: Make) -> None:
    request = make("commanded")
    options = {
        "corrections": request.corrections,
        "corpus": request.corpus,
        "cache": request.cache,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    ended = CliRunner().invoke(app, ["retrain", str(request.target), "--no-evaluate", *arguments])
    assert ended.exit_code == 0, ended.output
    assert f"retrained {request.target}" in ended.output
    lineage = registry.open_folder(request.target).description["lineage"]
    assert lineage["command"] == "conduit retrain"
    assert not request.target.with_name("commanded.work").exists()
