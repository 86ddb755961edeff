"""Walls that imports do not show: each function finds what breaks one, as ``file:line what``, in a tree of sources."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

PACKAGES = ("gateway", "adapters", "mappings", "consent")
STATEMENT = re.compile(
    r"\b(SELECT\s.*\bFROM|SELECT\s+[1*]|INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\w+\s+SET|CREATE\s+TABLE|TRUNCATE\s)\b",
    re.DOTALL,
)
BANNED_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "core", "misc"})
BANNED_ENDINGS = ("Manager", "Service", "Handler", "Processor")
BANNED_CALLS = frozenset({"eval", "exec", "compile", "__import__"})
BANNED_MODULES = frozenset({"pickle", "marshal", "shelve", "dill", "yaml", "lxml", "xml"})
XML_READERS: frozenset[str] = frozenset({"adapters/police/xml.py"})
"""Files that may import an XML parser: each refuses document type declarations and entities, and a test shows it."""
CLOCKS = frozenset({"now", "utcnow", "today", "fromtimestamp"})
CLOCK = "gateway/clock.py"


def sources(root: Path) -> Iterator[tuple[str, ast.Module]]:
    """Every Python file of the packages with its tree, by its path from the root."""
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            yield file.relative_to(root).as_posix(), _tree(file.read_text())


@lru_cache(maxsize=1024)
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


def sql_outside_the_store(root: Path) -> list[str]:
    """Statements of SQL anywhere but in gateway/store."""
    return [
        f"{file}:{node.lineno} SQL"
        for file, tree in sources(root)
        if not file.startswith("gateway/store/")
        for node in _texts(tree)
        if STATEMENT.search(str(node.value))
    ]


def _texts(tree: ast.Module) -> list[ast.Constant]:
    """The string constants that are no docstrings."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [node for node in texts if id(node) not in docstrings]


def names_that_say_nothing(root: Path) -> list[str]:
    """Files, folders and classes with a name of the kind that collects everything."""
    files = [path for path, _ in sources(root) if BANNED_NAMES & set(re.split(r"[/.]", path))]
    classes = [
        f"{file}:{node.lineno} {node.name}"
        for file, tree in sources(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(BANNED_ENDINGS)
    ]
    return files + classes


def code_from_data(root: Path) -> list[str]:
    """Calls that run text as code, and imports that turn bytes into objects or read XML without protection."""
    calls = [
        f"{file}:{node.lineno} {node.func.id}"
        for file, tree in sources(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BANNED_CALLS
    ]
    imports = [
        f"{file}:{line} import {module}"
        for file, tree in sources(root)
        for line, module in _imports(tree)
        if module.split(".")[0] in BANNED_MODULES and file not in XML_READERS
    ]
    return calls + imports


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def clocks(root: Path) -> list[str]:
    """Questions for the time anywhere but in gateway/clock.py; durations by time.monotonic are none."""
    return [
        f"{file}:{node.lineno} {ast.unparse(node.func)}"
        for file, tree in sources(root)
        if file != CLOCK
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _asks_the_time(node.func)
    ]


def _asks_the_time(call: ast.Attribute) -> bool:
    owner = ast.unparse(call.value)
    if owner in {"datetime", "date", "datetime.datetime", "datetime.date"}:
        return call.attr in CLOCKS - {"fromtimestamp"}
    return owner == "time" and call.attr in {"time", "time_ns", "localtime", "gmtime"}


def releases_elsewhere(root: Path) -> list[str]:
    """Modules other than those of gateway/disclose that take ``release`` from the law: nothing else lets out."""
    return [
        f"{file}:{node.lineno} release"
        for file, tree in sources(root)
        if not file.startswith(("gateway/disclose/", "consent/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "consent.decide"
        and "release" in {alias.name for alias in node.names}
    ]


def silenced_types(root: Path) -> list[str]:
    """``type: ignore`` without its code and a reason; none at all in the law."""
    found = []
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                if "# type: ignore" in line and (
                    package == "consent" or not re.search(r"# type: ignore\[[a-z, -]+\]  # \w+", line)
                ):
                    found.append(f"{file.relative_to(root).as_posix()}:{number} type: ignore")
    return found
