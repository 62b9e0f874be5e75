"""Mails as they were sent: RFC 5322 header fields and MIME parts (`.eml`).

Who speaks: the sender is the agent where `ReadOptions.agent` has their address, their domain
("@example.com") or their name, else the customer. What the writer quotes in order to answer it
comes as a turn before the answer; other history is left out. Under an agent's mail, the message
that it answers is the customer's, and comes first. A forwarded mail with few words above it
speaks for the customer.

A salutation stays, as the first turn; the farewell and what stands under it do not, because a name
and a telephone number are all they hold.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message

from nlp.clean.mail import MailParts, split_mail
from nlp.clean.mail_mime import MailBody, addresses, header, mail_body, parse_mail, sent_at
from nlp.clean.mail_paragraphs import paragraphs
from nlp.clean.mail_quotes import embedded_fields, find_start, is_quote, next_filled
from nlp.clean.mail_words import FORWARD_SUBJECT
from nlp.errors import BrokenInput, EmptyInput
from nlp.readers.base import Document, Format, ReadOptions
from nlp.types import Interaction, Rejected, Roles, Speaker, Turn

# Under a forward, so many words of one's own are a mail of one's own.
FEW_WORDS = 25
DEEPEST_FORWARD = 3
MOST_ATTACHMENTS = 20

_FORWARD_SUBJECT = re.compile(FORWARD_SUBJECT, re.IGNORECASE)
_FIELD_LINE = re.compile(rb"^([!-9;-~]{1,76})[ \t]*:")
_KNOWN_FIELDS = frozenset(
    (
        b"from to cc subject date message-id mime-version received return-path content-type sender"
        b" reply-to delivered-to in-reply-to references x-mailer dkim-signature user-agent"
        b" content-transfer-encoding x-originating-ip list-id thread-topic bcc"
    ).split()
)
_NAME_BEFORE_ADDRESS = re.compile(r"([^\d,<>:]{2,60}?)\s*<")
# A transcript may begin with a date and a subject; these only a mail has.
_SURE_FIELDS = frozenset(
    (b"from", b"message-id", b"mime-version", b"received", b"return-path", b"content-type")
)
_ROLE_NAME = re.compile(
    r"\b(?:support|team|service|info|sales|help|desk|no-?reply|customer|care|admin|billing|office"
    r"|contact|mailer|daemon|system|postmaster|notifications?|newsletter|list|users|undisclosed|recipients"
    r"|kundenservice|vertrieb|buchhaltung|atención|clientes?|service client)\b|@|\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """Words with their speaker, before they are numbered as turns."""

    speaker: Speaker
    text: str


def detect(document: Document) -> bool:
    """Whether the input begins with header fields of a mail."""
    head = document.data[:16384].lstrip(b"\xef\xbb\xbf\r\n")
    known: set[bytes] = set()
    broken = 0
    for line in head.splitlines()[:200]:
        if not line.strip():
            break
        match = _FIELD_LINE.match(line)
        if match is not None:
            known |= {match.group(1).lower()} & _KNOWN_FIELDS
        elif not line.startswith((b" ", b"\t")):
            broken += 1
            if broken > 1:
                return False
    return len(known) >= (4 if broken else 2) and bool(known & _SURE_FIELDS)


def read(document: Document, options: ReadOptions) -> Iterator[Interaction | Rejected]:
    """Read one mail.

    Raises:
        EmptyInput: it has no text, or none that its sender wrote.
        BrokenInput: it is no mail, or its parts are nested too deeply.
    """
    try:
        message = parse_mail(document.data.lstrip(b"\xef\xbb\xbf\r\n"))
        yield read_message(message, document, options)
    except RecursionError as error:
        raise BrokenInput("its MIME parts are nested too deeply", source=document.name) from error


def read_message(message: Message, document: Document, options: ReadOptions) -> Interaction:
    """One parsed mail as an interaction; errors as `read`."""
    if not message.keys():
        raise BrokenInput(
            "no header fields (From:, Subject: …) stand at its beginning; a mail has them, "
            "separated from the text by a blank line",
            source=document.name,
        )
    body = mail_body(message)
    if not body.text.strip() and not body.attached:
        reason = "it is encrypted" if body.encrypted else "no text part"
        raise EmptyInput(f"{reason}; hand in the mail with its text", source=document.name)
    speakers = _Speakers(message, options)
    parts = split_mail(body.text, sender=speakers.sender_names)
    said, roles = _conversation(message, body, parts, speakers)
    if not said:
        raise EmptyInput(
            "no words of the sender: only quoted text, a signature or attachments",
            source=document.name,
        )
    return Interaction(
        id=_identifier(message, document),
        source=document.name,
        format="eml",
        channel=options.channel or "email",
        turns=tuple(
            Turn(index=index, speaker=words.speaker, text=words.text)
            for index, words in enumerate(said)
        ),
        roles=roles,
        started_at=sent_at(message),
        subject=header(message, "Subject") or None,
        metadata=_metadata(message, body),
        names=_names(message, body, parts),
    )


def _identifier(message: Message, document: Document) -> str:
    """16 hex digits that stand for the Message-ID, which itself may name the customer's host."""
    identifier = header(message, "Message-ID").strip("<> ")
    if not identifier:
        return document.digest
    return hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class _Speakers:
    """Tells the agent from the customer by address, as far as the caller said how."""

    def __init__(self, message: Message, options: ReadOptions) -> None:
        self.agents = tuple(label.casefold() for label in options.agent)
        self.customers = tuple(label.casefold() for label in options.customer)
        self.sender_names = tuple(
            name for name, _ in addresses(message, "From") + addresses(message, "Sender") if name
        )
        senders = addresses(message, "From") or addresses(message, "Sender")
        self.told = bool(self.agents or self.customers)
        self.sender = self._of(senders)

    def _of(self, people: Sequence[tuple[str, str]]) -> Speaker:
        if any(
            _matches(label, name, address) for label in self.customers for name, address in people
        ):
            return "customer"
        if any(_matches(label, name, address) for label in self.agents for name, address in people):
            return "agent"
        return "customer"

    def of_line(self, line: str) -> Speaker:
        """The speaker that an attribution or a From field names; the customer in doubt."""
        words = line.casefold()
        found = any(label in words for label in self.agents)
        return (
            "agent" if found and not any(label in words for label in self.customers) else "customer"
        )


