"""/v1/formats: what can be handed in."""

from fastapi import APIRouter

from api.auth import needs
from api.routes import examples
from api.schemas.jobs import FormatOut, FormatsOut
from api.schemas.problems import problems
from nlp.readers import READERS

router = APIRouter(tags=["formats"])


@router.get(
    "/formats",
    dependencies=[needs(None)],
    summary="List the formats that are read",
    responses={200: examples.FORMATS, **problems()},
)
def list_formats() -> FormatsOut:
    """Lists every format, in the order in which they are tried on an upload."""
    return FormatsOut(
        data=[
            FormatOut(
                name=name,
                title=format.title,
                suffixes=list(format.suffixes),
                checked_with=format.checked_with,
            )
            for name, format in READERS.items()
        ]
    )
