"""A disclosure as a Cedar request: who receives, the record, and the circumstances with the consents already read."""

from typing import TypeAlias

from consent.terms import CjisSession, ConsentKind, CustodyNeed, Disclosure, LegalProcess, OrgType
from tests.consent.cedar.live import age, between, covers, is_tpo_class, names_holder, names_organisation, said, treats

Value: TypeAlias = bool | int | str | list[str] | dict[str, "Value"]
Record: TypeAlias = dict[str, Value]


def party(facts: Disclosure) -> Record:
    """The attributes of the principal: the recipient and how it stands to the holder and the record."""
    actor = facts.actor
    flags = (
        "registered", "covered_entity", "health_care_provider", "part2_program", "treating_relationship",
        "medical_personnel", "criminal_justice_agency", "victim_service_grantee", "screened", "mfa",
    )  # fmt: skip
    return {
        **{flag: bool(getattr(actor, flag)) for flag in flags},
        "org_type": str(actor.org_type),
        "role": str(actor.role),
        "relation": str(actor.relation),
        "duties": words(actor.duties),
        "treats_patient": treats(actor),
        "in_tpo_class": is_tpo_class(facts),
        "is_holder": actor.org == facts.holder.org,
        "reads_own": reads_own(facts),
        "is_origin": actor.org == facts.origin,
        "is_requester": actor.org == facts.requester,
        "is_performer": actor.org == facts.performer,
    }


def reads_own(facts: Disclosure) -> bool:
    """Whether an organisation reads what it holds, or what the gateway's operator holds for it, who made it."""
    at_operator = facts.holder.org_type is OrgType.GATEWAY_OPERATOR
    return facts.actor.org == facts.holder.org or (at_operator and facts.actor.org == facts.origin)


def record(facts: Disclosure) -> Record:
    """The attributes of the resource: what it is, who made it and who holds it."""
    holder, counts = facts.holder, facts.aggregate
    return {
        "labels": words(facts.labels),
        "info_class": str(facts.info_class),
        "received_under": str(facts.received_under or ""),
        "holder_is_origin": holder.org == facts.origin,
        "holder": {
            "org_type": str(holder.org_type),
            "covered_entity": holder.covered_entity,
            "part2_program": holder.part2_program,
            "victim_service_grantee": holder.victim_service_grantee,
        },
        "counts": {
            "stated": counts is not None,
            "cell": counts.cell if counts else 0,
            "threshold": counts.threshold if counts else 0,
            "recoverable": bool(counts and counts.recoverable_by_subtraction),
        },
    }


def circumstances(facts: Disclosure) -> Record:
    """The context of the request, before any regime has been asked."""
    context = facts.context
    return {
        "jurisdiction": str(context.jurisdiction),
        "break_glass": context.break_glass,
        "age": age(facts),
        "agreements": words(between(facts, facts.actor.org, facts.holder.org)),
        "agreements_with_origin": words(between(facts, facts.actor.org, facts.origin)),
        "consent": consents(facts),
        "process": process(facts),
        "report_law": report_law(facts),
        "restricted": restricted(facts),
        "located": context.locate is not None,
        "research_approved": context.research_approved,
        "treatment_determination": context.treatment_determination,
        "lawful_custody": context.custody is not None and context.custody.lawful,
        "custody_need": str(context.custody.need if context.custody else CustodyNeed.NONE),
        "offsite_emergency": context.offsite_emergency_result_of_abuse is not None,
        "result_of_abuse": context.offsite_emergency_result_of_abuse is not False,
        "accounting_suspended": is_suspended(facts),
        "part2_basis": False,
        "hipaa_basis": False,
        **{name: group(facts, name) for name in GROUPS},
        "cjis": session(context.cjis),
    }


GROUPS: dict[str, tuple[str, ...]] = {
    "emergency": ("medical", "consent_obtainable", "patient_refused"),
    "threat": ("serious", "imminent", "recipient_can_prevent", "good_faith"),
    "school": ("articulable_significant_threat", "emergency_ongoing"),
    "admission": ("violent_crime", "learned_in_treatment_of_conduct"),
    "victim": (
        "agrees", "incapacitated", "represents_not_against_victim", "represents_cannot_wait", "best_interest",
        "adult_abuse",
    ),
    "crime_on_premises": ("occurred", "reported_by_program"),
    "minor": ("state_lets_minor_consent_alone", "informed", "objects"),
    "family": ("involved_in_care", "present", "objects"),
    "proceeding": ("against_patient",),
}  # fmt: skip
WORDS = {"threat": "determined_by", "proceeding": "kind"}


def group(facts: Disclosure, name: str) -> Record:
    """A group of circumstances, flat: what is absent is not stated, and none of its facts is established (rule 2)."""
    found = getattr(facts.context, name)
    stated: Record = {"stated": found is not None}
    flags: Record = {flag: bool(found and getattr(found, flag)) for flag in GROUPS[name]}
    word = WORDS.get(name)
    return stated | flags | ({word: str(getattr(found, word)) if found else ""} if word else {})


def consents(facts: Disclosure) -> Record:
    """What the consents say together, by kind."""
    all_say = said(facts)
    return {
        "permits": words(all_say.permits),
        "denied": all_say.denied,
        "holder_named": names_holder(facts),
        "oral_names_recipient": names_organisation(facts, ConsentKind.ORAL_AGREEMENT),
    }


def process(facts: Disclosure) -> Record:
    """The kinds of legal process that reach this class of information, by what comes with them (rule 14)."""
    reaching = [each for each in facts.context.legal_process if covers(each.covers, facts.info_class)]
    return {
        "reaching": kinds(reaching),
        "mandated": kinds([each for each in reaching if each.mandate]),
        "mandated_with_grounds_2_63": kinds([each for each in reaching if each.mandate and each.grounds_2_63]),
        "with_assurance": kinds([each for each in reaching if each.satisfactory_assurance]),
        "with_three_parts": kinds([each for each in reaching if each.three_part_statement]),
    }


def report_law(facts: Disclosure) -> str:
    """The reporting law that covers this class of information, or nothing."""
    law = facts.context.report_law
    return str(law.kind) if law and covers(law.covers, facts.info_class) else ""


def restricted(facts: Disclosure) -> str:
    """The restriction the patient obtained against this recipient, or nothing."""
    found = facts.context.restriction
    return str(found.kind) if found and found.against == facts.actor.org else ""


def is_suspended(facts: Disclosure) -> bool:
    """Whether a written statement still suspends the accounting on this local day (45 CFR 164.528(a)(2))."""
    found = facts.context.accounting
    return found is not None and found.written_statement and facts.context.today <= found.suspended_until


def session(found: CjisSession | None) -> Record:
    """The session as the CJIS Security Policy sees it; without one nothing of it is established."""
    session = found or CjisSession()
    return {
        "requestor_validated": session.requestor_validated,
        "fips_transport": session.fips_transport,
        "idle_minutes": session.idle_minutes,
        "failed_logons_15min": session.failed_logons_15min,
        "ndex_advance_permission": session.ndex_advance_permission,
        "ndex_verified": session.ndex_verified,
        "authorized_by_law": session.authorized_by_law,
    }


def kinds(processes: list[LegalProcess]) -> list[str]:
    """The kinds of some processes, as a Cedar set."""
    return words(frozenset(each.kind for each in processes))


def words(values: frozenset[str]) -> list[str]:
    """A set of words as a Cedar set."""
    return sorted(str(value) for value in values)
