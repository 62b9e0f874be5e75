"""Themes over the API: listed, read, followed over time, and never seen half-done."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from api.routes import theme_answers
from api.steps.accept import accept
from api.store import theme_writing
from api.store.database import Database
from nlp.types import Interaction
from tests.api.interactions import PlainRedactor
from tests.api.themed import (
    START,
    STRANGE,
    call,
    calls,
    gather,
    said,
    store,
)

URL = "/v1/themes"
Add = Callable[[Iterable[Interaction]], list[UUID]]

SIZES = {"lid": 12, "login": 9, "battery": 7, "guide": 6, "dark": 5}


@pytest.fixture(scope="module", autouse=True)
def filled(database: Database) -> None:
    """Five themes of known sizes, one finding that is like nothing, and one call that waits."""
    for subject, size in SIZES.items():
        store(database, calls(subject, range(size)))
    store(database, [call("odd", STRANGE, started_at=START)])
    with database.session() as session:
        waits = call("waits", "Nothing.", started_at=START)
        accept(session, [waits], redactor=PlainRedactor())
    gather(database, "all", "product_defect")


@pytest.fixture
def add(client: TestClient, database: Database) -> Iterator[Add]:
    """Stores and mines interactions, and erases them afterwards."""
    made: list[UUID] = []

    def work(items: Iterable[Interaction]) -> list[UUID]:
        made.extend(store(database, list(items)))
        return made

    yield work
    for id in made:
        client.delete(f"/v1/interactions/{id}")


def data(client: TestClient, url: str, **params: Any) -> list[dict[str, Any]]:
    answer = client.get(url, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def one(client: TestClient, url: str, **params: Any) -> dict[str, Any]:
    answer = client.get(url, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def about(client: TestClient, subject: str, scope: str = "all") -> dict[str, Any]:
    """The theme in which the first finding of a subject stands."""
    for theme in data(client, URL, scope=scope):
        quotes = data(client, f"{theme['url']}/findings", fields="quote", limit=200)
        if said(subject, 0) in {row["quote"] for row in quotes}:
            return theme
    raise AssertionError(f"no theme is about {subject}")


def test_the_largest_come_first_with_everything_that_an_aggregate_says(client: TestClient) -> None:
    found = data(client, URL)
    assert [row["interactions"] for row in found] == sorted(SIZES.values(), reverse=True)
    largest = found[0]
    assert largest["scope"] == "all"
    assert "lid" in largest["name"]
    assert largest["named_by"] == largest["made_by"] == "machine"
    assert largest["product"] == "Kettle 3"
    assert largest["findings"] == 12
    assert largest["sentiment"]["value"] == -1
    assert largest["sentiment"]["high"] < 0
    mined = sum(SIZES.values()) + 1
    assert largest["share"]["value"] == pytest.approx(12 / mined)
    assert largest["share"]["low"] < 12 / mined < largest["share"]["high"]
    basis = largest["basis"]
    assert basis["interactions"] == mined
    assert basis["coverage"]["value"] == pytest.approx(mined / (mined + 1))
    assert (basis["since"], basis["until"], basis["model"]) == (None, None, "subjects-1")
    assert largest["first_seen"] == "2026-03-02T09:00:00Z"
    assert largest["last_seen"] == "2026-03-13T09:00:00Z"
    assert largest["growth"]["movement"] == "unknown"
    assert largest["growth"]["note"]


def test_a_scope_has_its_own_themes(client: TestClient) -> None:
    found = data(client, URL, scope="product_defect")
    assert [row["interactions"] for row in found] == [12, 9, 7]
    everywhere = {row["id"] for row in data(client, URL)}
    assert not everywhere & {row["id"] for row in found}
    # Nothing was gathered of it yet: an empty list, and no error.
    assert data(client, URL, scope="feature_request") == []


def test_orders(client: TestClient) -> None:
    latest = [row["last_seen"] for row in data(client, URL, sort="recency")]
    assert latest == sorted(latest, reverse=True)
    feelings = [row["sentiment"]["value"] for row in data(client, URL, sort="sentiment")]
    assert feelings == sorted(feelings)
    assert feelings[0] == -1
    assert feelings[-1] == 1
    assert len(data(client, URL, sort="growth")) == 5


def test_days_narrow_the_counts_and_the_list(client: TestClient) -> None:
    found = data(client, URL, since="2026-03-09", until="2026-03-11")
    assert {row["interactions"] for row in found} == {2}
    assert len(found) == 2  # the others were silent by then
    basis = found[0]["basis"]
    assert (basis["since"], basis["until"]) == ("2026-03-09", "2026-03-11")
    assert basis["interactions"] == 4
    assert data(client, URL, since="2027-01-01") == []
    largest = about(client, "lid")
    assert one(client, largest["url"], until="2026-03-03")["interactions"] == 1


def test_filters(client: TestClient) -> None:
    assert len(data(client, URL, product="Kettle 3")) == 1
    assert len(data(client, URL, words="LID")) == 1
    assert data(client, URL, words="%") == []
    assert data(client, URL, pinned=True) == []
    assert data(client, URL, state="faded") == []
    theme = about(client, "lid")
    near = data(client, URL, area=theme["area"]["id"])
    assert theme["id"] in {row["id"] for row in near}
    assert {row["area"]["id"] for row in near} == {theme["area"]["id"]}
    assert data(client, URL, area=str(uuid4())) == []


def test_only_the_fields_that_are_asked_for(client: TestClient) -> None:
    assert {tuple(row) for row in data(client, URL, fields="name,share")} == {("name", "share")}
    theme = about(client, "lid")
    assert set(one(client, theme["url"], fields="quotes")) == {"quotes"}
    answer = client.get(URL, params={"fields": "nome"})
    assert answer.json()["errors"][0]["pointer"] == "/fields"


@pytest.mark.parametrize(
    ("path", "params", "pointer", "message"),
    [
        ("", {"scope": "wishes"}, "/scope", "there are all, product_defect"),
        ("", {"sort": "name"}, "/sort", "'size', 'growth'"),
        ("", {"since": "2026-03-02T09:00:00Z"}, "/since", ""),
        ("", {"since": "2026-03-02", "until": "2026-03-02"}, "", "before"),
        ("", {"cursor": "abc"}, "/cursor", "not a cursor of this list"),
        ("", {"limit": "0"}, "/limit", "greater than"),
        ("", {"colour": "red"}, "/colour", "no such field"),
        ("/emerging", {"scope": "x"}, "/scope", "no scope is called"),
        ("/quality", {"scope": "x"}, "/scope", "no scope is called"),
        ("/{id}/trend", {"by": "year"}, "/by", "'day', 'week'"),
        ("/{id}/trend", {"since": "1900-01-02"}, "/since", "longer `by`"),
        ("/{id}/trend", {"metadata": "product"}, "/metadata/0", "key=value"),
        ("/{id}/quotes", {"kind": "best"}, "/kind", "'central'"),
        ("/{id}/findings", {"min_confidence": "2"}, "/min_confidence", "less than"),
    ],
)
def test_what_is_no_question(
    client: TestClient, path: str, params: dict[str, str], pointer: str, message: str
) -> None:
    id = data(client, URL)[0]["id"]
    answer = client.get(f"{URL}{path.format(id=id)}", params=params)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert (fault["in"], fault["pointer"]) == ("query", pointer)
    assert message in fault["message"]


@pytest.mark.parametrize(
    "path",
    ["", "/quotes", "/findings", "/trend", "/breakdown", "/lineage", "/similar", "/related"],
)
def test_a_theme_that_never_was(client: TestClient, path: str) -> None:
    answer = client.get(f"{URL}/{uuid4()}{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_theme_with_its_quotes_and_version(client: TestClient) -> None:
    theme = about(client, "lid")
    answer = client.get(theme["url"])
    found = answer.json()
    assert answer.headers["etag"] == f'"{found["revision"]}"'
    assert {name: found[name] for name in theme} == theme
    quotes = data(client, f"{theme['url']}/quotes")
    assert quotes == found["quotes"]
    assert quotes[0]["kind"] == "central"
    assert len({row["interaction"] for row in quotes}) == len(quotes)
    central = data(client, f"{theme['url']}/quotes", kind="central", fields="kind")
    assert central
    assert all(row == {"kind": "central"} for row in central)
    for row in quotes:
        turn = one(client, row["interaction_url"])["turns"][row["turn"]]
        assert turn["text"][row["start"] : row["end"]] == row["quote"]


@pytest.mark.parametrize("narrowed", [{}, {"sentiment": "negative"}])
@pytest.mark.parametrize("limit", [1, 5])
def test_the_findings_of_a_theme_page_by_page(
    client: TestClient, narrowed: dict[str, str], limit: int
) -> None:
    url = f"{about(client, 'lid')['url']}/findings"
    seen, params = [], {"limit": limit, **narrowed}
    while True:
        page = one(client, url, **params)
        seen += page["data"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert {row["quote"] for row in seen} == {said("lid", number) for number in range(12)}
    assert len(seen) == 12
    assert {row["placed_by"] for row in seen} == {"clustering"}


def test_the_findings_of_a_theme_are_narrowed(client: TestClient) -> None:
    url = f"{about(client, 'lid')['url']}/findings"
    mails = data(client, url, channel="email")
    assert len(mails) == 4
    assert len(data(client, url, since="2026-03-02", until="2026-03-05")) == 3
    assert data(client, url, sentiment="positive") == []
    assert data(client, url, unsure=True) == []
    assert data(client, url, subtheme=str(uuid4())) == []


def test_findings_say_their_theme_and_are_narrowed_by_one(client: TestClient) -> None:
    theme = about(client, "lid", scope="product_defect")
    url = "/v1/findings"
    mine = data(client, url, theme=theme["id"], limit=200)
    assert len(mine) == 12
    assert {row["theme"] for row in mine} == {theme["id"]}
    across = about(client, "lid")
    assert len(data(client, url, theme=across["id"], limit=200)) == 12
    # Its own category's theme, not that of all together.
    assert {row["theme"] for row in data(client, url, theme=across["id"])} == {theme["id"]}
    (alone,) = [row for row in data(client, url, limit=200) if row["quote"] == STRANGE]
    assert alone["theme"] is None
    detail = one(client, f"/v1/interactions/{mine[0]['interaction']}")
    assert [row["theme"] for row in detail["findings"]] == [theme["id"]]
    answer = client.get(url, params={"theme": str(uuid4())})
    assert answer.json()["errors"][0]["pointer"] == "/theme"


def test_a_trend_has_no_gaps_and_says_what_it_is_a_share_of(client: TestClient) -> None:
    url = f"{about(client, 'dark')['url']}/trend"
    found = one(client, url, since="2026-03-01", until="2026-03-10")
    assert [row["interactions"] for row in found["buckets"]] == [0, 1, 1, 1, 1, 1, 0, 0, 0]
    assert [row["start"] for row in found["buckets"]] == [f"2026-03-0{day}" for day in range(1, 10)]
    empty, first, *_, last = found["buckets"]
    assert (empty["total"], empty["share"], empty["coverage"]) == (0, None, None)
    assert (first["total"], first["partial"]) == (6, False)
    assert first["share"]["value"] == pytest.approx(1 / 6)
    assert first["coverage"]["value"] == pytest.approx(6 / 7)  # one call waits
    assert (last["total"], last["share"]["value"]) == (2, 0)
    assert found["basis"]["interactions"] == 8 + 8 + 7 + 6 + 5 + 1
    weeks = one(client, url, by="week", since="2026-03-04", until="2026-03-11")["buckets"]
    assert [(row["start"], row["interactions"]) for row in weeks] == [
        ("2026-03-02", 3),
        ("2026-03-09", 0),
    ]
    assert [row["partial"] for row in weeks] == [True, True]
    (month,) = one(client, url, by="month", since="2026-03-01", until="2026-04-01")["buckets"]
    assert (month["interactions"], month["partial"]) == (5, False)
    assert (
        one(client, url, since="2026-03-02", until="2026-03-10", channel="email")["buckets"][2][
            "interactions"
        ]
        == 1
    )


def test_a_trend_up_to_now_says_that_today_is_not_over(client: TestClient) -> None:
    found = one(client, f"{about(client, 'dark')['url']}/trend")
    assert len(found["buckets"]) == 28
    today = datetime.now(UTC).date()
    last = found["buckets"][-1]
    # A test that runs over midnight sees yesterday's answer.
    assert last["start"] in {str(today), str(today - timedelta(days=1))}
    assert [row["partial"] for row in found["buckets"]] == [False] * 27 + [True]


def test_customers_are_counted_where_metadata_name_them(client: TestClient, add: Add) -> None:
    theme = about(client, "guide")
    url = f"{theme['url']}/trend"
    window = {"since": "2026-05-01", "until": "2026-05-03"}
    assert one(client, url, **window)["customers"] is None
    when = datetime(2026, 5, 1, 9, tzinfo=UTC)
    known = [
        call(f"customer-{number}", said("guide", 20 + number), started_at=when, metadata=whose)
        for number, whose in enumerate(
            ({"customer": "C-1"}, {"customer": "C-1"}, {"customer": "C-2"}, {})
        )
    ]
    add(known)
    found = one(client, url, **window)
    assert found["customers"] == 2
    assert [row["customers"] for row in found["buckets"]] == [2, 0]
    assert found["buckets"][0]["interactions"] == 4  # placed as they were mined


def test_a_theme_by_channel_and_by_what_came_with_it(client: TestClient) -> None:
    url = f"{about(client, 'lid')['url']}/breakdown"
    found = one(client, url)
    assert [(row["value"], row["interactions"]) for row in found["parts"]] == [
        ("call", 8),
        ("email", 4),
    ]
    assert found["others"] is None
    assert "product" in found["keys"]
    product = one(client, url, by="product")
    (kettle,) = product["parts"]
    assert (kettle["value"], kettle["total"], kettle["share"]["value"]) == ("Kettle 3", 12, 1)
    assert product["others"]["interactions"] == 0
    assert product["others"]["total"] == product["basis"]["interactions"] - 12
    only = one(client, url, by="channel", metadata="product=App")
    assert only["parts"] == []
    none = one(client, url, by="region")
    assert [row["value"] for row in none["parts"]] == [None]


def test_themes_beside_a_theme(client: TestClient, add: Add) -> None:
    battery, dark = about(client, "battery"), about(client, "dark")
    likest = data(client, f"{battery['url']}/similar", limit=2)
    assert len(likest) == 2
    assert likest[0]["likeness"] >= likest[1]["likeness"]
    assert battery["id"] not in {row["theme"]["id"] for row in likest}
    assert data(client, f"{battery['url']}/related") == []
    add(
        call(f"both-{number}", said("battery", 30 + number), said("dark", 30 + number))
        for number in range(15)
    )
    found = one(client, f"{battery['url']}/related")
    (other,) = found["data"]
    assert other["theme"] == {name: dark[name] for name in ("id", "name", "url")}
    assert other["observed"] == 15
    assert other["expected"] == pytest.approx(22 * 20 / found["total"])
    assert other["lift"] == pytest.approx(15 / other["expected"])
    assert other["q"] < 0.05
    assert found["interactions"] == 22
    assert one(client, f"{battery['url']}/related", until="2026-04-01")["data"] == []


def test_the_history_of_a_theme(client: TestClient) -> None:
    (born,) = data(client, f"{about(client, 'lid')['url']}/lineage")
    assert (born["kind"], born["others"], born["edit"]) == ("born", [], None)
    assert born["passages"] == 12
    assert UUID(born["run"])


def test_areas_hold_all_themes_once(client: TestClient) -> None:
    found = data(client, "/v1/areas")
    listed = [theme["id"] for area in found for theme in area["themes"]]
    assert sorted(listed) == sorted(row["id"] for row in data(client, URL))
    for area in found:
        sizes = [theme["interactions"] for theme in area["themes"]]
        assert sizes == sorted(sizes, reverse=True)
        assert max(sizes) <= area["interactions"] <= sum(sizes)
    first = one(client, "/v1/areas", limit=1, fields="id,name")
    assert set(first["data"][0]) == {"id", "name"}
    second = one(client, "/v1/areas", limit=1, fields="id,name", cursor=first["next"])
    assert first["data"] != second["data"]
    assert data(client, "/v1/areas", scope="feature_request") == []


def test_what_fits_nowhere_waits_and_is_shown(client: TestClient) -> None:
    found = one(client, f"{URL}/emerging")
    assert (found["waiting"], found["findings"]) == (1, 40)
    assert [row["quote"] for row in found["data"]] == [STRANGE]
    assert found["share"]["value"] == pytest.approx(1 / 40)
    waiting = one(client, f"{URL}/emerging", scope="feature_request", limit=2, fields="quote")
    assert (waiting["waiting"], len(waiting["data"])) == (5, 2)
    rest = one(client, f"{URL}/emerging", scope="feature_request", limit=3, cursor=waiting["next"])
    assert len(rest["data"]) == 3
    assert rest["next"] is None


def test_how_far_to_trust_them(client: TestClient) -> None:
    found = {row["scope"]: row for row in data(client, f"{URL}/quality")}
    assert set(found) == {"all", "product_defect"}
    everything = found["all"]
    assert (everything["themes"], everything["passages"]) == (5, 40)
    assert everything["coverage"]["value"] == pytest.approx(39 / 40)
    assert everything["stability"] is None
    assert everything["moved"] == 0
    assert everything["silhouette"] > 0.2
    (row,) = data(client, f"{URL}/quality", scope="all", fields="scope")
    assert row == {"scope": "all"}


def test_pages_do_not_shift_while_themes_change(client: TestClient, add: Add) -> None:
    before = [row["id"] for row in data(client, URL)]
    first = one(client, URL, limit=2)
    # The smallest grows past all others, and the next page neither repeats nor skips another.
    ids = add(calls("dark", range(40, 55), started_at=START))
    second = one(client, URL, limit=2, cursor=first["next"])
    third = one(client, URL, limit=2, cursor=second["next"]) if second["next"] else {"data": []}
    seen = [row["id"] for page in (first, second, third) for row in page["data"]]
    assert seen == before[:4]
    assert data(client, URL)[0]["id"] == before[4]
    for id in ids:
        assert client.delete(f"/v1/interactions/{id}").status_code == 204
    assert [row["id"] for row in data(client, URL)] == before


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What somebody reads when a clustering has written everything and not committed yet."""
    seen: dict[str, Any] = {}
    real = theme_writing.write

    def writing(*args: Any) -> None:
        real(*args)
        seen.update(seen["read"]())

    monkeypatch.setattr(theme_writing, "write", writing)
    return seen


