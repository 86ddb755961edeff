"""The bases of 45 CFR 164.502-164.514 and 164.524 that the facts establish, by purpose of use."""

from consent.bases.law_enforcement import LAW_PATHS, court_order, is_abuse, subpoena
from consent.basis import Basis, Path, first
from consent.directives import PAYERS, permits, refused
from consent.parties import (
    CARE,
    RELATIVES,
    agreed,
    consents_alone,
    in_emergency,
    is_individual,
    is_minor,
    own,
    treating_provider,
)
from consent.process import mandated_report
from consent.terms import (
    AgreementKind,
    ConsentKind,
    CustodyNeed,
    Disclosure,
    Duty,
    InfoClass,
    Label,
    Obligation,
    OrgType,
    Purpose,
    Relation,
    ReportLaw,
    Strength,
)

UNREAD = Strength.FROM_MEMORY
MINIMUM = frozenset({Obligation.MINIMUM})
AUTHORIZATION = frozenset({ConsentKind.HIPAA_AUTHORIZATION, ConsentKind.IL_110_5})
NOTES_AUTHORIZATION = frozenset({ConsentKind.PSYCHOTHERAPY_NOTES_AUTHORIZATION})
ORAL = frozenset({ConsentKind.ORAL_AGREEMENT})
PAYMENT_CLASSES = frozenset({InfoClass.CLAIM, InfoClass.BILLING})
CHARITY_CLASSES = frozenset({InfoClass.HOUSING_NEED, InfoClass.CONTACT})
NOTES_ALONE = frozenset({InfoClass.PSYCHOTHERAPY_NOTES})

INDIVIDUAL = Basis("45 CFR 164.524", "the patient asks for the patient's own record", strength=UNREAD)
REPRESENTATIVE = Basis("45 CFR 164.502(g)", "a personal representative stands in for the patient", strength=UNREAD)
OWN_USE = Basis(
    "45 CFR 164.506(c)(1)", "the organisation reads what it holds for treatment or coordination", strength=UNREAD
)
OWN_PAYMENT = Basis("45 CFR 164.506(c)(1)", "the organisation's own payment or operations", MINIMUM, strength=UNREAD)
TREATING = Basis("45 CFR 164.506(c)(2)", "for treatment, to a provider with a treating relationship", strength=UNREAD)
BREAK_GLASS = Basis(
    "45 CFR 164.506(c)(2)",
    "break-glass by a treating clinician in a medical emergency",
    strength=Strength.INTERPRETATION,
)
CHARITY = Basis(
    "45 CFR 164.506(c)(1), 164.501",
    "a treating provider recorded that linking the patient to this charity is part of treatment",
    MINIMUM,
    Strength.INTERPRETATION,
)
PAYMENT = Basis("45 CFR 164.506(c)(3)", "claim or billing data for payment", MINIMUM, strength=UNREAD)
OTHER_OPERATIONS = Basis(
    "45 CFR 164.506(c)(4)",
    "operations of another covered entity that also has a relationship with the patient",
    MINIMUM,
    Strength.INTERPRETATION,
)
ASSOCIATE = Basis(
    "45 CFR 164.502(e), 164.504(e)", "service of a business associate under its agreement", MINIMUM, strength=UNREAD
)
AUTHORIZED = Basis(
    "45 CFR 164.508(c)", "a valid authorization names recipient, purpose and information", strength=UNREAD
)
NOTES_AUTHORIZED = Basis("45 CFR 164.508(a)(2)", "an authorization for psychotherapy notes alone", strength=UNREAD)
ORIGINATOR = Basis(
    "45 CFR 164.508(a)(2)(i)(A)", "the originator uses the psychotherapy notes for treatment", strength=UNREAD
)
FAMILY = Basis(
    "45 CFR 164.510(b)",
    "a relative involved in care, the patient present and in documented agreement",
    MINIMUM,
    strength=UNREAD,
)
PUBLIC_HEALTH = Basis(
    "45 CFR 164.512(b)(1)(i)", "to a public health authority", MINIMUM, accountable=True, strength=UNREAD
)
RESEARCH = Basis("45 CFR 164.512(i)", "research approved by a review board", MINIMUM, accountable=True)
OVERSIGHT = Basis("45 CFR 164.512(d)", "health oversight", MINIMUM, accountable=True, strength=UNREAD)
LIMIT_TO_LAW = frozenset({Obligation.LIMIT_TO_LAW})
CHILD_REPORT = Basis(
    "45 CFR 164.512(b)(1)(ii)",
    "a child abuse report that state law requires",
    LIMIT_TO_LAW,
    accountable=True,
    strength=UNREAD,
)
ADULT_REPORT = Basis(
    "45 CFR 164.512(c)(1)(i)",
    "an adult abuse report that state law requires",
    LIMIT_TO_LAW | {Obligation.INFORM_VICTIM_164_512C2},
    accountable=True,
    strength=UNREAD,
)
WOUND_REPORT = Basis(
    "45 CFR 164.512(a), (f)(1)(i)",
    "a wound report that state law requires",
    LIMIT_TO_LAW,
    accountable=True,
    strength=UNREAD,
)
THREAT = Basis(
    "45 CFR 164.512(j)(1)(i)",
    "a serious and imminent threat, to a recipient who can prevent it",
    frozenset({Obligation.DOC_GOOD_FAITH, Obligation.MINIMUM}),
    accountable=True,
)
REPORTS = {
    ReportLaw.CHILD_ABUSE: CHILD_REPORT,
    ReportLaw.ELDER_ABUSE: ADULT_REPORT,
    ReportLaw.ADULT_ABUSE: ADULT_REPORT,
    ReportLaw.GUNSHOT_WOUND: WOUND_REPORT,
}
CUSTODY = Basis("45 CFR 164.512(k)(5)(i)", "care or safety of a person in lawful custody now", MINIMUM)


