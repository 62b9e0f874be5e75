"""HTML mail to plain text, with quotes marked by `>` as in a text mail.

What is quoted is told by the document's structure, as far as mail programs mark it, because that
is surer than any rule over flat text; the words are left to `nlp.clean.mail`. Invisible text,
styles and the signature elements of mail programs are left out; links keep their text only.

The class names and ids are those that the programs write: Gmail, Outlook (desktop, web, mobile),
Apple Mail, Thunderbird, Yahoo, Proton Mail, Zimbra, Hotmail.
"""

import re
from collections.abc import Iterator
from itertools import islice

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag

from nlp.clean.mail_quotes import field_roles
from nlp.clean.mail_signature import is_prose

LONGEST_SIGNATURE_TEXT = 600
# Looked at to judge one element; hostile mails nest thousands.
MOST_NODES = 500

_XML_DECLARATION = re.compile(r"<\?xml[^>]*>", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
# Fillers of hidden previews, and hyphens that only show at a line's end.
_INVISIBLE = re.compile("[\u200b\u200c\u034f\ufeff\u00ad\u2060]")
_SKIPPED = frozenset(
    {"script", "style", "head", "title", "meta", "template", "xml", "svg", "select"}
)
# fmt: off
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
    "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
))
_SPACED = frozenset((
    "blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul",
))
# fmt: on
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|max-height\s*:\s*0(?:px)?\s*(?:;|$)"
    r"|font-size\s*:\s*0(?:px)?\s*(?:;|$)|opacity\s*:\s*0\s*(?:;|$)",
    re.IGNORECASE,
)
_NO_MARGIN = re.compile(r"margin(?:-top|-bottom)?\s*:\s*0", re.IGNORECASE)
_INDENT_ONLY = re.compile(
    r"border\s*:\s*(?:none|0)|margin\s*:\s*0(?:px)?\s+0(?:px)?\s+0(?:px)?\s+40px", re.IGNORECASE
)
_BORDER_TOP = re.compile(
    r"border-top(?:-style|-width)?\s*:|border\s*:\s*none\s*;\s*border-top", re.IGNORECASE
)
_QUOTED_INSIDE = re.compile(
    r"yahoo_quoted|protonmail_quote|zmail_extra|olk_src_body_section|hotmail_quote|tutanota_quote|"
    r"mail-editor-reference-message-container",
    re.IGNORECASE,
)
_QUOTED_AFTER = re.compile(
    r"^(?:x_)*(?:divrplyfwdmsg|appendonsend|stopspelling|replysplit|zwchr"
    r"|ms-outlook-mobile-reference-message|ms-outlook-mobile-body-separator-line)$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"^(?:x_)*(?:gmail_signature|gmail_signature_prefix|moz-signature"
    r"|ms-outlook-mobile-signature|signature"
    r"|protonmail_signature_block|applemailsignature|mobile-signature)$",
    re.IGNORECASE,
)


def html_to_text(html: str) -> str:
    """The visible text of an HTML mail, one line a line, quoted lines beginning with `>`."""
    soup = BeautifulSoup("<div>" + _XML_DECLARATION.sub("", html), "lxml")
    writer = _Writer()
    for step, node in _walk(soup):
        if isinstance(node, Tag):
            writer.tag(node, opening=step)
        else:
            writer.write(str(node))
    return writer.finish()


def _walk(soup: Tag) -> Iterator[tuple[bool, Tag | NavigableString]]:
    """Every visible node in order; a tag comes twice, opening and closing.

    Without recursion: broken mails nest deeper than Python's stack.
    """
    stack: list[tuple[bool, Tag | NavigableString]] = [(True, soup)]
    while stack:
        opening, node = stack.pop()
        if not isinstance(node, Tag):
            if not isinstance(node, PreformattedString):
                yield opening, node
            continue
        if not opening:
            yield False, node
        elif not _skipped(node):
            yield True, node
            stack.append((False, node))
            stack.extend(
                (True, child)
                for child in reversed(node.contents)
                if isinstance(child, Tag | NavigableString)
            )


def _marks(tag: Tag) -> list[str]:
    """A tag's id and classes."""
    if not tag.attrs:
        return []
    return [*tag.get_attribute_list("class"), str(tag.get("id") or "")]


def _style(tag: Tag) -> str:
    return str(tag.get("style") or "")


def _skipped(tag: Tag) -> bool:
    """Whether a tag's content is not seen, or is a mail program's signature element."""
    if tag.name in _SKIPPED:
        return True
    if not tag.attrs:
        return False
    hidden = tag.has_attr("hidden") or _HIDDEN_STYLE.search(_style(tag)) is not None
    return hidden or "preheader" in _marks(tag) or _is_signature(tag)


def _is_signature(tag: Tag) -> bool:
    """Whether a mail program marks the tag as the signature; what reads as sentences stays."""
    marked = any(_SIGNATURE.match(mark) for mark in _marks(tag))
    if not marked and not tag.has_attr("data-signatureblock"):
        return False
    length = prose = 0
    for line in _strings(tag, MOST_NODES):
        length += len(line)
        prose += is_prose(line)
        if length > LONGEST_SIGNATURE_TEXT or prose > 1:
            return False
    return True


def _strings(tag: Tag, most: int) -> Iterator[str]:
    """The texts among the first `most` nodes in a tag, stripped."""
    for node in islice(tag.descendants, most):
        if isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            yield node.strip()


def _is_quote(tag: Tag) -> bool:
    """Whether what is inside the tag is quoted."""
    if any(_QUOTED_INSIDE.search(mark) for mark in _marks(tag)):
        return True
    if tag.name != "blockquote":
        return False
    cited = str(tag.get("type") or "").lower() == "cite" or "gmail_quote" in _marks(tag)
    return cited or not _INDENT_ONLY.search(_style(tag))


def _quotes_rest(tag: Tag) -> bool:
    """Whether everything from the tag on is quoted: Outlook's separators."""
    if any(_QUOTED_AFTER.match(mark) for mark in _marks(tag)):
        return True
    if tag.name not in ("div", "p", "td") or not _BORDER_TOP.search(_style(tag)):
        return False
    # Each field's name is a run of text of its own there (bold, or after a <br>).
    roles = field_roles(_strings(tag, 100))
    return len(roles) >= 2 and bool(roles & {"from", "date"})


class _Writer:
    """Collects the lines of the text."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current = ""
        self.depth = 0
        self.rest = 0
        self.pre = 0
        self.lists: list[int | None] = []
        self.written = 0

    def write(self, text: str) -> None:
        """Add text to the current line, white space as a browser shows it."""
        text = _INVISIBLE.sub("", text)
        if self.pre:
            first, *more = text.replace("\r\n", "\n").split("\n")
            self.current += first
            for line in more:
                self.end_line()
                self.current = line
            return
        text = _SPACE.sub(" ", text)
        self.current += text.lstrip() if self.current[-1:] in ("", " ") else text

    def end_line(self) -> None:
        """Finish the current line, also an empty one."""
        depth = self.depth + self.rest
        marks = ">" * depth
        text = self.current.rstrip()
        self.lines.append(f"{marks} {text}".rstrip() if depth else text)
        self.current = ""

    def end_block(self, *, spaced: bool) -> None:
        """Finish a line that has text; with `spaced`, leave one blank line."""
        if self.current.strip():
            self.end_line()
        self.current = ""
        if spaced and self.lines and self.lines[-1].strip("> "):
            self.end_line()

    def tag(self, tag: Tag, *, opening: bool) -> None:
        """Act on a tag's start or end."""
        name = tag.name
        if name == "br":
            if opening:
                self.end_line()
            return
        if name == "img" and opening:
            self._image(tag)
        if name in ("td", "th") and opening and self.current.strip():
            self.write(" ")
        if name in _BLOCKS:
            empty = name == "p" and not opening and self.written == len(self.lines)
            if empty and not self.current.strip() and not self._is_spaced(tag):
                self.end_line()  # a paragraph without margin that holds one space is a blank line
            self.end_block(spaced=self._is_spaced(tag))
            self.written = len(self.lines) if opening else -1
        if opening and not self.rest and _quotes_rest(tag):
            self.end_block(spaced=False)
            self.rest = 1
        if _is_quote(tag):
            self.end_block(spaced=False)
            self.depth += 1 if opening else -1
        self._list(tag, opening=opening)
        if name == "pre":
            self.pre += 1 if opening else -1

    def _is_spaced(self, tag: Tag) -> bool:
        """Whether the block stands apart; Outlook writes each line as a paragraph."""
        if tag.name not in _SPACED:
            return False
        word = any(mark.startswith(("Mso", "x_Mso", "ecxMso")) for mark in _marks(tag))
        return not (tag.name == "p" and (word or _NO_MARGIN.search(_style(tag))))

    def _image(self, tag: Tag) -> None:
        """An emoji that is sent as an image; any other image has no words."""
        alt = str(tag.get("alt") or "")
        if 0 < len(alt) <= 4 and not alt.isascii():
            self.write(alt)

    def _list(self, tag: Tag, *, opening: bool) -> None:
        """Number or mark the items of a list, as a reader sees them."""
        if tag.name in ("ul", "ol"):
            if opening:
                self.lists.append(0 if tag.name == "ol" else None)
            elif self.lists:
                self.lists.pop()
        elif tag.name == "li" and opening:
            count = self.lists[-1] if self.lists else None
            if count is None:
                self.current = "- "
            else:
                self.lists[-1] = count + 1
                self.current = f"{count + 1}. "

    def finish(self) -> str:
        """The text, with no more than two blank lines in a row."""
        self.end_block(spaced=False)
        text = "\n".join(self.lines)
        return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")