def test_a_reader_during_a_clustering_sees_the_old_state(
    client: TestClient, database: Database, add: Add, late: dict[str, Any]
) -> None:
    before = data(client, URL)
    add(calls("battery", range(60, 70), started_at=START))
    grown = data(client, URL)
    late["read"] = lambda: {
        "themes": data(client, URL),
        "areas": data(client, "/v1/areas", fields="id"),
        "quality": data(client, f"{URL}/quality", scope="all"),
    }
    areas, quality = (
        data(client, "/v1/areas", fields="id"),
        data(client, f"{URL}/quality", scope="all"),
    )
    gather(database, "all")
    assert late["themes"] == grown
    assert (late["areas"], late["quality"]) == (areas, quality)
    after = data(client, URL)
    assert {row["id"] for row in after} == {row["id"] for row in before}
    (known,) = data(client, f"{URL}/quality", scope="all")
    assert known["stability"] == 1
    assert known["moved"] == 0


def test_every_list_of_one_answer_is_of_one_state(
    client: TestClient, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A theme that is written between two statements of a reader is not half there."""
    real = theme_answers.growths
    before = data(client, URL)

    def meanwhile(*args: Any) -> Any:
        assert client.delete(f"/v1/interactions/{gone}").status_code == 204
        return real(*args)

    (gone,) = add(calls("lid", range(90, 91), started_at=START))
    monkeypatch.setattr(theme_answers, "growths", meanwhile)
    seen = data(client, URL)
    monkeypatch.undo()
    assert seen[0]["interactions"] == before[0]["interactions"] + 1
    assert seen[0]["basis"]["interactions"] == before[0]["basis"]["interactions"] + 1
    assert data(client, URL) == before
