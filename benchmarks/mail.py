"""How well a mail's own words are told from what stands around them: ours beside other parsers.

`python -m benchmarks.mail` prints two tables. It reads public data from the directory in
`CONDUIT_DATA`: the mails of discourse's, crisp's and zapier's reply parsers and of talon, and
mailgun's marked signatures. An answer agrees when it is the same after white space is normalised,
as in discourse's own tests, which strip it. Parsers disagree on whether a farewell belongs to the
reply, so every parser is right with it or without.
"""

import importlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from nlp.clean.html import html_to_text
from nlp.clean.mail import label_lines, split_mail
from nlp.clean.mail_mime import mail_body, parse_mail
from nlp.clean.mail_quotes import embedded_fields
from nlp.clean.mail_signature import Part

MAILS = Path("fixtures/email_fixtures")
SIGNATURES = Path("train/mailgun_forge_signatures/emails.jsonl")

# crisp and zapier state in their tests which fragments are shown, not as files of answers. Here is
# what that comes to: the lines of each file (from 1) that are the writer's own words. Crisp's
# other files begin with one and the same paragraph, which is the whole answer.
CRISP: dict[str, tuple[int, ...]] = {
    "correct_sig": (1,),
    "email_1": (*range(1, 6),),
    "email_2": (1, *range(9, 35)),
    "email_2_1": (1,),
    "email_3": (*range(1, 4),),
    "email_4": (1,),
    "email_5": (*range(1, 16),),
    "email_6": (1, 3),
    "email_blackberry": (1,),
    "email_bullets": (*range(1, 10),),
    "email_custom_quote_header": (1,),
    "email_customer_quote_header_2": (1,),
    "email_customer_quote_header_3": (*range(1, 4),),
    "email_emoji": (1,),
    "email_iphone": (1,),
    "email_multi_word_sent_from_my_mobile_device": (1,),
    "email_not_a_signature": (*range(1, 14),),
    "email_not_a_signature_2": (*range(1, 11),),
    "email_one_is_not_on": (*range(1, 6),),
    "email_reply_header": (*range(1, 12),),
    "email_sent_from": (1,),
    "email_sent_from_my_not_signature": (*range(1, 4),),
    "email_thread": (1,),
    "email_tricky_11_double_signature": (1,),
    "email_tricky_13_timestamp_variations": (*range(1, 10),),
    "email_tricky_16_unicode_signatures": (1,),
    "email_tricky_17_forward_header": (1,),
    "email_tricky_18_inline_reply": (4, 8, 12),
    "email_tricky_19_quote_without_header": (1, 7, 12),
    "email_tricky_1_on_false_positive": (*range(1, 8),),
    "email_tricky_20_html_entities": (*range(1, 4),),
    "email_tricky_2_url_with_wrote": (*range(1, 6),),
    "email_tricky_3_code_block": (*range(1, 14),),
    "email_tricky_4_from_in_body": (*range(1, 6),),
    "email_tricky_6_regards_in_sentence": (*range(1, 8),),
    "email_tricky_7_multiple_dashes": (*range(1, 17),),
    "email_tricky_8_sent_from_in_content": (*range(1, 6),),
    "email_tricky_9_nested_quotes": (1,),
    "email_unquoted_reply": (1,),
    "email_with_regards": (*range(1, 6),),
    "email_zoho": (1, 2),
    "sig_no_empty_line": (1,),
}
ZAPIER: dict[str, tuple[int, ...]] = {
    "correct_sig": (1,),
    "email_1_1": (*range(1, 6),),
    "email_1_2": (1, *range(9, 35)),
    "email_1_3": (*range(1, 4),),
    "email_1_4": (1,),
    "email_1_5": (*range(1, 16),),
    "email_1_6": (1,),
    "email_1_7": (1,),
    "email_1_8": (13, 19),
    "email_2_1": (1,),
    "email_2_2": (1,),
    "email_2_3": (1,),
    "email_BlackBerry": (1,),
    "email_bullets": (*range(1, 10),),
    "email_gmail": (1,),
    "email_headers_no_delimiter": (1,),
    "email_iPhone": (1,),
    "email_multi_word_sent_from_my_mobile_device": (1,),
    "email_one_is_not_on": (*range(1, 6),),
    "email_partial_quote_header": (*range(1, 7),),
    "email_sent_from_my_not_signature": (*range(1, 4),),
    "email_sig_delimiter_in_middle_of_line": (*range(1, 8),),
    "greedy_on": (*range(1, 7),),
    "pathological": (1, 2),
}
CRISP_PARAGRAPH = "Fusce bibendum"
TALON_HTML = "Hi. I am fine. Thanks, Alex"
TALON_EML = "Hello"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One mail with its right answer.

    Attributes:
        name: of its file.
        text: the mail's text.
        answer: the words that are its writer's.
        quotes: whether quotes that are answered count as part of the answer.
    """

    name: str
    text: str
    answer: str
    quotes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """One way to take mails apart.

    Attributes:
        replies: the reply, with and without what the parser takes for a signature.
        signature: the lines that it takes for a signature.
    """

    replies: Callable[[str], list[str]]
    signature: Callable[[str, str], list[str]]


def normalised(text: str) -> str:
    """Text with all white space as single spaces."""
    return " ".join(text.split())


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return file.read()


def discourse(data: Path) -> Iterator[Case]:
    """discourse/email_reply_trimmer: each mail has its trimmed reply in a file beside it."""
    folder = data / MAILS / "discourse_email_reply_trimmer"
    for path in sorted((folder / "emails").glob("*.txt")):
        answer = _read(folder / "trimmed" / path.name)
        yield Case(name=path.stem, text=_read(path), answer=answer, quotes=True)


def _by_lines(folder: Path, answers: dict[str, tuple[int, ...]]) -> Iterator[Case]:
    for path in sorted(folder.glob("*.txt")):
        text = _read(path)
        lines = text.splitlines()
        if path.stem in answers:
            chosen = [lines[number - 1] for number in answers[path.stem] if number <= len(lines)]
        elif text.startswith(CRISP_PARAGRAPH):
            chosen = lines[:5]
        else:
            continue
        yield Case(name=path.stem, text=text, answer="\n".join(chosen), quotes=False)


def crisp(data: Path) -> Iterator[Case]:
    """crisp-oss/email-reply-parser, after its tests."""
    return _by_lines(data / MAILS / "crisp_email_reply_parser", CRISP)


def zapier(data: Path) -> Iterator[Case]:
    """zapier/email-reply-parser, after its tests."""
    return _by_lines(data / MAILS / "zapier_email_reply_parser", ZAPIER)


def talon(data: Path) -> Iterator[Case]:
    """mailgun/talon: HTML replies of nine mail programs, and text replies of twelve."""
    folder = data / MAILS / "talon_fixtures"
    for path in sorted((folder / "html_replies").glob("*.html")):
        text = html_to_text(_read(path))
        yield Case(name=path.stem, text=text, answer=TALON_HTML, quotes=True)
    for path in sorted((folder / "standard_replies").glob("*.eml")):
        text = mail_body(parse_mail(path.read_bytes())).text
        yield Case(name=path.stem, text=text, answer=TALON_EML, quotes=True)


SETS: dict[str, Callable[[Path], Iterator[Case]]] = {
    "discourse trimmed": discourse,
    "crisp": crisp,
    "zapier": zapier,
    "talon": talon,
}


def agrees(case: Case, replies: list[str]) -> bool:
    """Whether one of a parser's replies is the right answer."""

    def words(text: str) -> str:
        if case.quotes:
            return normalised(text)
        return normalised("\n".join(line for line in text.splitlines() if line[:1] != ">"))

    return words(case.answer) in {words(reply) for reply in replies}


