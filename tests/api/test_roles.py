"""Roles after groups: read from one line, or refused with what is wrong; the first that fits."""

from typing import Any

import pytest

from api.roles import Role, first, read, values_of


def test_roles_are_read_in_their_order() -> None:
    found = read(" qa = submit, read ;writers=read,label@documentation;cn=boss,dc=example=admin;")
    assert found == (
        Role(value="qa", scopes=frozenset({"submit", "read"})),
        Role(value="writers", scopes=frozenset({"read", "label"}), department="documentation"),
        Role(value="cn=boss,dc=example", scopes=frozenset({"admin"})),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no role is named"),
        (" ; ", "no role is named"),
        ("qa", "'qa' is no role: write it as value=scope"),
        ("=read", "'=read' is no role"),
        ("qa=", "it has no scope; there are submit, read, label, admin"),
        ("qa=@support", "it has no scope"),
        ("qa=read,write", "no scope is called 'write'"),
        ("qa=read@", "'' is no name of a department"),
        ("qa=read@Some Department", "'Some Department' is no name of a department"),
        ("qa=read;qa=label", "'qa' is named twice"),
    ],
)
def test_what_is_no_role_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        read(text)
    assert said in str(raised.value)


def test_the_first_that_fits_counts() -> None:
    roles = read("a=read;b=admin")
    assert first(roles, {"b", "a"}) is roles[0]
    assert first(roles, {"b"}) is roles[1]
    assert first(roles, {"A", "c"}) is None


@pytest.mark.parametrize(
    ("claims", "claim", "found"),
    [
        ({"groups": ["a", "b"]}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({"groups": ["a", 1, None, ["b"]]}, "groups", {"a"}),
        ({"groups": {"a": 1}}, "groups", set()),
        ({}, "groups", set()),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"realm_access": "roles"}, "realm_access.roles", set()),
        ({"https://x.example/roles": ["a"]}, "https://x.example/roles", {"a"}),
    ],
)
def test_values_of_a_claim(claims: dict[str, Any], claim: str, found: set[str]) -> None:
    assert values_of(claims, claim) == found
