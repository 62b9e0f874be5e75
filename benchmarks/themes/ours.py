"""Our themes, as the peers' protocol and as the steps of a growing store see them."""

from collections.abc import Sequence

import numpy as np

from benchmarks.peers.clustering import Ints, Vectors
from benchmarks.themes.sets import documents_of
from nlp.themes.assign import assign, prototypes
from nlp.themes.cluster import cluster
from nlp.themes.identity import follow
from nlp.themes.values import NOWHERE, Documents, Known, Wishes


class Ours:
    """`cluster` as it comes: it is told nothing, and nothing is known from before."""

    name = "ours"

    def cluster(self, texts: Sequence[str], vectors: Vectors) -> Ints:
        """(texts,) theme of each, -1 for those that wait in the emerging pool."""
        return cluster(documents_of(texts, vectors)).labels


class Store:
    """Themes that are clustered again as documents come, with the ids that they keep.

    It holds what the service's tables hold: the themes, who is in them, and what people decided.
    """

    def __init__(self) -> None:
        self.known: Known | None = None
        self.wishes = Wishes()
        self._made = 0
        self._documents: Documents | None = None

    def recluster(self, documents: Documents) -> dict[str, str]:
        """Clusters documents anew: key of each to the id of its theme, "" for the emerging pool."""
        found = cluster(documents, known=self.known, wishes=self.wishes)
        followed = follow(documents, found, known=self.known, wishes=self.wishes)
        themes = tuple(id or self._new_id() for id in followed.ids)
        labels = found.labels.tolist()
        self.known = Known(
            themes=themes,
            members={
                key: label
                for key, label in zip(documents.keys, labels, strict=True)
                if label != NOWHERE
            },
            centroids=found.centroids,
            resolution=found.resolution,
        )
        self._documents = documents
        return self.ids(documents.keys)

    def ids(self, keys: Sequence[str]) -> dict[str, str]:
        """Key of each document to the id of its theme as it is known, "" for none."""
        if self.known is None:
            return dict.fromkeys(keys, "")
        members, themes = self.known.members, self.known.themes
        return {key: themes[members[key]] if key in members else "" for key in keys}

    def assigned(self, newcomers: Documents) -> dict[str, str]:
        """Where newcomers are put at once, before anything is clustered.

        Raises:
            ValueError: nothing was clustered yet.
        """
        if self.known is None or self._documents is None:
            raise ValueError("nothing is known yet: call recluster first")
        before = self._documents
        labels = np.array([self.known.members.get(key, NOWHERE) for key in before.keys], np.int64)
        found = assign(newcomers.vectors, prototypes(before.vectors, labels)).labels.tolist()
        themes = self.known.themes
        return {
            key: themes[label] if label != NOWHERE else ""
            for key, label in zip(newcomers.keys, found, strict=True)
        }

    def _new_id(self) -> str:
        self._made += 1
        return f"theme-{self._made:05d}"