def _our_replies(text: str) -> list[str]:
    parts = split_mail(text)
    if parts.reply or not parts.embedded:
        return [parts.words, parts.reply]
    return [embedded_fields(parts.embedded)[1]]


def _our_signature(text: str, sender: str) -> list[str]:
    lines = text.split("\n")
    bare = re.sub(r"<[^>]*>|\[[^\]]*\]", " ", sender)
    names = frozenset(word.casefold() for word in re.findall(r"[^\W\d_]{2,}", bare))
    parts, _ = label_lines(lines, names)
    kept = (Part.CLOSING, Part.SIGNATURE)
    return [line for line, part in zip(lines, parts, strict=True) if part in kept]


def parsers() -> dict[str, Parser]:
    """Ours, and the peers that are installed."""
    found = {"conduit": Parser(replies=_our_replies, signature=_our_signature)}
    try:
        peer = importlib.import_module("mailparser_reply")
        languages = ["en", "de", "fr", "it", "nl", "es", "pl", "da", "sv", "cs", "ja"]
        reader = peer.EmailReplyParser(languages=languages)

        def first(text: str) -> list[str]:
            replies = reader.read(text).replies
            return [replies[0].content, replies[0].body] if replies else [""]

        def marked(text: str, _: str) -> list[str]:
            replies = reader.read(text).replies
            return str(replies[0].signatures or "").split("\n") if replies else []

        found["mail-parser-reply"] = Parser(replies=first, signature=marked)
    except ImportError:
        pass
    try:
        old = importlib.import_module("email_reply_parser")

        def signed(text: str, _: str) -> list[str]:
            fragments = old.EmailReplyParser.read(text).fragments
            return [
                line for part in fragments if part.signature for line in part.content.split("\n")
            ]

        found["email-reply-parser"] = Parser(
            replies=lambda text: [old.EmailReplyParser.parse_reply(text)], signature=signed
        )
    except ImportError:
        pass
    return found


