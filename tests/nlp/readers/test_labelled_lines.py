"""The habits of labelling lines, and what only looks like a label."""

import pytest

from nlp.transcripts.labelled import parse

Turns = list[tuple[str | None, str]]

HABITS: list[tuple[str, Turns]] = [
    ("AGENT: hello\nCUSTOMER: hi", [("AGENT", "hello"), ("CUSTOMER", "hi")]),
    (
        "[00:12] Customer - it is\nbroken again\n[00:15] Agent - I see",
        [("Customer", "it is broken again"), ("Agent", "I see")],
    ),
    ("Rep (Dana): hi\nCaller: yes: it broke", [("Rep (Dana)", "hi"), ("Caller", "yes: it broke")]),
    ("00:00:12 Agent: hello\n00:00:15 Customer: hi", [("Agent", "hello"), ("Customer", "hi")]),
    ("Agent (00:12): hello\nCustomer (00:15): hi", [("Agent", "hello"), ("Customer", "hi")]),
    ("**Agent:** Hi\n\n**Customer:** It broke", [("Agent", "Hi"), ("Customer", "It broke")]),
    ("**Agent**: Hi\n**Customer**: Hm", [("Agent", "Hi"), ("Customer", "Hm")]),
    (
        "Agent: Hello. How? Customer: It broke. Agent: Fine.",
        [("Agent", "Hello. How?"), ("Customer", "It broke."), ("Agent", "Fine.")],
    ),
    (
        "Speaker 1  0:04\nHello there\n\nSpeaker 2  0:09\nHi",
        [("Speaker 1", "Hello there"), ("Speaker 2", "Hi")],
    ),
    ("AGENT\nHello\n\nCUSTOMER\nHi there", [("AGENT", "Hello"), ("CUSTOMER", "Hi there")]),
    ("[Agent] hello\n[Customer]: yes", [("Agent", "hello"), ("Customer", "yes")]),
    ("- Agent: hi\n- Customer: yo", [("Agent", "hi"), ("Customer", "yo")]),
    ("Agent\tHello\nCustomer\tHi", [("Agent", "Hello"), ("Customer", "Hi")]),
    ("Agent:\nHello you\n\nCustomer:\nYes", [("Agent", "Hello you"), ("Customer", "Yes")]),
    (
        "2026-05-01 10:22:31 Dana: hi\n2026-05-01 10:22:41 Lee: yes",
        [("Dana", "hi"), ("Lee", "yes")],
    ),
    (
        "'agent':'Hello.' , 'customer':'Hi it's me' , 'agent':'OK.'",
        [("agent", "Hello."), ("customer", "Hi it's me"), ("agent", "OK.")],
    ),
    (
        "Agent: one\nAgent: two\nCustomer: three",
        [("Agent", "one two"), ("Customer", "three")],
    ),
    (
        "Agent: hi\nCustomer: it says\nError: no signal\nhttp://halden.example: nothing",
        [("Agent", "hi"), ("Customer", "it says Error: no signal http://halden.example: nothing")],
    ),
    (
        "Agent: hi\nCustomer: bye\n[Call ends]\n--- End of transcript ---",
        [("Agent", "hi"), ("Customer", "bye")],
    ),
]
NO_LABELS = [
    "Dear all,\nNote: this is new\nError: none\nI said: hello",
    "I called them today. The agent said: no way. Then it broke.",
    "def f(x):\n  return: 1\nclass A: pass",
    "From: Pia\nTo: Halden\nSubject: remote\n\nIt is dead.",
    "Step 1: open it\nStep 2: close it",
    "",
]


@pytest.mark.parametrize(("text", "turns"), HABITS)
def test_each_habit(text: str, turns: Turns) -> None:
    found = parse(text)
    assert found is not None
    assert [(said.label, said.text.strip()) for said in found.said] == turns


@pytest.mark.parametrize("text", NO_LABELS)
def test_colons_in_other_texts_are_no_labels(text: str) -> None:
    assert parse(text) is None


def test_times_of_day_are_no_offsets() -> None:
    found = parse("[10:22 AM] Agent: hi\n[10:23 AM] Customer: yes")
    assert found is not None
    assert [said.start for said in found.said] == [None, None]
    found = parse("[01:02:03.5] Agent: hi\n[01:02:04] Customer: yes")
    assert found is not None
    assert [said.start for said in found.said] == [3723.5, 3724.0]


