"""Weakens the law, one expression at a time, and lists the changes that no test noticed.

Each mutant is written into a copy of the sources and meets ``tests/consent``. A survivor is a line of law that no test
holds. Usage: ``python tools/mutation.py [--mutants N] [--seed N] [--seconds S]``; 0 mutants means all of them.
"""

import argparse
import ast
import copy
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("consent", "gateway", "mappings", "adapters", "tests", "samples", "docs", "pyproject.toml", "README.md")
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One file with one expression changed."""

    file: str
    line: int
    change: str
    text: str


def mutants(file: Path) -> Iterator[Mutant]:
    """Every mutant of a file: comparisons turned, and/or swapped, not dropped, constants turned, returns emptied."""
    tree = ast.parse(file.read_text())
    for number, node in enumerate(ast.walk(tree)):
        for turn in range(_turns(node)):
            changed = copy.deepcopy(tree)
            target = next(each for place, each in enumerate(ast.walk(changed)) if place == number)
            before = ast.unparse(target)
            after = _turn(target, turn)
            text = ast.unparse(ast.fix_missing_locations(changed))
            line = getattr(node, "lineno", 0)
            yield Mutant(file.relative_to(ROOT).as_posix(), line, f"{before}  ->  {after}", text)


def _turns(node: ast.AST) -> int:
    """How many changes a node takes."""
    match node:
        case ast.Compare():
            return len(node.ops)
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.Constant(value=bool()):
            return 1
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            return 1
    return 0


def _turn(node: ast.AST, turn: int) -> str:
    """Change the node in place; what it became."""
    match node:
        case ast.Compare():
            node.ops[turn] = OPPOSITE[type(node.ops[turn])]()
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.UnaryOp(op=ast.Not()):
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Return():
            node.value = ast.Constant(None)
    return ast.unparse(node)


def survives(mutant: Mutant, folder: Path) -> bool:
    """Whether every test of the law passes with this change."""
    path = folder / mutant.file
    kept = path.read_text()
    path.write_text(mutant.text)
    try:
        options = ["-x", "-q", "-m", "not soak", "-p", "no:cacheprovider"]
        options += ["-p", "tests.profiles", "--hypothesis-profile=steady"]
        command = [sys.executable, "-m", "pytest", *options, "tests/consent"]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300).returncode == 0  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_text(kept)


def chosen(count: int, seed: int) -> list[Mutant]:
    """A sample of the mutants of the law, or all of them when count is 0."""
    found = [mutant for file in sorted((ROOT / "consent").rglob("*.py")) for mutant in mutants(file)]
    return found if count == 0 else random.Random(seed).sample(found, min(count, len(found)))  # noqa: S311


def main() -> int:
    """Run the mutants; status 1 if one survived, 2 if the tests fail without any change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start no mutant after this many")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crosswalk-mutation-") as name:
        folder = Path(name)
        _copy(folder)
        law = "consent/decide.py"
        if not survives(Mutant(law, 0, "", (ROOT / law).read_text()), folder):
            print("the tests of the law fail as they are: mend them first")  # noqa: T201
            return 2
        return _report(chosen(given.mutants, given.seed), folder, given.seconds)


def _copy(folder: Path) -> None:
    for source in SOURCES:
        path = ROOT / source
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(path, folder / source, ignore=ignore) if path.is_dir() else shutil.copy(path, folder)


def _report(wanted: list[Mutant], folder: Path, seconds: float) -> int:
    begun, tried, alive = time.monotonic(), 0, 0
    for mutant in wanted:
        if time.monotonic() - begun > seconds:
            break
        tried += 1
        if survives(mutant, folder):
            alive += 1
            print(f"survived  {mutant.file}:{mutant.line}  {mutant.change}", flush=True)  # noqa: T201
    print(f"{tried} mutants, {tried - alive} noticed, {alive} survived")  # noqa: T201
    return 1 if alive else 0


if __name__ == "__main__":
    raise SystemExit(main())
