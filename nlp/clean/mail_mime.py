"""The envelope of a mail: header fields, character sets, and which of its parts is the text.

Parsed with the standard library under its older policy (`compat32`): the newer one raises on header
fields that real mails have, while this one gives every field as it was sent. Nothing here raises
on what a mail says of itself; a wrong or unknown character set is found out instead.
"""

import binascii
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_tz

from nlp.clean.encoding import decode
from nlp.clean.html import html_to_text
from nlp.clean.mail_paragraphs import unflow
from nlp.errors import ReadError

DEEPEST_PART = 40
LONGEST_FIELD = 20_000

_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_SPACES = re.compile(r"\s+")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD_LINE = re.compile(rb"([!-9;-~]{1,76})([ \t]*):")
# Declared as one thing, sent as its superset: what the WHATWG Encoding Standard maps as well.
_SUPERSETS = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8",
    "utf8mb4": "utf-8",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
}
# Python's own codecs that are no character sets of mails.
_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "undefined"}
)
_STUB = re.compile(
    r"(?:html|rich text).{0,80}(?:mail|client|browser|version|enabled|support|view|display|format)"
    r"|(?:view|read|open|see).{0,40}(?:in (?:a|your) (?:web )?browser|online)"
    r"|(?:client|programm|reader).{0,60}html|nicht korrekt dargestellt|version html",
    re.IGNORECASE | re.DOTALL,
)
_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} (\S[^\n]{0,200})\n(?:[ -`]{1,62}\n)*?(?:[ `]?\n)?end[ \t]*$", re.MULTILINE
)
_HTML_START = re.compile(r"\s*(?:<!doctype html|<html)[\s>]", re.IGNORECASE)
_ENRICHED = re.compile(r"<(/?[a-zA-Z]+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBody:
    """What a mail's parts hold.

    Attributes:
        text: its text as plain text, quotes marked by `>`; "" where no part is text.
        attachments: names of the files that came with it, or their types where they have none.
        attached: mails that came as attachments.
        report: whether a mail server wrote it, to report a delivery.
        encrypted: whether a part is encrypted.
    """

    text: str
    attachments: tuple[str, ...]
    attached: tuple["Message", ...]
    report: bool
    encrypted: bool


def parse_mail(data: bytes) -> Message:
    """The message in some bytes; any bytes are a message, if need be one without header fields."""
    return email.message_from_bytes(_mended(data), policy=email.policy.compat32)


def _mended(data: bytes) -> bytes:
    """The message with a broken line among its header fields made part of the field above.

    The parser would end the header fields there. The obsolete space before a colon goes as well
    (RFC 5322, section 4.5).
    """
    blank = _BLANK_LINE.search(data)
    head, rest = (data[: blank.start()], data[blank.start() :]) if blank else (data, b"")
    lines = head.split(b"\n")
    fields = [_FIELD_LINE.match(line) for line in lines]
    if all(fields) and b" :" not in head:
        return data
    last = max((index for index, match in enumerate(fields) if match is not None), default=0)
    for index in range(1, last):
        if fields[index] is None and not lines[index].startswith((b" ", b"\t")):
            lines[index] = b" " + lines[index]
    for index, match in enumerate(fields):
        if match is not None and match.group(2):
            lines[index] = match.group(1) + b":" + lines[index][match.end() :]
    return b"\n".join(lines) + rest


def decode_bytes(data: bytes, charset: str | None) -> str:
    """Text in the character set that is declared, or else in the one that it is in."""
    name = (charset or "").strip().strip("\"'").lower()
    name = _SUPERSETS.get(name, name)
    if name and name not in _NOT_CHARSETS and name not in ("us-ascii", "ascii", "unknown-8bit"):
        try:
            return data.decode(name)
        except (LookupError, ValueError):
            pass  # not in that set, or no such set: find out below
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return decode(data, name="mail") if len(data) >= 40 else data.decode("cp1252")
    except (ReadError, UnicodeDecodeError):
        return data.decode("latin-1")


def _raw_fields(message: Message, name: str) -> Iterator[str]:
    """The values of a header field as they were sent, unfolded."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            raw = str(value)[:LONGEST_FIELD].encode("utf-8", "surrogateescape")
            text = decode_bytes(raw, None)
            yield _SPACES.sub(" ", text).strip()


def decode_words(raw: str) -> str:
    """A header field with its encoded words read (RFC 2047)."""
    if "=?" not in raw:
        return raw
    try:
        chunks = decode_header(raw)
    except (ValueError, binascii.Error, email.errors.HeaderParseError):
        return raw
    text = "".join(
        chunk if isinstance(chunk, str) else decode_bytes(chunk, charset)
        for chunk, charset in chunks
    )
    return _SPACES.sub(" ", text).strip()


def header(message: Message, name: str) -> str:
    """The first header field of a name, decoded; "" where there is none."""
    raw = next(_raw_fields(message, name), "")
    return decode_words(raw)


def addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Display names and addresses in all header fields of a name; either may be ""."""
    found: list[tuple[str, str]] = []
    for raw in _raw_fields(message, name):
        pairs = [pair for pair in getaddresses([raw]) if any(pair)]
        if not pairs:
            match = _ADDRESS.search(raw)
            pairs = [("", match.group())] if match is not None else []
        found.extend((decode_words(display).strip(" \"'"), address) for display, address in pairs)
    return found


def sent_at(message: Message) -> datetime | None:
    """When it was sent, or else when the last server got it; UTC where no time zone is stated."""
    received = next(_raw_fields(message, "Received"), "")
    for raw in (next(_raw_fields(message, "Date"), ""), received.rpartition(";")[2]):
        try:
            parts = parsedate_tz(decode_words(raw))
            if parts is None:
                continue
            if not 1950 <= parts[0] <= 2200:
                continue
            zone = timezone(timedelta(seconds=parts[9])) if parts[9] else UTC
            return datetime(*parts[:6], tzinfo=zone)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
    return None


def mail_body(message: Message) -> MailBody:
    """The text of a mail, and what came with it.

    Of a `multipart/alternative` the plain text is taken, unless it is empty or says no more than
    that the mail is HTML.
    """
    parts = _Parts()
    parts.add(message, 0)
    text = "\n\n".join(text for text in parts.texts if text.strip())
    names = list(parts.attachments)

    def name_file(match: re.Match[str]) -> str:
        names.append(match.group(1).strip())
        return ""

    text = _UUENCODED.sub(name_file, text) if "\nend" in text else text
    return MailBody(
        text=text,
        attachments=tuple(names),
        attached=tuple(parts.attached),
        report=message.get_content_type() == "multipart/report",
        encrypted=parts.encrypted,
    )


class _Parts:
    """Collects what the parts of one mail hold."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.attachments: list[str] = []
        self.attached: list[Message] = []
        self.encrypted = False

    def add(self, part: Message, depth: int) -> None:
        """Sort one part, and the parts in it, into text, attachments and mails."""
        if depth > DEEPEST_PART:
            return
        kind = part.get_content_type()
        children = _children(part)
        if kind == "message/rfc822" or (part.get_content_maintype() == "message" and children):
            if kind in ("message/rfc822", "message/global"):
                self.attached.extend(children[:1])
        elif part.is_multipart():
            self._add_multipart(kind, children, depth)
        elif self._is_text(part, kind):
            self.texts.append(part_text(part))
        elif kind not in ("application/pgp-signature", "application/pkcs7-signature"):
            self.encrypted = self.encrypted or kind in (
                "application/pgp-encrypted",
                "application/pkcs7-mime",
                "application/x-pkcs7-mime",
            )
            self._attach(part)

    def _add_multipart(self, kind: str, children: list[Message], depth: int) -> None:
        """Sort the parts of a multipart by what its kind says of them."""
        if kind == "multipart/alternative":
            self._add_alternative(children, depth)
        elif kind == "multipart/report":
            for child in children[:1]:
                self.add(child, depth + 1)
        elif kind == "multipart/encrypted":
            self.encrypted = True
        else:
            for child in children:
                self.add(child, depth + 1)

    def _add_alternative(self, children: list[Message], depth: int) -> None:
        """Take the best of several versions of one text; attachments of all."""
        versions: list[tuple[bool, str]] = []
        for child in children:
            inner = _Parts()
            inner.add(child, depth + 1)
            self.attachments.extend(name for name in inner.attachments if name)
            self.attached.extend(inner.attached)
            text = "\n\n".join(text for text in inner.texts if text.strip())
            if text.strip():
                versions.append((child.get_content_type() == "text/plain", text))
        plain = next((text for is_plain, text in versions if is_plain), "")
        other = next((text for is_plain, text in reversed(versions) if not is_plain), "")
        if plain and not (other and _is_stub(plain, other)):
            self.texts.append(plain)
        elif other:
            self.texts.append(other)

    def _is_text(self, part: Message, kind: str) -> bool:
        """Whether a part is meant to be read as the mail's own text."""
        if kind not in ("text/plain", "text/html", "text/enriched", "text/richtext"):
            return False
        disposition = part.get_content_disposition()
        return disposition != "attachment" and not (disposition is None and _file_name(part))

    def _attach(self, part: Message) -> None:
        """Note a part's name; images shown in an HTML text have none worth noting."""
        shown = part.get_content_maintype() == "image" and part.get("Content-ID") is not None
        name = _file_name(part)
        if name or not shown:
            self.attachments.append(name or part.get_content_type())


def _children(part: Message) -> list[Message]:
    """The parts in a part; asked only of those that have some, the others may raise."""
    payload: object = part.get_payload() if part.is_multipart() else []
    found = payload if isinstance(payload, list) else []
    return [child for child in found if isinstance(child, Message)]


def _file_name(part: Message) -> str:
    """A part's file name, decoded, or ""."""
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        return ""
    name = decode_words(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    return _ADDRESS.sub("", _SPACES.sub(" ", name)).strip()[:100]


def _is_stub(plain: str, other: str) -> bool:
    """Whether a plain version only says that there is an HTML one, and not what that one says."""
    if len(plain) >= 400 or _STUB.search(plain) is None:
        return False
    words = set(other.casefold().split())
    said = [word in words for word in plain.casefold().split()]
    return sum(said) < 0.6 * len(said)


def part_text(part: Message) -> str:
    """The text of a text part: transfer encoding, character set, HTML and soft breaks undone."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        charset = part.get_content_charset()
        flowed = str(part.get_param("format", "")).lower() == "flowed"
        delete_space = str(part.get_param("delsp", "")).lower() == "yes"
    except (ValueError, LookupError, TypeError):
        charset, flowed, delete_space = None, False, False
    text = decode_bytes(data, charset).replace("\x00", "")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kind = part.get_content_type()
    if kind == "text/html" or _HTML_START.match(text):
        return html_to_text(text)
    if kind in ("text/enriched", "text/richtext"):
        return _ENRICHED.sub("", text)
    return unflow(text, delete_space=delete_space) if flowed else text
