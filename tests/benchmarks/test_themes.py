"""The benchmark of themes counts what it says, on sets small enough to count by hand."""

import cProfile
import json
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers.clustering import CLUSTERERS, Asked, Vectors
from benchmarks.speed import Cost
from benchmarks.themes import generated, growth, race, scale, sets, worker
from benchmarks.themes.agreement import EVERYBODY, cells, lines, measured
from benchmarks.themes.edits import THEMES, Edits, drawn, obeyed
from benchmarks.themes.growth import Refit, course, growing
from benchmarks.themes.ours import Store
from benchmarks.themes.scores import (
    Agreement,
    agreement,
    kept,
    matched,
    middle,
    same_partition,
    table,
)
from benchmarks.themes.sets import Labelled, chosen, documents_of, labelled
from nlp.encoder import HashEncoder
from nlp.themes.values import Documents, Ints, Known

SUBJECTS = ("router red light", "app logs out", "step four manual", "refund card fee")


def ints(*labels: int) -> Ints:
    return np.array(labels, dtype=np.int64)


def crowd(groups: int, each: int, *, noise: float = 0.3, seed: int = 0) -> Labelled:
    """Documents in groups that lie well apart."""
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(groups), each)
    around = noise / 8 * random.standard_normal((groups * each, 64))
    vectors = np.eye(64)[truth] + around
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"{SUBJECTS[group % 4]} {n}" for n, group in enumerate(truth.tolist())]
    return Labelled(
        name="crowd", documents=documents_of(texts, vectors.astype(np.float32)), truth=truth
    )


class Fixed:
    """A clusterer that says what it was told to."""

    name = "fixed"

    def __init__(self, *answers: Ints) -> None:
        self._answers = iter(answers)

    def cluster(self, texts: Sequence[str], vectors: Vectors) -> Ints:
        """What it was told, the next time the next."""
        return next(self._answers)[: len(texts)]


def test_agreement_counts_what_is_left_out_as_one_theme() -> None:
    truth = ints(0, 0, 0, 1, 1, 1)
    right = agreement(truth, ints(5, 5, 5, 2, 2, 2))
    assert (round(right.nmi, 9), right.ari, right.found, right.true) == (1, 1, 2, 2)
    assert (right.outside, right.off) == (0, 0)
    one_bucket = agreement(truth, ints(0, 0, 0, -1, -2, -1))
    assert one_bucket.ari == 1
    assert (one_bucket.found, one_bucket.off) == (1, -0.5)
    assert one_bucket.outside == pytest.approx(0.5)
    # By hand: 2 pairs in common, 6 pairs of the truth, 3 of the labels, 15 in all.
    part = agreement(truth, ints(0, 0, 1, 1, 2, 2))
    assert part.ari == pytest.approx((2 - 18 / 15) / ((6 + 3) / 2 - 18 / 15))


def test_who_has_no_known_group_counts_only_as_a_theme() -> None:
    found = agreement(ints(0, 0, 1, 1, -1, -1), ints(0, 0, 1, 1, 2, -1))
    assert (found.ari, found.found, found.true) == (1, 3, 2)
    assert found.outside == pytest.approx(1 / 6)


def test_figures_of_several_runs_are_their_medians() -> None:
    runs = [
        Agreement(nmi=n / 10, ari=n / 20, found=n, true=4, outside=0.0, seconds=n)
        for n in (1, 9, 2)
    ]
    assert middle(runs) == runs[2]


def test_ids_go_where_most_documents_went_one_to_one() -> None:
    former = {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y", "f": ""}
    # Group 0 has most of both x and y; x has more there, so y goes to its next best.
    now = {"a": 0, "b": 0, "c": 0, "d": 0, "e": 1, "f": 2, "g": -1}
    assert matched(former, now, "new") == {
        **dict.fromkeys("abcd", "x"),
        "e": "y",
        "f": "new-2",
        "g": "",
    }


def test_the_matching_is_the_best_of_all_together() -> None:
    former = {**dict.fromkeys("abc", "x"), **dict.fromkeys("de", "y")}
    # Greedily, group 0 would take x with 2; together 1 + 2 is the best.
    now = {"a": 0, "b": 0, "c": 1, "d": 0, "e": 0}
    assert matched(former, now, "new") == {**dict.fromkeys("abde", "y"), "c": "x"}


def test_what_is_kept_is_counted_with_and_without_those_in_no_theme() -> None:
    former = {"a": "x", "b": "x", "c": "", "d": ""}
    found = kept(former, {"a": "x", "b": "y", "c": "", "d": "x", "e": "x"})
    assert (found.share, found.share_of_themes) == (0.5, 0.5)
    both = found + kept({"a": "x"}, {"a": "x"})
    assert (both.same, both.old, both.same_theme, both.had_theme) == (3, 5, 2, 3)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ([1, 1, 0, -1], True),
        ([1, 0, 0, -1], False),
        ([1, 1, 0, 2], False),  # one that waits is no theme of one
    ],
)
def test_a_partition_is_the_same_whatever_its_numbers_and_order(
    other: list[int], *, same: bool
) -> None:
    turned = ints(*other[::-1])
    assert same_partition("abcd", ints(0, 0, 1, -1), "dcba", turned) is same


