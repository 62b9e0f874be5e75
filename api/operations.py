"""What an operation is called: derived from method and path, in one way for all of them.

It is the `operationId` of the OpenAPI document, and so the name of the client's method:
`list_themes`, `read_theme`, `create_rule`, `change_rule`, `delete_rule`, `merge_theme`.
"""

from collections.abc import Mapping
from typing import Any

_WITHOUT_S = {"batches": "batch", "categories": "category", "quality": "quality"}
_VERBS = {"PATCH": "change", "PUT": "set", "DELETE": "delete"}


def rename(document: Mapping[str, Any]) -> None:
    """Give every operation of an OpenAPI document its name, in place."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            pages = "/Page_" in str(operation["responses"].get("200", {}).get("content", {}))
            operation["operationId"] = operation_name(method.upper(), path, pages=pages)


def operation_name(method: str, path: str, *, pages: bool) -> str:
    """The name of an operation.

    Args:
        method: of HTTP.
        path: with `{...}` where ids stand.
        pages: whether it answers a page of a list.
    """
    parts = [part for part in path.strip("/").split("/") if part != "v1"]
    last = parts[-1]
    things = [
        _one(part) if at + 1 < len(parts) and parts[at + 1].startswith("{") else _word(part)
        for at, part in enumerate(parts)
        if not part.startswith("{")
    ]
    name = "_".join(things)
    if method == "GET":
        return f"list_{name}" if pages else f"read_{name}"
    if method != "POST":
        return f"{_VERBS[method]}_{name}"
    if last.endswith("s"):
        return f"create_{'_'.join([*things[:-1], _one(last)])}"
    return "_".join([things[-1], *things[:-1]])


def _word(part: str) -> str:
    return part.replace("-", "_").replace(".", "_")


def _one(part: str) -> str:
    word = _word(part)
    return _WITHOUT_S.get(word, word.removesuffix("s"))
