"""The page of themes: what stands on it, and that it stands alone."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from nlp.errors import OptionError
from nlp.themes import listing, plots, report
from nlp.themes.gather import gather
from nlp.themes.gathered import Gathered
from nlp.themes.material import ALL
from nlp.types import CATEGORIES
from tests.nlp.themes.mined import Call, collected, of_subject

CALLS = [
    *of_subject("logout", range(20), range(0, 60, 3), product="Phone"),
    *of_subject("frost", range(20, 32), range(20, 56, 3), product="Bell"),
    *of_subject("stairs", range(40, 48)),
    *(replace(call, category="feature_request") for call in of_subject("stairs", range(50, 60))),
    *(Call(number=number, subject=f"<b>oddity {number}</b>") for number in range(60, 62)),
]
GATHERED = gather(collected(CALLS), CATEGORIES)
THEMES = [theme for one in GATHERED for theme in one.themes]
VOID = {"meta", "input", "br", "link", "img", "hr"}
SHAPES = {"rect", "path", "circle"}


def page(gathered: Sequence[Gathered] = GATHERED) -> str:
    return report.page(gathered, model="made-up", sources=["calls/", "<mails>"])


class Outline(HTMLParser):
    """What a page is made of; it refuses one whose elements do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.starts: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what begins."""
        values = dict(attrs)
        self.starts.append((tag, values))
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a":
            self.links.append(str(values["href"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Only shapes close themselves."""
        assert tag in SHAPES

    def handle_endtag(self, tag: str) -> None:
        """What ends is what began last."""
        assert self.open.pop() == tag


def test_it_loads_nothing_and_leads_nowhere_else() -> None:
    text = page()
    outline = Outline(text)
    assert {link[0] for link in outline.links} == {"#"}
    assert not re.search(r"<link|\ssrc=|url\(|@import|https?:", text)
    assert [tag for tag, _ in outline.starts].count("script") == 1


def test_every_link_has_a_place_and_every_place_one_name() -> None:
    outline = Outline(page())
    assert len(set(outline.ids)) == len(outline.ids)
    assert {link[1:] for link in outline.links} <= set(outline.ids)
    assert {theme.id for theme in THEMES} <= set(outline.ids)


def test_headings_go_down_one_step_at_a_time_and_every_table_and_drawing_says_what_it_is() -> None:
    text = page()
    outline = Outline(text)
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    tags = [tag for tag, _ in outline.starts]
    assert tags.count("table") == tags.count("caption") > len(THEMES)
    for tag, values in outline.starts:
        if tag == "svg":
            assert values["role"] == "img"
            assert values["aria-label"]
        if tag == "th":
            assert values["scope"] in ("col", "row")


def test_the_table_and_the_sections_show_what_the_terminal_shows() -> None:
    text = page()
    for theme in THEMES:
        assert text.count(f'id="{theme.id}"') == 1
        section = text.partition(f'<article id="{theme.id}"')[2].partition("</article>")[0]
        findings = listing.counted(theme.findings, "finding")
        interactions = listing.counted(theme.interactions, "interaction")
        assert f"{findings} in {interactions}" in section
        assert theme.headline in section
        assert theme.quotes
        for quote in (*theme.quotes, *theme.spread):
            assert quote.text in section
            assert quote.source in section
        assert section.count("<svg") == 1
        row = text.partition('<table id="themes">')[2].partition(f'href="#{theme.id}"')[2]
        assert f'data-by="{theme.interactions}"' in row.partition("</tr>")[0]
    assert "2 findings in no theme yet" in text


def test_words_from_files_are_never_markup() -> None:
    text = page()
    assert "<b>oddity" not in text
    assert "an &lt;b&gt;oddity 60&lt;/b&gt; by itself" in text
    assert "&lt;mails&gt;" in text


def test_a_course_draws_every_week_and_feeling() -> None:
    theme = GATHERED[0].themes[0]
    drawn = plots.course(theme.course, step="week")
    weeks = [one for one in theme.course if sum(one.feelings)]
    assert drawn.count("<title>") == len(weeks) > 5
    assert drawn.count('class="negative"') == len(weeks)
    assert "most in the week of" in drawn
    assert plots.spark(theme.course).count("<rect") == len(weeks)


def test_boxes_fill_the_map_as_the_sizes_say() -> None:
    sizes = [40.0, 22.0, 13.0, 13.0, 7.0, 3.0, 1.0, 1.0]
    found = plots.boxes(sizes, shape=2.0)
    for size, box in zip(sizes, found, strict=True):
        assert box.width * box.height / 100 == pytest.approx(size)
        assert -1e-9 <= box.left <= box.left + box.width <= 100 + 1e-9
        assert -1e-9 <= box.top <= box.top + box.height <= 100 + 1e-9
        # In pixels the map is twice as wide as it is high.
        ratio = 2 * box.width / box.height
        assert max(ratio, 1 / ratio) < 4
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            apart = (
                one.left + one.width <= other.left + 1e-6
                or other.left + other.width <= one.left + 1e-6
                or one.top + one.height <= other.top + 1e-6
                or other.top + other.height <= one.top + 1e-6
            )
            assert apart
    assert plots.boxes([]) == []


def test_every_theme_has_a_box_and_words_only_where_they_fit() -> None:
    for one in GATHERED:
        tiles = [tile for area in report.areas(one) for tile in area.tiles]
        assert sorted(tile.theme.id for tile in tiles) == sorted(theme.id for theme in one.themes)
    thin = report._fitted("logging me out", width=2.0, height=30.0)
    wide = report._fitted("logging me out", width=40.0, height=10.0)
    assert thin == (0.0, 0)
    assert wide == (report.LARGEST, 1)


def test_a_page_without_dates_says_so_and_shows_no_course() -> None:
    text = page(gather(collected(of_subject("logout", range(5))), CATEGORIES))
    Outline(text)
    assert "no dates came with these interactions" in text
    assert "<svg" not in text


def test_a_page_of_nothing_is_a_page() -> None:
    text = page(gather(collected([]), [*CATEGORIES, ALL]))
    Outline(text)
    assert text.count("Nothing was found.") == 4


def test_what_changed_since_the_last_run_stands_on_it() -> None:
    kept = {one.scope: one.kept for one in GATHERED}
    without = [call for call in CALLS if call.subject != "frost"]
    text = page(gather(collected(without), CATEGORIES, kept))
    Outline(text)
    assert "Since the last run" in text
    assert "faded: " in text


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"none/themes\.html cannot be written"):
        report.write(tmp_path / "none" / "themes.html", GATHERED, model="made-up", sources=[])


def test_what_moves_comes_first() -> None:
    calls = [
        *of_subject("logout", range(60), [day for day in range(28, 56) for _ in range(3)][:60]),
        *of_subject("frost", range(100, 156), range(56)),
        *of_subject("stairs", range(200, 256), range(56)),
    ]
    gathered = gather(collected(calls), CATEGORIES)
    (growing,) = [
        theme for theme in gathered[0].themes if theme.growth and theme.growth.movement == "growing"
    ]

    text = page(gathered)

    assert report.moving(gathered)[0] == (gathered[0], growing)
    first = text.partition('<h2 id="moving">')[2].partition("</section>")[0]
    assert f'<a href="#{growing.id}">{growing.headline}</a>' in first
    assert "growing, from nothing, in 28 days: 0 interactions, then 60" in first
    assert '<h2 id="moving">' not in page()
