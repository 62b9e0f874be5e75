"""The benchmarks' peers keep one contract. Those whose libraries are not installed are left out."""

from importlib.util import find_spec

import numpy as np
import pytest

from benchmarks.peers import PEERS, Bools, Peer

CRASHES = ["the app crashes every day", "it crashes when I start", "my phone app crashes again"]
MANUALS = ["the manual shows a wrong step", "wrong page in the manual", "the manual is wrong"]
TEXTS = CRASHES + MANUALS + ["the app crashes and the manual is wrong"]
LABELS: Bools = np.array([[1, 0]] * 3 + [[0, 1]] * 3 + [[1, 1]], dtype=bool)


def tfidf() -> Peer:
    return PEERS["tfidf"]()


def textcat() -> Peer:
    from benchmarks.peers.textcat import TextcatPeer

    return TextcatPeer(epochs=20, batch=4)


def contrastive() -> Peer:
    if find_spec("setfit") is None:
        pytest.skip("setfit is not installed")
    from benchmarks.peers.contrastive import SetFitPeer

    return SetFitPeer(steps=1, batch=2)


@pytest.mark.parametrize("make", [tfidf, textcat, contrastive])
@pytest.mark.filterwarnings("default")
def test_a_peer_learns_and_says_so_with_probabilities(make: type[Peer]) -> None:
    peer = make()
    peer.fit(TEXTS, LABELS)
    said = peer.probabilities(["it crashes every day", "a wrong manual", "it crashes again"])
    assert said.shape == (3, 2)
    assert ((said >= 0) & (said <= 1)).all()
    assert (said[[0, 2], 0] > said[1, 0]).all()
    assert (said[[0, 2], 1] < said[1, 1]).all()


@pytest.mark.filterwarnings("default")
def test_a_peer_learns_the_same_from_the_same() -> None:
    said = []
    for _ in range(2):
        peer = textcat()
        peer.fit(TEXTS, LABELS)
        said.append(peer.probabilities(CRASHES))
    assert said[0] == pytest.approx(said[1])


def test_a_label_that_all_texts_or_none_carry_gets_its_share() -> None:
    peer = tfidf()
    peer.fit(TEXTS, np.column_stack([LABELS[:, 0], np.zeros(7, bool), np.ones(7, bool)]))
    assert peer.probabilities(["it crashes"])[0, 1:].tolist() == [0, 1]


@pytest.mark.skipif(
    find_spec("transformers") is None or find_spec("torch") is None, reason="not installed"
)
@pytest.mark.filterwarnings("default")
def test_zero_shot_answers_in_the_order_of_its_candidates() -> None:
    from benchmarks.peers.zero_shot import ZeroShotPeer

    one = ZeroShotPeer(("broken", "unclear"), layers=1, width=64)
    other = ZeroShotPeer(("unclear", "broken"), layers=1, width=64)
    said = one.probabilities(TEXTS[:2])
    assert said.shape == (2, 2)
    assert said[:, ::-1] == pytest.approx(other.probabilities(TEXTS[:2]), abs=1e-6)
    with pytest.raises(ValueError, match=r"shape \(7, 3\).*2 candidates: broken, unclear"):
        one.fit(TEXTS, np.zeros((7, 3), dtype=bool))


def test_every_peer_is_made_by_name() -> None:
    assert list(PEERS) == ["tfidf", "setfit", "textcat", "zero-shot"]
