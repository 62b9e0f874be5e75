"""Windows: every passage answered for once, read with what was said before it."""

from hypothesis import given
from hypothesis import strategies as st

from nlp.windows import AGENT, AGENT_SAYS, BEFORE, END, MAX_TOKENS, START, WINDOW, windows

PIECES = st.lists(
    st.tuples(st.lists(st.integers(1000, 2000), max_size=300), st.booleans()), max_size=30
)


@given(PIECES)
def test_every_asked_segment_is_answered_for_once_and_whole(
    found: list[tuple[list[int], bool]],
) -> None:
    pieces, asked = [ids for ids, _ in found], [wanted for _, wanted in found]
    packed = list(windows(pieces, asked))
    spans = [(window, span) for window in packed for span in window.spans]
    assert [span.segment for _, span in spans] == [n for n, wanted in enumerate(asked) if wanted]
    for window, span in spans:
        whole = tuple(pieces[span.segment][: MAX_TOKENS - BEFORE - 2])
        assert window.ids[span.start : span.end] == whole
        assert window.ids[span.end] == END
    for window in packed:
        assert window.ids[0] == START
        assert window.ids[-1] == END
        assert len(window.ids) <= MAX_TOKENS
        assert len(window.ids) <= WINDOW or len(window.spans) <= 1


def test_a_short_interaction_is_one_window_with_the_end_of_what_the_agent_said() -> None:
    question = list(range(1000, 1100))
    (window,) = windows([question, [7, 8], [9]], [False, True, True])
    assert window.ids == (START, AGENT_SAYS, *question[-AGENT:], END, 7, 8, END, 9, END)
    assert [(one.start, one.end) for one in window.spans] == [(27, 29), (30, 31)]


def test_a_following_window_begins_with_what_was_said_just_before() -> None:
    turns = [[number] * 20 for number in range(1, 9)]
    first, second = windows(turns, [True] * 8)
    assert [one.segment for one in first.spans] == [0, 1, 2, 3, 4, 5]
    assert second.ids[:22] == (START, *turns[5], END)
    assert [one.segment for one in second.spans] == [6, 7]


def test_what_only_agents_say_is_not_encoded() -> None:
    assert list(windows([[5], [6]], [False, False])) == []
    assert list(windows([], [])) == []
