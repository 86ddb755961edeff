"""Names, addresses, telephones, and the people, bodies and places that a message only refers to.

Source: HL7 v2.8 chapter 2A (XPN, XAD, XTN, XCN, XON, PL); https://hl7.org/fhir/R4/datatypes.html.
"""

from typing import Any

from mappings.account import Account
from mappings.concepts import concepts
from mappings.identifiers import TYPES, said, system
from mappings.parts import Parts, blank, part, sub, subs
from mappings.times import date_time

Json = dict[str, Any]

EXTENSIONS = "http://hl7.org/fhir/StructureDefinition/"
FAMILY = {
    2: "humanname-own-prefix",
    3: "humanname-own-name",
    4: "humanname-partner-prefix",
    5: "humanname-partner-name",
}
SAID_BETTER = "another component says it better"
NUMBER_PARTS = {5: "+", 6: "", 7: ""}


def name(parts: Parts, account: Account) -> Json | None:
    """An XPN as a HumanName; None if it names nobody."""
    found = _spoken(parts, first=1)
    if not found:
        return None
    if kind := part(parts, 7):
        use = concepts("name-use").find(kind)
        if use is None:
            account.drop(7, "not in name-use")
        else:
            found["use"] = use.code
    if len(parts) > 11 and (period := _period(parts, 12, 13, account)):
        found["period"] = period
    return found


def _spoken(parts: Parts, first: int) -> Json:
    found: Json = {}
    if family := part(parts, first):
        found["family"] = family
    if extensions := _family_parts(parts, first):
        found["_family"] = {"extension": extensions}
    if given := _texts(parts, first + 1, first + 2):
        found["given"] = given
    if prefix := _texts(parts, first + 4):
        found["prefix"] = prefix
    if suffix := _texts(parts, first + 3, first + 5):
        found["suffix"] = suffix
    return found


def spoken(parts: Parts, _account: Account) -> str | None:
    """An XPN as it is said: prefix, given names, family, suffix; None if it names nobody."""
    return _aloud(parts, first=1) or None


def _aloud(parts: Parts, first: int) -> str:
    order = (first + 4, first + 1, first + 2, first, first + 3, first + 5)
    return " ".join(text for number in order if (text := part(parts, number)))


def _family_parts(parts: Parts, number: int) -> list[Json]:
    if number > len(parts) or isinstance(parts[number - 1], str):
        return []
    found = ((url, sub(parts, number, n)) for n, url in FAMILY.items())
    return [{"url": EXTENSIONS + url, "valueString": text} for url, text in found if text]


def _texts(parts: Parts, *numbers: int) -> list[str]:
    return [text for number in numbers if (text := part(parts, number))]


def _period(parts: Parts, start: int, end: int, account: Account) -> Json:
    found: Json = {}
    for side, number in (("start", start), ("end", end)):
        text = part(parts, number)
        moment = date_time(text, account.setting.zone, account.setting.offset) if text else None
        if moment and (told := said(moment, number, account)):
            found[side] = told
    return found


def address(parts: Parts, account: Account) -> Json | None:
    """An XAD as an Address; None if it says nothing."""
    found: Json = _lines(parts)
    for element, number in (("city", 3), ("district", 9), ("state", 4), ("postalCode", 5), ("country", 6)):
        if text := part(parts, number):
            found[element] = text
    if not found:
        return None
    if kind := part(parts, 7):
        _kind(kind, found, account)
    if len(parts) > 12 and (period := _period(parts, 13, 14, account)):
        found["period"] = period
    return found


def _lines(parts: Parts) -> Json:
    street, named, number = (sub(parts, 1, n) for n in (1, 2, 3))
    first = street or " ".join(text for text in (number, named) if text)
    other = part(parts, 2)
    lines = [text for text in (first, other) if text]
    found: Json = {"line": lines} if lines else {}
    told = (("iso21090-ADXP-streetName", named), ("iso21090-ADXP-houseNumber", number))
    extensions = [{"url": EXTENSIONS + url, "valueString": text} for url, text in told if text]
    if street and extensions:
        found["_line"] = [{"extension": extensions}, *([None] if other else [])]
    return found


def _kind(kind: str, found: Json, account: Account) -> None:
    known = {element: concepts(f"address-{element}").find(kind) for element in ("use", "type")}
    if not any(known.values()):
        account.drop(7, "not in address-use or address-type")
    found.update({element: target.code for element, target in known.items() if target})


