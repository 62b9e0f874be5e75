"""Texts with names: how the sets are read, what is invented, and which tags a word may have."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from nlp.errors import OptionError
from nlp.learn import names_corpora, names_text
from nlp.learn.names_corpora import LABELS, SETS, Marked, runs, template_split, texts
from nlp.learn.names_fit import TAGS, allowed_tags
from nlp.redact import surface
from nlp.weights import digest

WNUT = "wnut17train.conll"


def a_set(root: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> list[Marked]:
    """One file of WNUT17 with a content of our own."""
    folder = root / SETS["ner_wnut17"].folder
    folder.mkdir(parents=True)
    (folder / WNUT).write_text(content, encoding="utf-8")
    known = replace(SETS["ner_wnut17"], files={WNUT: digest(folder / WNUT)})
    monkeypatch.setitem(names_corpora.SETS, "ner_wnut17", known)
    return texts("ner_wnut17", root)


def test_tags_become_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["Ask\tO", "Dana\tB-person", "Roe\tI-person", "at\tO", "Acme\tB-corporation", "", ""]
    found = a_set(tmp_path, monkeypatch, "\n".join(rows))
    assert [(one.text, one.split) for one in found] == [("Ask Dana Roe at Acme", "train")]
    assert found[0].marks == ((4, 12, "PERSON"), (16, 20, "ORGANIZATION"))


def test_the_handle_of_an_account_is_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ["@\tO", "dana\tB-person", "hi\tO", "@roe\tB-person"]
    (found,) = a_set(tmp_path, monkeypatch, "\n".join(rows))
    assert found.marks == ()


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        (["B-x", "I-x", "O", "B-x"], [(0, 2, "x"), (3, 4, "x")]),
        (["B-x", "B-x"], [(0, 1, "x"), (1, 2, "x")]),
        (["I-x", "I-x", "I-y"], [(0, 2, "x"), (2, 3, "y")]),
        (["O"], []),
    ],
)
def test_runs_of_tags(tags: list[str], found: list[tuple[int, int, str]]) -> None:
    assert list(runs(tags)) == found


def test_another_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_set(tmp_path, monkeypatch, "x\tO")
    (tmp_path / SETS["ner_wnut17"].folder / WNUT).write_text("y\tO", encoding="utf-8")
    with pytest.raises(OptionError, match="another file"):
        texts("ner_wnut17", tmp_path)


def test_a_missing_file_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"is missing: .* of github\.com/GateNLP"):
        texts("ner_btc", tmp_path)


def test_an_unknown_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no set of names 'conll'; there are ner_wnut17"):
        texts("conll", tmp_path)


def test_odd_templates_are_for_measuring_only(tmp_path: Path) -> None:
    assert {template_split(number) for number in range(1, 99, 2)} == {"test"}
    assert {template_split(number) for number in range(0, 98, 2)} == {"train", "dev"}
    rows = [
        {
            "template_id": number,
            "masked": f"{number} {{{{PERSON}}}}",
            "spans": [{"entity_type": "PERSON", "entity_value": "Dana"}],
        }
        for number in range(12)
    ]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    used = {int(one.text.split()[0]) for one in names_text.refilled(path, 200, 1)}
    assert used == {0, 2, 6, 8, 10}


def test_invented_texts_mark_what_they_say() -> None:
    found = list(names_text.own(300, seed=3))
    assert found == list(names_text.own(300, seed=3))
    assert found != list(names_text.own(300, seed=4))
    labels = {label for one in found for _, _, label in one.marks}
    assert labels == {"PERSON", "ADDRESS", "LOCATION", "ORGANIZATION", "PRODUCT"}
    for one in found:
        assert "{" not in one.text
        places = [place for start, end, _ in one.marks for place in (start, end)]
        assert places == sorted(places)
        assert all(one.text[start:end].strip() for start, end, _ in one.marks)


def test_a_slot_without_a_value_is_seen() -> None:
    values = names_text.Values(random.Random(1))  # noqa: S311 - texts, no keys
    with pytest.raises(KeyError, match="colour"):
        values.of("colour")


def test_what_a_set_is_silent_about_may_stand_unmarked() -> None:
    text = "Dana Roe sings"
    one = Marked(
        text=text,
        marks=((0, 8, "PERSON"),),
        silent=frozenset({"WORK"}),
        source="x",
        split="train",
    )
    allowed = allowed_tags(one, surface.words(text))
    work = 1 + 2 * LABELS.index("WORK")
    assert [set(row.nonzero()[0].tolist()) for row in allowed] == [{1}, {2}, {0, work, work + 1}]
    assert allowed.shape[1] == TAGS