def _matches(label: str, name: str, address: str) -> bool:
    """Whether a label (an address, "@domain" or a name) is this person's."""
    address = address.casefold()
    if label.startswith("@"):
        return address.endswith((label, f".{label[1:]}"))
    return label in (address, name.casefold())


def _conversation(
    message: Message, body: MailBody, parts: MailParts, speakers: _Speakers
) -> tuple[list[_Said], Roles]:
    """Everybody's words in the order in which they were said, and how the speakers were told."""
    if body.report:
        words = _own(parts, "other", "other")
        return words, Roles(source="file", confidence=1.0, note="A mail server's report.")
    forwarded = _forwarded(message, body, parts, speakers)
    if forwarded:
        own = _own(parts, speakers.sender, "other")
        note = "A forwarded mail: its words are taken as the customer's, whoever passed it on."
        return [*own, *forwarded], _roles(speakers, note, 0.6)
    if speakers.sender == "agent":
        asked = _answered(parts, speakers)
        note = "Sent by an agent" + (
            "; the mail that is quoted under it is taken as the customer's." if asked else "."
        )
        return [*asked, *_own(parts, "agent", "customer")], _roles(speakers, note, 0.8)
    note = (
        "Read as the customer's, because its sender is none of the agents that the caller named."
        if speakers.told
        else "Read as the customer's, because the caller gave no agent's address to compare with "
        "the sender's."
    )
    return _own(parts, "customer", "other"), _roles(speakers, note, 0.8)


def _roles(speakers: _Speakers, note: str, doubt: float) -> Roles:
    """How the speakers were told: by the caller, or as mails usually are."""
    if speakers.told:
        return Roles(source="options", confidence=1.0, note=note)
    return Roles(source="inferred", confidence=doubt, note=note)


def _own(parts: MailParts, speaker: Speaker, cited: Speaker) -> list[_Said]:
    """The paragraphs of a reply; those quoted once are `cited`'s, deeper ones nobody's."""
    by_depth: dict[int, Speaker] = {0: speaker, 1: cited}
    return [
        _Said(speaker=by_depth.get(paragraph.depth, "other"), text=paragraph.text)
        for paragraph in paragraphs(parts.reply)
    ]


def _forwarded(
    message: Message, body: MailBody, parts: MailParts, speakers: _Speakers
) -> list[_Said]:
    """The words of a mail that was forwarded for its own sake; none where it was not."""
    marked = parts.forwarded or _FORWARD_SUBJECT.match(header(message, "Subject")) is not None
    count = len(parts.reply.split())
    if count > FEW_WORDS or not (marked or count == 0 or body.attached):
        return []
    if parts.embedded and (marked or count == 0):
        return _embedded_words(parts.embedded, speakers, DEEPEST_FORWARD)
    for attached in body.attached:
        names = tuple(name for name, _ in addresses(attached, "From"))
        inner = split_mail(mail_body(attached).text, sender=names)
        sender = speakers.of_line(header(attached, "From"))
        words = _own(inner, sender, "other")
        if words:
            return words
    return []