def test_a_table_is_markdown() -> None:
    assert list(table(["", "x"], [["a", "1"]])) == ["|  | x |", "|---|---|", "| a | 1 |"]


def test_a_set_is_shuffled_the_same_way_for_everybody() -> None:
    pairs = [(f"{text} {n}", text if n else "") for text in SUBJECTS for n in range(4)]
    one = labelled("small", pairs, HashEncoder())
    assert sorted(one.documents.texts) == sorted(text for text, _ in pairs)
    assert list(one.documents.texts) != [text for text, _ in pairs]
    assert list(one.documents.keys) == sorted(one.documents.keys)
    assert one.groups == 4
    groups = dict(pairs)
    named = sorted(SUBJECTS)
    for text, number in zip(one.documents.texts, one.truth.tolist(), strict=True):
        assert (named[number] if number >= 0 else "") == groups[text]
    again = labelled("small", pairs, HashEncoder())
    assert again.documents.texts == one.documents.texts
    assert np.array_equal(again.documents.vectors, one.documents.vectors)


def test_chosen_rows_keep_everything_of_theirs() -> None:
    on = crowd(2, 3).documents
    picked = chosen(on, ints(4, 1))
    assert picked.keys == (on.keys[4], on.keys[1])
    assert picked.texts == (on.texts[4], on.texts[1])
    assert np.array_equal(picked.vectors, on.vectors[[4, 1]])


def test_readers_of_sets_read_them(tmp_path: Path) -> None:
    folder = tmp_path / "train/banking77"
    folder.mkdir(parents=True)
    (folder / "test.csv").write_text('text,category\n"Where, then?",card\n', encoding="utf-8")
    assert sets.banking77(tmp_path) == [("Where, then?", "card")]
    folder = tmp_path / "evaluate/clinc150"
    folder.mkdir(parents=True)
    found = {"test": [["hi there", "hello"]], "oos_test": [["what", "oos"]]}
    (folder / "data_full.json").write_text(json.dumps(found), encoding="utf-8")
    assert sets.clinc150(tmp_path) == [("hi there", "hello")]
    folder = tmp_path / "train/multidogo_sentences"
    folder.mkdir(parents=True)
    rows = "text,intent\nhi,greeting\nhi,greeting\nred,contentonly\nboth,a<div>b\n"
    (folder / "sentences.csv").write_text(rows, encoding="utf-8")
    assert sets.multidogo(tmp_path) == [("hi", "greeting"), ("red", ""), ("both", "")]


def test_a_set_grows_by_a_twentieth_four_times() -> None:
    steps = growing(100, seed=1)
    assert [len(rows) for rows in steps] == [80, 85, 90, 95, 100]
    assert all(np.isin(few, more).all() for few, more in pairwise(steps))
    assert not np.array_equal(steps[0], growing(100, seed=2)[0])


def test_who_is_fitted_anew_gets_ids_by_matching() -> None:
    on = crowd(2, 50)
    turned = 1 - on.truth
    answers = [
        on.truth[rows] if n % 2 else turned[rows] for n, rows in enumerate(growing(100, seed=0))
    ]
    found = course(Refit(Fixed(*answers)), on, seed=0)
    assert [one.share for one in found.steps] == [1, 1, 1, 1]
    assert (found.whole.old, found.whole.share, found.themes, found.ari) == (80, 1, [2] * 5, 1)


