"""Which codes are sensitive: ICD prefixes, HL7 security codes and HL7 v2 access codes, each table with its source.

The lists are curated for this product and await the signature of a clinician and of counsel. Codes only add
sensitivity; they never say that a record falls under 42 CFR Part 2, which follows who made it (2.12(d)(2)(ii)).
"""

from collections.abc import Mapping

from consent.vocabulary import Label

RULES_VERSION = "2026-11"
"""Version of these tables, kept with every label they give."""

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
LOCAL = "https://crosswalk-gateway.org/fhir/CodeSystem/security-label"
"""Labels for which HL7 has no code: the codes are the values of ``Label``."""
ICD_10 = frozenset({"http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"})
ICD_9 = frozenset({"http://hl7.org/fhir/sid/icd-9-cm", "http://hl7.org/fhir/sid/icd-9"})

NOT_SENSITIVE_10 = ("F17",)
"""Nicotine dependence: 42 CFR 2.11 leaves tobacco out of "substance use disorder"."""
SENSITIVE_10: Mapping[Label, tuple[str, ...]] = {
    Label.SUD: ("F10", "F11", "F12", "F13", "F14", "F15", "F16", "F18", "F19"),
    Label.MH: (
        *(f"F{decade}" for decade in range(2, 10)),
        *("R45851", "T1491", "Z915"),
        *(f"X{number}" for number in range(71, 84)),
    ),
    Label.HIV: ("B20", "Z21", "R75", "O987", "Z206", "Z717"),
    Label.SDV: ("T74", "T76", "Y07", "Z69", "Z044", "O9A3", "O9A4", "O9A5"),
    Label.R: (*(f"O0{number}" for number in range(9)), "Z30", "Z332", "Z640"),
}
"""ICD-10-CM prefixes without the point: substance use, mental health and self-harm, HIV, violence, reproduction."""

NOT_SENSITIVE_9 = ("3051",)
"""Tobacco use disorder."""
SENSITIVE_9: Mapping[Label, tuple[str, ...]] = {
    Label.SUD: ("291", "292", "303", "304", "305"),
    Label.MH: (
        *("290", "293", "294", "295", "296", "297", "298", "299", "300", "301", "302"),
        *(str(number) for number in range(306, 320)),
        *(f"E95{digit}" for digit in range(10)),
    ),
    Label.HIV: ("042", "V08", "79571"),
    Label.SDV: ("9955", "9958", "E967"),
}
"""ICD-9-CM prefixes without the point, for history that still carries them."""

SECURITY_CODES: Mapping[str, Label] = {
    "ETH": Label.SUD,
    "SUD": Label.SUD,
    "ETHUD": Label.SUD,
    "OPIOIDUD": Label.SUD,
    "DRG": Label.SUD,
    "MH": Label.MH,
    "PSY": Label.MH,
    "BH": Label.MH,
    "COGN": Label.MH,
    "EMOTDIS": Label.MH,
    "PSYTHPN": Label.PSYTHPN,
    "HIPAAPSYNOTES": Label.PSYTHPN,
    "HIV": Label.HIV,
    "AID": Label.HIV,
    "SDV": Label.SDV,
    "VIO": Label.SDV,
    "SEX": Label.R,
    "STD": Label.R,
    "GDIS": Label.R,
    "ADOL": Label.R,
    "PRS": Label.R,
    "42CFRPART2": Label.PART2,
}
"""HL7 v3-ActCode sensitivities and laws, and HL7 v2 tables 0177 and 0717, in upper case."""

OPEN_MARKS = frozenset({"", "N", "NO", "U", "UC", "OI", "L", "M"})
"""Confidentiality values that protect nothing: HL7 v2 tables 0136, 0177, 0272, 0717 and v3-Confidentiality."""

SELF_PERMITTING = frozenset(
    {
        Label.PUBLIC_RECORD,
        Label.CJIS_EXEMPT_ID,
        Label.LE_UNIT,
        Label.SYSTEM,
        Label.AGGREGATE,
        Label.DEIDENTIFIED,
        Label.ACCOUNTING,
    }
)
"""Labels that open a record by themselves: never taken from what a sender wrote into it."""
_LOCAL_CODES = {str(label): label for label in Label if label not in SELF_PERMITTING}


def sensitivity(system: str, code: str) -> frozenset[Label]:
    """The sensitivities of one clinical code; empty for systems and codes that the tables do not list."""
    bare = code.upper().replace(".", "")
    if system in ICD_10:
        return _by_prefix(bare, SENSITIVE_10, NOT_SENSITIVE_10)
    if system in ICD_9:
        return _by_prefix(bare, SENSITIVE_9, NOT_SENSITIVE_9)
    return frozenset()


def security_label(system: str, code: str) -> frozenset[Label]:
    """The labels of one ``meta.security`` coding that a sender wrote; they can only close, never open."""
    if system == CONFIDENTIALITY and code in {"R", "V"}:
        return frozenset({Label.R})
    if system in {ACT_CODE, CONFIDENTIALITY} and code.upper() in SECURITY_CODES:
        return frozenset({SECURITY_CODES[code.upper()]})
    return frozenset({_LOCAL_CODES[code]}) if system == LOCAL and code in _LOCAL_CODES else frozenset()


def mark_label(code: str) -> frozenset[Label]:
    """The label of a confidentiality field of a source (DG1-18, PV2-22, ARV-3, MSH-8); an unknown value restricts."""
    bare = code.strip().upper()
    if bare in OPEN_MARKS:
        return frozenset()
    return frozenset({SECURITY_CODES.get(bare, Label.R)})


def _by_prefix(code: str, table: Mapping[Label, tuple[str, ...]], excluded: tuple[str, ...]) -> frozenset[Label]:
    if code.startswith(excluded):
        return frozenset()
    return frozenset(label for label, prefixes in table.items() if code.startswith(prefixes))