def test_a_heading_names_who_is_who() -> None:
    found = parse(
        "Call ID: 7\nDate: 2026-05-01\nAgent: Dana Ray\nCustomer: Lee\n\nDana: hi\nLee: yo"
    )
    assert found is not None
    assert [said.role for said in found.said] == ["agent", "customer"]
    assert found.headers == {"call id": "7", "date": "2026-05-01"}
    assert found.names == ("Dana Ray", "Lee")


@pytest.mark.parametrize("length", range(180, 210))
def test_long_lines_are_whole(length: int) -> None:
    words = " ".join(["ab c"] * 80)
    found = parse(f"Agent: {'x' * (length - 180)} {words}\nCustomer: hm")
    assert found is not None
    assert found.said[0].text.split() == [
        *(["x" * (length - 180)] * (length > 180)),
        *words.split(),
    ]


CALL = "AGENT: Halden, hello.\nCUSTOMER: My bar hums.\nAGENT: I see.\nCUSTOMER: Thanks."
HEADINGS: list[tuple[str, dict[str, str]]] = [
    ("Call: HLD-1\nDate: 2026-05-01 09:12\nProduct: Halden Two", {"call": "HLD-1"}),
    ("Halden Audio - recorded line 2\nCall: HLD-1\nRegion: UK", {"call": "HLD-1", "region": "UK"}),
    ("Queue: Audio\nDuration: 04:12\nWarranty: yes", {"duration": "04:12", "warranty": "yes"}),
    ("Warranty: yes\nQueue: Audio\nProblem: it leaks", {"warranty": "yes", "problem": "it leaks"}),
    ("Ticket HLD-44: the bar hums", {"ticket hld-44": "the bar hums"}),
    ("Shop: Delve Street\nWarranty: two years", {"shop": "Delve Street", "warranty": "two years"}),
    ("Recorded line 2, Halden Audio", {}),
]


@pytest.mark.parametrize("blank", ["\n", "\n\n"])
@pytest.mark.parametrize(("heading", "stated"), HEADINGS)
def test_a_heading_is_no_turn(heading: str, stated: dict[str, str], blank: str) -> None:
    if blank == "\n" and heading.startswith("Shop"):
        pytest.skip("without a blank line or a customary key these two lines may be voices")
    found = parse(heading + blank + CALL)
    assert found is not None
    assert [said.label for said in found.said] == ["AGENT", "CUSTOMER"] * 2
    assert found.said[0].text == "Halden, hello."
    assert stated.items() <= found.headers.items()
    assert found.names == ()


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        # The first voice speaks once.
        (f"Tom: hold the line please\n\n{CALL}", ["Tom", "AGENT", "CUSTOMER", "AGENT", "CUSTOMER"]),
        (f"IVR: press one for sound\n\n{CALL}", ["IVR", "AGENT", "CUSTOMER", "AGENT", "CUSTOMER"]),
        ("Dana: Halden\n\nLee: my bar hums\n\nDana: I see", ["Dana", "Lee", "Dana"]),
        ("Agent: hello there\n\nLee: my bar hums", ["Agent", "Lee"]),
        # Named speakers below a heading that names a shop.
        (
            "Call: 7\nShop: Delve Street\n\nDana: Halden\nLee: it hums\nDana: I see",
            ["Dana", "Lee", "Dana"],
        ),
    ],
)
def test_who_speaks_once_is_no_heading(text: str, labels: list[str]) -> None:
    found = parse(text)
    assert found is not None
    assert [said.label for said in found.said] == labels


@pytest.mark.parametrize("line", ["Problem: it leaks", "Product: the Halden Two", "Call: nobody"])
@pytest.mark.parametrize("blank", ["\n", "\n\n"])
def test_a_customer_who_talks_in_keys_keeps_the_words(line: str, blank: str) -> None:
    found = parse(f"AGENT: Yes?\nCUSTOMER: Two things.{blank}{line}\nAGENT: I see.")
    assert found is not None
    assert [said.label for said in found.said] == ["AGENT", "CUSTOMER", "AGENT"]
    assert found.said[1].text.strip() == f"Two things. {line}".replace(".  ", ". ")
    assert found.headers == {}
