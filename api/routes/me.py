"""/v1/me: who asks, and what they may do."""

from fastapi import APIRouter

from api.auth import needs
from api.context import Served
from api.routes import key_examples as examples
from api.schemas.keys import KeyDepartmentOut, MeOut
from api.schemas.problems import problems
from api.store import keys

router = APIRouter(tags=["keys"], dependencies=[needs(None)])


@router.get(
    "/me",
    summary="Read who you are to the service",
    responses={200: examples.ME, **problems()},
)
def read_me(context: Served) -> MeOut:
    """Reads whose key was sent, which scopes it has, and whose findings it may see."""
    caller = context.caller
    department = None
    if caller.department is not None:
        with context.reading() as session:
            name = keys.department_name(session, caller.department) or ""
        department = KeyDepartmentOut(id=caller.department, name=name)
    return MeOut(
        id=caller.id, name=caller.name, scopes=sorted(caller.scopes), department=department
    )