def test_a_document_that_moves_is_seen() -> None:
    on = crowd(2, 50)
    answers = [on.truth[rows] for rows in growing(100, seed=0)]
    answers[1] = answers[1].copy()
    at = np.searchsorted(growing(100, seed=0)[1], growing(100, seed=0)[0][:8])
    answers[1][at] = -1
    found = course(Refit(Fixed(*answers)), on, seed=0)
    assert [one.share for one in found.steps] == [72 / 80, 77 / 85, 1, 1]
    assert found.whole.share == 1


def test_our_store_keeps_ids_and_puts_newcomers_where_they_belong() -> None:
    on = crowd(6, 20)
    store = Store()
    with pytest.raises(ValueError, match="call recluster first"):
        store.assigned(on.documents)
    first, *_, last = growing(len(on.documents), seed=0)
    ids = store.recluster(chosen(on.documents, first))
    assert len(set(ids.values())) == 6
    new = np.setdiff1d(last, first)
    at_once = store.assigned(chosen(on.documents, new))
    later = store.recluster(on.documents)
    assert {key: later[key] for key in ids} == ids
    assert {key: later[key] for key in at_once} == at_once
    assert store.ids(["nobody"]) == {"nobody": ""}


def edit_material(groups: int = 30) -> tuple[Known, Documents]:
    on = crowd(groups, 9)
    documents = on.documents
    centroids = np.eye(64, dtype=np.float32)[:groups]
    members = dict(zip(documents.keys, on.truth.tolist(), strict=True))
    themes = tuple(f"t{number}" for number in range(groups))
    return Known(themes=themes, members=members, centroids=centroids, resolution=1), documents


def test_edits_are_drawn_and_obeyed_where_they_hold() -> None:
    known, documents = edit_material()
    edits = drawn(known, documents, seed=3)
    wishes = edits.wishes
    after = edits.known
    assert len(after.themes) == 30 - 3 + 3
    assert not set(edits.merged) & set(after.themes)
    parted = {key for _, new in wishes.split for key in edits.sides[new]}
    assert (len(edits.moved), len(wishes.held), len(wishes.split)) == (20, 5, 3)
    assert wishes.placed.keys() == edits.moved.keys() | parted
    assert len(edits.decided) == 20 + 10 + 10 + len(parted)
    ids = {key: after.themes[place] for key, place in after.members.items()}
    ids.update(wishes.placed)
    ids |= {other: ids[one] for one, other in wishes.together}
    asked = {"moves": 20, "holds": 5, "merges": 3, "splits": 3, "together": 5, "apart": 5}
    for one, other in wishes.apart:
        assert ids[one] == ids[other]
    assert obeyed(edits, ids)["apart"] == (0, 5)
    ids |= {one: "" for one, _ in wishes.apart}
    assert obeyed(edits, ids) == {kind: (count, count) for kind, count in asked.items()}


def broken(ids: dict[str, str], edits: Edits, kind: str) -> None:
    """Breaks one wish of a kind."""
    wishes = edits.wishes
    match kind:
        case "moves":
            ids[next(iter(edits.moved))] = "elsewhere"
        case "holds":
            held = min(wishes.held)
            ids.update({key: "elsewhere" for key, theme in ids.items() if theme == held})
        case "merges":
            gone, into = next(iter(edits.merged.items()))
            ids[min(edits.whole[into])] = gone
        case "splits":
            old, new = wishes.split[0]
            ids[min(edits.sides[new])] = old
        case "together":
            ids[wishes.together[0][0]] = "elsewhere"


@pytest.mark.parametrize("kind", ["moves", "holds", "merges", "splits", "together"])
def test_a_wish_that_is_not_obeyed_is_counted(kind: str) -> None:
    known, documents = edit_material()
    edits = drawn(known, documents, seed=3)
    after = edits.known
    ids = {key: after.themes[place] for key, place in after.members.items()}
    ids.update(edits.wishes.placed)
    ids |= {other: ids[one] for one, other in edits.wishes.together}
    held, asked = obeyed(edits, ids)[kind]
    assert held == asked
    broken(ids, edits, kind)
    assert obeyed(edits, ids)[kind] == (asked - 1, asked)


