"""Bytes to text: byte order marks, declared and guessed encodings, and what is not text at all."""

import codecs
import re

from charset_normalizer import from_bytes

from nlp.errors import BinaryInput, EmptyInput, OptionError, WrongEncoding

# Longer marks first: the UTF-32 little-endian mark begins with the UTF-16 one.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# First bytes, what they announce, and what to hand in instead (key of _WAY_OUT).
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image", "image"),
    (b"\xff\xd8\xff", "a JPEG image", "image"),
    (b"GIF87a", "a GIF image", "image"),
    (b"GIF89a", "a GIF image", "image"),
    (b"II*\x00", "a TIFF image", "image"),
    (b"MM\x00*", "a TIFF image", "image"),
    (b"%PDF-", "a PDF document", "document"),
    (b"{\\rtf", "an RTF document", "document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document or Outlook message", "document"),
    (b"!BDN", "an Outlook mailbox (PST)", "mailbox"),
    (b"ID3", "an MP3 recording", "sound"),
    (b"\xff\xfb", "an MP3 recording", "sound"),
    (b"\xff\xf3", "an MP3 recording", "sound"),
    (b"\xff\xf2", "an MP3 recording", "sound"),
    (b"OggS", "an Ogg recording", "sound"),
    (b"fLaC", "a FLAC recording", "sound"),
    (b"#!AMR", "an AMR recording", "sound"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM recording", "sound"),
    (b"\x1f\x8b", "a gzip archive", "archive"),
    (b"BZh", "a bzip2 archive", "archive"),
    (b"\xfd7zXZ\x00", "an xz archive", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "archive"),
    (b"Rar!\x1a\x07", "a RAR archive", "archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "archive"),
    (b"\x7fELF", "an executable (ELF)", "program"),
    (b"MZ", "an executable (Windows)", "program"),
    (b"\xca\xfe\xba\xbe", "an executable (Java or macOS)", "program"),
    (b"\xcf\xfa\xed\xfe", "an executable (macOS)", "program"),
    (b"\x00asm", "an executable (WebAssembly)", "program"),
    (b"SQLite format 3\x00", "a SQLite database", "table"),
    (b"PAR1", "a Parquet table", "table"),
    (b"ARROW1", "an Arrow table", "table"),
)
_WAY_OUT = {
    "image": "hand in the text that it shows",
    "document": "save it as plain text, CSV or .eml first",
    "mailbox": "export it as .eml or mbox first",
    "sound": "hand in its transcript (.vtt, .srt, .txt or a recogniser's JSON)",
    "archive": "unpack it, or hand in a .zip",
    "program": "hand in a transcript or a mail",
    "table": "export it as CSV or JSON Lines first",
}
_ACCEPTED = (
    "accepted are transcripts (.txt, .vtt, .srt, .json, .jsonl, .csv), mails and .zip archives"
)

# Magic numbers that are also plausible first letters of a text: believed only beside a NUL.
_ALSO_LETTERS = frozenset({b"MZ", b"ID3", b"BZh", b"PAR1", b"ARROW1", b"!BDN"})

# What charset-normalizer chooses from: what exports are met in, without the Mac and EBCDIC pages
# that it likes for short texts.
_CANDIDATES = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("koi8_r", "iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9"),
    *("cp932", "euc_jp", "iso2022_jp", "gb18030", "big5", "cp949", "euc_kr"),
)
# A sign between two letters, or a superscript, question mark … at a word's end. Spared: the
# apostrophe, the middle dot and the ordinal marks.
_SIGNS = (
    "\u00a1-\u00a9\u00ab-\u00b6\u00b8\u00b9\u00bb-\u00bf\u00d7\u00f7\u20ac\u201a\u201e-\u2026\u2020\u2021"
    "\u02c6\u2030\u2039\u2018\u201c\u201d\u2022\u02dc\u2122\u203a"
)
_SIGN_IN_WORD = re.compile(rf"[^\W\d_][{_SIGNS}][^\W\d_]|\w[\u00b9\u00b3\u00bf]\b")

_HEAD = 4096
_SAMPLE = 65536
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROL = 0.02  # a text may hold a stray form feed or escape; one in fifty is another thing


def decode(data: bytes, *, name: str, encoding: str | None = None) -> str:
    r"""Turn the bytes of one input into text with newlines as `\n`.

    In this order: the encoding that was asked for, a byte order mark, UTF-16 or UTF-32 without a
    mark, UTF-8 (with single stray bytes read as Windows-1252, as mixed exports have them), and what
    charset-normalizer finds.

    Args:
        data: the bytes.
        name: the input's name, for errors.
        encoding: a name that Python knows ("cp1252"), or None to find out.

    Raises:
        EmptyInput: there are no bytes.
        BinaryInput: an image, a recording, an archive …, or bytes that are no text.
        WrongEncoding: not text in the encoding that was asked for or that the mark declares.
        OptionError: there is no such encoding.
    """
    if not data:
        raise EmptyInput("no bytes", source=name)
    if encoding is not None:
        return _newlines(_decode_as(data, encoding, name=name))
    for mark, marked in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            return _newlines(_decode_as(rest, marked, name=name, offset=len(mark)))
    _refuse_binary(data, name=name)
    wide = _wide_without_mark(data)
    text = _decode_as(data, wide, name=name) if wide else _decode_narrow(data, name=name)
    return _newlines(text)


