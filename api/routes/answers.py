"""Rows as the schemas have them, and lists in pages."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.errors import Fault, InvalidRequest
from api.schemas.findings import FindingOut
from api.schemas.interactions import InteractionDetailOut, InteractionOut
from api.schemas.jobs import JobOut
from api.store.jobs import Progress
from api.store.tables import InteractionRow, JobRow, TurnRow

Row = TypeVar("Row")


def interaction(row: InteractionRow) -> dict[str, Any]:
    """An interaction without its words."""
    sentiment = None
    if row.sentiment_label is not None:
        sentiment = {"overall": row.sentiment_label, "score": row.sentiment_score}
    error = None
    if row.error_code is not None and row.state == "failed":
        error = {"code": row.error_code, "attempts": row.attempts}
    return {
        "id": row.id,
        "external_id": row.external_id,
        "source": row.source,
        "format": row.format,
        "channel": row.channel,
        "subject": row.subject,
        "started_at": row.started_at,
        "received_at": row.received_at,
        "state": row.state,
        "mined_at": row.mined_at,
        "model": row.model,
        "job": row.job_id,
        "roles": row.roles,
        "metadata": row.meta,
        "redactions": row.redactions,
        "sentiment": sentiment,
        "error": error,
    }


def detail(
    row: InteractionRow,
    turns: Sequence[TurnRow],
    findings: Sequence[Any],
) -> InteractionDetailOut:
    """An interaction with its words, findings (rows of `findings.SHOWN`) and arc."""
    values = interaction(row)
    if values["sentiment"] is not None:
        values["sentiment"]["turns"] = [
            {"index": turn.index, "label": turn.sentiment_label, "score": turn.sentiment_score}
            for turn in turns
            if turn.sentiment_label is not None
        ]
    values["turns"] = [
        {
            "index": turn.index,
            "speaker": turn.speaker,
            "text": turn.text,
            "start": turn.start_seconds,
            "end": turn.end_seconds,
        }
        for turn in turns
    ]
    values["findings"] = [finding(found) for found in findings]
    return InteractionDetailOut.model_validate(values)


def summary(row: InteractionRow) -> InteractionOut:
    """An interaction in a list."""
    return InteractionOut.model_validate(interaction(row))


def finding(row: Any) -> FindingOut:
    """A finding, of a row of `findings.SHOWN`."""
    return FindingOut.model_validate(finding_values(row))


def finding_values(row: Any) -> dict[str, Any]:
    """What an answer says of a finding, by name."""
    return {
        "id": row.id,
        "interaction": row.interaction_id,
        "category": row.category,
        "turn": row.turn,
        "start": row.start,
        "end": row.end,
        "quote": row.quote,
        "confidence": row.confidence,
        "sentiment": row.sentiment,
        "unsure": row.unsure,
        "theme": row.theme,
        "model": row.model,
        "reviewed": row.reviewed,
        "created_at": row.created_at,
    }


def job(row: JobRow, progress: Progress) -> JobOut:
    """A job and how far it is."""
    url = f"/v1/jobs/{row.id}"
    return JobOut.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "state": row.state,
            "source": row.source,
            "created_at": row.created_at,
            "finished_at": row.finished_at,
            "progress": progress,
            "url": url,
            "rejections_url": f"{url}/rejections",
        }
    )


def chosen(schema: type[BaseModel], fields: str | None) -> set[str] | None:
    """The fields that a client asks for, or None for all.

    Raises:
        InvalidRequest: one of them is none of the schema's.
    """
    if fields is None:
        return None
    names = [name.strip() for name in fields.split(",") if name.strip()]
    unknown = [name for name in names if name not in schema.model_fields]
    if unknown or not names:
        said = f"no field is called {unknown[0][:100]!r}" if unknown else "names no field"
        message = f"{said}; choose from {', '.join(schema.model_fields)}"
        fault = Fault(place="query", pointer="/fields", message=message)
        raise InvalidRequest("`fields` is not a list of fields.", faults=[fault])
    return set(names)


def one(item: BaseModel, fields: set[str] | None) -> Response:
    """An answer of one thing."""
    return Response(item.model_dump_json(include=fields), media_type="application/json")


def cut(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], bool]:
    """The rows of one page, of which one more was asked for, and whether more follow."""
    return rows[:limit], len(rows) > limit


def page(
    request: Request,
    items: Sequence[BaseModel],
    *,
    fields: set[str] | None = None,
    next_cursor: str | None,
    beside: BaseModel | None = None,
) -> Response:
    """An answer of one page of a list.

    Args:
        request: whose query the address of the next page repeats.
        items: those on the page.
        fields: of each item, or None for all.
        next_cursor: of the page after this one, or None on the last.
        beside: what is said beside the items, or None.
    """
    data = ",".join([item.model_dump_json(include=fields) for item in items])
    said = {} if beside is None else beside.model_dump(mode="json", exclude={"data", "next"})
    # Each item is written once, straight from its model: with a list that is half of the work.
    ends = _text({**said, "next": next_cursor})
    answer = Response(f'{{"data":[{data}],{ends[1:]}', media_type="application/json")
    if next_cursor is not None:
        pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
        query = urlencode([*pairs, ("cursor", next_cursor)])
        answer.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    return answer


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that may be given again.

    Attributes:
        body: JSON.
        link: to the next page, or None.
    """

    body: bytes
    link: str | None

    def again(self) -> Response:
        """The same answer."""
        headers = None if self.link is None else {"Link": self.link}
        return Response(self.body, media_type="application/json", headers=headers)


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
