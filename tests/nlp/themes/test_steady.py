"""Re-clustering from what was known, and what people decided."""

import numpy as np
import pytest

from nlp.themes import steady
from nlp.themes.cluster import cluster
from nlp.themes.identity import Followed, follow, renamed
from nlp.themes.partition import centres
from nlp.themes.values import NOWHERE, Clustering, Documents, Known, Wishes
from tests.nlp.themes.made import around, directions, documents

SIZES = (40, 30, 20, 12)
LABELS = np.repeat(np.arange(len(SIZES)), SIZES)
NAMES = ("a", "b", "c", "d")


def _made(noise: float = 0.6) -> Documents:
    return documents(around(directions(len(SIZES)), LABELS, noise=noise))


def _known(made: Documents, found: Clustering, names: tuple[str, ...] = NAMES) -> Known:
    return Known(
        themes=names,
        members={
            key: int(label)
            for key, label in zip(made.keys, found.labels, strict=True)
            if label >= 0
        },
        centroids=found.centroids,
        resolution=found.resolution,
    )


def _again(made: Documents, wishes: Wishes) -> tuple[Clustering, Followed]:
    known = _known(made, cluster(made))
    found = cluster(made, known=known, wishes=wishes)
    return found, follow(made, found, known=known, wishes=wishes)


def _theme(made: Documents, found: Clustering, names: Followed, row: int) -> str | None:
    label = found.labels[row]
    return None if label == NOWHERE else names.ids[label]


def test_nothing_new_changes_nothing() -> None:
    found, followed = _again(_made(), Wishes())

    assert found.labels.tolist() == LABELS.tolist()
    assert followed.ids == NAMES
    assert followed.events == ()


def test_a_new_theme_is_born_and_the_known_ones_keep_their_ids() -> None:
    middles = directions(5)
    made = _made()
    known = _known(made, cluster(made))
    more = around(middles, np.full(25, 4), seed=7)
    grown = documents(np.concatenate([made.vectors, more]))

    found = cluster(grown, known=known)
    followed = follow(grown, found, known=known, wishes=None)

    assert set(followed.ids) == {*NAMES, None}
    new = followed.ids.index(None)
    assert (found.labels[-25:] == new).all()
    assert [(event.kind, event.theme, event.documents) for event in followed.events] == [
        ("born", new, 25)
    ]


def test_a_theme_that_grows_says_so() -> None:
    made = _made()
    known = _known(made, cluster(made))
    more = around(directions(len(SIZES)), np.full(15, 3), seed=8)
    grown = documents(np.concatenate([made.vectors, more]))

    followed = follow(grown, cluster(grown, known=known), known=known, wishes=None)

    assert [(event.kind, event.old, event.documents) for event in followed.events] == [
        ("grown", ("d",), 15)
    ]


def test_themes_that_lost_their_documents_fade() -> None:
    made = _made()
    known = _known(made, cluster(made))
    rows = np.flatnonzero(LABELS != 2)
    left = Documents(
        keys=tuple(made.keys[row] for row in rows),
        texts=tuple(made.texts[row] for row in rows),
        vectors=made.vectors[rows],
        groups=tuple(made.groups[row] for row in rows),
    )

    followed = follow(left, cluster(left, known=known), known=known, wishes=None)

    assert set(followed.ids) == {"a", "b", "d"}
    assert [(event.kind, event.old) for event in followed.events] == [("faded", ("c",))]


def test_documents_mined_again_under_new_keys_find_their_themes() -> None:
    made = _made()
    known = _known(made, cluster(made))
    again = documents(around(directions(len(SIZES)), LABELS, seed=5), first=5000)

    followed = follow(again, cluster(again, known=known), known=known, wishes=None)

    assert followed.ids == NAMES


def test_two_known_themes_that_are_one_merge_and_one_that_was_two_splits() -> None:
    made = _made()
    found = cluster(made)
    # As if b and c had been one, and half of a another theme.
    wrong = np.where(found.labels == 2, 1, found.labels)
    wrong[:20] = 2
    known = Known(
        themes=NAMES,
        members={key: int(label) for key, label in zip(made.keys, wrong, strict=True)},
        centroids=centres(made.vectors, wrong),
        resolution=found.resolution,
    )
    clear = documents(made.vectors)
    now = cluster(clear, known=known)

    followed = follow(clear, now, known=known, wishes=None)

    assert now.labels.tolist() == LABELS.tolist()
    kinds = {event.kind: event for event in followed.events}
    assert kinds["merged"].old in {("a",), ("c",)}
    assert kinds["split"].old == ("b",)


def test_a_document_stays_where_a_person_put_it() -> None:
    made = _made()
    wishes = Wishes(placed={made.keys[0]: "c", made.keys[1]: "c", made.keys[45]: ""})

    found, followed = _again(made, wishes)

    assert [_theme(made, found, followed, row) for row in (0, 1, 2, 45)] == ["c", "c", "a", None]


def test_a_theme_that_a_person_made_of_a_few_documents_lasts() -> None:
    made = _made()
    wishes = Wishes(seeds={"mine": (made.keys[3], made.keys[50])}, held=frozenset({"mine"}))

    found, followed = _again(made, wishes)

    assert _theme(made, found, followed, 3) == _theme(made, found, followed, 50) == "mine"
    assert {*NAMES, "mine"} == set(followed.ids)