def _newlines(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removeprefix("\ufeff")


def _decode_as(data: bytes, encoding: str, *, name: str, offset: int = 0) -> str:
    try:
        return data.decode(encoding)
    except LookupError as error:
        raise OptionError(
            f"no encoding is called {encoding!r}; use a name that Python knows, such as 'utf-8', "
            "'cp1252', 'latin-1' or 'utf-16', or leave it out to have it found"
        ) from error
    except UnicodeError as error:
        at = offset + (error.start if isinstance(error, UnicodeDecodeError) else 0)
        raise WrongEncoding(
            f"not text in {encoding}; leave the encoding out to have it found, or name another",
            source=name,
            where=f"byte {at}",
        ) from error


def _refuse_binary(data: bytes, *, name: str) -> None:
    head = data[:_HEAD]
    found = _kind(head)
    if found:
        what, way_out = found
        raise BinaryInput(f"this is {what}, not text; {way_out}", source=name, where="byte 0")


def _kind(head: bytes) -> tuple[str, str] | None:
    """What the first bytes announce and the way out, or None."""
    for magic, what, way in _MAGIC:
        if head.startswith(magic) and (magic not in _ALSO_LETTERS or b"\x00" in head):
            return what, _WAY_OUT[way]
    if head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"AVI ", b"WEBP"):
        return ("an image", _WAY_OUT["image"]) if head[8:12] == b"WEBP" else _riff(head)
    if head[4:8] == b"ftyp":
        return "an MP4 recording", _WAY_OUT["sound"]
    if head[257:262] == b"ustar":
        return "a tar archive", _WAY_OUT["archive"]
    if head.startswith(b"PK\x03\x04"):
        office = b"[Content_Types].xml" in head or b"mimetypeapplication/vnd.oasis" in head
        what = "an Office document" if office else "a zip archive"
        return what, _WAY_OUT["document" if office else "archive"]
    return None


def _riff(head: bytes) -> tuple[str, str]:
    return ("a WAV recording" if head[8:12] == b"WAVE" else "an AVI video"), _WAY_OUT["sound"]


def _wide_without_mark(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark shows as NULs at every second, or three of four, places."""
    head = data[:_HEAD]
    head = head[: len(head) // 4 * 4]
    if len(head) < 4 or b"\x00" not in head:
        return None
    quarter = len(head) // 4
    nulls = [head[place::4].count(0) / quarter for place in range(4)]
    for encoding, expected in (
        ("utf-32-le", (0, 1, 1, 1)),
        ("utf-32-be", (1, 1, 1, 0)),
        ("utf-16-le", (0, 1, 0, 1)),
        ("utf-16-be", (1, 0, 1, 0)),
    ):
        if all(abs(part - share) < 0.3 for part, share in zip(nulls, expected, strict=True)):
            return encoding
    return None


def _decode_narrow(data: bytes, *, name: str) -> str:
    null = data.find(b"\x00")
    if null >= 0:
        raise BinaryInput(
            f"a NUL byte, so this is not text; {_ACCEPTED}", source=name, where=f"byte {null}"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = _mixed_utf8(data) or _guess(data, name=name, first_bad=error.start)
    sample = text[:_SAMPLE]
    if len(_CONTROL.findall(sample)) > max(1, _MOST_CONTROL * len(sample)):
        raise BinaryInput(f"mostly control characters, not text; {_ACCEPTED}", source=name)
    return text


def _mixed_utf8(data: bytes) -> str | None:
    """UTF-8 with a few stray bytes, or cut within its last character; None if it is not."""
    text = data.decode("utf-8", errors="surrogateescape")
    stray = sum(1 for mark in text if "\udc80" <= mark <= "\udcff")
    beyond_ascii = sum(1 for mark in text if mark > "\x7f") - stray
    if stray * 4 > beyond_ascii:
        return None
    return re.sub(
        "[\udc80-\udcff]",
        lambda found: bytes([ord(found.group()) - 0xDC00]).decode("cp1252", errors="replace"),
        text,
    )


def _guess(data: bytes, *, name: str, first_bad: int) -> str:
    sample = data[max(0, first_bad - _SAMPLE // 2) :][:_SAMPLE]
    western = _western(sample)
    if western:
        return _decode_as(data, western, name=name)
    best = from_bytes(sample, cp_isolation=list(_CANDIDATES)).best()
    if best is None:
        raise BinaryInput(
            f"not text in any encoding that is known; {_ACCEPTED}",
            source=name,
            where=f"byte {first_bad}",
        )
    return _decode_as(data, best.encoding, name=name)


def _western(sample: bytes) -> str | None:
    """Windows-1252 or -1250 where the bytes look like it, or None.

    charset-normalizer is unsure of short texts with a few accents and answers with Mac or East
    Asian code pages. In a Latin alphabet accented letters stand alone or in pairs, and in the right
    code page no sign such as a superscript three stands between two letters.
    """
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    if sum(run for run in runs if run >= 3) > 0.2 * sum(runs):
        return None
    for encoding in ("cp1252", "cp1250"):
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _SIGN_IN_WORD.search(text):
            return encoding
    return None
