"""ETag and If-Match: nobody overwrites a change that they have not seen (RFC 9110, RFC 6585)."""

from starlette.requests import Request

from api.errors import Changed, NoVersion

HEADER = "If-Match"


def etag(revision: int) -> str:
    """The entity tag of a revision."""
    return f'"{revision}"'


def check(request: Request, revision: int, *, needed: bool = True) -> None:
    """Make sure that a change is of this revision.

    Args:
        request: whose `If-Match` says what it is of; `*` takes any.
        revision: that is stored.
        needed: whether the header has to be there.

    Raises:
        NoVersion: the header is missing.
        Changed: it names another revision.
    """
    given = request.headers.get(HEADER)
    if given is None:
        if needed:
            raise NoVersion(f"Send {HEADER} with the ETag that you read, or `*` to take any.")
        return
    tags = {tag.strip() for tag in given.split(",")}
    if "*" not in tags and etag(revision) not in tags:
        raise Changed(f"It is at {etag(revision)} by now: read it again, and then change it.")