def test_a_split_is_undone_where_the_old_theme_lost_its_documents() -> None:
    known, documents = edit_material()
    edits = drawn(known, documents, seed=3)
    ids = {key: edits.known.themes[place] for key, place in edits.known.members.items()}
    old, new = edits.wishes.split[0]
    left = sorted(edits.sides[old])
    ids.update(dict.fromkeys(left[: (len(left) - 1) // 2], new))
    assert obeyed(edits, ids)["splits"] == (3, 3)
    ids.update(dict.fromkeys(left, new))
    assert obeyed(edits, ids)["splits"] == (2, 3)


def test_edits_need_themes() -> None:
    known, documents = edit_material(THEMES - 1)
    with pytest.raises(ValueError, match=f"23 themes: all these edits need {THEMES} or more"):
        drawn(known, documents, seed=0)


def test_our_themes_obey_edits_and_another_order() -> None:
    on = crowd(28, 20)
    text = "\n".join([*growth.edited(on, runs=1), *growth.lines(["order", "online"], on, runs=1)])
    for kind in ("moves", "holds", "merges", "splits", "together", "apart"):
        row = next(line for line in text.splitlines() if line.startswith(f"| {kind} "))
        assert row.endswith("| 100.0% |")
    assert "| crowd | 3 of 3 | 3 of 3 |" in text


def test_drawn_vectors_are_the_same_for_the_same_seed() -> None:
    one, again = generated.drawn(400), generated.drawn(400)
    other = generated.drawn(400, seed=1)
    assert np.array_equal(one.documents.vectors, again.documents.vectors)
    assert not np.array_equal(one.documents.vectors, other.documents.vectors)
    assert np.linalg.norm(one.documents.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert len(set(one.documents.texts)) == 400


def test_groups_differ_in_size_as_words_do() -> None:
    found = generated.shares(100)
    assert found.sum() == pytest.approx(1)
    assert found[0] / found[9] == pytest.approx((10 + 2.7) / (1 + 2.7))
    assert [generated.groups_of(n) for n in (10_000, 1_000_000)] == [100, 1000]


def test_most_drawn_vectors_are_nearest_to_their_own_middle() -> None:
    on = generated.drawn(4000)
    vectors, truth = on.documents.vectors, on.truth
    middles = np.stack([vectors[truth == group].mean(axis=0) for group in range(on.groups)])
    right = ((vectors @ middles.T).argmax(axis=1) == truth).mean()
    assert 0.85 < right < 0.99


def test_noise_in_words_is_small_and_the_same_for_the_same_seed() -> None:
    text = "the app logs me out after every update"
    said = [generated.noisy(text, np.random.default_rng(seed)) for seed in range(50)]
    assert said == [generated.noisy(text, np.random.default_rng(seed)) for seed in range(50)]
    assert len(set(said)) > 25
    assert all(5 <= len(one.split()) <= 8 for one in said)
    assert generated.noisy("hi", np.random.default_rng(0)) == "hi"


def sentences() -> generated.Originals:
    texts = tuple(f"{text} number {n}" for text in SUBJECTS for n in range(5))
    encoder = HashEncoder()
    vectors = sets.vectors_of(texts, encoder)
    shifts = sets.vectors_of([text.replace("number ", "") for text in texts], encoder) - vectors
    return generated.Originals(
        texts=texts, vectors=vectors, truth=np.repeat(np.arange(4), 5), shifts=shifts
    )


def test_sentences_are_repeated_with_noise_and_word_for_word(tmp_path: Path) -> None:
    made = sentences()
    made.save(tmp_path / "originals.npz")
    read = generated.Originals.read(tmp_path / "originals.npz")
    on, again = generated.repeated(made, 300), generated.repeated(read, 300)
    assert on.documents.texts == again.documents.texts
    assert np.array_equal(on.documents.vectors, again.documents.vectors)
    places = {text: place for place, text in enumerate(made.texts)}
    verbatim = [n for n, text in enumerate(on.documents.texts) if text in places]
    assert 0.1 < len(verbatim) / 300 < 0.35
    # Noise may leave a text as it was; its vector moves nevertheless.
    own = [made.vectors[places[on.documents.texts[n]]] for n in verbatim]
    alike = (on.documents.vectors[verbatim] * np.array(own)).sum(axis=1) > 0.9999
    assert alike.mean() > 0.8
    assert np.linalg.norm(on.documents.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    for n in verbatim:
        assert on.truth[n] == made.truth[places[on.documents.texts[n]]]


def test_a_size_is_measured_by_stage() -> None:
    on = crowd(4, 40)
    # What runs beside may take the processor away between the two clocks, though not each time.
    shares = []
    for _ in range(3):
        found = scale.measured(on)
        shares.append(sum(found["stages"].values()) / found["seconds"])
    assert max(shares) == pytest.approx(1, rel=0.1)
    assert (found["found"], found["true"], found["ari"]) == (4, 4, 1)
    assert found["folded"] == 0
    stages = found["stages"]
    assert {"partition.leiden", "graph.nearest"} <= stages.keys()
    assert all(seconds > -1e-6 for seconds in stages.values())


def test_what_is_not_ours_is_in_no_stage() -> None:
    profile = cProfile.Profile(builtins=False)
    profile.runcall(lambda: list(table(["a"], [])))
    assert scale.stages(profile) == {}


def test_a_row_of_sizes_compares_with_the_size_before_and_the_smallest() -> None:
    one = {
        "seconds": 2.0,
        "processor": 3.0,
        "stages": {"graph.nearest": 1.5},
        "held_mb": 100.0,
        "peak_mb": 200.0,
        "ari": 0.9,
        "nmi": 0.95,
        "found": 11,
        "true": 10,
        "outside": 0.01,
        "folded": 0.0,
    }
    first, second = scale.rows([10, 100], [one, {**one, "seconds": 30.0, "ari": 0.885}])
    assert (first[3], first[6]) == ("", "")
    assert (second[3], second[6]) == ("1.50", "-1.5")
    assert second[4] == "200 (100)"
    assert second[-1] == "graph.nearest 1.5"


def test_the_ratio_of_speed_is_the_median_of_the_rounds() -> None:
    def cost(seconds: float) -> Cost:
        return Cost(
            seconds=seconds, processor=2 * seconds, passages=9, peak_mb=10 * seconds, loading_mb=1
        )

    found = race.rows({"ours": [cost(1), cost(2), cost(1)], "evoc": [cost(10), cost(2), cost(5)]})
    assert found[0] == ["ours", "1.00", "1.0", "2.00", "20"]
    assert found[1] == ["EVoC", "5.00", "5.0", "10.00", "100"]


@pytest.mark.slow
def test_a_clusterer_works_in_a_process_of_its_own(tmp_path: Path) -> None:
    on = crowd(4, 40)
    worker.write(tmp_path, on.documents.texts, on.documents.vectors)
    texts, vectors = worker.read(tmp_path)
    assert tuple(texts) == on.documents.texts
    assert np.array_equal(vectors, on.documents.vectors)
    with race.started("kmeans", tmp_path, 1) as contender:
        cost = contender.do("4")
    assert cost.passages == 160
    assert cost.seconds > 0


def compiled(library: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(library) is None, reason=f"{library} is not installed")


@pytest.mark.parametrize(
    "name",
    [
        "ours",
        "kmeans",
        "lda",
        "nmf",
        *(
            pytest.param(name, marks=[pytest.mark.slow, compiled(name.partition("-")[0])])
            for name in ("bertopic", "bertopic-reduced", "evoc")
        ),
    ],
)
@pytest.mark.filterwarnings("default")
def test_everybody_keeps_the_contract(name: str) -> None:
    on = crowd(4, 40)
    shown, found = measured(name, on, runs=1)
    assert shown == EVERYBODY[name](Asked(groups=4)).name
    assert found.true == 4
    assert found.found > 0
    if name in ("ours", "kmeans", "bertopic-reduced"):
        assert (found.found, found.ari, found.outside) == (4, 1, 0)


def test_everybody_is_made_by_name() -> None:
    peers = ["bertopic", "bertopic-reduced", "evoc", "kmeans", "lda", "nmf"]
    assert list(EVERYBODY) == ["ours", *peers]


def test_words_alone_tell_subjects_apart() -> None:
    texts = [text for text in SUBJECTS for _ in range(10)]
    vectors = np.zeros((len(texts), 3), dtype=np.float32)
    for name in ("lda", "nmf"):
        labels = CLUSTERERS[name](Asked(groups=4)).cluster(texts, vectors)
        assert labels.shape == (40,)
        assert agreement(np.repeat(np.arange(4), 10), labels).ari > 0.5


def test_a_row_says_who_was_told() -> None:
    found = Agreement(nmi=0.8, ari=0.5, found=90, true=100, outside=0.125, seconds=1.25)
    assert cells("ours", found) == ("ours", "0.800", "0.500", "90 of 100", "-10%", "12.5%", "1.2")
    assert cells("k-means, told k", found)[4] == "told"
    assert next(lines(crowd(2, 9), runs=1)) == "crowd: 18 texts, 2 groups, medians of 1 runs.\n"