# Members read in functions, bound once: reaching them through their Enum class costs 0.2 µs in CPython 3.11.
GUARDIAN, PARENT = Relation.GUARDIAN, Relation.PARENT
PATRQT = Purpose.PATRQT
COMMUNITY_ORG, PUBLIC_HEALTH_AUTHORITY, ORG_TYPE_RESEARCH, OVERSIGHT_AGENCY = (
    OrgType.COMMUNITY_ORG,
    OrgType.PUBLIC_HEALTH_AUTHORITY,
    OrgType.RESEARCH,
    OrgType.OVERSIGHT_AGENCY,
)
BAA = AgreementKind.BAA
FAMILY_RELEVANT, FULL_CHART, PSYCHOTHERAPY_NOTES = (
    InfoClass.FAMILY_RELEVANT,
    InfoClass.FULL_CHART,
    InfoClass.PSYCHOTHERAPY_NOTES,
)
NONE = CustodyNeed.NONE
SDV, PSYTHPN = Label.SDV, Label.PSYTHPN
ORIGINATOR_OF_NOTES = Duty.ORIGINATOR_OF_NOTES


def access(d: Disclosure) -> Basis | None:
    """164.524(a): the individual; a legal guardian of an adult stands in (164.502(g)(2))."""
    if is_individual(d):
        return INDIVIDUAL
    return REPRESENTATIVE if d.actor.relation is GUARDIAN and d.purpose is PATRQT and not is_minor(d) else None


def treatment(d: Disclosure) -> Basis | None:
    """164.506(c)(1)-(2): own treatment and coordination, or to a treating provider; a live refusal stops it."""
    if refused(d) and not in_emergency(d):
        return None
    if own(d):
        return OWN_USE
    return TREATING if treating_provider(d.actor) else None


def break_glass(d: Disclosure) -> Basis | None:
    """164.506(c)(2) under pressure: the button, a medical emergency, and a treating clinician, nothing less."""
    clinician = d.actor.medical_personnel and treating_provider(d.actor)
    return BREAK_GLASS if d.context.break_glass and clinician and in_emergency(d) else None


def charity(d: Disclosure) -> Basis | None:
    """164.501 treatment by linkage: housing need and contact only, on a treating provider's record."""
    if d.actor.org_type is not COMMUNITY_ORG or d.info_class not in CHARITY_CLASSES:
        return None
    return CHARITY if d.context.treatment_determination and not refused(d) else None


def payment(d: Disclosure) -> Basis | None:
    """164.506(c)(1), (3): claim and billing data only, for the holder, a provider, a plan or a payer."""
    if d.info_class not in PAYMENT_CLASSES or refused(d):
        return None
    if own(d):
        return OWN_PAYMENT
    payer = d.actor.covered_entity or d.actor.health_care_provider or d.actor.org_type in PAYERS
    return PAYMENT if payer or _associate(d) else None


def operations(d: Disclosure) -> Basis | None:
    """164.506(c)(1), (4): own operations, or of another covered entity that treats the patient too."""
    if refused(d):
        return None
    if own(d):
        return OWN_PAYMENT
    if d.actor.covered_entity and d.holder.covered_entity and d.actor.treating_relationship:
        return OTHER_OPERATIONS
    return service(d)


def service(d: Disclosure) -> Basis | None:
    """164.502(e): a business associate of the holder."""
    return ASSOCIATE if _associate(d) else None


def _associate(d: Disclosure) -> bool:
    """Bound by its agreement; police do not get abuse content that way (house rule)."""
    return agreed(d, BAA) and not (d.actor.criminal_justice_agency and is_abuse(d))


