"""A disclosure scenario made real: agencies, a person, a record, consents, circumstances, a hand-off; then a read.

Dates are moved so that the scenario's day is today; ``tests.gateway.scenario_facts`` says which can be played.
"""

import asyncio
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from gateway import clock
from gateway.circumstances import ANYBODY, DOCUMENTED, KINDS
from gateway.commands.at_work import people
from gateway.commands.operating import Place, opened_store
from gateway.consents.establishing import Circumstances, Said
from gateway.referral import FULFILL
from gateway.store.seal import unseal, unwrap
from tests.clients.agency_files import Agency, Client, assignments, msa
from tests.gateway.scenario_consents import agency_id, born, moved, wire
from tests.gateway.scenario_facts import handed_over, own, record, status
from tests.live import Live
from tests.messages import Visit
from tests.parties import Party

Json = dict[str, Any]

BY_MESSAGE = {"hospital", "behavioral-health", "part2-program"}
"""Holders whose own system admits and discharges; the others hand over by a Task."""
STANDING = ("BAA", "QSOA", "VICTIM-SERVICE-CONTRACT", "FERPA-SCHOOL-OFFICIAL", "CJIS-SECURITY-ADDENDUM", "PART2-2.33C")
ORI = "IL0990000"
WHEN = """when = { event = ["A03"] }
category = { system = "s", code = "c" }
code = { system = "s", code = "c" }
"""


# --- agencies


def agencies(scenario: Json, place: int) -> list[Agency]:
    """The agencies of one scenario, under ids of its own."""
    actor, holder = scenario["actor"]["org"], scenario["holder"]["org"]
    others = sorted(set(_named(scenario)) - {actor, holder})
    met = [Agency(agency_id(org, place), "community-org", {}, standing=STANDING) for org in others]
    if own(scenario):
        return [_holder(scenario, place, _asks(scenario, place)), *met]
    return [_agency(scenario, "actor", place, (_asks(scenario, place),)), _holder(scenario, place), *met]


def _named(scenario: Json) -> Iterator[str]:
    """Organisations that consents, the referral and a restriction name; the unresolvable has no such id."""
    entries = [each for consent in scenario["consents"] for each in _recipients(consent)]
    resource, restriction = scenario["resource"], scenario["context"].get("restriction") or {}
    found = [each.get("org") or each.get("intermediary") or "" for each in entries]
    found += [resource["requester"] or "", resource["performer"] or "", restriction.get("against") or ""]
    return (each for each in found if each.startswith("Org/"))


def _recipients(rule: Json) -> Iterator[Json]:
    yield from rule.get("recipients") or ()
    for each in rule["provisions"]:
        yield from _recipients(each)


def _asks(scenario: Json, place: int) -> Client:
    actor = scenario["actor"]
    facts: Json = {name: True for name in ("medical_personnel", "screened") if actor[name]}
    facts |= {"duties": actor["duties"]} if actor["duties"] else {}
    return Client(f"{agency_id(actor['org'], place)}-asks", (scenario["purpose"],), actor["role"], facts)


def _agency(scenario: Json, party: str, place: int, clients: tuple[Client, ...], **more: Any) -> Agency:
    facts = status(scenario, party)
    facts |= {"ori": ORI} if facts.get("criminal_justice_agency") else {}
    return Agency(
        id=agency_id(scenario[party]["org"], place),
        kind=scenario[party]["org_type"],
        status=facts,
        clients=clients,
        jurisdiction=scenario["context"]["jurisdiction"],
        standing=STANDING,
        **more,
    )


def _holder(scenario: Json, place: int, *clients: Client) -> Agency:
    name, asker = agency_id(scenario["holder"]["org"], place), agency_id(scenario["actor"]["org"], place)
    keeps = Client(f"{name}-keeps", ("TREAT",), "system", {"duties": ["originator-of-notes"]})
    said: Json = {"id": f"{name}-officer", "name": "Officer", "role": "registrar", "purposes": ["TREAT"]}
    more = f"[[people]]\n{assignments(said)}\n"
    for each in scenario["context"]["agreements"]:
        if {agency_id(org, place) for org in each["parties"]} == {name, asker} and not own(scenario):
            more += f'[[agreements]]\nkind = "{each["kind"]}"\nwith = "{asker}"\nfrom = 2020-01-01\n'
    if _by_message(scenario):
        more += f'[[handoffs]]\nname = "all"\nreceiver = "{asker}"\n{WHEN}'
    senders = ((f"EHR{place}", name.upper()),) if _by_message(scenario) else ()
    return _agency(scenario, "holder", place, (keeps, *clients), senders=senders, more=more)


def _by_message(scenario: Json) -> bool:
    return handed_over(scenario) and scenario["holder"]["org_type"] in BY_MESSAGE


# --- what is there before the question


@dataclass(frozen=True)
class World:
    """A gateway and the clients of its agencies, by their ids."""

    live: Live
    parties: Mapping[str, Party]


@dataclass(frozen=True)
class Asked:
    """A scenario that stands ready: the record that is asked for, its subject, and the number of the request."""

    scenario: Json
    place: int
    path: str
    patient: str
    request: str

    @property
    def said(self) -> Iterator[Said]:
        """Its circumstances, as a person at the holder records them."""
        context = self.scenario["context"]
        found = [("legal-process", each) for each in context["legal_process"]]
        found += [(kind, context.get(kind.replace("-", "_"))) for kind in sorted(KINDS - {"legal-process"})]
        for kind, group in found:
            facts = group if isinstance(group, dict) else {"determined": group}
            if group is not None and facts.get("covers", "all"):
                yield self._said(kind, facts)

    def _said(self, kind: str, group: Json) -> Said:
        facts = {name.replace("_", "-"): _words(name, value, self.scenario) for name, value in group.items()}
        against = facts.pop("against", [self.scenario["actor"]["org"]])[0]
        facts |= {name: ["as written down"] for name in DOCUMENTED.get(kind, ())}
        recipient = "" if kind in ANYBODY else agency_id(against, self.place)
        tomorrow = clock.now() + timedelta(days=1)
        return Said(kind, self.patient, recipient, None, tomorrow, {name: each for name, each in facts.items() if each})


