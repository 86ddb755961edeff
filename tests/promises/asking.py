"""What a recipient may try, in every channel that exists, as operations that give what they were told."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from tests.messages import Visit
from tests.parties import Answer, Json
from tests.promises.asking_bundles import batch_about, transaction_about, transaction_on
from tests.promises.house import Asker, House
from tests.promises.worlds import CRISIS, HOSPITAL, HOUSING, OPIOID, condition, person

Told = tuple[int, tuple[tuple[str, str], ...], bytes]
Operation = Callable[[Asker], Awaitable[Answer | list[Answer]]]

SEARCHES = (
    "Task", "Task?_summary=count", "Task?_total=accurate", "Task?_sort=-_lastUpdated", "Task?_sort=_lastUpdated",
    "Task?status=requested", "Task?status:not=requested&_total=accurate", "Task?_lastUpdated=gt2026-01-01",
    "Task?_include=Task:patient&_include=Task:focus", "Task?_include=Task:encounter", "Task?part-of:missing=true",
    "Task?business-status:missing=false", "Task?authored-on=ge2026-01-01&_total=accurate", "Task?code=fulfill",
    "Task?_revinclude=Task:part-of", "Task?patient.name=ASHGROVE", "Task?_has:Provenance:target:agent=x",
    "Patient", "Patient?_summary=count", "Patient?_total=accurate&_count=1", "Patient?_sort=-_lastUpdated&_count=2",
    "Patient?family=DUNMORE", "Patient?name=ash", "Patient?family:exact=HARTWELL", "Patient?birthdate=1988-02-14",
    "Patient?gender=other&_total=accurate", "Patient?identifier=810004", "Patient?identifier=H-1", "Patient?_id=x",
    "Patient?identifier=urn:example:hartwell|H-1&_total=accurate", "Patient?phone=5550123", "Patient?address-city=SPRI",
    "Patient?family:missing=true", "Patient?_revinclude=Condition:patient", "Patient?_lastUpdated=gt2030",
    "Condition", "Condition?code=B20&_total=accurate", "Condition?code=F11.20", "Condition?_summary=count",
    "Condition?code:not=B20&_total=accurate", "Condition?_include=Condition:patient", "Condition?_count=1",
    "Encounter?_total=accurate", "Encounter?_include=Encounter:patient", "Encounter?status=finished",
    "ServiceRequest?_total=accurate", "ServiceRequest?_include=ServiceRequest:patient", "ServiceRequest?status=active",
    "Consent", "Consent?_summary=count", "Consent?status=active&_total=accurate", "Organization?_total=accurate",
    "Practitioner?_total=accurate", "Observation?_total=accurate", "Location?_total=accurate", "Coverage",
    "AuditEvent", "Provenance", "Nothing", "Task?_count=abc", "Task?nonsense=1", "Task?status=%00",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A record of the town: where it is, and its version as its own custodian reads it."""

    kind: str
    id: str
    version: str

    @property
    def path(self) -> str:
        """Its place under the base."""
        return f"{self.kind}/{self.id}"


async def every_record(house: House) -> list[Known]:
    """All records of a world, whoever keeps them, as their custodians see them."""
    found: dict[str, Known] = {}
    async with house.owner() as database:
        rows = await database.fetch("SELECT DISTINCT custodian, type, id::text FROM part ORDER BY 1, 2, 3")
    clients = {"cityhosp": HOSPITAL, "riverton-pd": "riverton-rms"}
    for row in rows:
        asker = clients.get(row["custodian"], f"{row['custodian']}-system")
        if row["custodian"] == "tri-county-exchange":
            continue
        answer = await house.asker(asker).get(f"{row['type']}/{row['id']}")
        version = answer.headers.get("etag", 'W/"x"')[3:-1]
        found.setdefault(row["id"], Known(row["type"], row["id"], version))
    return list(found.values())


async def pages(asker: Asker, path: str) -> list[Answer]:
    """A search and every next page of it."""
    got = [await asker.get(path)]
    while len(got) < 12 and (link := _next(got[-1])):
        got.append(await asker.raw("GET", link))
    return got


def _next(answer: Answer) -> str:
    if answer.status != 200:
        return ""
    links = answer.json.get("link", [])
    url = next((each["url"] for each in links if each["relation"] == "next"), "")
    return url and f"{urlsplit(url).path}?{urlsplit(url).query}"


def asking(records: list[Known], chosen: random.Random) -> list[tuple[str, Operation]]:
    """Every operation of one recipient, by name: searches, then what can be tried with the ids of all records."""
    operations: list[tuple[str, Operation]] = [(path, _paged(path)) for path in SEARCHES]
    operations.append(("metadata", _get("metadata")))
    operations.append(("worklist", _get("/worklist.csv")))
    operations.append(("POST _search", _posted_search))
    picked = chosen.sample(records, min(len(records), 12))
    for each in picked:
        operations += _tries(each, chosen)
    people = [each for each in records if each.kind == "Patient"]
    for each in chosen.sample(people, min(len(people), 4)):
        operations += _tries_about(each)
    operations += _creates(chosen)
    return operations


def _get(path: str, **headers: str) -> Operation:
    return lambda asker: asker.get(path, **headers)


def _paged(path: str) -> Operation:
    return lambda asker: pages(asker, path)


async def _posted_search(asker: Asker) -> Answer:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return await asker.raw("POST", "Patient/_search", "family=ASHGROVE&_total=accurate", form)


