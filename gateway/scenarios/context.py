"""The context of a scenario row: JSON groups into circumstances; an absent group is not established."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from consent.terms import (
    Admission,
    Agreement,
    AgreementKind,
    CjisSession,
    Context,
    CrimeOnPremises,
    Custody,
    CustodyNeed,
    Emergency,
    Family,
    Identity,
    InfoClass,
    Jurisdiction,
    LegalProcess,
    LocateSubject,
    Minor,
    Proceeding,
    ProceedingKind,
    ProcessKind,
    Report,
    ReportLaw,
    Restriction,
    RestrictionKind,
    School,
    Suspension,
    Threat,
    ThreatJudge,
    Victim,
)
from gateway.scenarios.fields import Field

ALWAYS = frozenset({"now", "timezone", "jurisdiction", "break_glass", "agreements", "legal_process"})


def read_context(field: Field) -> Context:
    """All circumstances of a row; raises BadRow for a group that is not known, or a member that is missing."""
    field.only(ALWAYS | frozenset(GROUPS) | {"identity", "cjis"})
    return Context(
        now=field["now"].instant(),
        timezone=_zone(field["timezone"]),
        jurisdiction=field["jurisdiction"].word(Jurisdiction),
        break_glass=field["break_glass"].flag(),
        agreements=tuple(_agreement(agreement) for agreement in field["agreements"]),
        legal_process=tuple(process(each) for each in field["legal_process"]),
        **established(field),
    )


def established(field: Field) -> dict[str, Any]:
    """The groups of circumstances that are there, by their names in ``Context``. Raises BadRow."""
    found = {key: field.get(key) for key in (*GROUPS, "identity", "cjis")}
    readers = {**GROUPS, "identity": ("identity", _identity), "cjis": ("cjis", _cjis)}
    return {readers[key][0]: readers[key][1](group) for key, group in found.items() if group}


def _zone(field: Field) -> ZoneInfo:
    try:
        return ZoneInfo(field.text())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise field.bad("not an IANA time zone; name one, such as America/Chicago") from None


def _agreement(field: Field) -> Agreement:
    return Agreement(field["kind"].word(AgreementKind), frozenset(party.text() for party in field["parties"]))


def process(field: Field) -> LegalProcess:
    """Legal process. Raises BadRow."""
    return LegalProcess(
        kind=field["kind"].word(ProcessKind),
        covers=field["covers"].words(InfoClass),
        mandate=field["mandate"].flag(),
        grounds_2_63=field["grounds_2_63"].flag(),
        satisfactory_assurance=field["satisfactory_assurance"].flag(),
        three_part_statement=field["three_part_statement"].flag(),
    )


def _proceeding(field: Field) -> Proceeding:
    matter = field.get("matter")
    return Proceeding(
        field["kind"].word(ProceedingKind), field["against_patient"].flag(), matter.text() if matter else None
    )


def _emergency(field: Field) -> Emergency:
    return Emergency(field["medical"].flag(), field["consent_obtainable"].flag(), field["patient_refused"].flag())


def _threat(field: Field) -> Threat:
    return Threat(
        serious=field["serious"].flag(),
        imminent=field["imminent"].flag(),
        recipient_can_prevent=field["recipient_can_prevent"].flag(),
        good_faith=field["good_faith"].flag(),
        determined_by=field["determined_by"].word(ThreatJudge),
    )


def _school(field: Field) -> School:
    return School(field["articulable_significant_threat"].flag(), field["emergency_ongoing"].flag())


def _admission(field: Field) -> Admission:
    return Admission(field["violent_crime"].flag(), field["learned_in_treatment_of_conduct"].flag())


def _victim(field: Field) -> Victim:
    return Victim(
        agrees=field["agrees"].flag(),
        incapacitated=field["incapacitated"].flag(),
        represents_not_against_victim=field["represents_not_against_victim"].flag(),
        represents_cannot_wait=field["represents_cannot_wait"].flag(),
        best_interest=field["best_interest"].flag(),
        adult_abuse=field["adult_abuse"].flag(),
    )


def _crime(field: Field) -> CrimeOnPremises:
    return CrimeOnPremises(field["occurred"].flag(), field["reported_by_program"].flag())


def _custody(field: Field) -> Custody:
    return Custody(field["lawful"].flag(), field["need"].word(CustodyNeed))


def _report(field: Field) -> Report:
    return Report(field["kind"].word(ReportLaw), field["covers"].words(InfoClass))


def _restriction(field: Field) -> Restriction:
    return Restriction(field["kind"].word(RestrictionKind), field["against"].text())


def _minor(field: Field) -> Minor:
    return Minor(field["state_lets_minor_consent_alone"].flag(), field["informed"].flag(), field["objects"].flag())


def _family(field: Field) -> Family:
    return Family(field["involved_in_care"].flag(), field["present"].flag(), field["objects"].flag())


def _suspension(field: Field) -> Suspension:
    return Suspension(field["written_statement"].flag(), field["suspended_until"].day())


def _identity(field: Field) -> Identity:
    linked = frozenset(patient.text() for patient in field["linked_patients"])
    return Identity(linked, field["match_confirmed"].flag())


def _cjis(field: Field) -> CjisSession:
    return CjisSession(
        requestor_validated=field["requestor_validated"].flag(),
        fips_transport=field["fips_transport"].flag(),
        idle_minutes=field["idle_minutes"].number(),
        failed_logons_15min=field["failed_logons_15min"].number(),
        ndex_advance_permission=field["ndex_advance_permission"].flag(),
        ndex_verified=field["ndex_verified"].flag(),
        authorized_by_law=field["authorized_by_law"].flag(),
    )


GROUPS: Mapping[str, tuple[str, Callable[[Field], object]]] = {
    "proceeding": ("proceeding", _proceeding),
    "emergency": ("emergency", _emergency),
    "threat": ("threat", _threat),
    "school": ("school", _school),
    "admission": ("admission", _admission),
    "locate": ("locate", lambda group: group["subject"].word(LocateSubject)),
    "victim": ("victim", _victim),
    "crime_on_premises": ("crime_on_premises", _crime),
    "offsite_emergency": ("offsite_emergency_result_of_abuse", lambda group: group["result_of_abuse"].flag()),
    "custody": ("custody", _custody),
    "report_law": ("report_law", _report),
    "restriction": ("restriction", _restriction),
    "minor": ("minor", _minor),
    "family": ("family", _family),
    "research": ("research_approved", lambda group: group["irb_or_privacy_board"].flag()),
    "treatment_determination": ("treatment_determination", lambda group: group.flag()),
    "accounting": ("accounting", _suspension),
}
"""Each group that a person may establish: its name in ``Context``, and what reads it."""
