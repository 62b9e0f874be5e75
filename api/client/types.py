"""From JSON Schema to Python's types: what the client's dictionaries are made of."""

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any

_PAGE = re.compile(r"Page_(\w+)_")
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def written(schema: Mapping[str, Any]) -> str:
    """The type of what a schema describes, as it stands in a source."""
    if "$ref" in schema:
        return named(schema["$ref"].rpartition("/")[2])
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(written(one) for one in schema[several]))
    values = [schema["const"]] if "const" in schema else schema.get("enum", ())
    if values:
        return f"Literal[{', '.join(map(repr, values))}]"
    return _container(schema)


def _container(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if kind == "array":
        return f"list[{written(schema.get('items', {}))}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {written(values) if isinstance(values, dict) else 'Any'}]"
    return _PLAIN.get(str(kind), "Any")


def named(name: str) -> str:
    """What a schema of the document is called here: pages are one type with a parameter."""
    page = _PAGE.fullmatch(name)
    return name if page is None else f"Page[{page.group(1)}]"


def dictionaries(schemas: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The source of a `TypedDict` for every object of the document, in order of their names."""
    for name, schema in sorted(schemas.items()):
        if _PAGE.fullmatch(name) or name == "Problem":
            continue
        if schema.get("type") != "object" or "properties" not in schema:
            yield f"{name} = {written(schema)}\n"
            continue
        yield _dictionary(name, schema)


def _dictionary(name: str, schema: Mapping[str, Any]) -> str:
    needed = set(schema.get("required", ()))
    keys = []
    for key, value in schema["properties"].items():
        kind = written(value)
        # What the service answers is always whole, apart from `fields`; what it takes need not be.
        left_out = name.endswith("In") and key not in needed
        keys.append((key, f"NotRequired[{kind}]" if left_out else kind))
    if any(not key.isidentifier() or keyword.iskeyword(key) for key, _ in keys):
        listed = ", ".join(f'"{key}": {_quoted(kind)}' for key, kind in keys)
        return f'{name} = TypedDict("{name}", {{{listed}}})\n'
    lines = [f"class {name}(TypedDict):", f'    """{sentence(schema, name)}"""', ""]
    lines += [f"    {key}: {_quoted(kind)}" for key, kind in keys]
    return "\n".join(lines) + "\n"


def _quoted(kind: str) -> str:
    """A type that may be written further down."""
    return f"'{kind}'" if re.search(r"\b[A-Z]\w+(In|Out)\b", kind) and "'" not in kind else kind


def sentence(described: Mapping[str, Any], name: str) -> str:
    """The first paragraph of a description on one line, with a full stop."""
    text = str(described.get("description") or described.get("summary") or name)
    first = " ".join(text.split("\n\n", maxsplit=1)[0].split()).replace("\\", "").replace('"', "'")
    return first if first.endswith((".", "?", "!")) else f"{first}."
