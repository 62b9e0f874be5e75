"""`conduit evaluate` from end to end, with the committed model on a few interactions."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nlp.cli import app
from nlp.errors import BrokenInput, EmptyInput, ModelError, OptionError, WeightsChanged
from nlp.learn import card, corpora, evaluate, measuring, registry, tables
from nlp.learn.answers import Answers, ask, find_model
from nlp.learn.baseline import beside
from nlp.learn.evaluate import held_out_interactions
from nlp.pipeline import Miner
from nlp.types import CATEGORIES
from nlp.weights import digest

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "corpora" / "contact_centre"


def run(*arguments: str | Path) -> Result:
    """Runs the command in this process."""
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve short interactions of the project's corpus, as a team's own corpus."""
    lines = (CORPUS / "mails.jsonl").read_text(encoding="utf-8").splitlines()
    path = tmp_path_factory.mktemp("corpus") / "small.jsonl"
    path.write_text("\n".join(sorted(lines, key=len)[:12]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def answers(small: Path, cache: Path) -> Answers:
    """What the committed model says of them."""
    return ask(find_model(None), corpora.interactions(small), cache=cache)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the committed model."""
    return Path(shutil.copytree(registry.default_folder(), tmp_path / "other"))


def test_a_corpus_of_ones_own_is_measured_and_nothing_of_it_is_kept(
    small: Path, copy: Path
) -> None:
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    result = run(copy, small)
    assert result.exit_code == 0, result.output
    assert "on small.jsonl, int8 as served" in result.stdout
    for title in (
        "Categories, everything found",
        "Sentiment",
        "Quotes:",
        "By industry",
        "By style",
        "By words",
    ):
        assert title in result.stdout
    for one in corpora.interactions(small):
        for turn in one.interaction.turns:
            assert len(turn.text) < 20 or turn.text not in result.output
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_a_report_holds_the_page_and_the_data_behind_it(
    small: Path, copy: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "report"
    result = run("conduit-en-1", small, "--report", folder, "--against", copy)
    assert result.exit_code == 0, result.output
    assert "reach the same figures" in result.stdout
    assert sorted(path.name for path in folder.iterdir()) == [
        "errors.jsonl", "metrics.json", "predictions.jsonl", "report.html",
    ]  # fmt: skip
    rows = [
        json.loads(line) for line in (folder / "predictions.jsonl").read_text("utf-8").splitlines()
    ]
    examples = corpora.own(small)
    assert [row["text"] for row in rows] == [example.text for example in examples]
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["passages"] == len(examples)
    assert metrics["comparisons"][0]["second"] == str(copy)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2 * len(CATEGORIES) + 1
    assert not re.search(r"<script|<link|src=|href=|url\(", page)
    wrong = (folder / "errors.jsonl").read_text(encoding="utf-8").splitlines()
    assert page.count("<article>") == len(wrong)


def test_the_figures_are_those_of_serving(answers: Answers, small: Path, miner: Miner) -> None:
    mined = miner.mine([one.interaction for one in corpora.interactions(small)])
    found = sorted(
        (interaction, finding.passage, finding.category)
        for interaction, one in enumerate(mined)
        for finding in one.findings
    )
    first = [int((answers.groups < group).sum()) for group in range(len(answers.labelled))]
    ours = sorted(
        (int(answers.groups[row]), row - first[int(answers.groups[row])], CATEGORIES[column])
        for row, column in zip(*answers.found.nonzero(), strict=True)
    )
    assert ours == found
    assert found


def test_quotes_agree_most_where_they_are_the_marked_words(answers: Answers) -> None:
    assert answers.quotes
    for one in answers.quotes:
        assert answers.gold[one.passage, one.category]
        assert 0 <= one.ours <= 1
        assert 0 < one.passage_whole <= one.right_sentences <= 1


def test_the_words_of_a_corpus_cannot_break_the_page(small: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in small.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["industry"] = "<img src=x onerror=alert(1)>"
        for turn in row["turns"]:
            if turn["speaker"] == "customer":
                turn["text"] = "<script>the app crashes every time</script>"
                turn["labels"] = []
    path = tmp_path / "hostile.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    result = run(registry.default_folder(), path, "--report", tmp_path / "report")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;the app crashes" in page
    assert "<script" not in page
    assert "<img" not in page


def test_one_interaction_has_figures_without_intervals(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(small.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    result = run("conduit-en-1", path, "--against", "conduit-en-1", "--report", tmp_path / "r")
    assert result.exit_code == 0, result.output
    assert "Too few interactions to tell" in result.stdout
    metrics = json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["sentiment"]["macro_f1_interval"] is None


def test_the_record_holds_everything_that_the_card_shows(
    answers: Answers, copy: Path, small: Path
) -> None:
    metrics = {
        **evaluate.provenance(copy, small, "test"),
        **evaluate.measure(answers),
        "industries": evaluate.unseen(answers),
        "baseline_tfidf": beside(answers, CORPUS / "mails.jsonl"),
    }
    kept = measuring.Evaluation(
        folder=copy, answers=answers, metrics=metrics, comparisons=(), record=True
    )
    written = measuring.keep(kept)
    assert [path.name for path in written] == ["metrics.json", "card.md", "answers.safetensors"]
    read = json.loads(written[0].read_text(encoding="utf-8"))
    assert read == {**metrics, "answers_sha256": digest(written[2])}
    model = registry.open_folder(copy)
    text = written[1].read_text(encoding="utf-8")
    assert text == card.text(model, read)
    assert "\n".join(card.figures(read)) in text
    for table in tables.every(read):
        assert f"### {table.title}" in text
    for example in answers.examples:
        assert len(example.text) < 20 or example.text not in text


def test_only_the_project_s_test_split_is_a_record(answers: Answers, small: Path) -> None:
    assert evaluate.default_part(CORPUS) == "test"
    assert evaluate.default_part(CORPUS / "mails.jsonl") == "test"
    assert evaluate.default_part(small) == "all"
    assert evaluate.is_record(CORPUS, "test")
    assert not evaluate.is_record(CORPUS, "dev")
    assert not evaluate.is_record(CORPUS / "mails.jsonl", "test")
    assert not evaluate.is_record(small, "test")
    other = measuring.Evaluation(
        folder=registry.default_folder(), answers=answers, metrics={}, comparisons=(), record=False
    )
    with pytest.raises(OptionError, match="only figures of the project's whole test split"):
        measuring.keep(other)


def test_splits_part_a_corpus() -> None:
    names: tuple[evaluate.Part, ...] = ("train", "dev", "test")
    parts = [evaluate.select(CORPUS / "mails.jsonl", part) for part in names]
    ids = [{one.interaction.id for one in part} for part in parts]
    everything = {one.interaction.id for one in evaluate.select(CORPUS / "mails.jsonl", "all")}
    assert set.union(*ids) == everything
    assert sum(map(len, ids)) == len(everything)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["nobody", "small"], ModelError, r"no model 'nobody': .* under models/, conduit-en-1"),
        (["conduit-en-1", "nothing"], OptionError, "no corpus at nothing"),
        (["conduit-en-1", "broken"], BrokenInput, "broken, line 1: no JSON"),
        (["conduit-en-1", "agent"], EmptyInput, "no passage of a customer in the all split"),
        (["conduit-en-1", "small", "--against", "nobody"], ModelError, "no model 'nobody'"),
        (["conduit-en-1", "small", "--report", "broken"], OptionError, "cannot write a report"),
    ],
)
def test_what_is_wrong_is_said(
    small: Path, tmp_path: Path, arguments: list[str], error: type[Exception], message: str
) -> None:
    (tmp_path / "broken").write_text("{", encoding="utf-8")
    agent = {"id": "a", "channel": "call", "turns": [{"speaker": "agent", "text": "Hello"}]}
    (tmp_path / "agent").write_text(json.dumps(agent), encoding="utf-8")
    places = {"small": small, "broken": tmp_path / "broken", "agent": tmp_path / "agent"}
    result = run(*(places.get(one, one) for one in arguments))
    assert isinstance(result.exception, error)
    assert re.search(message, str(result.exception))


def test_a_broken_model_to_compare_with_is_told_at_once(small: Path, copy: Path) -> None:
    (copy / registry.VOCABULARY).write_text("changed\n", encoding="utf-8")
    result = run("conduit-en-1", small, "--against", copy)
    assert isinstance(result.exception, WeightsChanged)
    assert result.stdout == ""


def test_an_unknown_split_is_refused_with_the_choices(small: Path) -> None:
    result = run("conduit-en-1", small, "--split", "half")
    assert result.exit_code == 2
    assert "train" in result.output


@pytest.mark.slow
def test_the_record_is_kept_with_the_model(tmp_path: Path) -> None:
    # A project of its own in a process of its own: the committed model, and few mails.
    shutil.copytree(ROOT / "nlp", tmp_path / "nlp", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "models", tmp_path / "models")
    corpus = tmp_path / "corpora" / "contact_centre"
    corpus.mkdir(parents=True)
    lines = (CORPUS / "mails.jsonl").read_text(encoding="utf-8").splitlines()
    (corpus / "mails.jsonl").write_text("\n".join(lines), encoding="utf-8")
    folder = tmp_path / "models" / "conduit-en-1"
    for name in ("metrics.json", "card.md"):
        (folder / name).unlink()

    ended = subprocess.run(
        [sys.executable, "-c", "from nlp.cli import app; app()", "evaluate"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "test split of contact_centre" in ended.stdout
    assert "Beside TF-IDF" in ended.stdout
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["interactions"] == len(held_out_interactions(corpus))
    assert set(metrics["baseline_tfidf"]) == set(CATEGORIES)
    assert "Beside TF-IDF" in (folder / "card.md").read_text(encoding="utf-8")
