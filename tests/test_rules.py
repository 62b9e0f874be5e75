"""The project's own rules, each with a case that breaks it.

An exception is written where it is made, as a comment on the line: `# rule: <name>, <reason>`.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("nlp", "api")
FILE_LINES = 400
FUNCTION_LINES = 50

Rule = Callable[[Path, str], Iterator[str]]


def _files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert found
    return sorted(found)


def _names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything that a module imports, whether at its top or in a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# Who may not import what: the first part is a path, the second the start of a module's name.
FORBIDDEN: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("nlp/", ("api",), "the miner is used without the service"),
    ("nlp/", ("sqlalchemy", "psycopg", "procrastinate"), "no database in nlp"),
    ("nlp/", ("fastapi", "starlette", "httpx", "requests", "urllib.request"), "no HTTP in nlp"),
    ("api/routes/", ("sqlalchemy", "psycopg", "procrastinate"), "routes are thin"),
    ("api/dashboard/", ("sqlalchemy", "psycopg", "procrastinate"), "pages are thin"),
    ("api/store/", ("fastapi", "starlette", "uvicorn"), "the store knows no HTTP"),
    ("api/store/", ("api.routes", "api.steps", "api.app", "api.jobs", "api.schemas"), "downward"),
    ("api/steps/", ("fastapi", "starlette", "api.routes", "api.app", "api.schemas"), "downward"),
    ("", ("pickle", "joblib", "dill", "cloudpickle"), "a model is never a pickle"),
    ("", ("models", "corpora"), "folders of data, not packages"),
)


def layers(path: Path, source: str) -> Iterator[str]:
    """No module imports what its layer may not know."""
    name = str(path)
    for imported in _imports(ast.parse(source)):
        for place, starts, reason in FORBIDDEN:
            if name.startswith(place) and any(
                imported == start or imported.startswith(f"{start}.") for start in starts
            ):
                yield f"imports {imported}: {reason}"


def environment(path: Path, source: str) -> Iterator[str]:
    """The miner reads no environment and no clock: what it needs is handed to it."""
    if not str(path).startswith("nlp/") or path.name in {"cli.py", "__main__.py"}:
        return
    for node in ast.walk(ast.parse(source)):
        dotted = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if dotted in {"os.environ", "os.getenv", "time.time", "datetime.now", "datetime.utcnow"}:
            yield f"line {node.lineno}: {dotted}"  # type: ignore[attr-defined]  # an Attribute


def size(path: Path, source: str) -> Iterator[str]:
    """Files to 400 lines, functions to 50 (a docstring does not count)."""
    lines = source.count("\n")
    if lines > FILE_LINES:
        yield f"{lines} lines"
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0]
        documented = ast.get_docstring(node) is not None
        prose = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
        length = (node.end_lineno or 0) - node.lineno + 1 - prose
        if length > FUNCTION_LINES:
            yield f"{node.name} has {length} lines"


def _calls(pattern: str, *, allowed: Callable[[Path], bool]) -> Rule:
    def rule(path: Path, source: str) -> Iterator[str]:
        if allowed(path):
            return
        for number, line in enumerate(source.splitlines(), start=1):
            if re.search(pattern, line.partition("#")[0]):
                yield f"line {number}: {line.strip()}"

    return rule


def _below(*places: str) -> Callable[[Path], bool]:
    return lambda path: any(str(path).startswith(place) for place in places)


sql = _calls(
    r"(?<![\w.])(select|insert|update|delete|text)\(|\bexec_driver_sql\(",
    allowed=_below("api/store/", "api/jobs.py", "nlp/"),
)
commit = _calls(r"\.(commit|begin)\(", allowed=_below("api/store/database.py"))
http_exception = _calls(r"\bHTTPException\b", allowed=_below("nlp/"))
settings = _calls(r"(?<!\w)Settings\((?!Base)", allowed=_below("api/cli.py", "api/settings.py"))


def words_of_this_machine(path: Path, source: str) -> Iterator[str]:
    """No path of somebody's machine."""
    for found in re.finditer(r"/(work|home|root|Users)/\w+", source):
        yield found.group()


RULES: dict[str, Rule] = {
    "layers": layers,
    "environment": environment,
    "size": size,
    "sql": sql,
    "commit": commit,
    "http_exception": http_exception,
    "settings": settings,
    "machine": words_of_this_machine,
}


@pytest.mark.parametrize("name", RULES)
def test_the_project_keeps_the_rule(name: str) -> None:
    broken = []
    for path in _files(*PACKAGES):
        source = path.read_text(encoding="utf-8")
        if f"# rule: {name}, " in source:
            continue
        relative = path.relative_to(ROOT)
        broken += [f"{relative}: {fault}" for fault in RULES[name](relative, source)]
    assert broken == []


@pytest.mark.parametrize(
    ("name", "path", "source"),
    [
        ("layers", "nlp/pipeline.py", "from api.store import tables"),
        ("layers", "nlp/pipeline.py", "def f():\n    import psycopg"),
        ("layers", "api/routes/findings.py", "from sqlalchemy import select"),
        ("layers", "api/store/jobs.py", "import api.routes.jobs"),
        ("layers", "api/store/jobs.py", "from api import routes"),
        ("layers", "nlp/heads/linear.py", "import pickle"),
        ("environment", "nlp/encoder.py", "import os\nos.environ['HOME']"),
        ("environment", "nlp/encoder.py", "import time\nnow = time.time()"),
        ("size", "nlp/x.py", "x = 1\n" * 401),
        ("size", "nlp/x.py", "def f():\n" + "    x = 1\n" * 51),
        ("sql", "api/routes/jobs.py", "rows = session.execute(select(JobRow))"),
        ("sql", "api/steps/mine.py", "session.execute(text('SELECT 1'))"),
        ("commit", "api/steps/mine.py", "session.commit()"),
        ("commit", "api/store/jobs.py", "with session.begin():"),
        ("http_exception", "api/routes/jobs.py", "raise HTTPException(404)"),
        ("settings", "api/app.py", "app = create_app(Settings())"),
        ("machine", "api/app.py", "HOME = '/home/dana/x'"),
    ],
)
def test_the_rule_sees_what_breaks_it(name: str, path: str, source: str) -> None:
    assert list(RULES[name](Path(path), source))


