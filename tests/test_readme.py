"""The README cannot rot: its blocks are made anew, and what it names exists."""

import inspect
import re
from pathlib import Path

import pytest

from benchmarks import readme
from nlp import types

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_generated_blocks_are_fresh() -> None:
    fresh = readme.rewritten(TEXT, ["formats", "figures"])
    assert fresh == TEXT, "run: python -m benchmarks.readme"


def test_the_example_is_what_is_printed() -> None:
    # Processors differ in the last bits of int8, so confidences may differ by a per cent.
    shown = TEXT.partition("<!-- mine -->")[2].partition("<!-- /mine -->")[0]
    printed = readme.mine()
    assert shown.split()[1:5] == printed.split()[1:5]
    for quote in re.findall(r"documentation error\s+(?:9\d|100)%.*?“(.{20})", shown):
        assert quote in printed


def test_the_themes_are_those_that_are_printed() -> None:
    # On another processor a finding more or less may move a theme: most must be there.
    shown = TEXT.partition("<!-- themes -->")[2].partition("<!-- /themes -->")[0]
    printed = readme.themes()
    headlines = re.findall(r"^ +\d\. (.+?)  \w+-\d+$", shown, re.MULTILINE)
    known = [headline for headline in headlines if headline in printed]
    assert len(known) > len(headlines) / 2, "run: python -m benchmarks.readme"


@pytest.mark.parametrize("target", re.findall(r"`?make ([a-z-]+)", TEXT))
def test_every_word_it_names_is_a_target(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)#]+)\)", TEXT))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_glossary_holds_every_type() -> None:
    glossary = TEXT.partition("## Glossary")[2]
    names = [
        name
        for name, found in inspect.getmembers(types, inspect.isclass)
        if found.__module__ == types.__name__
    ]
    assert len(names) > 5
    assert [name for name in names if f"**{name}**" not in glossary] == []


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own example
    assert "('product_defect', '" in capsys.readouterr().out