def _tries(one: Known, chosen: random.Random) -> list[tuple[str, Operation]]:
    """Reads and writes of one id that may or may not be visible."""
    tag = f'W/"{one.version}"'
    changed: Json = {"resourceType": one.kind, "id": one.id}
    tries: list[tuple[str, Operation]] = [
        ("read", _get(one.path)),
        ("read with If-None-Match", _get(one.path, if_none_match=tag)),
        ("vread", _get(f"{one.path}/_history/{one.version}")),
        ("history", _get(f"{one.path}/_history")),
        ("_id", _get(f"{one.kind}?_id={one.id}&_total=accurate")),
        ("POST with its id", lambda asker: asker.post(one.kind, {**changed, "status": "nonsense"})),
    ]
    writes: list[tuple[str, Operation]] = [
        ("PUT If-Match", lambda asker: asker.put(one.path, changed, if_match=tag)),
        ("PUT If-Match of nothing", lambda asker: asker.put(one.path, changed, if_match='W/"0"')),
        ("PUT of another id", lambda asker: asker.put(one.path, {**changed, "id": "other"})),
        ("PUT of another type", lambda asker: asker.put(one.path, person("Z", "Z-1"))),
        ("PATCH If-Match", lambda asker: asker.patch(one.path, {"language": "en"}, if_match=tag)),
        ("PATCH of nonsense", lambda asker: asker.raw("PATCH", one.path, b"{", {"Content-Type": "application/json"})),
        ("PUT of nonsense", lambda asker: asker.raw("PUT", one.path, b"[]", {"Content-Type": "application/fhir+json"})),
        ("PUT as text", lambda asker: asker.raw("PUT", one.path, b"x", {"Content-Type": "text/plain"})),
        ("DELETE", lambda asker: asker.raw("DELETE", one.path)),
        ("as another type", _get(f"Observation/{one.id}")),
        ("upper case", _get(f"{one.kind}/{one.id.upper()}")),
        ("malformed", _get(f"{one.kind}/{one.id}x")),
        ("batch about", lambda asker: batch_about(asker, one.kind, one.id, tag)),
        ("transaction on", lambda asker: transaction_on(asker, one.kind, one.id, tag)),
    ]
    return [(f"{name} {one.path}", do) for name, do in [*tries, *chosen.sample(writes, 8)]]


def _tries_about(one: Known) -> list[tuple[str, Operation]]:
    """Searches and writes that name a person who may or may not be visible."""
    names = ("Task", "Encounter", "Condition", "Consent")
    diagnosis = {**condition("R10.9"), "subject": {"reference": one.path}}
    task = {"resourceType": "Task", "status": "draft", "intent": "order", "for": {"reference": one.path}}
    tries: list[tuple[str, Operation]] = [
        (f"{name}?patient={one.id}", _paged(f"{name}?patient={one.id}&_total=accurate")) for name in names
    ]
    tries += [
        (f"POST Condition about {one.id}", lambda asker: asker.post("Condition", diagnosis)),
        (f"POST Task about {one.id}", lambda asker: asker.post("Task", task)),
        (f"own Conditions about {one.id}", _paged(f"Condition?patient={one.id}&_include=Condition:patient")),
    ]
    return tries


def _creates(chosen: random.Random) -> list[tuple[str, Operation]]:
    """Conditional creates on identifiers that others hold."""
    conditions = ["identifier=H-1", "identifier=810004", "identifier=urn:example:ingleby|P-1", "family=DUNMORE"]
    creates: list[tuple[str, Operation]] = [
        (f"create If-None-Exist {each}", lambda asker, each=each: _create_if_none(asker, each))
        for each in chosen.sample(conditions, 3)
    ]
    return [*creates, ("transaction about H-1", lambda asker: transaction_about(asker, "H-1"))]


async def _create_if_none(asker: Asker, condition: str) -> Answer:
    return await asker.post("Patient", person("MOSSWOOD", "M-1"), if_none_exist=condition)


def resending() -> list[tuple[str, Operation]]:
    """What City Hospital sends whether or not a program has accepted, with their acknowledgements."""
    sent = {
        "A03 again": OPIOID.a03(control="O3"),
        "A08": OPIOID.a08(control="O8", diagnosis="F11.20^Opioid dependence"),
        "A08 of housing": HOUSING.a08(control="H88"),
        "A13": OPIOID.a13(control="O13"),
        "A03 once more": OPIOID.a03(control="O33", at="20260306101500-0600"),
        "A13 of a crisis": CRISIS.a13(control="C13"),
        "REF": OPIOID.i12(control="OI12"),
        "nobody": Visit("").a08(control="N1"),
    }
    tries: list[tuple[str, Operation]] = [(name, _sent(message)) for name, message in sent.items()]
    return [*tries, ("Task status", _cancels)]


def _sent(message: bytes) -> Operation:
    return lambda asker: asker.messages(message)


async def _cancels(asker: Asker) -> list[Answer]:
    """The sender calls its own Tasks back."""
    tasks = sorted((task["id"] for task in await asker.found("Task?_count=50")), key=quote)
    return [await asker.patch(f"Task/{task}", {"status": "cancelled"}) for task in tasks]


def first_difference(one: str, other: str) -> str:
    """Both texts around the place where they part."""
    place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return (
        f"\n   poor ...{one[max(0, place - 160) : place + 120]}\n   rich ...{other[max(0, place - 160) : place + 120]}"
    )
