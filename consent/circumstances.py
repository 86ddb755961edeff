"""The circumstances of a disclosure: process, agreements, emergencies and the other groups a request may bring."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from consent.instruments import (
    AgreementKind,
    CustodyNeed,
    LocateSubject,
    ProceedingKind,
    ProcessKind,
    ReportLaw,
    RestrictionKind,
    ThreatJudge,
)
from consent.vocabulary import InfoClass, Jurisdiction


@dataclass(frozen=True, slots=True)
class LegalProcess:
    """An order, warrant, subpoena or request that was served, and what it expressly covers."""

    kind: ProcessKind
    covers: frozenset[InfoClass] = frozenset()
    mandate: bool = False
    grounds_2_63: bool = False
    satisfactory_assurance: bool = False
    three_part_statement: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement in force between two organisations."""

    kind: AgreementKind
    parties: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proceeding:
    """A proceeding the content is wanted for (42 CFR 2.12(d)(1))."""

    kind: ProceedingKind
    against_patient: bool
    matter: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Emergency:
    """An emergency as medical personnel recorded it (42 CFR 2.51(a))."""

    medical: bool
    consent_obtainable: bool
    patient_refused: bool


@dataclass(frozen=True, slots=True)
class Threat:
    """A threat as somebody entitled judged it (45 CFR 164.512(j), 740 ILCS 110/11)."""

    serious: bool
    imminent: bool
    recipient_can_prevent: bool
    good_faith: bool
    determined_by: ThreatJudge


@dataclass(frozen=True, slots=True)
class School:
    """A school emergency (34 CFR 99.36)."""

    articulable_significant_threat: bool
    emergency_ongoing: bool


@dataclass(frozen=True, slots=True)
class Admission:
    """A statement admitting a violent crime (45 CFR 164.512(j)(1)(ii), (2)(i))."""

    violent_crime: bool
    learned_in_treatment_of_conduct: bool


@dataclass(frozen=True, slots=True)
class Victim:
    """What a crime victim and the officer said (45 CFR 164.512(f)(3), (c))."""

    agrees: bool
    incapacitated: bool
    represents_not_against_victim: bool
    represents_cannot_wait: bool
    best_interest: bool
    adult_abuse: bool


@dataclass(frozen=True, slots=True)
class CrimeOnPremises:
    """A crime on the holder's premises or against its personnel (42 CFR 2.12(c)(5))."""

    occurred: bool
    reported_by_program: bool


@dataclass(frozen=True, slots=True)
class Custody:
    """Lawful custody now, and what it needs (45 CFR 164.512(k)(5))."""

    lawful: bool
    need: CustodyNeed


@dataclass(frozen=True, slots=True)
class Report:
    """A reporting law that applies, and what it covers."""

    kind: ReportLaw
    covers: frozenset[InfoClass] = frozenset()


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restriction the patient obtained, and against which organisation (45 CFR 164.522(a), 42 CFR 2.26)."""

    kind: RestrictionKind
    against: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Minor:
    """What state law and the minor say."""

    state_lets_minor_consent_alone: bool
    informed: bool
    objects: bool


@dataclass(frozen=True, slots=True)
class Family:
    """Involvement of a relative in care (45 CFR 164.510(b))."""

    involved_in_care: bool
    present: bool
    objects: bool


@dataclass(frozen=True, slots=True)
class Suspension:
    """Suspended accounting: written statement, and the last day of the suspension (45 CFR 164.528(a)(2))."""

    written_statement: bool
    suspended_until: date


@dataclass(frozen=True, slots=True)
class Identity:
    """Patients linked to this one; a consent still helps only the patient it names."""

    linked_patients: frozenset[str] = field(repr=False)
    match_confirmed: bool


@dataclass(frozen=True, slots=True)
class CjisSession:
    """The session and the request as the CJIS Security Policy sees them (AC-7, AC-11, 4.2.3, 5.1)."""

    requestor_validated: bool = False
    fips_transport: bool = False
    idle_minutes: int = 0
    failed_logons_15min: int = 0
    ndex_advance_permission: bool = False
    ndex_verified: bool = False
    authorized_by_law: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances; a group that is None is not established. ``today`` is the local date of ``now``."""

    now: datetime
    timezone: tzinfo
    jurisdiction: Jurisdiction = Jurisdiction.US
    break_glass: bool = False
    agreements: tuple[Agreement, ...] = ()
    legal_process: tuple[LegalProcess, ...] = ()
    proceeding: Proceeding | None = None
    emergency: Emergency | None = None
    threat: Threat | None = None
    school: School | None = None
    admission: Admission | None = None
    locate: LocateSubject | None = None
    victim: Victim | None = None
    crime_on_premises: CrimeOnPremises | None = None
    offsite_emergency_result_of_abuse: bool | None = None
    custody: Custody | None = None
    report_law: Report | None = None
    restriction: Restriction | None = None
    minor: Minor | None = None
    family: Family | None = None
    research_approved: bool = False
    treatment_determination: bool = False
    accounting: Suspension | None = None
    identity: Identity | None = None
    cjis: CjisSession | None = None
    today: date = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if self.now.utcoffset() is None:
            message = "context.now has no UTC offset: give an aware datetime"
            raise ValueError(message)
        object.__setattr__(self, "today", self.now.astimezone(self.timezone).date())

    def midnight(self, day: date) -> datetime:
        """The instant, in UTC, at which ``day`` begins in the context's zone."""
        return datetime(day.year, day.month, day.day, tzinfo=self.timezone).astimezone(UTC)
