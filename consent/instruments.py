"""The words for consents, process, agreements and duties: closed lists, one StrEnum each, in wire values."""

from enum import StrEnum
from typing import Literal

MissingElement = Literal[
    "2.31(a)(1)",
    "2.31(a)(2)",
    "2.31(a)(3)",
    "2.31(a)(4)",
    "2.31(a)(5)",
    "2.31(a)(6)",
    "2.31(a)(7)",
    "2.31(a)(8)",
    "2.31(a)(9)",
    "2.31(a)(10)",
    "164.508(c)(1)(i)",
    "164.508(c)(1)(ii)",
    "164.508(c)(1)(iii)",
    "164.508(c)(1)(iv)",
    "164.508(c)(1)(v)",
    "164.508(c)(1)(vi)",
    "110/5(b)-recipient",
    "110/5(b)-purpose",
    "110/5(b)-information",
    "110/5(b)-inspection-right",
    "110/5(b)-refusal-consequences",
    "110/5(b)-expiry",
    "110/5(b)-revocation-right",
    "110/5(b)-signature",
    "110/5(b)-witness",
]
"""A required element that a form lacks (42 CFR 2.31(a), 45 CFR 164.508(c)(1), 740 ILCS 110/5(b))."""


class ConsentKind(StrEnum):
    """The form a consent takes, each with its own required elements."""

    PART2_TPO = "part2-tpo"
    PART2_NAMED = "part2-named"
    PART2_INTERMEDIARY = "part2-intermediary"
    PART2_COUNSELING_NOTES = "part2-counseling-notes"
    PART2_PROCEEDINGS = "part2-proceedings"
    PART2_2_35 = "part2-2.35"
    HIPAA_AUTHORIZATION = "hipaa-authorization"
    PSYCHOTHERAPY_NOTES_AUTHORIZATION = "psychotherapy-notes-authorization"
    ORAL_AGREEMENT = "oral-agreement"
    VAWA_RELEASE = "vawa-release"
    FERPA_99_30 = "ferpa-99.30"
    IL_110_5 = "il-110-5"
    GENERAL_RELEASE = "general-release"