def contact_points(parts: Parts, account: Account) -> list[Json] | None:
    """An XTN, of the form before or since version 2.3, as ContactPoints; a number and an e-mail address are two."""
    equipment, use = part(parts, 3), part(parts, 2)
    if equipment.upper() in ("INTERNET", "X.400") or use == "NET":
        point: Json = {"system": "email", "value": _email(parts, account)}
    else:
        point = {"system": _system(equipment, account), "value": _number(parts, account)}
    found = [point] if point["value"] else []
    if point["system"] != "email" and (email := part(parts, 4)):
        found.append({"system": "email", "value": email})
    if not found:
        return None
    if known := _use(use, equipment, account):
        found[0]["use"] = known
    if len(parts) > 12 and (period := _period(parts, 13, 14, account)):
        found[0]["period"] = period
    return found


def _email(parts: Parts, account: Account) -> str:
    texts = {number: part(parts, number) for number in (4, 1, 12, 9, 7, 6, 5, 8)}
    chosen = next((number for number, text in texts.items() if text), 4)
    _unsaid(texts, (chosen,), account)
    return texts[chosen]


def _number(parts: Parts, account: Account) -> str:
    texts = {number: part(parts, number) for number in (12, 1, 5, 6, 7, 8, 9)}
    whole = next((number for number in (12, 1) if texts[number]), 0)
    if whole:
        used: tuple[int, ...] = (whole, 8) if whole == 1 else (whole,)
        value = texts[whole] + (f" x{texts[8]}" if whole == 1 and texts[8] else "")
    elif texts[7] or texts[6]:
        used = (5, 6, 7, 8)
        value = " ".join(mark + texts[n].lstrip("+") for n, mark in NUMBER_PARTS.items() if texts[n])
        value += f" x{texts[8]}" if texts[8] else ""
    else:
        used, value = (9,), texts[9]
    _unsaid(texts, used, account)
    return value


def _unsaid(texts: dict[int, str], used: tuple[int, ...], account: Account) -> None:
    for number, text in texts.items():
        if text and number not in used:
            account.drop(number, SAID_BETTER)


def _system(equipment: str, account: Account) -> str:
    found = concepts("contact-system").find(equipment) if equipment else None
    if equipment and found is None:
        account.drop(3, "not in contact-system")
    return found.code if found else "phone"


def _use(use: str, equipment: str, account: Account) -> str:
    known = concepts("contact-use").find(use) if use else None
    if equipment.upper() == "CP":
        if known and known.code != "mobile":
            account.drop(2, "a mobile number's use is mobile")
        return "mobile"
    if use and known is None and use != "NET":
        account.drop(2, "not in contact-use")
    return known.code if known else ""


def practitioner(parts: Parts, account: Account) -> Json | None:
    """An XCN as a reference to a Practitioner by identifier and name; None if it names nobody."""
    found = _reference("Practitioner", parts, (1, 9, 13), account)
    if display := _aloud(parts, first=2):
        found["display"] = display
    return found if len(found) > 1 else None


def organization(parts: Parts, account: Account) -> Json | None:
    """An XON as a reference to an Organization by identifier and name; None if it names nobody."""
    number = 10 if part(parts, 10) else 3
    if number == 10 and part(parts, 3):
        account.drop(3, SAID_BETTER)
    found = _reference("Organization", parts, (number, 6, 7), account)
    if display := part(parts, 1):
        found["display"] = display
    return found if len(found) > 1 else None


def _reference(kind: str, parts: Parts, numbers: tuple[int, int, int], account: Account) -> Json:
    number, issuer, typed = numbers
    value, code = part(parts, number), part(parts, typed)
    if not value:
        for unsaid in (issuer, typed):
            if not blank(subs(parts, unsaid)):
                account.drop(unsaid, "belongs to an identifier that is not there")
        return {"type": kind}
    uri = system(parts, issuer, "NPI" if code == "NPI" else "", account)
    named: Json = {"type": {"coding": [{"system": TYPES, "code": code}]}} if code else {}
    named |= {"system": uri} if uri else {}
    return {"type": kind, "identifier": {**named, "value": value}}


def place(parts: Parts, _account: Account) -> Json | None:
    """A PL as a reference to a Location by its spoken form; None if it names no place."""
    words = [text for number in (1, 2, 3, 9, 7, 8, 4) if (text := part(parts, number))]
    return {"type": "Location", "display": " ".join(words)} if words else None
