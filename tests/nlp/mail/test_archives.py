"""Mailboxes and zip archives: the good is read, the bad is named, the hostile is stopped."""

import contextlib
import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.errors import BinaryInput, BrokenInput, EmptyInput, ReadError, TooLarge
from nlp.readers import read, zip_archive
from nlp.readers.base import MEBIBYTE, ReadOptions
from nlp.readers.mbox import split_mailbox
from nlp.types import Interaction, Rejected

SAMPLES = Path(__file__).parents[2] / "data" / "mail"
MAIL = b"From: Ada Pell <ada@pell.example>\nSubject: Lamp\n\nThe lamp flickers.\n"


def packed(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sources(data: bytes, options: ReadOptions | None = None) -> list[tuple[str, str]]:
    """Each item's source with its format, or with the code of its rejection."""
    return [
        (item.source, item.code if isinstance(item, Rejected) else item.format)
        for item in read(data, name="a.zip", options=options or ReadOptions())
    ]


def test_mailbox_sample() -> None:
    items = list(read((SAMPLES / "mbox.mbox").read_bytes(), name="in.mbox"))
    assert [item.source for item in items] == ["in.mbox#1", "in.mbox#2", "in.mbox#3"]
    first, second, third = items
    assert isinstance(first, Interaction)
    assert isinstance(second, Interaction)
    assert [turn.text for turn in second.turns] == [
        "The scanner whines like a kettle.",
        "From the second page on it is unbearable.",
        "From here on I only use the old one.",
    ]
    assert isinstance(third, Rejected)
    assert (third.code, "in.mbox#3" in third.message) == ("empty", True)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_mailbox_separators(newline: bytes) -> None:
    separator = b"From ada@pell.example Tue Mar  4 09:12:31 2025\n"
    data = separator + MAIL + b"\nFrom 9:30 on it hums.\n\n>>From twice.\n\n" + separator + MAIL
    messages = list(split_mailbox(data.replace(b"\n", newline)))
    assert len(messages) == 2
    assert b"From 9:30 on it hums." in messages[0]
    assert newline + b">From twice." in messages[0]


def test_no_mailbox() -> None:
    with pytest.raises(BrokenInput, match='no "From " line'):
        list(read(MAIL, name="x", format="mbox"))


def test_archive_sample() -> None:
    assert sources((SAMPLES / "zip.zip").read_bytes()) == [
        ("a.zip/march/kettle.eml", "eml"),
        ("a.zip/march/coffee.eml", "eml"),
        ("a.zip/march/photo.png", "binary"),
    ]


def test_folders_and_archives_in_archives() -> None:
    inner = packed({"deep/b.eml": MAIL, "bad.bin": b"\x00\x01\x02\x03"})
    data = packed({"x/y/a.eml": MAIL, "inner.zip": inner, ".hidden": MAIL, "empty/": b""})
    assert sources(data) == [
        ("a.zip/x/y/a.eml", "eml"),
        ("a.zip/inner.zip/deep/b.eml", "eml"),
        ("a.zip/inner.zip/bad.bin", "binary"),
    ]


def test_archives_nested_too_deep() -> None:
    data = packed({"c.eml": MAIL})
    for name in ("three.zip", "two.zip", "one.zip"):
        data = packed({name: data, "a.eml": MAIL})
    found = sources(data)
    assert ("a.zip/one.zip/two.zip/three.zip", "too_large") in found
    assert ("a.zip/one.zip/two.zip/a.eml", "eml") in found


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.eml", "x/../../a.eml", "C:/a.eml"])
def test_paths_that_lead_outside(name: str) -> None:
    assert sources(packed({name: MAIL, "b.eml": MAIL})) == [
        (f"a.zip/{name}", "broken"),
        ("a.zip/b.eml", "eml"),
    ]


def test_links_and_encrypted_entries() -> None:
    link = zipfile.ZipInfo("link.eml")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "b.eml")
        archive.writestr("secret.eml", MAIL)
        archive.writestr("b.eml", MAIL)
    data = bytearray(buffer.getvalue())
    local, central = data.index(b"secret.eml") - 30, data.rindex(b"secret.eml") - 46
    data[local + 6] |= 1
    data[central + 8] |= 1
    items = list(read(bytes(data), name="a.zip"))
    rejected = {item.source: item.message for item in items if isinstance(item, Rejected)}
    assert "it is a link" in rejected["a.zip/link.eml"]
    assert "encrypted" in rejected["a.zip/secret.eml"]
    assert [item.source for item in items if isinstance(item, Interaction)] == ["a.zip/b.eml"]


