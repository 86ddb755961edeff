"""Checks between agencies and with the operator: ids, senders, receivers, agreements, and standing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from gateway.agencies.model import Agency, Operator, Person, Route, Sender, Transport
from gateway.agencies.problems import Place, Problem, nearest
from gateway.agencies.standing import may_hold, own_labels
from gateway.agencies.within import check_id, check_zone

OPERATOR_FILE = "operator.toml"


@dataclass(frozen=True, slots=True)
class Files:
    """What was read: agencies with the place they stand in, the operator, and every id that any file claims."""

    agencies: tuple[tuple[Place, Agency], ...]
    operator: Operator | None
    ids: frozenset[str]
    today: date


def check_across(files: Files) -> Iterator[Problem]:
    """Everything that can be wrong between files."""
    yield from _ids_used_twice(files)
    yield from _clients_used_twice(files)
    yield from _people_used_twice(files)
    yield from _senders_used_twice(files)
    yield from _folders_used_twice(files)
    for at, agency in files.agencies:
        yield from _receivers(files, agency, at)
        yield from _agreements(files, agency, at)
        yield from _standing(files, agency, at)
    if files.operator:
        yield from _operator(files, files.operator, Place(OPERATOR_FILE))


def _ids_used_twice(files: Files) -> Iterator[Problem]:
    seen = {files.operator.id: OPERATOR_FILE} if files.operator else {}
    for at, agency in files.agencies:
        if agency.id in seen:
            fault = f"is already the id in {seen[agency.id]}: {agency.id!r}."
            yield at.key("id").problem("duplicate-agency", fault, "Give each agency an id of its own.")
        seen.setdefault(agency.id, at.file)


def _clients_used_twice(files: Files) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for at, agency in files.agencies:
        for index, client in enumerate(agency.clients):
            if client.id in seen:
                place = at.key("clients").item(index).key("id")
                fault = f"is already a client in {seen[client.id]}: {client.id!r}."
                yield place.problem("duplicate-client", fault, "Give each client an id of its own.")
            seen.setdefault(client.id, at.file)


def _people_used_twice(files: Files) -> Iterator[Problem]:
    """A person signs in by id alone; within one agency the id is checked with the other names."""
    seen: dict[str, str] = {}
    for place, person in _people(files):
        if seen.get(person.id, place.file) != place.file:
            fault = f"already signs in for {seen[person.id]}: {person.id!r}."
            yield place.key("id").problem("duplicate-person", fault, "Give each person one id for each agency.")
        seen.setdefault(person.id, place.file)


def _people(files: Files) -> Iterator[tuple[Place, Person]]:
    employers: list[tuple[Place, Agency | Operator]] = [*files.agencies]
    if files.operator:
        employers.append((Place(OPERATOR_FILE), files.operator))
    for at, employer in employers:
        for index, person in enumerate(employer.people):
            yield at.key("people").item(index), person


def _senders_used_twice(files: Files) -> Iterator[Problem]:
    """A sender belongs to one agency, and by MLLP to one channel: there is no token that would tell the channel."""
    seen: dict[Sender, list[tuple[Place, Transport]]] = {}
    for place, transport, sender in _senders(files):
        others = seen.setdefault(sender, [])
        rival = next(
            (at for at, other in others if at.file != place.file or transport is other is Transport.MLLP), None
        )
        if rival:
            fault = f"'{sender.application}|{sender.facility}' already speaks on {rival.path} of {rival.file}."
            yield place.problem("duplicate-sender", fault, "Give each application and facility one channel.")
        others.append((place, transport))


def _senders(files: Files) -> Iterator[tuple[Place, Transport, Sender]]:
    for at, agency in files.agencies:
        for index, channel in enumerate(agency.channels):
            place = at.key("channels").item(index).key("senders")
            for number, sender in enumerate(channel.senders):
                yield place.item(number), channel.transport, sender


def _receivers(files: Files, agency: Agency, at: Place) -> Iterator[Problem]:
    for index, rule in enumerate(agency.handoffs):
        place = at.key("handoffs").item(index).key("receiver")
        if rule.receiver not in files.ids:
            fault = f"is no agency here: {rule.receiver!r}."
            yield place.problem("unknown-receiver", fault, nearest(rule.receiver, files.ids))
        elif rule.receiver == agency.id and not rule.unit:
            remedy = "Name the agency that takes over, or the unit that does."
            yield place.problem("unknown-receiver", "is the agency itself.", remedy)
        elif rule.unit not in _units(files, rule.receiver):
            fault = f"names no unit of {rule.receiver}: {rule.unit!r}."
            remedy = f"Add it under its [[units]]. {nearest(rule.unit, _units(files, rule.receiver))}".strip()
            yield at.key("handoffs").item(index).key("unit").problem("unknown-unit", fault, remedy)


def _units(files: Files, agency: str) -> set[str]:
    found = (each for _, each in files.agencies if each.id == agency)
    return {"", *(unit.id for each in found for unit in each.units)}


def _folders_used_twice(files: Files) -> Iterator[Problem]:
    """A folder names its agency: what is dropped there is in its name, on one channel; what is delivered, for it."""
    dropped: list[tuple[Place, str]] = []
    delivered: list[tuple[Place, str]] = []
    for at, agency in files.agencies:
        for index, channel in enumerate(agency.channels):
            if channel.transport is Transport.FOLDER:
                place = at.key("channels").item(index).key("folder")
                yield from _shared(place, channel.folder, dropped)
                dropped.append((place, channel.folder))
        others = tuple(delivered)
        for index, delivery in enumerate(agency.deliveries):
            if delivery.route is Route.FOLDER:
                place = at.key("deliveries").item(index).key("to")
                yield from _shared(place, delivery.to, others)
                delivered.append((place, delivery.to))


def _shared(place: Place, folder: str, taken: Iterable[tuple[Place, str]]) -> Iterator[Problem]:
    rival = next((other for other, each in taken if _within(folder, each) or _within(each, folder)), None)
    if rival is not None:
        fault = f"lies in, or holds, the folder of {rival.file}."
        yield place.problem("duplicate-folder", fault, "Give each a folder of its own.")


def _within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}/")


def _agreements(files: Files, agency: Agency, at: Place) -> Iterator[Problem]:
    known = files.ids | ({files.operator.id} if files.operator else set())
    for index, agreement in enumerate(agency.agreements):
        place = at.key("agreements").item(index)
        if agreement.with_ not in known:
            fault = f"is no agency here: {agreement.with_!r}."
            yield place.key("with").problem("unknown-agency", fault, nearest(agreement.with_, known))
        yield from _period(agreement.from_, agreement.until, files.today, place)


def _period(start: date, until: date | None, today: date, at: Place) -> Iterator[Problem]:
    if until and until < start:
        yield at.key("until").problem("bad-period", "lies before the first day.", "Correct one of the two.")
    elif until and until < today:
        yield at.key("until").warning("lapsed", "has passed: it grants nothing.", "Renew it or take it out.")


def _standing(files: Files, agency: Agency, at: Place) -> Iterator[Problem]:
    """Only warnings: receive refuses the records anyway, and taking a standing away must stay possible."""
    labels = {label: None for unit in (None, *agency.units) for label in own_labels(agency, unit)}
    for label in labels:
        reason = may_hold(files.operator, agency, label, files.today)
        if reason:
            fault = f"makes {label} records, which the gateway will refuse."
            yield at.key("status").warning("no-standing", fault, reason)


def _operator(files: Files, operator: Operator, at: Place) -> Iterator[Problem]:
    yield from check_id(operator.id, at.key("id"))
    yield from check_zone(operator.zone, at.key("zone"))
    for index, person in enumerate(operator.people):
        yield from check_id(person.id, at.key("people").item(index).key("id"))
    for index, standing in enumerate(operator.standing):
        place = at.key("standing").item(index)
        if standing.agency not in files.ids:
            fault = f"is no agency here: {standing.agency!r}."
            yield place.key("agency").problem("unknown-agency", fault, nearest(standing.agency, files.ids))
        yield from _period(standing.from_, standing.until, files.today, place)
