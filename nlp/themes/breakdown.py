"""Who says it: interactions by channel and by whatever else came with them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from nlp.themes.gathered import Share
from nlp.themes.material import Heard

FIELDS = 5
"""Fields that are broken down at most, the fullest ones."""

VALUES = 40
"""Values that a field may have; one with more is a number or a text."""


def values(interactions: Sequence[Heard]) -> dict[str, Counter[str]]:
    """Of each field that is worth it, how often each value came; the fullest fields first.

    It is worth it where it has several values, and these come twice on average.

    Args:
        interactions: all that were mined.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for heard in interactions:
        for key, value in {"channel": heard.channel, **heard.metadata}.items():
            if value and "[" not in value:  # what was redacted is no value
                found[key][value] += 1
    worth = {
        key: values
        for key, values in found.items()
        if 2 <= len(values) <= VALUES and values.total() >= 2 * len(values)
    }
    return dict(sorted(worth.items(), key=lambda one: -one[1].total())[:FIELDS])


def breakdown(heard: Sequence[Heard], usual: Mapping[str, Counter[str]]) -> tuple[Share, ...]:
    """How often each value came in some interactions, beside how often in all.

    Args:
        heard: some of the interactions.
        usual: `values` of all of them.

    Returns:
        Field by field, its most frequent values first.
    """
    shares = []
    for key, values in usual.items():
        inside = Counter(
            value
            for one in heard
            if (value := {"channel": one.channel, **one.metadata}.get(key, "")) in values
        )
        shares += [
            Share(
                field=key,
                value=value,
                interactions=count,
                inside=count / inside.total(),
                usual=values[value] / values.total(),
            )
            for value, count in inside.most_common()
        ]
    return tuple(shares)