def _embedded_words(embedded: str, speakers: _Speakers, depth: int) -> list[_Said]:
    """The words of an embedded mail, or of the one that is forwarded in it in turn."""
    fields, text = embedded_fields(embedded)
    inner = split_mail(text, sender=(fields.get("from", "").partition("<")[0],))
    words = _own(inner, speakers.of_line(fields.get("from", "")), "other")
    if not words and inner.embedded and depth > 0:
        return _embedded_words(inner.embedded, speakers, depth - 1)
    return words


def _answered(parts: MailParts, speakers: _Speakers) -> list[_Said]:
    """The one message that an agent's mail answers, where it is quoted under it."""
    if any(paragraph.depth for paragraph in paragraphs(parts.reply)):
        return []  # the agent answers in between, so what matters stands there
    if not parts.quoted.strip():
        words = _embedded_words(parts.embedded, speakers, 0) if parts.embedded else []
        return [said for said in words if said.speaker == "customer"]
    lines = parts.quoted.split("\n")
    first = next_filled(lines, 0)
    start = find_start(lines, first)
    after = start.after if start is not None else first
    attribution = " ".join(lines[first:after])
    if speakers.of_line(attribution) == "agent":
        return []
    rest = lines[after:]
    if all(is_quote(line) for line in rest if line.strip()):
        rest = [line.lstrip().removeprefix(">").removeprefix(" ") for line in rest]
    inner = split_mail("\n".join(rest), sender=_NAME_BEFORE_ADDRESS.findall(attribution))
    return [said for said in _own(inner, "customer", "other") if said.speaker == "customer"]


def _metadata(message: Message, body: MailBody) -> dict[str, str]:
    """What the header fields say besides, without anybody's address."""
    metadata: dict[str, str] = {}
    if body.attachments:
        metadata["attachments"] = ", ".join(body.attachments[:MOST_ATTACHMENTS])
    automatic = _automatic(message, report=body.report)
    if automatic:
        metadata["auto_submitted"] = automatic
    return metadata


def _automatic(message: Message, *, report: bool) -> str:
    """How a mail was sent without a person (RFC 3834), or "" where one sent it."""
    submitted = header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        known = ("auto-generated", "auto-replied", "auto-notified")
        return submitted if submitted in known else "auto-generated"
    precedence = header(message, "Precedence").lower()
    if (
        header(message, "X-Autoreply")
        or header(message, "X-Autorespond")
        or precedence == "auto_reply"
    ):
        return "auto-replied"
    if report:
        return "auto-generated"
    listed = header(message, "List-Id") or header(message, "List-Unsubscribe")
    return "bulk" if listed or precedence in ("bulk", "list", "junk") else ""


def _names(message: Message, body: MailBody, parts: MailParts) -> tuple[str, ...]:
    """The personal names that header fields state, "Last, First" turned round.

    Those of mails inside this one count too: their words may be among the turns.
    """
    displays = [
        display
        for mail in (message, *body.attached)
        for field in ("From", "To", "Cc", "Reply-To", "Sender")
        for display, _ in addresses(mail, field)
    ]
    displays += _embedded_names(parts, DEEPEST_FORWARD)
    for attached in body.attached:
        displays += _embedded_names(split_mail(mail_body(attached).text), DEEPEST_FORWARD)
    displays += _NAME_BEFORE_ADDRESS.findall(parts.quoted[:2000].partition(">")[0])
    names: dict[str, None] = {}
    for display in displays:
        name = re.sub(r"\(.*?\)|\[.*?\]|\bvia\b.*|^[^:]*:", "", display).strip(" \"'*,()")
        last, comma, first = name.partition(",")
        name = " ".join(f"{first} {last}".split()) if comma else name
        if 1 < len(name) <= 80 and not _ROLE_NAME.search(name):
            names[name] = None
    return tuple(names)


def _embedded_names(parts: MailParts, depth: int) -> list[str]:
    """The names in the header fields of an embedded mail, and of what is embedded in it in turn."""
    if not parts.embedded:
        return []
    fields, text = embedded_fields(parts.embedded)
    names = [fields.get(role, "").partition("<")[0] for role in ("from", "to")]
    return names + (_embedded_names(split_mail(text), depth - 1) if depth > 0 else [])


FORMAT = Format(
    title="Mail (RFC 5322, MIME)",
    suffixes=(".eml",),
    detect=detect,
    read=read,
    checked_with="the 102 mails of mikel/mail and 21 of mailgun/talon; own samples",
)
