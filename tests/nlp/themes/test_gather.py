"""From mined interactions to themes, and from one run to the next."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from nlp.errors import OptionError
from nlp.themes import kept
from nlp.themes.gather import gather
from nlp.themes.gathered import Gathered
from nlp.themes.kept import Kept, KeptScope
from nlp.themes.material import ALL, SCOPES, Collector, documents, in_scope
from tests.nlp.themes.mined import SUBJECTS, Call, collected, mined, of_subject

DEFECT = "product_defect"
CALLS = [
    *of_subject("logout", range(14)),
    *of_subject("frost", range(20, 30)),
    *of_subject("stairs", range(40, 46)),
]
STRANGERS = [Call(number=number, subject=f"oddity {number}") for number in range(60, 62)]


def gathered(calls: list[Call], earlier: KeptScope | None = None, **rest: bool) -> Gathered:
    """The defects among calls."""
    (one,) = gather(collected(calls), [DEFECT], {DEFECT: earlier} if earlier else None, **rest)
    return one


def subjects(one: Gathered) -> dict[str, str]:
    """Of each theme its id, by the subject that most of its quotes are about."""
    found = {}
    for theme in one.themes:
        quotes = [quote.text for quote in (*theme.quotes, *theme.spread)]
        about = Counter(
            subject for subject, said in SUBJECTS.items() for quote in quotes if quote in said
        )
        found[about.most_common(1)[0][0]] = theme.id
    return found


def kinds(one: Gathered) -> list[tuple[str, str]]:
    """What happened to which theme since the run before."""
    assert one.changes is not None
    return sorted((change.kind, change.id) for change in one.changes)


def test_themes_are_counted_named_and_quoted_the_largest_first() -> None:
    one = gathered([*CALLS, *STRANGERS])

    assert [(theme.findings, theme.interactions) for theme in one.themes] == [
        (14, 14), (10, 10), (6, 6),
    ]  # fmt: skip
    for theme, words in zip(one.themes, ("log", "doorbell", "stairs"), strict=True):
        assert words in theme.headline
        said = [quote.text for quote in theme.quotes]
        assert said
        assert all(words in quote or "frost" in quote for quote in said)
    first = one.themes[0].quotes[0]
    assert first.source.startswith("calls/")
    assert first.turn == 1
    assert (one.findings, one.interactions, one.mined) == (32, 32, 32)


def test_what_fits_nowhere_waits_and_is_shown() -> None:
    one = gathered([*CALLS, *STRANGERS])

    assert one.pool == 2
    assert {quote.text for quote in one.waiting} == {
        "an oddity 60 by itself", "an oddity 61 by itself",
    }  # fmt: skip
    assert one.quality.coverage == 30 / 32


def test_the_order_of_the_files_changes_nothing() -> None:
    one, other = gathered(CALLS), gathered(CALLS[::-1])

    assert [theme.id for theme in one.themes] == [theme.id for theme in other.themes]
    assert [theme.headline for theme in one.themes] == [theme.headline for theme in other.themes]
    assert one.kept == other.kept


def test_a_key_holds_interaction_turn_place_and_scope() -> None:
    found = collected(CALLS[:1])
    assert documents(found, in_scope(found, DEFECT), DEFECT).keys == ("call-0:1:6:product_defect",)
    assert documents(found, in_scope(found, ALL), ALL).keys == ("call-0:1:6:all",)


def test_across_categories_a_passage_counts_once_with_its_surest_finding() -> None:
    interaction, found = mined(CALLS[0])
    (finding,) = found.findings
    other = replace(finding, category="feature_request", confidence=0.95, start=8, quote="other")
    collector = Collector()
    collector.add(interaction, replace(found, findings=(finding, other)))
    material = collector.material()

    assert len(material.vectors) == 1
    assert [one.quote for one in in_scope(material, ALL)] == ["other"]
    assert [one.quote for one in in_scope(material, DEFECT)] == [finding.quote]


def test_what_came_twice_counts_once_and_one_number_may_be_of_two_interactions() -> None:
    interaction, found = mined(CALLS[0])
    other, found_there = mined(CALLS[1])
    collector = Collector()
    collector.add(interaction, found)
    collector.add(replace(interaction, source="copy.txt"), found)
    collector.add(replace(other, id=interaction.id), found_there)
    collector.add(replace(other, id=interaction.id), found_there)
    material = collector.material()

    assert material.repeated == 2
    first, second = (one.id for one in material.interactions)
    assert first == "call-0"
    assert second.startswith("call-0~")


def test_what_is_left_to_a_person_can_be_left_out() -> None:
    calls = [CALLS[0], replace(CALLS[1], unsure=True)]
    assert len(collected(calls).said) == 2
    assert [one.heard for one in collected(calls, sure_only=True).said] == [0]


def test_a_later_run_keeps_ids_and_names_and_says_what_is_new() -> None:
    first = gathered(CALLS)
    more = [*CALLS, *of_subject("frost", range(100, 110)), *STRANGERS]

    second = gathered(more, first.kept)

    assert subjects(second) == subjects(first)
    names = {theme.id: theme.headline for theme in first.themes}
    assert {theme.id: theme.headline for theme in second.themes} == names
    assert kinds(second) == [("grown", subjects(first)["frost"])]
    assert second.quality.stability == 1.0
    assert first.changes is None


def test_a_theme_is_born_under_a_number_that_was_never_used() -> None:
    two = [call for call in CALLS if call.subject != "stairs"]
    first = gathered(two)
    assert first.kept.numbered == 2

    second = gathered(CALLS, first.kept)

    assert subjects(second)["stairs"] == "defect-3"
    assert kinds(second) == [("born", "defect-3")]


def test_a_theme_that_faded_comes_back_under_its_id() -> None:
    first = gathered(CALLS)
    id = subjects(first)["stairs"]
    without = [call for call in CALLS if call.subject != "stairs"]

    second = gathered(without, first.kept)
    third = gathered(without, second.kept)
    fourth = gathered([*without, *of_subject("stairs", range(200, 206))], third.kept)

    assert kinds(second) == [("faded", id)]
    assert kinds(third) == []
    assert subjects(fourth)["stairs"] == id
    assert kinds(fourth) == [("returned", id)]


def test_a_run_on_the_newest_month_alone_continues_the_themes() -> None:
    first = gathered(CALLS)
    month = [
        *of_subject("logout", range(300, 310)),
        *of_subject("frost", range(320, 330)),
        *of_subject("stairs", range(340, 350)),
    ]

    second = gathered(month, first.kept)

    assert subjects(second) == subjects(first)
    assert kinds(second) == []
    # What is known of the first month is not forgotten.
    assert subjects(gathered(CALLS, second.kept)) == subjects(first)


def test_under_another_model_findings_alone_tell_which_theme_is_which() -> None:
    first = gathered(CALLS)
    new = of_subject("logout", range(300, 310))

    assert subjects(gathered([*CALLS, *new], first.kept, same_vectors=False)) == subjects(first)
    # Nothing but middles could tell it, and they are of other vectors.
    assert subjects(gathered(new, first.kept)) == {"logout": subjects(first)["logout"]}
    assert subjects(gathered(new, first.kept, same_vectors=False)) == {"logout": "defect-4"}


def test_a_name_that_a_person_wrote_into_the_file_stays_and_an_empty_one_is_made_anew() -> None:
    first = gathered(CALLS)
    largest, second, *rest = first.kept.themes
    edited = replace(
        first.kept,
        themes=(replace(largest, name="Logged out"), replace(second, name=" "), *rest),
    )

    names = {theme.id: theme.headline for theme in gathered(CALLS, edited).themes}

    assert names[largest.id] == "Logged out"
    assert names[second.id] == second.name


def test_two_themes_that_become_one_are_told_and_the_id_is_not_used_again() -> None:
    # Half of the logouts were a theme of their own, at the same place.
    first = gathered(CALLS)
    largest = first.kept.themes[0]
    assert len(largest.members) == 14
    halves = (
        replace(largest, members=largest.members[:10]),
        replace(largest, id="defect-9", name="the other half", members=largest.members[10:]),
    )
    earlier = replace(first.kept, themes=(*halves, *first.kept.themes[1:]), numbered=9)

    second = gathered(CALLS, earlier)

    assert kinds(second) == [("merged", largest.id)]
    assert second.changes is not None
    assert second.changes[0].others == (("defect-9", "the other half"),)
    assert second.kept.merged == {"defect-9": largest.id}
    assert "defect-9" not in [one.id for one in second.kept.themes]
    assert second.quality.stability == 26 / 30


def test_growth_and_course_are_of_dated_interactions() -> None:
    calls = [
        *of_subject("logout", range(60), [day for day in range(28, 56) for _ in range(3)][:60]),
        *of_subject("frost", range(100, 156), range(56)),
        *of_subject("stairs", range(200, 256), range(56)),
        *of_subject("stairs", range(300, 304)),
    ]

    one = gathered(calls)

    moves = {
        name: theme.growth.movement
        for theme in one.themes
        for name, id in subjects(one).items()
        if id == theme.id and theme.growth
    }
    assert moves["logout"] == "growing"
    assert moves["frost"] != "growing"
    assert one.calendar is not None
    assert (one.calendar.step, one.calendar.period, one.calendar.undated) == ("week", 28, 4)
    for theme in one.themes:
        dated = sum(sum(point.feelings) for point in theme.course)
        assert dated == theme.findings - (4 if theme.id == subjects(one)["stairs"] else 0)
        assert len(theme.course) == 8


def test_without_dates_nothing_is_said_of_time() -> None:
    one = gathered(CALLS)
    assert one.calendar is None
    assert {(theme.course, theme.growth) for theme in one.themes} == {((), None)}


def test_who_says_it_is_set_against_all() -> None:
    calls = [
        *of_subject("logout", range(12), product="Phone", agent_note="[PERSON_1]"),
        *of_subject("frost", range(20, 32), product="Bell"),
    ]

    one = gathered(calls)

    theme = next(theme for theme in one.themes if theme.id == subjects(one)["logout"])
    shares = {(share.field, share.value): share for share in theme.breakdown}
    assert {field for field, _ in shares} == {"channel", "product"}
    assert (shares["product", "Phone"].inside, shares["product", "Phone"].usual) == (1.0, 0.5)
    assert shares["channel", "call"].interactions == 6
    # The product that a theme is of is in its name.
    assert theme.headline.startswith("Phone")


def test_themes_that_come_together_are_linked_across_categories() -> None:
    calls = [*CALLS, *of_subject("frost", range(400, 430))]
    collector = Collector()
    for call in calls:
        interaction, found = mined(call)
        if call.subject == "logout":
            (finding,) = found.findings
            # The same calls wish for something as well, in another passage.
            _, wish = mined(replace(call, number=call.number, subject="stairs"))
            found = replace(
                found,
                passages=(*found.passages, *wish.passages),
                vectors=(*found.vectors, *wish.vectors),
                findings=(
                    finding,
                    replace(wish.findings[0], category="feature_request", passage=1),
                ),
            )
        collector.add(interaction, found)

    defects, requests = gather(collector.material(), [DEFECT, "feature_request"])

    (request,) = requests.themes
    together = [link for link in request.links if link.kind == "together"]
    assert [link.id for link in together] == [subjects(defects)["logout"]]
    assert (together[0].scope, together[0].interactions) == (DEFECT, 14)


def test_nothing_gathers_to_nothing() -> None:
    for one in gather(collected([]), SCOPES):
        assert (one.themes, one.findings, one.pool, one.changes) == ((), 0, 0, None)


def test_an_unknown_scope_names_the_known_ones() -> None:
    with pytest.raises(OptionError, match="no scope 'bugs' of themes; there are product_defect"):
        gather(collected([]), ["bugs"])


def test_themes_in_a_file_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "themes.json"
    written = Kept(model="m", digest="d", scopes={DEFECT: gathered([*CALLS, *STRANGERS]).kept})

    kept.write(path, written)

    assert kept.read(path) == written
    assert [found.name for found in tmp_path.iterdir()] == ["themes.json"]
    text = path.read_text(encoding="utf-8")
    assert "itself" not in text
    # A theme a line, so that a person finds its name.
    assert sum('"name"' in line for line in text.splitlines()) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"format": "conduit-themes-0", "model": "m", "digest": "d", "scopes": {}}),
        json.dumps({"format": kept.FORMAT, "model": "m", "digest": "d", "scopes": {"a": {}}}),
    ],
)
def test_a_file_without_themes_says_how_to_write_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "themes.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OptionError, match=r"themes\.json does not hold themes .* --save"):
        kept.read(path)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"there is no file .*none\.json.* --save"):
        kept.read(tmp_path / "none.json")
