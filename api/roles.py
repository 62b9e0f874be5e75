"""Which people may do what: roles after what an identity provider says of them.

A role stands in `CONDUIT_OIDC_ROLES` as `value=scope,scope` or `value=scope@department`, with
semicolons between roles: `qa=submit,read;writers=read,label@documentation`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from api.auth import SCOPES
from nlp.heads.custom import NAME

_FORM = "write it as value=scope,scope or value=scope@department, with ; between roles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What people of one group may do.

    Attributes:
        value: of the provider's claim, such as the name of a group.
        scopes: what they may do.
        department: name of the one whose findings they see; None sees all.
    """

    value: str
    scopes: frozenset[str]
    department: str | None = None


def read(text: str) -> tuple[Role, ...]:
    """The roles that a setting names, in its order.

    A value may hold an equals sign, as names of a directory do: the last one of a role counts.

    Raises:
        ValueError: with the role that is wrong, and what would be right.
    """
    found = tuple(_role(part.strip()) for part in text.split(";") if part.strip())
    if not found:
        raise ValueError(f"no role is named: {_FORM}")
    twice = {one.value for one in found if sum(one.value == two.value for two in found) > 1}
    if twice:
        raise ValueError(f"{sorted(twice)[0]!r} is named twice: write its scopes in one role")
    return found


def _role(text: str) -> Role:
    value, _, granted = text.rpartition("=")
    if not value.strip():
        raise ValueError(f"{text!r} is no role: {_FORM}")
    names, bound, department = (part.strip() for part in granted.partition("@"))
    scopes = frozenset(name.strip() for name in names.split(",") if name.strip())
    unknown = sorted(scopes - set(SCOPES))
    if unknown or not scopes:
        said = f"no scope is called {unknown[0]!r}" if unknown else "it has no scope"
        raise ValueError(f"{text!r}: {said}; there are {', '.join(SCOPES)}")
    if bound and not re.search(NAME, department):
        raise ValueError(f"{text!r}: {department!r} is no name of a department")
    return Role(value=value.strip(), scopes=scopes, department=department or None)


def first(roles: Collection[Role], values: Collection[str]) -> Role | None:
    """The role of a person: the first of the setting whose value they have.

    Roles are not added up: two departments could not be, and who stands in one more group should
    not by that see more than the setting's order says.
    """
    return next((role for role in roles if role.value in values), None)


def values_of(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """What an identity provider's token says of a person under a claim.

    Args:
        claims: of the token.
        claim: its name; where there is none of that name, dots lead into objects, as in
            `realm_access.roles`.
    """
    found: Any = claims.get(claim)
    if found is None:
        found = claims
        for step in claim.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return frozenset(one for one in listed if isinstance(one, str))
