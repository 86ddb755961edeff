"""The closed list of named transforms that a mapping row may use, and which components each of them reads."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings import identifiers, people, times, vocabularies
from mappings.account import Account
from mappings.concepts import Concepts
from mappings.parts import Parts, part

Apply = Callable[[Parts, Account], Any]
ApplyTable = Callable[[Parts, Account, Concepts], Any]

_INTEGER = re.compile(r"[+-]?\d{1,9}")
_DECIMAL = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
_BOOLEAN = {"Y": True, "N": False}


@dataclass(frozen=True, slots=True)
class Transform:
    """A named transform; reads maps each component that it reads to how many of its subcomponents it reads.

    whole is how many components from the first on are read without a gap.
    """

    name: str
    apply: Apply
    reads: Mapping[int, int]
    whole: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        gap = next(number for number in range(1, len(self.reads) + 2) if number not in self.reads)
        object.__setattr__(self, "whole", gap - 1)


def text(parts: Parts, _account: Account) -> str | None:
    """The text as it stands."""
    return part(parts, 1) or None


def message_type(parts: Parts, _account: Account) -> str | None:
    """A message type, trigger event and structure as HL7 v2 writes them."""
    return "^".join(text for number in (1, 2, 3) if (text := part(parts, number))) or None


def integer(parts: Parts, account: Account) -> int | None:
    """A whole number."""
    sent = part(parts, 1)
    if sent and not _INTEGER.fullmatch(sent):
        account.drop(1, "no whole number")
        return None
    return int(sent) if sent else None


def decimal(parts: Parts, account: Account) -> int | float | None:
    """A decimal number; one that JSON writes differently is reported."""
    sent = part(parts, 1)
    if not sent:
        return None
    if not _DECIMAL.fullmatch(sent):
        account.drop(1, "no decimal number")
        return None
    number = float(sent) if "." in sent else int(sent)
    if str(number) != sent:
        account.repair("the same number, written as JSON writes it", 1)
    return number


def boolean(parts: Parts, account: Account) -> bool | None:
    """Y or N of HL7 table 0136."""
    sent = part(parts, 1)
    found = _BOOLEAN.get(sent.upper())
    if sent and found is None:
        account.drop(1, "neither Y nor N")
    return found


def date(parts: Parts, account: Account) -> str | None:
    """A DT, or the date of a DTM, with the precision it has."""
    sent = part(parts, 1)
    return identifiers.said(times.date(sent), 1, account) or None if sent else None


def date_time(parts: Parts, account: Account) -> str | None:
    """A DTM or TS with the sender's offset and precision."""
    sent = part(parts, 1)
    found = times.date_time(sent, account.setting.zone, account.setting.offset) if sent else None
    return identifiers.said(found, 1, account) or None if found else None


def _components(*numbers: int, **deeper: int) -> dict[int, int]:
    return {**dict.fromkeys(numbers, 1), **{int(key.removeprefix("c")): depth for key, depth in deeper.items()}}


_CWE = _components(*range(1, 14))
_CX = _components(1, 5, 6, 7, 8, c4=3)

TRANSFORMS: Mapping[str, Transform] = {
    each.name: each
    for each in (
        Transform("text", text, {1: 1}),
        Transform("message_type", message_type, _components(1, 2, 3)),
        Transform("integer", integer, {1: 1}),
        Transform("decimal", decimal, {1: 1}),
        Transform("boolean", boolean, {1: 1}),
        Transform("date", date, {1: 1}),
        Transform("date_time", date_time, {1: 1}),
        Transform("concept", vocabularies.concept, _CWE),
        Transform("identifier", identifiers.identifier, _CX),
        Transform("authority", identifiers.authority_of, _components(1, 2, 3)),
        Transform("entity", identifiers.entity, _components(1, 2, 3, 4)),
        Transform("social_security", identifiers.social_security, {1: 1}),
        Transform("provider_number", identifiers.provider_number, {1: 1, 2: 1}),
        Transform("license_number", identifiers.license_number, _components(1, 2, 3)),
        Transform("name", people.name, _components(2, 3, 4, 5, 6, 7, 12, 13, c1=5)),
        Transform("spoken", people.spoken, _components(*range(1, 7))),
        Transform("address", people.address, _components(2, 3, 4, 5, 6, 7, 9, 13, 14, c1=3)),
        Transform("contact_points", people.contact_points, _components(*range(1, 10), 12, 13, 14)),
        Transform("practitioner", people.practitioner, _components(1, 2, 3, 4, 5, 6, 7, 13, c9=3)),
        Transform("organization", people.organization, _components(1, 3, 7, 10, c6=3)),
        Transform("place", people.place, _components(1, 2, 3, 4, 7, 8, 9)),
    )
}

LOOKUPS: Mapping[str, tuple[ApplyTable, Mapping[int, int]]] = {
    "code": (vocabularies.code, {1: 1}),
    "coding": (vocabularies.mapped_coding, {1: 1}),
    "concept": (vocabularies.mapped_concept, _CWE),
}
"""What a code table can be looked up as."""


def transform(name: str, table: Concepts | None = None) -> Transform:
    """The transform of that name, bound to a code table if one is given. Raises KeyError for any other name."""
    if table is None:
        return TRANSFORMS[name]
    look_up, reads = LOOKUPS[name]
    return Transform(name, lambda parts, account: look_up(parts, account, table), reads)
