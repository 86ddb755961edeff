"""The closed vocabulary of facts: everything a decision may read, and what a decision says."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NoReturn, Self, TypeAlias

from consent.circumstances import (
    Admission,
    Agreement,
    CjisSession,
    Context,
    CrimeOnPremises,
    Custody,
    Emergency,
    Family,
    Identity,
    LegalProcess,
    Minor,
    Proceeding,
    Report,
    Restriction,
    School,
    Suspension,
    Threat,
    Victim,
)
from consent.instruments import (
    AgreementKind,
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentProblem,
    ConsentStatus,
    CustodyNeed,
    Effect,
    Expiry,
    LocateSubject,
    MissingElement,
    Obligation,
    ProceedingKind,
    ProcessKind,
    RecipientClass,
    ReportLaw,
    RestrictionKind,
    RevocationEvent,
    Signer,
    Strength,
    ThreatJudge,
)
from consent.vocabulary import (
    Duty,
    InfoClass,
    Jurisdiction,
    Label,
    OrgType,
    Purpose,
    ReceivedUnder,
    Relation,
    Role,
)

# fmt: off
__all__ = [
    "Admission", "Aggregate", "Agreement", "AgreementKind", "CjisSession", "Consent", "ConsentDecision",
    "ConsentForm", "ConsentKind", "ConsentProblem", "ConsentStatus", "Context", "CrimeOnPremises", "Custody",
    "CustodyNeed", "DataPeriod", "Decision", "Disclosure", "Duty", "Effect", "Emergency", "Expiry", "Family",
    "FhirJson", "FhirValue", "Finding", "Holder", "Identity", "InfoClass", "Jurisdiction", "Label", "LegalProcess",
    "LocateSubject", "Minor", "MissingElement", "Obligation", "OrgType", "Party", "Patient", "Proceeding",
    "ProceedingKind", "ProcessKind", "Provision", "Purpose", "ReceivedUnder", "Recipient", "RecipientClass",
    "Relation", "Released", "Report", "ReportLaw", "Restriction", "RestrictionKind", "RevocationEvent", "Role",
    "School", "Signer", "Strength", "Suspension", "Threat", "ThreatJudge", "Victim",
]
# fmt: on

FhirJson: TypeAlias = dict[str, "FhirValue"]
"""A FHIR resource or element as plain JSON."""
FhirValue: TypeAlias = FhirJson | list["FhirValue"] | str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Party:
    """Who receives: an organisation or person, its job, and the legal facts the registry vouches for."""

    org: str = field(repr=False)
    org_type: OrgType
    role: Role
    registered: bool = False
    relation: Relation = Relation.NONE
    covered_entity: bool = False
    health_care_provider: bool = False
    part2_program: bool = False
    treating_relationship: bool = False
    medical_personnel: bool = False
    criminal_justice_agency: bool = False
    victim_service_grantee: bool = False
    screened: bool = False
    mfa: bool = False
    duties: frozenset[Duty] = frozenset()


@dataclass(frozen=True, slots=True)
class Holder:
    """The organisation that discloses now."""

    org: str = field(repr=False)
    org_type: OrgType
    covered_entity: bool = False
    part2_program: bool = False
    victim_service_grantee: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Patient:
    """The person whom the content is about; age follows from the context's now and zone."""

    id: str
    birth_date: date

    def __repr__(self) -> str:
        return "Patient()"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One entry of a consent's recipients; exactly one of organisation, class and intermediary is set."""

    org: str | None = field(default=None, repr=False)
    role: Role | None = None
    recipient_class: RecipientClass | None = None
    intermediary: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DataPeriod:
    """Clinical dates a consent is limited to, both days included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Provision:
    """An exception to its parent, with exceptions of its own to any depth; an empty condition restricts nothing."""

    decision: ConsentDecision
    recipients: tuple[Recipient, ...] = ()
    purposes: frozenset[Purpose] = frozenset()
    labels: frozenset[Label] = frozenset()
    info_classes: frozenset[InfoClass] = frozenset()
    data_period: DataPeriod | None = None
    provisions: tuple["Provision", ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent on file; dates are whole days in the context's zone, ``revoked_at`` is an aware instant."""

    id: str = field(repr=False)
    kind: ConsentKind
    status: ConsentStatus
    decision: ConsentDecision
    form: ConsentForm
    patient: str = field(repr=False)
    signed_on: date
    signers: frozenset[Signer]
    period_start: date
    period_end: date | None
    expiry: Expiry
    signer_is_abuser: bool = False
    missing_elements: frozenset[MissingElement] = frozenset()
    problems: frozenset[ConsentProblem] = frozenset()
    event_occurred: bool = False
    revoked_at: datetime | None = None
    revocation_event: RevocationEvent | None = None
    revocable_from: date | None = None
    recipients: tuple[Recipient, ...] = ()
    purposes: frozenset[Purpose] = frozenset()
    info_classes: frozenset[InfoClass] = frozenset()
    data_period: DataPeriod | None = None
    matter: str | None = field(default=None, repr=False)
    provisions: tuple[Provision, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A cell of a table of counts: persons in it, smallest cell shown, whether subtraction recovers it."""

    cell: int
    threshold: int
    recoverable_by_subtraction: bool


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Every fact a decision may read, for one segment (a record or one of its parts); equal facts decide equally."""

    actor: Party
    holder: Holder
    patient: Patient
    purpose: Purpose | None
    own_labels: frozenset[Label]
    info_class: InfoClass
    origin: str = field(repr=False)
    context: Context
    derived_from_labels: frozenset[Label] = frozenset()
    received_under: ReceivedUnder | None = None
    requester: str | None = field(default=None, repr=False)
    performer: str | None = field(default=None, repr=False)
    matter: str | None = field(default=None, repr=False)
    effective: date | None = None
    aggregate: Aggregate | None = None
    consents: tuple[Consent, ...] = ()
    labels: frozenset[Label] = field(init=False, compare=False)
    said: tuple[ConsentDecision | None, ...] | None = field(init=False, default=None, compare=False, repr=False)
    """What each consent says, kept by ``consent.directives.said``: a function of the other fields, not a fact."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", self.own_labels | self.derived_from_labels)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one law says of one disclosure, with its citation and how sure the reading is."""

    law: str
    effect: Effect
    citation: str
    reason: str
    obligations: frozenset[Obligation] = frozenset()
    strength: Strength = Strength.TEXT


@dataclass(frozen=True, slots=True)
class Decision:
    """The findings put together, good until ``valid_until`` (UTC; None: no boundary ahead) while facts are equal."""

    effect: Effect
    because: tuple[Finding, ...]
    obligations: frozenset[Obligation]
    valid_until: datetime | None = None
    withheld: tuple[str, ...] = ()
    alarm: str | None = None


class Released:
    """A redacted resource together with the decision that lets it out; only ``consent.decide.release`` makes one."""

    __slots__ = ("decision", "resource")
    decision: Decision
    resource: FhirJson

    def __new__(cls, *_: object, **__: object) -> Self:
        """Refuse, always: nothing but ``release`` makes one."""
        message = "Released is made by consent.decide.release alone: decide, redact, then release"
        raise TypeError(message)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = "Released never changes: decide and release again"
        raise AttributeError(message)

    def __repr__(self) -> str:
        return f"Released({self.decision.effect})"
