"""Who is the agent: by the file's own words, by the caller's, or by what the speakers say.

The inference is a small scored model after no outside source: phrases of agents and of customers,
each with a weight in log-odds, written by hand after contact-centre calls (`nlp.roles.phrases`). A
speaker's score is the sum over what they say, the difference of two speakers passes through the
logistic function, and that is the confidence.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from nlp.roles.labels import role_of_label
from nlp.roles.phrases import judge, score
from nlp.transcripts.turns import Said
from nlp.types import Roles, RolesFrom, Speaker

# The first to speak in a recorded call is mostly the agent; worth about 60 to 40.
_FIRST_SPEAKER = 0.4
# A first turn that is a firm's and a person's name and no more ("Halden Audio, this is Mira.").
_ANSWERS = 4.0
_LONGEST_ANSWER = 8  # words
_PRESENTS = re.compile(
    r"\b(?:this is|it['\u2019]?s|i['\u2019]?m|speaking|here|from)\b", re.IGNORECASE
)
_SCALE = 0.5
_USUAL_WORDS = 150
_ONE_SPEAKER = 0.6
_AGENT_SHARE = 0.25  # of the sentences; below it, and without a phrase of agents, there is none
_SUREST = 0.99  # inferred is never certain
# Log-odds for a change of speaker between two sentences of a call without speakers.
_CHANGE = -1.4
_CHANGE_AFTER_QUESTION = 1.6
_CHANGE_BEFORE_REPLY = 3.0
# Log-odds for somebody being addressed by a name that the other side gave as theirs.
_ADDRESSED = 4.0
_INTRODUCTION = re.compile(
    r"\b(?:[Mm]y name is|[Tt]his is|[Nn]ame's|I'm|I\u2019m|I am) ([A-Z][a-z]{2,})\b(?! Inc\b)"
)
_REPLY = re.compile(
    r"^\W*(?:yes|yeah|yep|no|nope|sure|okay|ok|of course|certainly|absolutely|thank you|thanks|"
    r"you're welcome|great|perfect|got it|i see|i understand|alright|all right|that's|hi|hello|"
    r"goodbye|bye|you too|not at the moment|i'm sorry|i apologize|actually|well)\b",
    re.IGNORECASE,
)


def assign(
    said: Sequence[Said], *, agent: Iterable[str] = (), customer: Iterable[str] = ()
) -> tuple[list[Said], list[Speaker], Roles]:
    """Decide for each stretch of speech who said it.

    Args:
        said: what was said, with the file's labels and roles where it has them.
        agent: labels that the caller knows to be an agent, compared without case.
        customer: labels that the caller knows to be a customer.

    Returns:
        What was said (one voice that turns out to be two people is as it was), the speaker of each,
        and how that was decided.
    """
    known: dict[str | None, Speaker] = {}
    by_caller = _by_caller(said, agent=agent, customer=customer)
    known.update(by_caller)
    for part in said:
        role = part.role or role_of_label(part.label)
        if role and part.label is not None:
            known.setdefault(part.label, role)
    labels = list(dict.fromkeys(part.label for part in said if not part.role))
    _letters_for_both(labels, known)
    open_labels = [label for label in labels if label not in known]
    stated = {*known.values(), *(part.role for part in said if part.role)} - {"other"}
    source: RolesFrom = "options" if by_caller else "file"
    if open_labels and stated:
        _complete(open_labels, known, stated=stated)
        open_labels = []
    if not open_labels and stated:
        roles = Roles(source=source, confidence=1.0, note=_stated_note(stated))
        return list(said), [_speaker(part, known) for part in said], roles
    return _inferred(said, known, open_labels)


def _by_caller(
    said: Sequence[Said], *, agent: Iterable[str], customer: Iterable[str]
) -> dict[str | None, Speaker]:
    asked: dict[str, Speaker] = {label.strip().lower(): "agent" for label in agent}
    asked.update({label.strip().lower(): "customer" for label in customer})
    if not asked:
        return {}
    found: dict[str | None, Speaker] = {}
    for part in said:
        role = asked.get((part.label or "").strip().lower())
        if part.label and role:
            found[part.label] = role
    return found


def _letters_for_both(labels: Sequence[str | None], known: dict[str | None, Speaker]) -> None:
    """`A:` and `C:` are agent and customer, but only side by side."""
    if {"A", "C"} <= set(labels) and not known:
        known.update({"A": "agent", "C": "customer"})


def _complete(
    open_labels: Iterable[str | None], known: dict[str | None, Speaker], *, stated: set[Speaker]
) -> None:
    """Who is left when one side is known: the other side; when both are, somebody else."""
    left: Speaker = "other"
    if stated == {"agent"}:
        left = "customer"
    elif stated == {"customer"}:
        left = "agent"
    for label in open_labels:
        known[label] = left if label is not None else "other"


def _speaker(part: Said, known: Mapping[str | None, Speaker]) -> Speaker:
    return part.role or known[part.label]


def _stated_note(stated: set[Speaker]) -> str:
    if stated == {"agent", "customer"}:
        return ""
    return f"only the {next(iter(stated))} is named; whoever else speaks is the other side"


def _inferred(
    said: Sequence[Said], known: dict[str | None, Speaker], open_labels: Sequence[str | None]
) -> tuple[list[Said], list[Speaker], Roles]:
    if not open_labels:
        note = "neither an agent nor a customer is named, only others"
        return list(said), ["other"] * len(said), Roles(source="unknown", confidence=0.0, note=note)
    if len(open_labels) == 1:
        return _one_voice(said, known, open_labels[0])
    scores = dict.fromkeys(open_labels, 0.0)
    for part in said:
        if part.label in scores:
            scores[part.label] += score(part.text)
    scores[open_labels[0]] += _FIRST_SPEAKER
    if _answers_the_phone(said[0].text):
        scores[open_labels[0]] += _ANSWERS
    ranked = sorted(open_labels, key=lambda label: scores[label])
    # The customer is the lowest; the agents are whoever lies nearer to the highest than to them.
    low, high = scores[ranked[0]], scores[ranked[-1]]
    for label in ranked:
        known[label] = "agent" if scores[label] > (low + high) / 2 else "customer"
    if low == high:
        known.update(dict.fromkeys(open_labels[1:], "customer"))
        known[open_labels[0]] = "agent"
    # Weak phrases add up in an hour's talk about anything: evidence counts by its density.
    words = sum(len(part.text.split()) for part in said)
    margin = _SCALE * (high - low) / math.sqrt(max(1.0, words / _USUAL_WORDS))
    confidence = round(min(_SUREST, 1 / (1 + math.exp(-min(margin, 20.0)))), 3)
    note = (
        f"from what the {len(open_labels)} speakers say; name them with the agent option if wrong"
    )
    roles = Roles(source="inferred", confidence=confidence, note=note)
    return list(said), [known[part.label] for part in said], roles


def _answers_the_phone(text: str) -> bool:
    """Whether somebody says who they are in a few words and asks for nothing: they were called."""
    words = text.split()
    asks = "?" in text and judge(text)[0] <= 0
    return 2 < len(words) <= _LONGEST_ANSWER and bool(_PRESENTS.search(text)) and not asks


def _one_voice(
    said: Sequence[Said], known: Mapping[str | None, Speaker], label: str | None
) -> tuple[list[Said], list[Speaker], Roles]:
    """One voice, or none told apart: each sentence by its words and by what went before."""
    own = [place for place, part in enumerate(said) if part.label == label]
    texts = [said[place].text for place in own]
    judged = [judge(text) for text in texts]
    scores = [value for value, _ in judged]
    agents = any(only for _, only in judged)
    changes = [_change(before, after) for before, after in pairwise(texts)]
    path = _best_path(scores, changes, an_agent_speaks=agents)
    addressed = _addressed(texts, path)
    if any(addressed):
        scores = [value + more for value, more in zip(scores, addressed, strict=True)]
        path = _best_path(scores, changes, an_agent_speaks=agents)
    speakers: list[Speaker] = [known.get(part.label, "other") for part in said]
    for place, speaker in zip(own, path, strict=True):
        speakers[place] = speaker
    if set(path) == {"customer"}:
        note = "one speaker only, taken for the customer because nothing says otherwise"
    elif set(path) == {"agent"}:
        note = "one speaker only, who talks as an agent does"
    else:
        note = "the speakers are not told apart in the file; guessed sentence by sentence"
    evidence = sum(1 for value in scores if abs(value) >= 1) / max(1, len(scores))
    confidence = round(0.5 + 0.4 * evidence, 3) if len(set(path)) == 2 else _ONE_SPEAKER
    return list(said), speakers, Roles(source="inferred", confidence=confidence, note=note)


def _best_path(
    scores: Sequence[float], changes: Sequence[float], *, an_agent_speaks: bool
) -> list[Speaker]:
    """The most probable speakers of these sentences: Viterbi over two states.

    Without a clear sign of an agent everything is the customer's: a voicemail, a review, a call of
    which only one side was recorded.

    Args:
        scores: of each sentence, positive for the agent.
        changes: log-odds of a change of speaker between each two neighbours.
        an_agent_speaks: whether one of them is what only agents say.
    """
    likely = sum(1 for value in scores if value >= 2)
    if likely < _AGENT_SHARE * len(scores) and not an_agent_speaks:
        return ["customer"] * len(scores)
    agent, customer = scores[0], -scores[0]
    # For each sentence but the first: whether the best path to either state comes from the other.
    back: list[tuple[bool, bool]] = []
    for value, change in zip(scores[1:], changes, strict=True):
        to_agent, to_customer = customer + change, agent + change
        back.append((to_agent > agent, to_customer > customer))
        agent, customer = max(agent, to_agent) + value, max(customer, to_customer) - value
    speaker: Speaker = "agent" if agent >= customer else "customer"
    path = [speaker]
    for agent_changed, customer_changed in reversed(back):
        if agent_changed if speaker == "agent" else customer_changed:
            speaker = "customer" if speaker == "agent" else "agent"
        path.append(speaker)
    return path[::-1]


def _addressed(texts: Sequence[str], path: Sequence[Speaker]) -> list[float]:
    """Evidence from names: who says "Thank you, Dana" is not Dana, who gave her name before."""
    owners: dict[str, Counter[Speaker]] = {}
    for text, speaker in zip(texts, path, strict=True):
        for name in _INTRODUCTION.findall(text):
            owners.setdefault(name, Counter())[speaker] += 1
    weights = [0.0] * len(texts)
    for name, counts in owners.items():
        owner = counts.most_common(1)[0][0]
        addressed = re.compile(
            rf"(?:,|\b(?:[Hh]i|[Hh]ello|[Tt]hanks|you|[Oo]kay|[Ss]ure)),? {name}\b|^{name},"
        )
        introduced = re.compile(rf"\b(?:is|'m|am|\u2019m) {name}\b")
        for place, text in enumerate(texts):
            if name in text and addressed.search(text) and not introduced.search(text):
                weights[place] += _ADDRESSED if owner == "customer" else -_ADDRESSED
    return weights


def _change(before: str, after: str) -> float:
    change = _CHANGE
    if before.rstrip("\"'”’)").endswith("?"):
        change += _CHANGE_AFTER_QUESTION
    if _REPLY.match(after):
        change += _CHANGE_BEFORE_REPLY
    return change
