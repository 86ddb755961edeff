"""The organisations and people of invented disclosures: who they are is the same wherever they appear."""

from consent.terms import Duty, Holder, OrgType, Party, Relation, Role


def holder(name: str) -> Holder:
    """An organisation of the table as the one that discloses."""
    org_type, *flags = ORGANISATIONS[name]
    return Holder(
        org=f"Org/{name}",
        org_type=OrgType(org_type),
        covered_entity="covered" in flags,
        part2_program="part2" in flags,
        victim_service_grantee="grantee" in flags,
    )


def person(name: str) -> Party:
    """A person or system of the table as the one that receives."""
    organisation, role, *facts = PEOPLE[name]
    org_type, *flags = ORGANISATIONS.get(organisation, ("individual",))
    return Party(
        org=f"Org/{organisation}",
        org_type=OrgType(org_type),
        role=Role(role),
        registered=True,
        relation=next((Relation(fact) for fact in facts if fact in set(Relation)), Relation.NONE),
        covered_entity="covered" in flags,
        health_care_provider="provider" in flags,
        part2_program="part2" in flags,
        treating_relationship="treats" in facts,
        medical_personnel="medical" in facts,
        criminal_justice_agency="justice" in flags,
        victim_service_grantee="grantee" in flags,
        screened="justice" in flags or "screened" in facts,
        mfa=True,
        duties=frozenset(Duty(fact) for fact in facts if fact in set(Duty)),
    )


ORGANISATIONS: dict[str, tuple[str, ...]] = {
    "hospital": ("hospital", "covered", "provider"),
    "far-hospital": ("hospital", "covered", "provider"),
    "clinic": ("behavioral-health", "covered", "provider"),
    "programme": ("part2-program", "covered", "provider", "part2"),
    "recovery-house": ("part2-program", "provider", "part2"),
    "crisis-team": ("mobile-crisis", "covered", "provider"),
    "ambulance": ("ems", "covered", "provider"),
    "police": ("police", "justice"),
    "county-police": ("police", "justice"),
    "prosecutor": ("prosecutor", "justice"),
    "probation": ("probation", "justice"),
    "court": ("court",),
    "charity": ("community-org",),
    "shelter": ("victim-service-provider", "grantee"),
    "school": ("school",),
    "threat-team": ("threat-team",),
    "line-988": ("crisis-line-988",),
    "plan": ("health-plan", "covered"),
    "county-fund": ("payer-not-hipaa",),
    "health-department": ("public-health-authority",),
    "university": ("research",),
    "auditors": ("oversight-agency",),
    "child-protection": ("child-protection",),
    "adult-protection": ("adult-protection",),
    "vendor": ("contractor",),
    "city": ("city-government",),
    "gateway": ("gateway-operator", "covered"),
    "law-firm": ("attorney",),
}
PEOPLE: dict[str, tuple[str, ...]] = {
    "doctor": ("hospital", "treating-physician", "treats", "medical"),
    "registrar": ("hospital", "registrar", "treats"),
    "far-doctor": ("far-hospital", "physician", "medical"),
    "clinician": ("clinic", "clinician", "treats", "medical", "originator-of-notes"),
    "peer": ("clinic", "peer-specialist", "treats"),
    "counselor": ("programme", "counselor", "treats", "medical", "originator-of-notes"),
    "house-counselor": ("recovery-house", "counselor", "treats"),
    "responder": ("crisis-team", "clinician", "treats", "medical"),
    "paramedic": ("ambulance", "paramedic", "treats", "medical"),
    "officer": ("police", "patrol-officer"),
    "county-officer": ("county-police", "patrol-officer"),
    "social-worker": ("police", "police-social-worker", "social-services"),
    "records-system": ("police", "records-system"),
    "prosecuting": ("prosecutor", "assistant-states-attorney"),
    "supervising": ("probation", "supervising-officer", "monitors-conditional-release"),
    "case-manager": ("charity", "case-manager"),
    "advocate": ("shelter", "advocate"),
    "principal": ("school", "principal"),
    "team-clinician": ("threat-team", "team-clinician", "threat-team-member"),
    "crisis-counselor": ("line-988", "counselor"),
    "claims": ("plan", "claims"),
    "fund-claims": ("county-fund", "claims"),
    "epidemiologist": ("health-department", "epidemiologist"),
    "researcher": ("university", "investigator"),
    "auditor": ("auditors", "auditor"),
    "hotline": ("child-protection", "hotline"),
    "investigator": ("adult-protection", "investigator"),
    "engineer": ("vendor", "support-engineer", "screened"),
    "analyst": ("city", "analyst"),
    "matching": ("gateway", "matching-service"),
    "attorney": ("law-firm", "civil-attorney"),
    "patient": ("patient", "patient", "self"),
    "mother": ("mother", "parent", "parent"),
    "guardian": ("guardian", "parent", "guardian"),
    "spouse": ("spouse", "spouse", "spouse"),
    "abuser": ("police", "patrol-officer", "alleged-abuser"),
}
