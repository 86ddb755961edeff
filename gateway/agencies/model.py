"""What an agency file says, as frozen values; the words come from the consent vocabulary and from the lists below."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from adapters import base
from consent.instruments import AgreementKind
from consent.vocabulary import Duty, Jurisdiction, OrgType, Purpose, Role

Jwk = Mapping[str, str]
"""The public members of one key, as RFC 7517 writes them."""


class Transport(StrEnum):
    """How bytes arrive on a channel."""

    MLLP = "mllp"
    HTTP = "http"
    FOLDER = "folder"


class Route(StrEnum):
    """How news leaves for an agency."""

    REST_HOOK = "rest-hook"
    MLLP = "mllp"
    EMAIL = "email"
    FOLDER = "folder"


class Content(StrEnum):
    """How much a notification carries (Subscriptions R5 Backport, payload content)."""

    EMPTY = "empty"
    ID_ONLY = "id-only"
    FULL_RESOURCE = "full-resource"


class Priority(StrEnum):
    """FHIR request-priority."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"
    STAT = "stat"


class Algorithm(StrEnum):
    """Signature algorithms a client may use (SMART backend services; the UDAP ones where registered)."""

    RS384 = "RS384"
    ES384 = "ES384"
    RS256 = "RS256"
    ES256 = "ES256"


class StandingKind(StrEnum):
    """What binds the operator to an agency, so that the gateway may hold its protected records."""

    BAA = "BAA"
    QSOA = "QSOA"
    CJIS_SECURITY_ADDENDUM = "CJIS-SECURITY-ADDENDUM"
    MANAGEMENT_CONTROL_AGREEMENT = "MANAGEMENT-CONTROL-AGREEMENT"
    VICTIM_SERVICE_CONTRACT = "VICTIM-SERVICE-CONTRACT"
    FERPA_SCHOOL_OFFICIAL = "FERPA-SCHOOL-OFFICIAL"
    PART2_2_33C = "PART2-2.33C"


@dataclass(frozen=True, slots=True)
class Status:
    """The legal facts about an agency; what is not stated is not so. ori and npi are empty when it has none."""

    covered_entity: bool = False
    health_care_provider: bool = False
    part2_program: bool = False
    victim_service_grantee: bool = False
    criminal_justice_agency: bool = False
    school: bool = False
    crisis_line_988: bool = False
    ori: str = ""
    npi: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of an agency that the law or the work tells apart.

    A Part 2 unit of a general medical facility (42 CFR 2.11, program, (2)) is recognised in messages by the
    locations and hospital services listed here. What a social-work unit of another agency writes is its own: the
    rest of the agency sees the status of its referrals, never its notes.
    """

    id: str
    name: str
    part2_program: bool = False
    social_work: bool = False
    locations: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """Sending application and facility as they stand in the messages (HL7 v2 MSH-3 and MSH-4)."""

    application: str
    facility: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One way in.

    peers are the addresses or networks that may connect by MLLP, loopback only when empty; certificates are
    SHA-256 fingerprints of client certificates, and make the channel TLS only; clients are those of this agency
    that may post here, all of them when empty; folder is relative to the gateway's inbox.
    """

    name: str
    adapter: str
    transport: Transport
    senders: tuple[Sender, ...] = ()
    peers: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    folder: str = ""
    zone: str = ""
    charset: str = ""
    authorities: Mapping[str, str] = field(default_factory=dict)
    vocabularies: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    profile: base.Profile | None = None


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a ServiceRequest."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class HandoffRule:
    """When a message of this agency becomes a referral, and to whom.

    when maps a fact of the message to the values that count; the minutes are the clocks for the receiver's
    acknowledgement and for completion. unit is the receiver's unit that works it; with the agency itself as receiver
    the referral stays in house.
    """

    name: str
    receiver: str
    when: Mapping[str, tuple[str, ...]]
    category: Coding
    code: Coding
    priority: Priority = Priority.ROUTINE
    acknowledge_within_minutes: int = 1440
    complete_within_minutes: int = 43200
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ClientEntry:
    """A system that signs in by SMART backend services; its keys are inline, in a file beside, or at an https URL.

    After reading, jwks holds the public keys wherever they stood, except those behind jwks_uri.
    """

    id: str
    scopes: tuple[str, ...]
    purposes: tuple[Purpose, ...]
    role: Role
    name: str = ""
    unit: str = ""
    jwks: tuple[Jwk, ...] = ()
    jwks_file: str = ""
    jwks_uri: str = ""
    algorithms: tuple[Algorithm, ...] = (Algorithm.ES384, Algorithm.RS384)
    duties: tuple[Duty, ...] = ()
    medical_personnel: bool = False
    screened: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the agency who signs in; the facts about the person that decisions read."""

    id: str
    name: str
    role: Role
    unit: str = ""
    email: str = ""
    purposes: tuple[Purpose, ...] = ()
    duties: tuple[Duty, ...] = ()
    mfa: bool = False
    screened: bool = False
    medical_personnel: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement in force between this agency and another, both days included."""

    kind: AgreementKind
    with_: str
    from_: date
    until: date | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One way out; to is an https URL, host:port, e-mail address or folder; purpose and role are decided on.

    secret_file is the file, in the folder of secrets, of the key that signs a rest-hook. unit is the unit whose
    referrals it tells of, empty for those of no unit.
    """

    name: str
    route: Route
    to: str
    purpose: Purpose
    role: Role
    content: Content = Content.ID_ONLY
    unit: str = ""
    secret_file: str = ""


@dataclass(frozen=True, slots=True)
class Agency:
    """One organisation that takes part, as its file describes it; zone is an IANA time zone."""

    id: str
    name: str
    kind: OrgType
    jurisdiction: Jurisdiction
    zone: str
    status: Status
    units: tuple[Unit, ...] = ()
    channels: tuple[Channel, ...] = ()
    handoffs: tuple[HandoffRule, ...] = ()
    clients: tuple[ClientEntry, ...] = ()
    people: tuple[Person, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What binds the operator to one agency, both days included."""

    agency: str
    kind: StandingKind
    from_: date
    until: date | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the gateway; its staff are parties like others."""

    id: str
    name: str
    zone: str
    standing: tuple[Standing, ...] = ()
    people: tuple[Person, ...] = ()


def for_adapter(agency: Agency, channel: Channel) -> base.Channel:
    """The part of a channel that its adapter needs; times without offset are in the channel's zone or the agency's."""
    return base.Channel(
        agency=agency.id,
        name=channel.name,
        adapter=channel.adapter,
        zone=channel.zone or agency.zone,
        senders=tuple((sender.application, sender.facility) for sender in channel.senders),
        authorities=channel.authorities,
        vocabularies=channel.vocabularies,
        charset=channel.charset or None,
        options=channel.options,
        profile=channel.profile,
    )
