"""Bytes to text: marks, guesses, mixtures, newlines."""

import pytest

from nlp.clean.encoding import decode
from nlp.errors import BinaryInput, EmptyInput, OptionError, WrongEncoding

TEXTS = [
    ("Agent: Bonjour, où êtes-vous ? Ça n'a pas marché.", "cp1252"),
    ("Kunde: Das Gerät läuft nicht mehr, schöne Grüße aus Köln.", "latin-1"),
    ("Client: El teléfono no funciona. ¿Por qué?", "cp1252"),
    ("Customer: it’s “broken” – again", "cp1252"),
    ("Customer: £20 off", "latin-1"),
    ("Klient: Dzień dobry, mój telefon nie działa, proszę o pomoc", "cp1250"),
    ("Agent: Здравствуйте, чем могу помочь? Телефон не работает", "cp1251"),
    ("お電話ありがとうございます。プリンターが動きません。", "shift_jis"),
    ("Agent: 您好,请问有什么可以帮您", "gb18030"),
    ("Agent: plain words", "utf-16-le"),
    ("Agent: plain words", "utf-16-be"),
    ("Agent: plain words", "utf-32-le"),
    ("Agent: grüße", "utf-8-sig"),
    ("Agent: grüße", "utf-16"),
    ("Agent: grüße", "utf-32"),
]


@pytest.mark.parametrize(("text", "encoding"), TEXTS)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), name="x") == text


def test_newlines_are_one_character() -> None:
    assert decode(b"a\r\nb\rc\nd", name="x") == "a\nb\nc\nd"


def test_stray_bytes_in_utf8_are_read_as_windows_1252() -> None:
    data = "größer, schöner, weiter – ".encode() + b"it\x92s"
    assert decode(data, name="x").endswith("it\u2019s")


def test_the_last_character_may_be_cut() -> None:
    assert decode("ähnlich größer schöner ü".encode()[:-1], name="x").startswith("ähnlich größer")


@pytest.mark.parametrize(
    ("data", "encoding", "error", "match"),
    [
        (b"", None, EmptyInput, "no bytes"),
        (b"a\x00b", None, BinaryInput, "byte 1: a NUL byte"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08", None, BinaryInput, "control characters"),
        (b"abc\xff", "utf-8", WrongEncoding, "byte 3"),
        (b"\xff\xfea", None, WrongEncoding, "utf-16-le"),
        (b"abc", "klingon", OptionError, "no encoding is called 'klingon'"),
        (b"abc", "hex", OptionError, "no encoding is called 'hex'"),
    ],
)
def test_what_is_no_text(
    data: bytes, encoding: str | None, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        decode(data, name="x", encoding=encoding)


def test_words_that_begin_like_a_program_are_text() -> None:
    assert decode(b"MZ is how the model begins", name="x").startswith("MZ")
