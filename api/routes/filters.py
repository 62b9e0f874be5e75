"""What filters of several lists share: names that have to exist, and pieces of metadata."""

from collections.abc import Sequence
from uuid import UUID

from api.context import Session
from api.errors import Fault, InvalidRequest
from api.store import categories, themes
from nlp.types import CATEGORIES

PRODUCT = "product"
"""The key of metadata that names the product."""


def metadata(pairs: Sequence[str], *, product: str | None = None) -> dict[str, str]:
    """Pieces of metadata that a query asks for, the product's among them.

    Raises:
        InvalidRequest: one of them is not written `key=value`.
    """
    found = {}
    for index, pair in enumerate(pairs):
        key, separator, value = pair.partition("=")
        if not separator or not key:
            message = "has to be key=value, such as region=EMEA"
            fault = Fault(place="query", pointer=f"/metadata/{index}", message=message)
            raise InvalidRequest("A piece of metadata is not written key=value.", faults=[fault])
        found[key] = value
    if product is not None:
        found[PRODUCT] = product
    return found


def check_category(session: Session, name: str | None) -> None:
    """Refuse a category that is not there, lest its empty list be taken for good news.

    Raises:
        InvalidRequest: with those that are.
    """
    if name is None or name in CATEGORIES:
        return
    known = categories.names(session)
    if name not in known:
        message = f"no category is called {name[:60]!r}; there are {', '.join(known)}"
        fault = Fault(place="query", pointer="/category", message=message)
        raise InvalidRequest("There is no such category.", faults=[fault])


def check_theme(session: Session, id: UUID | None) -> None:
    """The same for a theme that is not there, or that another one took in.

    Raises:
        InvalidRequest: with the other one.
    """
    if id is None:
        return
    row = themes.get(session, id)
    if row is not None and row.state != "merged":
        return
    message = f"no theme has the id {id}"
    if row is not None:
        message = f"it was merged into {themes.successor(session, row).id}: ask for that one"
    fault = Fault(place="query", pointer="/theme", message=message)
    raise InvalidRequest("There is no such theme.", faults=[fault])