@pytest.mark.parametrize(
    ("name", "path", "source"),
    [
        ("layers", "api/routes/jobs.py", "from api.store import jobs"),
        ("layers", "nlp/x.py", "import apiary"),
        ("size", "nlp/x.py", "x = 1\n" * 400),
        ("size", "nlp/x.py", "def f():\n" + "    x = 1\n" * 49),
        ("size", "nlp/x.py", 'def f():\n    """' + "a\n" * 60 + '    """\n    return 1\n'),
        ("sql", "api/steps/mine.py", "found.update(x)  # not select(x)"),
        ("commit", "api/store/database.py", "session.begin()"),
        ("settings", "api/x.py", "def f(settings: Settings) -> None: ..."),
    ],
)
def test_the_rule_leaves_what_keeps_it(name: str, path: str, source: str) -> None:
    assert list(RULES[name](Path(path), source)) == []


def _unfrozen(module: ModuleType) -> list[str]:
    found = []
    for value in vars(module).values():
        if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__:
            frozen = value.__dataclass_params__.frozen  # type: ignore[attr-defined]  # undocumented
            if not frozen or "__slots__" not in vars(value):
                found.append(value.__name__)
    return found


def test_the_values_between_stages_are_frozen() -> None:
    module = import_module("nlp.types")
    assert _unfrozen(module) == []
    assert any(is_dataclass(value) and fields(value) for value in vars(module).values())


def test_a_value_that_is_not_frozen_is_seen() -> None:
    module = ModuleType("loose")
    exec(  # noqa: S102 - a module made here
        "from dataclasses import dataclass\n"
        "@dataclass(slots=True)\nclass A:\n    x: int\n"
        "@dataclass(frozen=True)\nclass B:\n    x: int\n"
        "@dataclass(frozen=True, slots=True)\nclass C:\n    x: int\n",
        vars(module),
    )
    assert _unfrozen(module) == ["A", "B"]


ERROR_MODULES = ("nlp.errors", "api.errors", "api.store.errors")


def _drawn(docstring: str) -> dict[str, str | None]:
    """Each class of a drawn tree, and the class that it hangs below."""
    block = docstring.split("```")[1].splitlines()
    found: dict[str, str | None] = {}
    above: list[str] = []
    for line in block:
        name = re.search(r"[A-Za-z]\w*", line)
        if name is None:
            continue
        depth = name.start() // 4
        found[name.group()] = above[depth - 1] if depth else None
        above[depth:] = [name.group()]
    return found


def _built(module: ModuleType) -> dict[str, str | None]:
    """Each class of errors in a module, and the one of the same module that it comes from."""
    classes = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Exception)
        and value.__module__ == module.__name__
    }
    return {
        name: next((base.__name__ for base in value.__bases__ if base.__name__ in classes), None)
        for name, value in classes.items()
    }


@pytest.mark.parametrize("name", ERROR_MODULES)
def test_the_tree_of_errors_is_the_one_that_is_drawn(name: str) -> None:
    module = import_module(name)
    assert _drawn(module.__doc__ or "") == _built(module)


@pytest.mark.parametrize("name", ERROR_MODULES)
def test_every_error_has_a_code_of_its_own(name: str) -> None:
    module = import_module(name)
    codes = [getattr(module, error).code for error in _built(module)]
    assert len(set(codes)) == len(codes)


def test_a_tree_that_is_drawn_wrongly_is_seen() -> None:
    drawn = _drawn("```\nA\n├── B   a thing\n│   └── C\n└── D\n```")
    assert drawn == {"A": None, "B": "A", "C": "B", "D": "A"}


HEAVY = ("torch", "onnxruntime", "onnx", "spacy", "transformers", "sklearn")


def _loaded_by(code: str) -> set[str]:
    """Which heavy libraries a fresh process holds after some code."""
    report = f"import sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ast.literal_eval(ended.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import api.web",
        "import api.supervisor",
        "import api.cli",
        "import api.steps.seed",
        "import api.worker",
    ],
)
def test_only_the_worker_holds_the_heavy_libraries(code: str) -> None:
    assert _loaded_by(code) == set()


def test_a_heavy_library_is_seen() -> None:
    assert _loaded_by("import onnxruntime") == {"onnxruntime"}


def test_everything_imports_in_an_empty_environment() -> None:
    names = [
        _names(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for path in _files(*PACKAGES)
        if path.name != "__main__.py" and "migrations" not in path.parts
    ]
    # Training alone needs PyTorch, which is not there where the tests run.
    taught = {f"nlp.learn.{name}" for name in ("fit", "network", "onward", "recipe", "train")}
    code = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name.removeprefix("~"))
    except ModuleNotFoundError as error:
        if not name.startswith("~") or error.name != "torch":
            raise
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, *(f"~{name}" if name in taught else name for name in names)],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
