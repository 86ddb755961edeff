"""Coded values: HL7 v2 CE, CWE, CNE and IS to FHIR Coding and CodeableConcept.

Source: HL7 v2.8 chapter 2A (CWE) and table 0396, https://hl7.org/fhir/R4/datatypes.html#CodeableConcept.
"""

import re
from typing import Any

from mappings.account import Account
from mappings.concepts import Concepts, concepts
from mappings.parts import Parts, part

Json = dict[str, Any]

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
ICD9 = "http://hl7.org/fhir/sid/icd-9-cm"
UNKNOWN_SYSTEM = "code system not known: name it among the channel's vocabularies"
NO_CODE = "belongs to a code that is not there"
DOTLESS = "ICD code written without its dot"

_TABLE = re.compile(r"(?:HL7|L)?0*(\d{1,4})", re.IGNORECASE)
_DOTLESS = {
    ICD10: re.compile(r"([A-TV-Z]\d[0-9A-Z])([0-9A-Z]{1,4})"),
    ICD9: re.compile(r"(E\d{3}|[V\d]\d{2})(\d{1,2})"),
}


def vocabulary(name: str, account: Account) -> str:
    """The URI of a code system by its HL7 name, OID or URI; empty if nobody knows it.

    >>> from mappings.account import Setting
    >>> vocabulary("HL70002", Account(Setting()))
    'http://terminology.hl7.org/CodeSystem/v2-0002'
    """
    given = account.setting.vocabularies.get(name)
    if given:
        return given
    if found := concepts("code-systems").find(name):
        return found.code
    upper = name.upper()
    if upper.startswith("HL7") and (table := _TABLE.fullmatch(upper)):
        return f"http://terminology.hl7.org/CodeSystem/v2-{table[1]:0>4}"
    if re.fullmatch(r"[0-2](\.\d+){2,}", name):
        return f"urn:oid:{name}"
    return name if upper.startswith(("HTTP:", "HTTPS:", "URN:")) and " " not in name else ""


def coding(parts: Parts, first: int, version: int, account: Account) -> Json:
    """The code, text and system at three neighbouring components as a Coding; empty without a code."""
    code, text, name = (part(parts, first + step) for step in range(3))
    if not code:
        for number in (first + 2, version):
            if part(parts, number):
                account.drop(number, NO_CODE)
        return {}
    found: Json = {}
    if name:
        if uri := vocabulary(name, account):
            found["system"] = uri
        else:
            account.drop(first + 2, UNKNOWN_SYSTEM)
    if edition := part(parts, version):
        found["version"] = edition
    found["code"] = written(" ".join(code.split()), found.get("system", ""), first, account)
    if text:
        found["display"] = text
    return found


def written(code: str, system: str, number: int, account: Account) -> str:
    """A code as its system writes it: an ICD code that came without its dot gets it, and the account says so."""
    form = _DOTLESS.get(system)
    if form is None:
        return code
    code = code.upper()
    split = form.fullmatch(code)
    if split is None:
        return code
    account.repair(DOTLESS, number)
    return f"{split[1]}.{split[2]}"


def concept(parts: Parts, account: Account) -> Json | None:
    """A CWE as a CodeableConcept with up to three codings; None if it says nothing."""
    codings = [coding(parts, 1, 7, account)]
    if len(parts) > 3:
        codings += [coding(parts, 4, 8, account), coding(parts, 10, 13, account)]
    found: Json = {}
    if kept := [each for each in codings if each]:
        found["coding"] = kept
    texts = [part(parts, number) for number in (9, 2, 5, 11)]
    spoken = {each.get("display") for each in codings}
    unsaid = [text for text in texts if text and text not in spoken]
    if unsaid:
        found["text"] = "; ".join(dict.fromkeys(unsaid))
    return found or None


def mapped_concept(parts: Parts, account: Account, table: Concepts) -> Json | None:
    """A CWE whose code a table translates, as a CodeableConcept: the translation first, what was sent after it."""
    sent = concept(parts, account)
    code = part(parts, 1)
    if sent is None or not code:
        return sent
    target = table.find(code)
    if target is None:
        account.drop(1, f"not in {table.name}: kept as sent")
        return sent
    original = sent["coding"][0]
    original.setdefault("system", table.source)
    if (original["system"], original["code"]) != (target.system, target.code):
        sent["coding"].insert(0, target.coding())
    return sent


def mapped_coding(parts: Parts, account: Account, table: Concepts) -> Json | None:
    """A code that a table translates, as a Coding; a code that it does not know is kept as sent, without a system."""
    code = part(parts, 1)
    if not code:
        return None
    target = table.find(code)
    if target is not None:
        return target.coding()
    account.drop(1, f"not in {table.name}: kept as sent")
    return {"code": " ".join(code.split())}


def code(parts: Parts, account: Account, table: Concepts) -> str | None:
    """A code of a required binding; None where the table does not know it, never a guess."""
    sent = part(parts, 1)
    target = table.find(sent) if sent else None
    if target is None and sent:
        account.drop(1, f"not in {table.name}")
    return target.code if target else None
