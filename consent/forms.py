"""What each kind of consent form must state, and which required element a form lacks."""

from collections.abc import Mapping
from enum import StrEnum

from consent.instruments import ConsentKind, MissingElement


class Statement(StrEnum):
    """Something a form may state."""

    PATIENT = "patient"
    DISCLOSER = "discloser"
    INFORMATION = "information"
    RECIPIENT = "recipient"
    PURPOSE = "purpose"
    RIGHT_TO_REVOKE = "right-to-revoke"
    EXPIRY = "expiry"
    SIGNATURE = "signature"
    DATE = "date"
    REDISCLOSURE = "redisclosure"
    REFUSAL_CONSEQUENCES = "refusal-consequences"
    INSPECTION_RIGHT = "inspection-right"
    WITNESS = "witness"


_PART2: Mapping[Statement, MissingElement] = {
    Statement.PATIENT: "2.31(a)(1)",
    Statement.DISCLOSER: "2.31(a)(2)",
    Statement.INFORMATION: "2.31(a)(3)",
    Statement.RECIPIENT: "2.31(a)(4)",
    Statement.PURPOSE: "2.31(a)(5)",
    Statement.RIGHT_TO_REVOKE: "2.31(a)(6)",
    Statement.EXPIRY: "2.31(a)(7)",
    Statement.SIGNATURE: "2.31(a)(8)",
    Statement.DATE: "2.31(a)(9)",
}
_HIPAA: Mapping[Statement, MissingElement] = {
    Statement.INFORMATION: "164.508(c)(1)(i)",
    Statement.DISCLOSER: "164.508(c)(1)(ii)",
    Statement.RECIPIENT: "164.508(c)(1)(iii)",
    Statement.PURPOSE: "164.508(c)(1)(iv)",
    Statement.EXPIRY: "164.508(c)(1)(v)",
    Statement.SIGNATURE: "164.508(c)(1)(vi)",
    Statement.DATE: "164.508(c)(1)(vi)",
}
_ILLINOIS: Mapping[Statement, MissingElement] = {
    Statement.RECIPIENT: "110/5(b)-recipient",
    Statement.PURPOSE: "110/5(b)-purpose",
    Statement.INFORMATION: "110/5(b)-information",
    Statement.INSPECTION_RIGHT: "110/5(b)-inspection-right",
    Statement.REFUSAL_CONSEQUENCES: "110/5(b)-refusal-consequences",
    Statement.EXPIRY: "110/5(b)-expiry",
    Statement.RIGHT_TO_REVOKE: "110/5(b)-revocation-right",
    Statement.SIGNATURE: "110/5(b)-signature",
    Statement.WITNESS: "110/5(b)-witness",
}
_TPO: Mapping[Statement, MissingElement] = {
    Statement.REDISCLOSURE: "2.31(a)(10)",
    Statement.REFUSAL_CONSEQUENCES: "2.31(a)(10)",
}
REQUIRED: Mapping[ConsentKind, Mapping[Statement, MissingElement]] = {
    ConsentKind.PART2_TPO: {**_PART2, **_TPO},
    ConsentKind.PART2_NAMED: _PART2,
    ConsentKind.PART2_INTERMEDIARY: _PART2,
    ConsentKind.PART2_COUNSELING_NOTES: _PART2,
    ConsentKind.PART2_PROCEEDINGS: _PART2,
    ConsentKind.PART2_2_35: _PART2,
    ConsentKind.HIPAA_AUTHORIZATION: _HIPAA,
    ConsentKind.PSYCHOTHERAPY_NOTES_AUTHORIZATION: _HIPAA,
    ConsentKind.IL_110_5: _ILLINOIS,
}
"""42 CFR 2.31(a), 45 CFR 164.508(c)(1), 740 ILCS 110/5(b); the other kinds have no numbered elements."""


def missing(kind: ConsentKind, stated: frozenset[Statement]) -> frozenset[MissingElement]:
    """The required elements that a form of this kind does not state."""
    return frozenset(element for statement, element in REQUIRED.get(kind, {}).items() if statement not in stated)
