"""A first agency file for each kind of organisation, with every field explained in place."""

import json
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from consent.instruments import AgreementKind
from consent.vocabulary import Jurisdiction, OrgType, Purpose, Role
from gateway.agencies.handoffs import FACTS
from gateway.agencies.standing import kind_rule


@dataclass(frozen=True, slots=True)
class Start:
    """What a kind of agency usually begins with: adapter, purpose and role of its client, further legal facts."""

    adapter: str = "fhir"
    purpose: Purpose = Purpose.COC
    role: Role = Role.SYSTEM
    facts: tuple[str, ...] = ()


STARTS = {
    OrgType.HOSPITAL: Start("hospital", Purpose.TREAT, Role.TREATING_PHYSICIAN, ("covered_entity",)),
    OrgType.BEHAVIORAL_HEALTH: Start("fhir", Purpose.TREAT, Role.CLINICIAN, ("covered_entity",)),
    OrgType.PART2_PROGRAM: Start("fhir", Purpose.TREAT, Role.CLINICIAN, ("covered_entity", "health_care_provider")),
    OrgType.MOBILE_CRISIS: Start("community", Purpose.TREAT, Role.PEER_SPECIALIST, ("health_care_provider",)),
    OrgType.EMS: Start("fhir", Purpose.ETREAT, Role.PARAMEDIC, ("covered_entity", "health_care_provider")),
    OrgType.POLICE: Start("police", Purpose.CRIMJUST, Role.RECORDS_SYSTEM),
    OrgType.COMMUNITY_ORG: Start("community", Purpose.COC, Role.CASE_MANAGER),
    OrgType.VICTIM_SERVICE_PROVIDER: Start("community", Purpose.VICTIMSVC, Role.ADVOCATE, ("victim_service_grantee",)),
    OrgType.SCHOOL: Start("community", Purpose.COC, Role.PRINCIPAL),
    OrgType.COURT: Start("fhir", Purpose.JUDICIAL, Role.SYSTEM),
}

_FACTS = (
    "covered_entity",
    "health_care_provider",
    "part2_program",
    "victim_service_grantee",
    "criminal_justice_agency",
    "school",
    "crisis_line_988",
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the person who makes the file says, and the name of the folder that will hold the private key."""

    id: str
    name: str
    kind: OrgType
    jurisdiction: Jurisdiction
    zone: str
    key_folder: str
    ori: str = ""


def needs_ori(kind: OrgType) -> bool:
    """Whether agencies of this kind must state an ORI."""
    return "criminal_justice_agency" in kind_rule(kind).must


def client_id(agency: str) -> str:
    """The id of the client that a new agency begins with."""
    return f"{agency}-system"


def private_key_name(client: str) -> str:
    """The file name of a client's private JWK set."""
    return f"{client}.private.jwks"


def agency_file(answers: Answers, public_jwks: str) -> str:
    """The text of a new agency file; public_jwks is a JWK set as JSON."""
    start = STARTS.get(answers.kind, Start())
    stated = {*kind_rule(answers.kind).must, *start.facts, *(["criminal_justice_agency"] if answers.ori else [])}
    words = {
        "name": answers.name,
        "private_file": f"{answers.key_folder}/{private_key_name(client_id(answers.id))}",
        "kinds": _wrapped([kind.value for kind in OrgType]),
        "jurisdictions": ", ".join(Jurisdiction),
        "agreements": ", ".join(AgreementKind),
        "facts": ", ".join(sorted(FACTS)),
        "jwk": key_lines(public_jwks),
        **{fact: "true" if fact in stated else "false" for fact in _FACTS},
    }
    return _text("template.toml").substitute(words | _values(answers, start))


def operator_file() -> str:
    """The text of a new operator.toml."""
    return _text("operator.toml").substitute()


def _values(answers: Answers, start: Start) -> dict[str, str]:
    values = {
        "id": answers.id,
        "name_value": answers.name,
        "kind": answers.kind,
        "jurisdiction": answers.jurisdiction,
        "zone": answers.zone,
        "ori": answers.ori,
        "adapter": start.adapter,
        "purpose": start.purpose,
        "role": start.role,
        "client": client_id(answers.id),
        "client_name": f"{answers.name} system",
    }
    return {key: _quoted(value) for key, value in values.items()}


def key_lines(public_jwks: str) -> str:
    """The first key of a JWK set in JSON as the body of a TOML table."""
    members = json.loads(public_jwks)["keys"][0]
    return "\n".join(f"{name} = {_quoted(value)}" for name, value in members.items() if isinstance(value, str))


def _quoted(text: str) -> str:
    """A TOML basic string; printable text needs no more than what JSON escapes."""
    return json.dumps(str(text), ensure_ascii=False)


def _wrapped(words: list[str]) -> str:
    rows = [words[start : start + 6] for start in range(0, len(words), 6)]
    return ",\n#   ".join(", ".join(row) for row in rows)


def _text(name: str) -> Template:
    return Template(files("gateway.agencies").joinpath(name).read_text("utf-8"))
