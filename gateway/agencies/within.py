"""Checks of one agency file by itself: names, zone, legal facts, hand-off rules, clients, people, deliveries."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from adapters.base import Profile
from gateway.agencies.handoffs import FACTS
from gateway.agencies.jwks import check_keys
from gateway.agencies.model import Agency, ClientEntry, Delivery, HandoffRule, Person, Route
from gateway.agencies.problems import Place, Problem, nearest
from gateway.agencies.standing import kind_rule
from gateway.auth.scopes import InvalidScope, parse

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_ID = 64
ORI = re.compile(r"[A-Z0-9]{9}")
NPI = re.compile(r"[0-9]{10}")
MAIL = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:]+\.[^@\s<>,;:]+")
HOST_PORT = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}")
FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
FOLDER = re.compile(r"[^/.\x00\\][^/\x00\\]*(/[^/.\x00\\][^/\x00\\]*)*")


def check_agency(agency: Agency, at: Place) -> Iterator[Problem]:
    """Everything that can be wrong with an agency without looking at any other."""
    yield from check_id(agency.id, at.key("id"))
    yield from check_zone(agency.zone, at.key("zone"))
    yield from _status(agency, at.key("status"))
    yield from _names_used_twice(agency, at)
    for index, rule in enumerate(agency.handoffs):
        yield from _handoff(rule, at.key("handoffs").item(index))
    for index, client in enumerate(agency.clients):
        yield from _client(agency, client, at.key("clients").item(index))
    for index, person in enumerate(agency.people):
        yield from _person(agency, person, at.key("people").item(index))
    for index, delivery in enumerate(agency.deliveries):
        yield from _unit_exists(agency, delivery.unit, at.key("deliveries").item(index))
        yield from _delivery(delivery, at.key("deliveries").item(index))


def check_id(text: str, at: Place) -> Iterator[Problem]:
    """Ids stand in URLs, file names and audit rows."""
    if len(text) > MAX_ID or not ID.fullmatch(text):
        fault = "is not an id."
        yield at.problem("bad-id", fault, f"Use lower-case letters, digits and single hyphens, at most {MAX_ID}.")


def check_zone(zone: str, at: Place) -> Iterator[Problem]:
    """Zones are names of the IANA time zone database."""
    if zone not in _zones():
        yield at.problem(
            "unknown-zone", "is no IANA time zone.", nearest(zone, _zones()) or "Use a name such as America/Chicago."
        )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _status(agency: Agency, at: Place) -> Iterator[Problem]:
    rule, status = kind_rule(agency.kind), agency.status
    for fact in rule.must:
        if not getattr(status, fact):
            fault = f"is not true, although the kind is {agency.kind}: {rule.because}."
            yield at.key(fact).problem("contradictory-standing", fault, f"Write {fact} = true, or change the kind.")
    for fact in rule.never:
        if getattr(status, fact):
            fault = f"is true, although the kind is {agency.kind}: {rule.because}."
            yield at.key(fact).problem("contradictory-standing", fault, f"Remove {fact}, or change the kind.")
    yield from _identifiers(agency, at)


def _identifiers(agency: Agency, at: Place) -> Iterator[Problem]:
    status = agency.status
    if status.criminal_justice_agency != bool(status.ori):
        fault = "and criminal_justice_agency do not agree (28 CFR 20.3(g); CJISSECPOL 5.1.1)."
        yield at.key("ori").problem("contradictory-standing", fault, "State both, or neither.")
    if status.ori and not ORI.fullmatch(status.ori):
        yield at.key("ori").problem("bad-ori", "is not an ORI.", "Write its nine capital letters and digits.")
    if status.npi and not NPI.fullmatch(status.npi):
        yield at.key("npi").problem("bad-npi", "is not an NPI.", "Write its ten digits.")


def _names_used_twice(agency: Agency, at: Place) -> Iterator[Problem]:
    tables = {
        "units": [each.id for each in agency.units],
        "channels": [each.name for each in agency.channels],
        "handoffs": [each.name for each in agency.handoffs],
        "people": [each.id for each in agency.people],
        "deliveries": [each.name for each in agency.deliveries],
    }
    for table, names in tables.items():
        for index, name in enumerate(names):
            if name in names[:index]:
                fault = f"has a name used before in this file: {name!r}."
                yield at.key(table).item(index).problem("duplicate-name", fault, "Choose another.")


def _handoff(rule: HandoffRule, at: Place) -> Iterator[Problem]:
    if not rule.when:
        yield at.key("when").problem("empty-rule", "names no fact.", "Say for which messages the rule stands.")
    for fact, values in rule.when.items():
        place = at.key("when").key(fact)
        if fact not in FACTS:
            yield place.problem("unknown-fact", "is no fact of a message.", nearest(fact, FACTS))
        if not values or not all(values):
            yield place.problem("empty-rule", "lists no value, or an empty one.", "List the values that count.")
    for name in ("acknowledge_within_minutes", "complete_within_minutes"):
        if getattr(rule, name) <= 0:
            yield at.key(name).problem("bad-clock", "is not a time.", "Write minutes, one or more.")
    if rule.complete_within_minutes < rule.acknowledge_within_minutes:
        fault = "ends before the acknowledgement is due."
        yield at.key("complete_within_minutes").problem("bad-clock", fault, "Give it at least as long.")


def _client(agency: Agency, client: ClientEntry, at: Place) -> Iterator[Problem]:
    yield from check_id(client.id, at.key("id"))
    yield from _unit_exists(agency, client.unit, at)
    for index, scope in enumerate(client.scopes):
        if not _is_scope(scope):
            remedy = "Write it as system/Task.rs (SMART v2) or system/Task.read (v1)."
            yield at.key("scopes").item(index).problem("bad-scope", "is no SMART system scope.", remedy)
    for name, values in (("scopes", client.scopes), ("purposes", client.purposes), ("algorithms", client.algorithms)):
        if not values:
            yield at.key(name).problem("empty-list", "is empty.", "Name at least one, or remove the client.")
    if client.jwks_uri and not _is_https(client.jwks_uri):
        yield at.key("jwks_uri").problem("bad-url", "is no https URL.", "Write https://host/path.")
    yield from check_keys(client, at)


def _is_scope(text: str) -> bool:
    try:
        return bool(parse(text))
    except InvalidScope:
        return False


def _person(agency: Agency, person: Person, at: Place) -> Iterator[Problem]:
    yield from check_id(person.id, at.key("id"))
    yield from _unit_exists(agency, person.unit, at)
    if person.email and not MAIL.fullmatch(person.email):
        yield at.key("email").problem("bad-address", "is no e-mail address.", "Write name@example.org.")


def _unit_exists(agency: Agency, unit: str, at: Place) -> Iterator[Problem]:
    units = {each.id for each in agency.units}
    if unit and unit not in units:
        remedy = f"Add it under [[units]]. {nearest(unit, units)}".strip()
        yield at.key("unit").problem("unknown-unit", f"names no unit of this agency: {unit!r}.", remedy)


def _is_https(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname) and not parts.username and text.isprintable()
    except ValueError:
        return False


def _is_hook(text: str) -> bool:
    """An https URL, or http on this machine: that is sent only where CROSSWALK_LOCAL_RECEIVERS lists it."""
    local = text.removeprefix("http://") if re.match(r"http://(localhost|127\.0\.0\.1|\[::1\])[:/]", text) else ""
    return _is_https(f"https://{local}" if local else text)


_ADDRESSES: dict[Route, tuple[Callable[[str], bool], str]] = {
    Route.REST_HOOK: (_is_hook, "an https URL"),
    Route.MLLP: (lambda to: bool(HOST_PORT.fullmatch(to)), "host:port"),
    Route.EMAIL: (lambda to: bool(MAIL.fullmatch(to)), "an e-mail address"),
    Route.FOLDER: (lambda to: bool(FOLDER.fullmatch(to)), "a folder relative to the gateway's outbox"),
}


def _delivery(delivery: Delivery, at: Place) -> Iterator[Problem]:
    fits, form = _ADDRESSES[delivery.route]
    if not fits(delivery.to):
        yield at.key("to").problem("bad-address", f"does not fit the route {delivery.route}.", f"Write {form}.")
    if delivery.route is Route.EMAIL:
        yield at.key("route").warning("not-built", "is not sent yet.", "Use rest-hook, mllp or folder.")
    yield from _secret(delivery, at.key("secret_file"))


def _secret(delivery: Delivery, at: Place) -> Iterator[Problem]:
    """Only a signed rest-hook tells its receiver who speaks."""
    if delivery.route is Route.REST_HOOK and not delivery.secret_file:
        yield at.problem("no-secret", "is missing: the receiver could not tell who sends.", "Name the file of its key.")
    if delivery.secret_file and not FILE.fullmatch(delivery.secret_file):
        yield at.problem("bad-path", "is no plain file name.", "Write a name in the gateway's folder of secrets.")


def check_profile(profile: Profile, at: Place) -> Iterator[Problem]:
    """The declaration of a sender's columns: one separator, each header read once, forms of dates that can be read."""
    if len(profile.delimiter) != 1 or profile.delimiter in "\"'\r\n":
        yield at.key("delimiter").problem("bad-delimiter", "is no single separator.", 'Write "," or ";" or a tab.')
    headers = [*profile.columns.values(), *profile.ignored]
    for header in sorted({each for each in headers if headers.count(each) > 1}):
        yield at.key("columns").problem("read-twice", f"reads {header[:60]!r} twice.", "Read or ignore a column once.")
    for index, form in enumerate(profile.dates):
        if "%" not in form:
            yield at.key("dates").item(index).problem("bad-date-form", "is no form of a date.", "Write %m/%d/%Y.")
