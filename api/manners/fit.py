"""What is too large or too odd to be stored, told before it is.

Readers hand on what a file says, and a file may say anything. What no text column holds is turned
down where interactions are accepted; names and sizes are seen to here.
"""

from nlp.types import Interaction, Rejected

LONGEST_ID = 500
"""Characters of an interaction's identifier, which is indexed: an entry holds 2,704 bytes."""

LONGEST_NAME = 1_000
"""Characters of a source, or of the name of a piece of metadata."""

LONGEST_TEXT = 1_000_000
"""Characters of one turn, one subject or one value of metadata: a day of talk without a pause."""

MOST_TURNS = 50_000
MOST_METADATA = 200


def cleaned(name: str, *, longest: int = 200) -> str:
    """A name as it may stand in a database, a log and a page: one line, of bounded length."""
    line = " ".join(name.split())
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
    return printable if len(printable) <= longest else printable[: longest - 1] + "…"


def fit(item: Interaction | Rejected) -> Interaction | Rejected:
    """The item as it was, or rejected for its size; what is rejected has a readable source."""
    if isinstance(item, Interaction):
        reason = _too_large(item)
        if reason is None:
            return item
        item = Rejected(source=item.source, code="too_large", message=reason)
    return Rejected(
        source=cleaned(item.source, longest=LONGEST_NAME),
        code=item.code,
        message=cleaned(item.message, longest=2_000),
    )


def _too_large(interaction: Interaction) -> str | None:
    """Which part of an interaction is too large, without quoting it; None where none is."""
    name = max(interaction.metadata, key=len, default="")
    value = max(interaction.metadata.values(), key=len, default="")
    parts = [
        ("id", interaction.id, LONGEST_ID),
        ("source", interaction.source, LONGEST_NAME),
        ("a name of metadata", name, LONGEST_NAME),
        ("a value of metadata", value, LONGEST_TEXT),
        ("subject", interaction.subject or "", LONGEST_TEXT),
        *((f"turn {turn.index}", turn.text, LONGEST_TEXT) for turn in interaction.turns),
    ]
    for where, text, limit in parts:
        if len(text) > limit:
            return f"{where} has {len(text):,} characters, and the limit is {limit:,}"
    if len(interaction.turns) > MOST_TURNS:
        return f"{len(interaction.turns):,} turns, and the limit is {MOST_TURNS:,}"
    if len(interaction.metadata) > MOST_METADATA:
        return f"{len(interaction.metadata):,} metadata, and the limit is {MOST_METADATA:,}"
    return None