def disagreements(cases: list[Case], parser: Parser) -> list[str]:
    """The names of the cases that a parser gets wrong."""
    return [case.name for case in cases if not agrees(case, parser.replies(case.text))]


def signature_scores(data: Path, parser: Parser) -> tuple[float, float, int]:
    """Precision and recall over mailgun's marked signature lines, and how many those are."""
    right = found = marked = 0
    with (data / SIGNATURES).open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            lines = str(row["body_annotated"]).split("\n")
            gold = [line[5:] for line in lines if line.startswith("#sig#") and line[5:].strip()]
            text = "\n".join(re.sub(r"^#(?:sig|reply)#", "", line) for line in lines)
            left = [normalised(line) for line in gold]
            predicted = [normalised(line) for line in parser.signature(text, str(row["sender"]))]
            predicted = [line for line in predicted if line]
            marked += len(left)
            found += len(predicted)
            for line in predicted:
                if line in left:
                    left.remove(line)
                    right += 1
    return right / max(found, 1), right / max(marked, 1), marked


def embedded_agreements(data: Path) -> tuple[int, int]:
    """How many of discourse's embedded mails come out as in its files, and of how many."""
    folder = data / MAILS / "discourse_email_reply_trimmer"
    paths = sorted((folder / "embedded").glob("*.txt"))
    right = sum(
        normalised(split_mail(_read(folder / "emails" / path.name)).embedded)
        == normalised(_read(path))
        for path in paths
    )
    return right, len(paths)


def main() -> int:
    """Print both tables; with `-v` also the names of the cases that we get wrong."""
    console = Console()
    if "CONDUIT_DATA" not in os.environ:
        console.print("CONDUIT_DATA is not set: name the directory that holds fixtures/ and train/")
        return 2
    data = Path(os.environ["CONDUIT_DATA"])
    found = parsers()
    table = Table("data set", "cases", *(f"{name}, agree" for name in found))
    wrong: list[str] = []
    for title, load in SETS.items():
        cases = list(load(data))
        row = []
        for name, parser in found.items():
            missed = disagreements(cases, parser)
            row.append(f"{len(cases) - len(missed)} ({1 - len(missed) / len(cases):.1%})")
            wrong += [f"{title}: {case}" for case in missed] if name == "conduit" else []
        table.add_row(title, str(len(cases)), *row)
    right, count = embedded_agreements(data)
    table.add_row("discourse embedded", str(count), f"{right} ({right / count:.1%})")
    console.print(table)
    scores = Table("signature lines (mailgun)", "precision", "recall", "mails a second")
    mails = sum(1 for _ in (data / SIGNATURES).open(encoding="utf-8"))
    for name, parser in found.items():
        begin = time.perf_counter()
        precision, recall, marked = signature_scores(data, parser)
        speed = mails / (time.perf_counter() - begin)
        scores.add_row(
            f"{name} ({marked} lines)", f"{precision:.3f}", f"{recall:.3f}", f"{speed:,.0f}"
        )
    console.print(scores)
    if "-v" in sys.argv[1:]:
        console.print("\n".join(["wrong:", *wrong]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
