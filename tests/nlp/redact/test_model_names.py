"""The model beside the rules: which windows it reads, and how the two are joined."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nlp.errors import ModelError, WeightsChanged
from nlp.heads.tokens import Found, TokenHead
from nlp.redact import Redactor, Span, names_model, surface
from nlp.redact.build import build
from nlp.redact.joining import joined
from nlp.redact.model_names import WINDOW, ModelNames, windows, worth_reading
from nlp.redact.states import Bounds, States, of_words


@pytest.mark.parametrize(
    "text",
    [
        "I already told Wijtze that it fails",
        "my name is wijtze",
        "ask dana about it",
        "Wijtze.",
        "Boonstra, yes",
        "The box went to 6750 Koskikatu 25",
        "it went to 12 mill lane",
        "Dana broke it",
    ],
)
def test_where_a_name_could_be_is_read(text: str) -> None:
    assert worth_reading(text)


@pytest.mark.parametrize(
    "text",
    [
        "the screen goes black when i plug it in",
        "It does that every time. Nothing on it helps.",
        "And then it said error 52 again, so I turned it off",
        "",
        "[PERSON_1]",
    ],
)
def test_where_none_could_be_is_not(text: str) -> None:
    assert not worth_reading(text)


@pytest.mark.parametrize(
    "text", ["", "short", "One. " * 200, "word " * 400, "x" * 1000, "a\n\nb" * 200, " " * 800]
)
def test_windows_leave_nothing_out(text: str) -> None:
    found = list(windows(text))
    assert "".join(text[start:end] for start, end in found) == text
    assert all(0 < end - start <= WINDOW for start, end in found)


def test_windows_end_with_sentences() -> None:
    text = "This is one of them. " * 40
    assert all(text[end - 2 : end] == ". " for _, end in windows(text))


class Asked:
    """States of nothing, which remember what was asked."""

    width = 2

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str], bounds: Sequence[Bounds]) -> list[States]:
        """Zeros, and the word "Tirion" marked."""
        self.texts.extend(texts)
        return [
            np.array([[text[a:b] == "Tirion", text[a:b] == "Mulk"] for a, b in words], np.float32)
            for text, words in zip(texts, bounds, strict=True)
        ]


class Marks(TokenHead):
    """A head that takes the first number of a state for a person, the second for an address."""

    def find(self, features: Sequence[NDArray[np.int32]], states: States) -> list[Found]:
        """One entity a marked word."""
        labels = ("PERSON", "ADDRESS")
        return [
            Found(int(row), int(row), labels[int(column)], 0.9)
            for row, column in zip(*np.nonzero(states), strict=True)
        ]


def finder() -> tuple[ModelNames, Asked]:
    """A finder that knows one name."""
    asked = Asked()
    nothing = np.zeros((1, 1), dtype=np.float32)
    head = Marks(
        labels=(),
        table=nothing,
        inner=nothing,
        inner_bias=nothing,
        convolutions=(),
        outer=nothing,
        outer_bias=nothing,
        lean=nothing,
    )
    return ModelNames(asked, head), asked


def test_spans_stand_where_the_words_do_in_the_whole_text() -> None:
    find, asked = finder()
    text = "it fails again and again. " * 20 + "So I told Tirion."
    assert find([text, "it fails"]) == [
        [Span(text.index("Tirion"), len(text) - 1, "PERSON", 0.9)],
        [],
    ]
    assert len(asked.texts) == 1
    assert len(asked.texts[0]) <= WINDOW


def test_parts_of_an_address_are_one() -> None:
    find, _ = finder()
    assert find(["It went to Mulk, Mulk"]) == [[Span(11, 21, "ADDRESS", 0.9)]]


def test_a_text_is_read_once_however_often_it_is_looked_at() -> None:
    find, asked = finder()
    redactor = Redactor(find)
    assert redactor.redact_text("So I told Tirion") == "So I told [PERSON_1]"
    assert asked.texts.count("So I told Tirion") == 1


@pytest.mark.parametrize(
    ("ruled", "learned", "expected"),
    [
        # They reach as far as either says.
        ([(0, 4, "PERSON", 0.9)], [(0, 11, "PERSON", 0.6)], {(0, 11, "PERSON")}),
        ([(3, 9, "ADDRESS", 0.86)], [(0, 5, "ADDRESS", 0.9)], {(0, 9, "ADDRESS")}),
        # A name that only looks like one needs the model's word; one that is announced does not.
        ([(0, 4, "PERSON", 0.7)], [], set()),
        ([(0, 4, "PERSON", 0.9)], [], {(0, 4, "PERSON")}),
        # Numbers are the rules'.
        ([(0, 9, "EMAIL", 0.9)], [(0, 4, "PERSON", 0.99)], {(0, 9, "EMAIL")}),
        ([(0, 9, "PHONE", 0.8)], [(5, 14, "ADDRESS", 0.99)], {(0, 9, "PHONE")}),
        # But a number inside an address is a part of it.
        ([(6, 11, "PHONE", 0.8)], [(0, 20, "ADDRESS", 0.9)], {(0, 20, "ADDRESS")}),
        ([], [(0, 4, "PERSON", 0.5)], {(0, 4, "PERSON")}),
    ],
)
def test_rules_and_model_are_joined(
    ruled: list[tuple[int, int, str, float]],
    learned: list[tuple[int, int, str, float]],
    expected: set[tuple[int, int, str]],
) -> None:
    found = joined([Span(*one) for one in ruled], [Span(*one) for one in learned])
    assert {(span.start, span.end, span.kind) for span in found} == expected


def test_a_word_has_the_mean_of_its_pieces() -> None:
    states = np.array([[1, 0], [3, 0], [7, 2]], dtype=np.float32)
    found = of_words(states, [(0, 3), (3, 5), (9, 10)], [(0, 5), (6, 8), (9, 10)])
    assert found.tolist() == [[2, 0], [0, 0], [7, 2]]
    assert of_words(states[:0], [], [(0, 1)]).tolist() == [[0, 0]]


def test_how_a_word_is_written_changes_its_features() -> None:
    def rows(text: str) -> set[int]:
        return set(surface.read(text).features[-1].tolist())

    assert rows("ask Tirion") != rows("ask tirion")
    assert rows("ask Tirion") != rows("Tirion")
    assert surface.read("O'Neill-2").bounds == ((0, 1), (1, 2), (2, 7), (7, 8), (8, 9))
    assert max(rows("ask Tirion")) < surface.BUCKETS


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no names model in .*train-names"):
        names_model.open_folder(tmp_path)


def test_a_changed_byte_is_refused(tmp_path: Path) -> None:
    for file in names_model.default_folder().iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    names_model.open_folder(tmp_path)
    path = tmp_path / names_model.HEAD
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(bytes(changed))
    with pytest.raises(WeightsChanged, match="expected SHA-256"):
        names_model.open_folder(tmp_path)


def test_rules_alone_have_no_finder() -> None:
    assert build("rules").names is None


@pytest.fixture(scope="module")
def served(cache: Path) -> Redactor:
    """The redactor as served."""
    return build("model", cache=cache)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (
            "The technician, Wijtze Boonstra, said the board is gone.",
            "The technician, [PERSON_1], said the board is gone.",
        ),
        (
            "Please send the new one to Koskikatu 25, 33100 Tampere, Finland",
            "Please send the new one to [ADDRESS_1]",
        ),
        ("my name is dana and the app crashes", "my name is [PERSON_1] and the app crashes"),
    ],
)
def test_what_is_served_takes_names_and_addresses_out(
    served: Redactor, text: str, clean: str
) -> None:
    assert served.redact_text(text) == clean
    assert served.redact_text(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        "The Bluetooth light on the Tamsel 2 blinks Red and then Green.",
        "Step 4 in the Quick Start Guide is wrong, there is no Mode button on the Orbo X3.",
        "Order AB-4471902 says Delivered, and the firmware is 4.2.17.",
    ],
)
def test_what_is_served_leaves_evidence_in(served: Redactor, text: str) -> None:
    assert served.redact_text(text) == text