def _words(name: str, value: object, scenario: Json) -> Sequence[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    if value is None:
        return []
    text = moved(str(value), scenario) if name == "suspended_until" else str(value)
    return [text.lower() if isinstance(value, bool) else text]


def arrange(world: World, scenario: Json, place: int, number: int) -> Asked:
    """The person, the hand-off, the record and the consents of a scenario, written by its holder's system."""
    keeper = world.parties[f"{agency_id(scenario['holder']['org'], place)}-keeps"]
    patient = _arrive(world.live, keeper, scenario, place, f"7{number:05d}")
    if handed_over(scenario) and not _by_message(scenario):
        _hand_over(keeper, patient, agency_id(scenario["actor"]["org"], place))
    sent = record(scenario, patient)
    if sent["resourceType"] == "ServiceRequest":
        sent |= _parties(scenario["resource"], place)
    path = f"Patient/{patient}" if sent["resourceType"] == "Patient" else _kept(keeper, sent)
    for consent in scenario["consents"]:
        _consent(keeper, consent, scenario, patient, place)
    return Asked(scenario, place, path, patient, str(uuid.uuid4()))


def _kept(keeper: Party, sent: Json) -> str:
    made = keeper.post(sent["resourceType"], sent)
    assert made.status == 201, (made.body, sent)
    return f"{sent['resourceType']}/{made.json['id']}"


def _arrive(live: Live, keeper: Party, scenario: Json, place: int, mrn: str) -> str:
    """The person at the holder: admitted and discharged, so handed over, where the holder's system says so."""
    if not _by_message(scenario):
        return _kept(keeper, {"resourceType": "Patient", "birthDate": born(scenario)}).partition("/")[2]
    person = Visit(mrn=mrn, birth=born(scenario).replace("-", ""))
    sender = f"EHR{place}|{agency_id(scenario['holder']['org'], place).upper()}".encode()
    for message in (person.a01(), person.a03(diagnosis="")):
        assert msa(live.mllp(message.replace(b"EHR|CITYHOSP", sender, 1)))[0] == "AA"
    (patient,) = keeper.search(f"Patient?identifier={person.mrn}")
    return str(patient["id"])


def _hand_over(keeper: Party, patient: str, receiver: str) -> None:
    about = {"reference": f"Patient/{patient}"}
    order = {"status": "active", "intent": "order", "subject": about}
    request = _kept(keeper, {"resourceType": "ServiceRequest", **order})
    asks: Json = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": {"coding": [FULFILL]},
        "focus": {"reference": request},
        "for": about,
        "owner": {"reference": f"Organization/{receiver}"},
    }
    _kept(keeper, asks)


def _parties(resource: Json, place: int) -> Json:
    named = {
        name: {"reference": f"Organization/{agency_id(resource[name], place)}"}
        for name in ("requester", "performer")
        if resource[name]
    }
    return named | ({"performer": [named["performer"]]} if "performer" in named else {})


def _consent(keeper: Party, consent: Json, scenario: Json, patient: str, place: int) -> None:
    about = patient
    if consent["patient"] != scenario["patient"]["id"]:
        about = _kept(keeper, {"resourceType": "Patient"}).partition("/")[2]
    signer = ""
    if set(consent["signers"]) - {"patient"}:
        relative = {"resourceType": "RelatedPerson", "patient": {"reference": f"Patient/{about}"}}
        signer = _kept(keeper, relative).partition("/")[2]
    _kept(keeper, wire(consent, scenario, about, signer, place))


def establish(live: Live, stands: Iterable[Asked]) -> None:
    """A person at each holder records what is so: orders, emergencies, threats, restrictions."""
    site = live.site

    async def record_all() -> None:
        async with people(Place(site.folder / "data", site.key_file)) as house:
            for each in stands:
                holder = agency_id(each.scenario["holder"]["org"], each.place)
                for said in each.said:
                    await Circumstances(house).record(holder, said, f"{holder}-officer")

    asyncio.run(record_all())


# --- the answer


def ask(world: World, asked: Asked) -> tuple[int, bytes]:
    """The status and body of the actor's read."""
    asker = world.parties[f"{agency_id(asked.scenario['actor']['org'], asked.place)}-asks"]
    read = asker.raw("GET", asked.path, None, {"X-Request-Id": asked.request})
    return read.status, read.body


def disclosed(live: Live) -> Mapping[tuple[str, str], Json]:
    """What the audit says of each record disclosed, by the number of the request and the record."""

    async def unsealed() -> dict[tuple[str, str], Json]:
        rows = "SELECT a.*, k.wrapped FROM audit a JOIN data_key k ON k.id = a.key WHERE a.outcome = 'disclosed'"
        found: dict[tuple[str, str], Json] = {}
        async with opened_store(live.site.settings()) as store:
            for row in await store.driver.fetch(rows):
                key = unwrap(row["wrapped"], store.keyring[row["custodian"]].wrapping)
                content = orjson.loads(unseal(row["sealed"], key, f"audit|{row['chain']}|{row['number']}".encode()))
                found |= {(content["request"], each["record"]): each for each in content.get("records", ())}
        return found

    return asyncio.run(unsealed())