def test_a_merge_by_a_person_holds() -> None:
    made = _made()
    known = renamed(_known(made, cluster(made)), {"b": "a"})
    wishes = Wishes(whole=frozenset({"a"}))

    found = cluster(made, known=known, wishes=wishes)
    followed = follow(made, found, known=known, wishes=wishes)

    assert set(followed.ids) == {"a", "c", "d"}
    assert {_theme(made, found, followed, row) for row in range(70)} == {"a"}


def test_a_split_by_a_person_holds_though_the_words_are_alike() -> None:
    made = _made()
    chosen = made.keys[:12]
    wishes = Wishes(placed=dict.fromkeys(chosen, "half"), split=(("a", "half"),))

    found, followed = _again(made, wishes)

    assert {_theme(made, found, followed, row) for row in range(12)} == {"half"}
    assert "a" in followed.ids
    assert {_theme(made, found, followed, row) for row in range(40, 70)} == {"b"}


def test_held_themes_do_not_merge() -> None:
    twin = directions(1)
    made = documents(around(np.concatenate([twin, twin]), np.repeat([0, 1], 30)))
    centroids = np.concatenate([twin, twin])
    members = {key: int(row >= 30) for row, key in enumerate(made.keys)}
    known = Known(themes=("x", "y"), members=members, centroids=centroids, resolution=0.125)

    loose = follow(made, cluster(made, known=known), known=known, wishes=None)
    wishes = Wishes(held=frozenset({"x", "y"}))
    held = cluster(made, known=known, wishes=wishes)

    assert set(follow(made, held, known=known, wishes=wishes).ids) == {"x", "y"}
    assert len(loose.ids) == 1


def test_together_and_apart() -> None:
    made = _made()
    wishes = Wishes(
        together=((made.keys[90], made.keys[91], made.keys[0]),),
        apart=((made.keys[40], made.keys[41]),),
    )

    found = cluster(made, wishes=wishes)

    assert len({int(found.labels[row]) for row in (90, 91, 0)}) == 1
    assert found.labels[40] != found.labels[41]


def test_wishes_for_documents_that_are_gone_are_passed_over() -> None:
    wishes = Wishes(
        placed={"gone": "a"},
        together=(("gone", "gone too"),),
        apart=(("gone", "000001"),),
        held=frozenset({"never was"}),
    )

    found, followed = _again(_made(), wishes)

    assert found.labels.tolist() == LABELS.tolist()
    assert followed.ids == NAMES


def test_a_merge_into_a_theme_that_is_not_there_is_refused() -> None:
    made = _made()
    with pytest.raises(ValueError, match="merged into z"):
        renamed(_known(made, cluster(made)), {"a": "z"})


def test_where_documents_stood() -> None:
    known = Known(
        themes=("a", "b"),
        members={"1": 0, "2": 1, "3": 1},
        centroids=directions(2),
        resolution=1.0,
    )
    wishes = Wishes(placed={"2": "a", "3": ""}, seeds={"new": ("4",)})

    was = steady.before(("1", "2", "3", "4", "5"), known, wishes)

    assert was.themes == ("a", "b", "new")
    assert was.old.tolist() == [0, 0, NOWHERE, 2, NOWHERE]
    assert was.fixed.tolist() == [False, True, True, True, False]


def test_a_held_theme_lasts_where_all_its_like_went_elsewhere() -> None:
    made = _made()
    found = cluster(made)
    # Two documents in the middle of a: alone they are no theme, and a pulls at them.
    members = {
        key: 4 if row in (5, 6) else int(label)
        for row, (key, label) in enumerate(zip(made.keys, found.labels, strict=True))
    }
    centroids = np.concatenate([found.centroids, found.centroids[:1]])
    known = Known(
        themes=(*NAMES, "held"), members=members, centroids=centroids, resolution=found.resolution
    )

    loose = cluster(made, known=known)
    wishes = Wishes(held=frozenset({"held"}))
    held = cluster(made, known=known, wishes=wishes)

    assert "held" not in follow(made, loose, known=known, wishes=None).ids
    names = follow(made, held, known=known, wishes=wishes)
    assert _theme(made, held, names, 5) == _theme(made, held, names, 6) == "held"


def test_both_sides_of_a_split_keep_what_was_in_them() -> None:
    made = _made()
    found = cluster(made)
    # What is left of a is five documents, which the new theme around them pulls at.
    chosen = made.keys[5:40]
    members = {
        key: 4 if key in chosen else int(label)
        for key, label in zip(made.keys, found.labels, strict=True)
    }
    centroids = np.concatenate([found.centroids, found.centroids[:1]])
    known = Known(
        themes=(*NAMES, "new"), members=members, centroids=centroids, resolution=found.resolution
    )
    wishes = Wishes(placed=dict.fromkeys(chosen, "new"), split=(("a", "new"),))

    now = cluster(made, known=known, wishes=wishes)
    names = follow(made, now, known=known, wishes=wishes)

    assert {_theme(made, now, names, row) for row in range(5)} == {"a"}
    assert {_theme(made, now, names, row) for row in range(5, 40)} == {"new"}