def authorization(d: Disclosure) -> Basis | None:
    """164.508(c): an authorization, or an Illinois consent that satisfies it."""
    return AUTHORIZED if d.consents and permits(d, AUTHORIZATION) else None


def family(d: Disclosure) -> Basis | None:
    """164.510(b): involved, present, not objecting, agreement on record; "*" reaches only what is relevant to them."""
    facts = d.context.family
    if d.actor.relation not in RELATIVES or facts is None:
        return None
    if not (facts.involved_in_care and facts.present) or facts.objects:
        return None
    relevant = d.info_class is FAMILY_RELEVANT
    agreed_to = any(relevant or d.info_class in agreement.info_classes for agreement in permits(d, ORAL))
    return FAMILY if agreed_to else None


def parent(d: Disclosure) -> Basis | None:
    """164.502(g)(3): parent or guardian of a minor, save where the minor consents alone."""
    if d.actor.relation not in {PARENT, GUARDIAN} or not is_minor(d):
        return None
    return None if consents_alone(d) or refused(d) else REPRESENTATIVE


def report(d: Disclosure) -> Basis | None:
    """164.512(a), (b)(1)(ii), (c), (f)(1)(i): what a reporting law covers, to whom it names."""
    law = mandated_report(d)
    return REPORTS[law] if law else None


def public_health(d: Disclosure) -> Basis | None:
    """164.512(b)(1)(i)."""
    return PUBLIC_HEALTH if d.actor.org_type is PUBLIC_HEALTH_AUTHORITY else None


def research(d: Disclosure) -> Basis | None:
    """164.512(i): approval or waiver of a board."""
    return RESEARCH if d.context.research_approved and d.actor.org_type is ORG_TYPE_RESEARCH else None


def oversight(d: Disclosure) -> Basis | None:
    """164.512(d)."""
    return OVERSIGHT if d.actor.org_type is OVERSIGHT_AGENCY else None


def threat(d: Disclosure) -> Basis | None:
    """164.512(j)(1)(i), (4); abuse content goes to police by a reporting law or process only (house rule)."""
    facts = d.context.threat
    if facts is None or (d.actor.criminal_justice_agency and is_abuse(d)):
        return None
    return THREAT if facts.serious and facts.imminent and facts.recipient_can_prevent and facts.good_faith else None


def custody(d: Disclosure) -> Basis | None:
    """164.512(k)(5): stops on release; the whole chart is more than care or transport needs."""
    facts = d.context.custody
    if facts is None or not facts.lawful or facts.need is NONE:
        return None
    excess = d.info_class is FULL_CHART or is_abuse(d)
    return CUSTODY if d.actor.criminal_justice_agency and not excess else None


PATHS: dict[Purpose, tuple[Path, ...]] = {
    Purpose.TREAT: (treatment, charity),
    Purpose.COC: (treatment, charity),
    Purpose.ETREAT: (treatment,),
    Purpose.BTG: (break_glass,),
    Purpose.HPAYMT: (payment,),
    Purpose.HOPERAT: (operations,),
    Purpose.SERVICE: (service,),
    Purpose.PATRQT: (access,),
    Purpose.FAMRQT: (parent, family),
    Purpose.ABUSE: (report,),
    Purpose.LAW: (*LAW_PATHS, report),
    Purpose.JUDICIAL: (court_order, subpoena),
    Purpose.THREAT: (threat,),
    Purpose.CUSTODY: (custody,),
    Purpose.PUBHLTH: (public_health,),
    Purpose.HRESCH: (research,),
    Purpose.OVERSIGHT: (oversight,),
}


def hipaa_basis(d: Disclosure) -> Basis | None:
    """The first HIPAA basis for this purpose, or an authorization; psychotherapy notes have their own closed list."""
    if d.purpose is None:
        return None
    if PSYTHPN in d.labels or d.info_class is PSYCHOTHERAPY_NOTES:
        return psychotherapy_notes(d)
    if d.actor.relation in RELATIVES and SDV in d.labels:
        return None
    return first(PATHS.get(d.purpose, ()), d) or authorization(d)


def psychotherapy_notes(d: Disclosure) -> Basis | None:
    """164.508(a)(2): their own authorization, the originator's treatment, what law requires, a threat; nothing else."""
    if any(consent.info_classes == NOTES_ALONE for consent in permits(d, NOTES_AUTHORIZATION)):
        return NOTES_AUTHORIZED
    if d.purpose in CARE and own(d) and ORIGINATOR_OF_NOTES in d.actor.duties and not refused(d):
        return ORIGINATOR
    match d.purpose:
        case Purpose.THREAT:
            return threat(d)
        case Purpose.LAW | Purpose.JUDICIAL:
            return court_order(d)
        case Purpose.ABUSE:
            return report(d)
    return None