class ConsentStatus(StrEnum):
    """FHIR consent-state-codes; only ACTIVE can grant."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    ACTIVE = "active"
    REJECTED = "rejected"
    INACTIVE = "inactive"
    ENTERED_IN_ERROR = "entered-in-error"


class ConsentDecision(StrEnum):
    """What the base rule of a consent, or a provision, says."""

    PERMIT = "permit"
    DENY = "deny"


class ConsentForm(StrEnum):
    """How consent was expressed; an undocumented oral one grants nothing."""

    WRITTEN = "written"
    ORAL_DOCUMENTED = "oral-documented"
    ORAL_UNDOCUMENTED = "oral-undocumented"


class Signer(StrEnum):
    """Who signed a consent (45 CFR 164.502(g), 42 CFR 2.14, 2.15)."""

    PATIENT = "patient"
    PARENT = "parent"
    GUARDIAN = "guardian"
    PERSONAL_REPRESENTATIVE = "personal-representative"


class ConsentProblem(StrEnum):
    """Why a consent as stored cannot be relied on."""

    MALFORMED = "malformed"
    UNKNOWN_MODIFIER = "unknown-modifier"
    RECIPIENT_UNRESOLVABLE = "recipient-unresolvable"
    MATERIALLY_FALSE = "materially-false"


class Expiry(StrEnum):
    """How a consent ends."""

    DATE = "date"
    EVENT = "event"
    STATED_NONE = "stated-none"
    MISSING = "missing"


class RevocationEvent(StrEnum):
    """Event from which a consent under 42 CFR 2.35(c) can be revoked."""

    FINAL_DISPOSITION = "final-disposition"


class RecipientClass(StrEnum):
    """A class of recipients that a form may name (42 CFR 2.31(a)(4))."""

    TPO_STANDARD = "tpo-standard"
    TREATING_PARTICIPANTS = "treating-participants"
    ALL_PARTICIPANTS = "all-participants"
    ANYONE = "anyone"


class ProcessKind(StrEnum):
    """Kind of legal process served (42 CFR 2.61-2.67; 45 CFR 164.512(e), (f)(1))."""

    ORDER_2_64 = "order-2.64"
    ORDER_2_65 = "order-2.65"
    ORDER_2_66 = "order-2.66"
    ORDER_2_67 = "order-2.67"
    COURT_ORDER = "court-order"
    SEARCH_WARRANT = "search-warrant"
    ARREST_WARRANT = "arrest-warrant"
    GRAND_JURY_SUBPOENA = "grand-jury-subpoena"
    SUBPOENA = "subpoena"
    ADMINISTRATIVE_REQUEST = "administrative-request"


class ProceedingKind(StrEnum):
    """Kind of proceeding (42 CFR 2.12(d)(1))."""

    CRIMINAL = "criminal"
    CIVIL = "civil"
    ADMINISTRATIVE = "administrative"
    LEGISLATIVE = "legislative"


class AgreementKind(StrEnum):
    """Agreement in force between two organisations."""

    MOU = "MOU"
    CJIS_EXCHANGE = "CJIS-EXCHANGE"
    CJIS_SECURITY_ADDENDUM = "CJIS-SECURITY-ADDENDUM"
    QSOA = "QSOA"
    BAA = "BAA"
    PART2_2_33C = "PART2-2.33C"
    PART2_2_53 = "PART2-2.53"
    FERPA_SCHOOL_OFFICIAL = "FERPA-SCHOOL-OFFICIAL"


class ThreatJudge(StrEnum):
    """Who judged a threat."""

    TREATING_CLINICIAN = "treating-clinician"
    THERAPIST = "therapist"
    THREAT_TEAM = "threat-team"
    CRISIS_COUNSELOR = "crisis-counselor"


class LocateSubject(StrEnum):
    """Whom the police seek (45 CFR 164.512(f)(2))."""

    MISSING_PERSON = "missing-person"
    SUSPECT = "suspect"
    FUGITIVE = "fugitive"
    MATERIAL_WITNESS = "material-witness"


class CustodyNeed(StrEnum):
    """What lawful custody needs (45 CFR 164.512(k)(5))."""

    HEALTH_CARE = "health-care"
    TRANSPORT_SAFETY = "transport-safety"
    NONE = "none"


class ReportLaw(StrEnum):
    """Mandatory reporting law (45 CFR 164.512(a)-(c), 42 CFR 2.12(c)(6))."""

    CHILD_ABUSE = "child-abuse"
    ELDER_ABUSE = "elder-abuse"
    ADULT_ABUSE = "adult-abuse"
    GUNSHOT_WOUND = "gunshot-wound"


class RestrictionKind(StrEnum):
    """Kind of restriction (45 CFR 164.522(a), 42 CFR 2.26)."""

    AGREED = "agreed"
    PAID_IN_FULL = "paid-in-full"


class Obligation(StrEnum):
    """What must be done with a decision."""

    AUDIT = "AUDIT"
    INDISTINGUISHABLE = "INDISTINGUISHABLE"
    NOTICE_2_32 = "NOTICE_2_32"
    CONSENT_COPY_2_32B = "CONSENT_COPY_2_32B"
    ACCOUNT_P2_2_25 = "ACCOUNT_P2_2_25"
    KEEP_P2_ORIGIN = "KEEP_P2_ORIGIN"
    MINIMUM = "MINIMUM"
    INTERMEDIARY_LIST_2_24 = "INTERMEDIARY_LIST_2_24"
    DOC_EMERGENCY_2_51C = "DOC_EMERGENCY_2_51C"
    ROUTE_TO_MEDICAL_PERSONNEL = "ROUTE_TO_MEDICAL_PERSONNEL"
    OFFER_NON_IDENTIFYING_REPORT = "OFFER_NON_IDENTIFYING_REPORT"
    MASK_SENDER = "MASK_SENDER"
    PRIVACY_OFFICER = "PRIVACY_OFFICER"
    REQUEST_NO_FURTHER_USE = "REQUEST_NO_FURTHER_USE"
    NO_REDISCLOSURE_2_52 = "NO_REDISCLOSURE_2_52"
    NO_REDISCLOSURE_2_53 = "NO_REDISCLOSURE_2_53"
    USE_LIMIT_2_35D = "USE_LIMIT_2_35D"
    ACCOUNT_HIPAA_164_528 = "ACCOUNT_HIPAA_164_528"
    LIMIT_FIELDS = "LIMIT_FIELDS"
    LIMIT_TO_ORDER = "LIMIT_TO_ORDER"
    LIMIT_TO_LAW = "LIMIT_TO_LAW"
    INFORM_VICTIM_164_512C2 = "INFORM_VICTIM_164_512C2"
    DOC_GOOD_FAITH = "DOC_GOOD_FAITH"
    NOREDISCLOSE_IL_110_5D = "NOREDISCLOSE_IL_110_5D"
    VICTIM_NOTICE = "VICTIM_NOTICE"
    USE_LIMIT_99_33 = "USE_LIMIT_99_33"
    RECORD_FERPA_99_32 = "RECORD_FERPA_99_32"
    LOG_SECONDARY_DISSEMINATION_5_1_3 = "LOG_SECONDARY_DISSEMINATION_5_1_3"
    ENCRYPT_FIPS = "ENCRYPT_FIPS"
    STEP_UP_MFA = "STEP_UP_MFA"
    REAUTHENTICATE = "REAUTHENTICATE"
    LOCK_UNTIL_ADMIN = "LOCK_UNTIL_ADMIN"
    SMALL_CELL_SUPPRESS = "SMALL_CELL_SUPPRESS"
    COMPLEMENTARY_SUPPRESS = "COMPLEMENTARY_SUPPRESS"
    DEIDENTIFY = "DEIDENTIFY"
    BREAK_GLASS_REVIEW = "BREAK_GLASS_REVIEW"


class Effect(StrEnum):
    """What a finding or a decision says; a single finding only permits or denies."""

    PERMIT = "permit"
    PERMIT_REDACTED = "permit-redacted"
    DENY = "deny"


class Strength(StrEnum):
    """How sure the reading of a rule is: TEXT was read, the others need counsel."""

    TEXT = "text"
    INTERPRETATION = "interpretation"
    POLICY_DEFAULT = "policy-default"
    FROM_MEMORY = "from-memory"
