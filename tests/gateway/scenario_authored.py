"""Disclosure scenarios written for the wire: a clinic, a program, a hospital and the police, one fact changed each."""

from typing import Any

from tests.gateway.scenario_facts import varied

Json = dict[str, Any]

PARTY: Json = {
    "registered": True,
    "relation_to_patient": "none",
    "covered_entity": True,
    "health_care_provider": True,
    "part2_program": False,
    "treating_relationship": True,
    "medical_personnel": False,
    "criminal_justice_agency": False,
    "victim_service_grantee": False,
    "screened": False,
    "mfa": True,
    "duties": [],
}
CONSENT: Json = {
    "id": "on-file",
    "patient": "Patient/x",
    "kind": "part2-named",
    "status": "active",
    "decision": "permit",
    "form": "written",
    "signed_on": "2026-03-01",
    "signers": ["patient"],
    "signer_is_abuser": False,
    "missing_elements": [],
    "problems": [],
    "period": {"start": "2026-03-01", "end": "2026-12-31"},
    "expiry": "date",
    "event_occurred": False,
    "revoked_at": None,
    "revocable_from": None,
    "recipients": [{"org": "Org/larkspur"}],
    "purposes": ["TREAT"],
    "info_classes": ["*"],
    "data_period": None,
    "matter": None,
    "provisions": [],
}
PROGRAM: Json = {
    "id": "treating clinic named in the consent reads a program's diagnosis",
    "area": "part2",
    "actor": {**PARTY, "org": "Org/larkspur", "org_type": "behavioral-health", "role": "clinician"},
    "holder": {
        "org": "Org/fernhill",
        "org_type": "part2-program",
        "covered_entity": True,
        "part2_program": True,
        "victim_service_grantee": False,
    },
    "patient": {"id": "Patient/x", "birth_date": "1984-07-19"},
    "purpose": "TREAT",
    "request": {"interaction": "read", "stage": "live", "client_override": "none"},
    "consents": [CONSENT],
    "resource": {
        "origin": "Org/fernhill",
        "labels": ["PHI", "42CFRPart2", "SUD"],
        "info_class": "diagnosis",
        "derived_from_labels": [],
        "received_under": None,
        "requester": None,
        "performer": None,
        "matter": None,
        "effective": None,
        "aggregate": None,
        "parts": [],
    },
    "context": {
        "now": "2026-05-02T12:00:00-05:00",
        "timezone": "America/Chicago",
        "jurisdiction": "US",
        "break_glass": False,
        "agreements": [],
        "legal_process": [],
    },
}
HOSPITAL = varied(
    PROGRAM,
    id="treating clinic reads a hospital's diagnosis without consent",
    holder={**PROGRAM["holder"], "org_type": "hospital", "part2_program": False},
    consents=[],
    resource__labels=["PHI"],
)


OFFICER = {
    **PARTY, "org": "Org/county-sheriff", "org_type": "police", "role": "patrol-officer", "covered_entity": False,
    "health_care_provider": False, "criminal_justice_agency": True, "treating_relationship": False,
}  # fmt: skip
POLICE = varied(
    HOSPITAL,
    id="another police department reads a report",
    area="cjis",
    actor=OFFICER,
    holder={**HOSPITAL["holder"], "org": "Org/dunmore-pd", "org_type": "police", "covered_entity": False},
    purpose="CRIMJUST",
    resource__labels=["LE-LOCAL"],
    resource__info_class="case-note",
    resource__origin="Org/dunmore-pd",
)


def lasting(start: str, end: str) -> list[Json]:
    return [{**CONSENT, "period": {"start": start, "end": end}}]


def refused(name: str, base: Json, **changes: Any) -> Json:
    return varied(base, id=name, **changes)


AUTHORED = [
    PROGRAM,
    HOSPITAL,
    refused("no consent", PROGRAM, consents=[]),
    refused("consent inactive", PROGRAM, consents=[{**CONSENT, "status": "inactive"}]),
    refused("consent ended yesterday", PROGRAM, consents=lasting("2026-03-01", "2026-05-01")),
    refused("consent begins tomorrow", PROGRAM, consents=lasting("2026-05-03", "2026-12-31")),
    refused("consent names another", PROGRAM, consents=[{**CONSENT, "recipients": [{"org": "Org/thistle"}]}]),
    refused("consent for other content", PROGRAM, consents=[{**CONSENT, "info_classes": ["attendance"]}]),
    refused("consent for another purpose", PROGRAM, consents=[{**CONSENT, "purposes": ["HPAYMT"]}]),
    refused("a refusal stands beside it", PROGRAM, consents=[CONSENT, {**CONSENT, "decision": "deny"}]),
    refused("hospital, no relationship", HOSPITAL, actor__treating_relationship=False),
    refused("police ask a hospital", HOSPITAL, actor=OFFICER, purpose="LAW"),
    POLICE,
    refused("a report, for treatment", POLICE, purpose="TREAT"),
    refused("a clinic asks for a report", POLICE, actor=PROGRAM["actor"], purpose="TREAT"),
]  # fmt: skip
