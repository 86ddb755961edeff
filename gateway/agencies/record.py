"""The stored form of agencies and operators: plain JSON, and a digest that names one version of the content."""

from hashlib import sha256
from typing import Any, TypeVar

import orjson

from gateway.agencies.model import Agency, Operator
from gateway.agencies.problems import Place, Problem
from gateway.agencies.shape import Reader, plain

T = TypeVar("T")


class Unstorable(Exception):
    """Stored JSON is not an agency or operator; the text lists the problems with their places."""


def to_json(value: Agency | Operator) -> dict[str, Any]:
    """The JSON form; keys are those of the file, defaults are left out."""
    form: dict[str, Any] = plain(value)
    return form


def from_json(form: object) -> Agency:
    """The agency that to_json wrote. Raises Unstorable."""
    return _from(Agency, form)


def operator_from_json(form: object) -> Operator:
    """The operator that to_json wrote. Raises Unstorable."""
    return _from(Operator, form)


def digest(value: Agency | Operator) -> str:
    """SHA-256 of the content in hexadecimal: equal content, equal digest, whatever the order of keys in the file."""
    return sha256(orjson.dumps(to_json(value), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _from(shape: type[T], form: object) -> T:
    problems: list[Problem] = []
    value = Reader(problems).table(shape, form, Place("stored"))
    if value is None or problems:
        raise Unstorable("; ".join(map(str, problems)) or "nothing to read")
    return value
