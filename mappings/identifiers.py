"""Identifiers and the URIs of those who issue them: HL7 v2 CX, EI, PLN and HD to FHIR Identifier.

Source: HL7 v2.8 chapter 2A (CX, EI, HD), https://hl7.org/fhir/R4/datatypes.html#Identifier.
An identifier without a system of its own may be two people's: a system is always asked for, never guessed.
"""

import re
from typing import Any
from urllib.parse import quote

from mappings.account import Account
from mappings.concepts import concepts
from mappings.parts import Parts, blank, part, sub, subs
from mappings.times import Time, date_time

Json = dict[str, Any]

OWN = "urn:crosswalk:authority:"
SSN = "http://hl7.org/fhir/sid/us-ssn"
NPI = "http://hl7.org/fhir/sid/us-npi"
TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
ISSUED_HERE = frozenset({"", "MR", "PI", "PT", "PN", "AN", "VN", "U", "ANON", "EI", "RI"})
"""Types that the sending facility issues itself: only these fall back to its own system."""

_OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s]+", re.IGNORECASE)


def authority(namespace: str, universal: str, kind: str, account: Account) -> str:
    """The URI of an HD, empty if it names nobody: the channel's own table first, then OID, UUID and URI as they are.

    >>> from mappings.account import Setting
    >>> authority("CITYHOSP", "", "", Account(Setting()))
    'urn:crosswalk:authority:CITYHOSP'
    """
    known = account.setting.authorities
    found = known.get(namespace) or known.get(universal) or national(namespace, universal)
    if found:
        return found
    if universal:
        return _universal(universal, kind)
    return OWN + quote(namespace, safe="") if namespace else ""


def authority_of(parts: Parts, account: Account) -> str | None:
    """The URI of an HD that is a value of its own; None if it names nobody."""
    return authority(part(parts, 1), part(parts, 2), part(parts, 3), account) or None


def national(namespace: str, universal: str) -> str:
    """The URI of the few authorities that HL7 names itself, empty for all others."""
    found = concepts("authorities").find(universal or namespace)
    return found.code if found else ""


def _universal(universal: str, kind: str) -> str:
    if _OID.fullmatch(universal):
        return f"urn:oid:{universal}"
    if _UUID.fullmatch(universal):
        return f"urn:uuid:{universal.lower()}"
    if _URI.fullmatch(universal):
        return universal
    return f"{OWN}{quote(kind, safe='')}:{quote(universal, safe='')}"


def system(parts: Parts, number: int, kind: str, account: Account) -> str:
    """The system of an identifier whose authority is in the numbered component; empty if nobody can be named."""
    if blank(subs(parts, number)):
        named = ""
    else:
        namespace, universal, form = (sub(parts, number, position) for position in (1, 2, 3))
        named = authority(namespace, universal, form, account)
        _unsaid(namespace, universal, form, named, [(number, 1), (number, 2), (number, 3)], account)
    if kind == "SS":
        return SSN if named in ("", SSN) else named
    if kind == "NPI":
        return NPI
    return named or (account.setting.authority if kind in ISSUED_HERE else "")


def _unsaid(
    namespace: str, universal: str, form: str, uri: str, places: list[tuple[int, int]], account: Account
) -> None:
    """Enter what an authority's URI does not say: a namespace beside a universal id, a kind without one."""
    if form and not universal:
        account.drop(places[2][0], "belongs to a universal id that is not there", places[2][1])
    if namespace and universal and quote(namespace, safe="") not in uri:
        known = account.setting.authorities
        if namespace not in known and universal not in known:
            account.drop(places[0][0], "the authority is named by its universal id", places[0][1])


def identifier(parts: Parts, account: Account) -> Json | None:
    """A CX (value, authority, type, facility, period) as a FHIR Identifier; None without a value."""
    value = part(parts, 1)
    if not value:
        return None
    kind = part(parts, 5)
    found: Json = {"type": {"coding": [{"system": TYPES, "code": kind}]}} if kind else {}
    if uri := system(parts, 4, kind, account):
        found["system"] = uri
    found["value"] = value
    if facility := part(parts, 6):
        found["assigner"] = {"display": facility}
    if period := _period(parts, account):
        found["period"] = period
    return found


def entity(parts: Parts, account: Account) -> Json | None:
    """An EI (value, namespace, universal id, kind) as a FHIR Identifier; None without a value."""
    value = part(parts, 1)
    if not value:
        return None
    namespace, universal, form = (part(parts, number) for number in (2, 3, 4))
    named = authority(namespace, universal, form, account)
    _unsaid(namespace, universal, form, named, [(2, 0), (3, 0), (4, 0)], account)
    uri = named or account.setting.authority
    return {"system": uri, "value": value} if uri else {"value": value}


def social_security(parts: Parts, _account: Account) -> Json | None:
    """PID-19 as a FHIR Identifier: a United States Social Security number by definition of the field."""
    value = part(parts, 1)
    return {"type": {"coding": [{"system": TYPES, "code": "SS"}]}, "system": SSN, "value": value} if value else None


def provider_number(parts: Parts, _account: Account) -> Json | None:
    """A PLN (number, kind) as a FHIR Identifier; a National Provider Identifier has its own system."""
    value, kind = part(parts, 1), part(parts, 2)
    if not value:
        return None
    found: Json = {"type": {"coding": [{"system": TYPES, "code": kind}]}} if kind else {}
    return {**found, **({"system": NPI} if kind == "NPI" else {}), "value": value}


def license_number(parts: Parts, account: Account) -> Json | None:
    """A DLN (number, issuing state, expiry) as a FHIR Identifier, assigned by the state."""
    value = part(parts, 1)
    if not value:
        return None
    found: Json = {"type": {"coding": [{"system": TYPES, "code": "DL"}]}, "value": value}
    if issuer := part(parts, 2):
        found["assigner"] = {"display": issuer}
    if end := _time(parts, 3, account):
        found["period"] = {"end": end}
    return found


def _period(parts: Parts, account: Account) -> Json:
    if len(parts) < 7:
        return {}
    bounds = {"start": _time(parts, 7, account), "end": _time(parts, 8, account)}
    return {name: text for name, text in bounds.items() if text}


def _time(parts: Parts, number: int, account: Account) -> str:
    text = part(parts, number)
    if not text:
        return ""
    return said(date_time(text, account.setting.zone, account.setting.offset), number, account)


def said(found: Time, component: int, account: Account) -> str:
    """The text of a time that was read from a component, its repair or its fault entered; empty if there is none."""
    if not found.text:
        account.drop(component, found.repair)
    elif found.repair:
        account.repair(found.repair, component)
    return found.text
