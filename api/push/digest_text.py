"""A digest as Markdown and as HTML; whatever customers wrote stands in both as plain text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from jinja2 import Environment

_SPECIAL = re.compile(r"([\\`*_\[\]<>#&~|])")

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ digest.title }}</title></head>
<body style="font-family: sans-serif; max-width: 40em">
<h1>{{ digest.title }}</h1>
<p>{{ digest.period }}</p>
{%- for name, entries in digest.parts.items() if entries %}
<h2>{{ name }}</h2>
<ul>
{%- for entry in entries %}
<li><b>{{ entry.name }}</b>: {{ entry.note }} <small>{{ entry.url }}</small>
{%- for quote in entry.quotes %}<blockquote>{{ quote }}</blockquote>{% endfor %}</li>
{%- endfor %}
</ul>
{%- endfor %}
{%- if digest.is_empty %}
<p>Nothing new.</p>
{%- endif %}
</body>
</html>
"""
_TEMPLATE = Environment(autoescape=True).from_string(_PAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item, theme or alert.

    Attributes:
        name: of it.
        note: its state and its numbers.
        url: where the API has more of it.
        quotes: redacted words of customers.
    """

    name: str
    note: str
    url: str
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What happened in a department's inbox.

    Attributes:
        title: of the department.
        since: when the period began.
        until: when it ended.
        parts: by their headings.
    """

    title: str
    since: datetime
    until: datetime
    parts: Mapping[str, tuple[Entry, ...]]

    @property
    def period(self) -> str:
        """For people."""
        since, until = self.since.astimezone(UTC), self.until.astimezone(UTC)
        return f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC"

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not any(self.parts.values())


def html(digest: Digest) -> str:
    """A page of its own that loads nothing."""
    return _TEMPLATE.render(digest=digest)


def markdown(digest: Digest) -> str:
    """CommonMark."""
    lines = [f"# {_plain(digest.title)}", "", digest.period]
    for name, entries in digest.parts.items():
        if entries:
            lines += ["", f"## {name}", ""]
        for entry in entries:
            lines.append(f"- **{_plain(entry.name)}**: {_plain(entry.note)} `{entry.url}`")
            lines += [f"  > {_plain(quote)}" for quote in entry.quotes]
    if digest.is_empty:
        lines += ["", "Nothing new."]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """A text on one line in which nothing is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