def test_a_damaged_entry() -> None:
    data = bytearray(packed({"a.eml": MAIL * 50, "b.eml": MAIL}))
    data[60] ^= 0xFF
    assert sources(bytes(data)) == [("a.zip/a.eml", "broken"), ("a.zip/b.eml", "eml")]


@pytest.mark.parametrize("kept", [10, 60, -1])
def test_a_truncated_archive(kept: int) -> None:
    with pytest.raises(BrokenInput, match="cut off or damaged"):
        list(read(packed({"a.eml": MAIL, "b.eml": MAIL})[:kept], name="a.zip"))


def test_empty_archives() -> None:
    for data in (packed({}), packed({"__MACOSX/x": b"x", ".DS_Store": b"x"})):
        with pytest.raises(EmptyInput, match="no files"):
            list(read(data, name="a.zip"))


def test_office_documents_are_not_archives() -> None:
    document = packed({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    with pytest.raises(BinaryInput, match="office document"):
        list(read(document, name="a.docx"))
    assert sources(packed({"a.docx": document, "b.eml": MAIL})) == [
        ("a.zip/a.docx", "binary"),
        ("a.zip/b.eml", "eml"),
    ]


def test_a_bomb_is_stopped_by_its_ratio() -> None:
    bomb = packed({"bomb.txt": b"0" * (16 * MEBIBYTE), "b.eml": MAIL})
    assert sources(bomb) == [("a.zip/bomb.txt", "too_large"), ("a.zip/b.eml", "eml")]


def test_the_stated_size_is_not_believed() -> None:
    data = bytearray(packed({"bomb.txt": b"0" * (16 * MEBIBYTE)}))
    central = data.rindex(b"bomb.txt") - 46
    data[central + 24 : central + 28] = struct.pack("<I", 100)
    ((source, code),) = sources(bytes(data))
    assert source == "a.zip/bomb.txt"
    assert code in ("broken", "too_large")


def test_the_sum_over_nested_archives_is_limited() -> None:
    inner = packed({f"{number}.eml": MAIL + b"x" * 40_000 for number in range(10)})
    data = packed({"a.eml": MAIL, "one.zip": inner, "two.zip": inner})
    with pytest.raises(TooLarge, match="unpacks to more than 600,000 bytes"):
        list(read(data, name="a.zip", options=ReadOptions(max_unpacked_bytes=600_000)))


def test_one_entry_over_the_limit() -> None:
    data = packed({"big.eml": MAIL * 5000, "b.eml": MAIL})
    options = ReadOptions(max_bytes=100_000)
    assert sources(data, options) == [("a.zip/big.eml", "too_large"), ("a.zip/b.eml", "eml")]


def test_too_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_archive, "MOST_ENTRIES", 3)
    with pytest.raises(TooLarge, match="more than 3 entries"):
        list(read(packed({f"{number}.eml": MAIL for number in range(4)}), name="a.zip"))


def test_an_entry_without_a_name_leaves_the_others() -> None:
    archive = packed({"a.eml": MAIL, "b.eml": MAIL}).replace(b"b.eml", b"\0.eml")
    assert [item.source for item in read(archive, name="a.zip")] == ["a.zip/a.eml"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_flipped_bytes_raise_only_read_errors(data: st.DataObject) -> None:
    archive = bytearray(packed({"a.eml": MAIL, "b.zip": packed({"c.eml": MAIL})}))
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(4, len(archive) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(ReadError):
        assert all(item.source.startswith("a.zip") for item in read(bytes(archive), name="a.zip"))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["mbox", "zip"]))
def test_random_bytes_raise_only_read_errors(data: bytes, key: str) -> None:
    head = {"mbox": b"From a@a.example Tue Mar  4 09:12:31 2025\nFrom: a\n", "zip": b"PK\x03\x04"}
    for content in (data, head[key] + data):
        with contextlib.suppress(ReadError):
            assert all(item.source for item in read(content, name="x", format=key))
