"""What obligations put on a released record: security codings, notices in words, and a consent's scope explained."""

from collections.abc import Callable, Collection, Mapping
from datetime import date

from consent.code_sets import ACT_CODE
from consent.instruments import ConsentKind, Expiry, Obligation, RecipientClass
from consent.provisions import BASE
from consent.terms import Consent, FhirJson, Recipient

NOTICE = f"{BASE}StructureDefinition/redisclosure-notice"
SCOPE = f"{BASE}StructureDefinition/consent-scope"
NOTICE_2_32 = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""Statement 2 of 42 CFR 2.32(a), word for word."""

_CODES: Mapping[Obligation, tuple[str, ...]] = {
    Obligation.NOTICE_2_32: ("NORDSCLCD",),
    Obligation.KEEP_P2_ORIGIN: ("42CFRPart2", "PERSISTLABEL"),
    Obligation.MINIMUM: ("MINEC",),
    Obligation.REQUEST_NO_FURTHER_USE: ("NOREUSE",),
    Obligation.NO_REDISCLOSURE_2_52: ("NORDSCLCD",),
    Obligation.NO_REDISCLOSURE_2_53: ("NORDSCLCD",),
    Obligation.USE_LIMIT_2_35D: ("NOREUSE",),
    Obligation.NOREDISCLOSE_IL_110_5D: ("NORDSCLCD",),
    Obligation.USE_LIMIT_99_33: ("NOREUSE", "NORDSCLCD"),
}
"""HL7 v3-ActCode refrain and obligation codes; obligations about the discloser's own duties put nothing out."""

_WORDS: Mapping[Obligation, str] = {
    Obligation.NOTICE_2_32: NOTICE_2_32,
    Obligation.REQUEST_NO_FURTHER_USE: (
        "Given in an emergency despite a restriction: do not use or disclose it further (45 CFR 164.522(a)(1)(iv))."
    ),
    Obligation.NO_REDISCLOSURE_2_52: (
        "For the approved research only: disclose back to the source alone, report without identities (42 CFR 2.52)."
    ),
    Obligation.NO_REDISCLOSURE_2_53: "For the audit or evaluation only: no further use or disclosure (42 CFR 2.53).",
    Obligation.USE_LIMIT_2_35D: (
        "Only for official duties about the conditional release or other action it was given for (42 CFR 2.35(d))."
    ),
    Obligation.NOREDISCLOSE_IL_110_5D: "No redisclosure without the recipient's specific consent (740 ILCS 110/5(d)).",
    Obligation.USE_LIMIT_99_33: "Only for the purpose it was given for, and to nobody else (34 CFR 99.33(a)).",
}
_CLASSES: Mapping[RecipientClass, str] = {
    RecipientClass.TPO_STANDARD: (
        "treating providers, health plans, third-party payers, and people helping to operate the program"
    ),
    RecipientClass.TREATING_PARTICIPANTS: "participants with a treating provider relationship",
    RecipientClass.ALL_PARTICIPANTS: "all participants",
    RecipientClass.ANYONE: "anyone",
}


def obligation_marks(obligations: Collection[Obligation]) -> tuple[FhirJson, ...]:
    """Codings that release puts under ``meta.security``, each once, in a fixed order."""
    codes = dict.fromkeys(code for each in Obligation if each in obligations for code in _CODES.get(each, ()))
    return tuple({"system": ACT_CODE, "code": code} for code in codes)


def notices(obligations: Collection[Obligation]) -> tuple[FhirJson, ...]:
    """Extensions with the notices in words that go with a record, in a fixed order."""
    return tuple(
        {"url": NOTICE, "valueString": _WORDS[each]} for each in Obligation if each in obligations & _WORDS.keys()
    )


def consent_scope(consents: Collection[Consent], name_of: Callable[[str], str]) -> tuple[FhirJson, ...]:
    """Extensions that explain the consents a disclosure rests on (42 CFR 2.32(b)); name_of names an organisation."""
    return tuple({"url": SCOPE, "valueString": explanation(consent, name_of)} for consent in consents)


def explanation(consent: Consent, name_of: Callable[[str], str]) -> str:
    """The scope of one consent in sentences: when signed, for what, what, to whom, until when.

    Narrow ``consent.recipients`` to the recipient at hand first: others named on the form, and exceptions to it,
    are nobody else's business and are not mentioned.
    """
    recipients = [_recipient(each, name_of) for each in consent.recipients]
    sentences = [
        f"{_KIND.get(consent.kind, 'Consent')} signed on {consent.signed_on.isoformat()}.",
        f"Purposes: {_listed(consent.purposes)}.",
        f"Information: {'all' if '*' in consent.info_classes else _listed(consent.info_classes)}{_dated(consent)}.",
        f"Recipients: {'; '.join(recipients)}.",
        f"{_ending(consent)}.",
    ]
    return " ".join(sentences)


_KIND: Mapping[ConsentKind, str] = {
    ConsentKind.PART2_TPO: "Consent for treatment, payment and health care operations (42 CFR 2.31, 2.33(a)(2))",
    ConsentKind.PART2_NAMED: "Consent to named recipients (42 CFR 2.31, 2.33(a)(1))",
    ConsentKind.PART2_INTERMEDIARY: "Consent through an intermediary (42 CFR 2.31(a)(4)(ii))",
    ConsentKind.PART2_COUNSELING_NOTES: "Consent for SUD counseling notes (42 CFR 2.31(b))",
    ConsentKind.PART2_PROCEEDINGS: "Consent for use in a proceeding (42 CFR 2.31(d))",
    ConsentKind.PART2_2_35: "Consent in a criminal justice matter (42 CFR 2.35)",
}


def _recipient(recipient: Recipient, name_of: Callable[[str], str]) -> str:
    if recipient.recipient_class is not None:
        return _CLASSES[recipient.recipient_class]
    if recipient.intermediary is not None:
        return f"through {name_of(recipient.intermediary)}"
    named = name_of(recipient.org or "")
    return f"{named} ({recipient.role})" if recipient.role else named


def _ending(consent: Consent) -> str:
    if consent.expiry is Expiry.DATE and consent.period_end is not None:
        return f"Ends with {consent.period_end.isoformat()}"
    if consent.expiry is Expiry.EVENT:
        return "Ends with the event that the form names"
    return "Has no end date" if consent.expiry is Expiry.STATED_NONE else "States no end"


def _dated(consent: Consent) -> str:
    period = consent.data_period
    if period is None:
        return ""
    since = "" if period.start == date.min else f" from {period.start.isoformat()}"
    return f" dated{since}" + ("" if period.end == date.max else f" to {period.end.isoformat()}")


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(words)) or "none"
