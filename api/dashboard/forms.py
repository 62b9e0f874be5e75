"""What the forms on the pages send."""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api.manners.body import Body
from api.problems import invalid

Schema = TypeVar("Schema", bound=BaseModel)


def sent(request: Request, *, limit: int) -> dict[str, list[str]]:
    """The fields that were filled in, each with all of its values.

    Args:
        request: of the form.
        limit: most bytes that are read.

    Raises:
        TooLarge: it is longer.
    """
    return parse_qs(Body(request, limit=limit).read().decode(errors="replace"))


def checked(schema: type[Schema], values: Mapping[str, Any]) -> Schema:
    """The fields as a schema has them.

    Raises:
        InvalidRequest: it is no form that a page makes.
    """
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise invalid(faults, place="body") from None
