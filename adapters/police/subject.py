"""Whom the report refers, and that person as a Patient.

Victim and suspect never stand in one Bundle: it is about one person alone. A date of birth is only one that was given;
an age tells a juvenile and nothing else.
"""

import re

from adapters.base import Json, Mark, Unreadable
from adapters.police.draft import Draft, rows
from adapters.police.event import JusticeEvent, Person, Role
from adapters.police.leaf import Kind, truth
from adapters.police.moments import full_date, years
from mappings.account import Account, Setting
from mappings.concepts import concepts

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
PERSONS_INVOLVED = frozenset({Role.SUBJECT, Role.VICTIM, Role.SUSPECT})
WITHHELD = "where a victim can be found is not told; record a safe contact"
NOT_SAFE = "the person must not be contacted"
NOT_A_DATE = "no full date: an age or a year never becomes a date of birth"
RECORDED = "recorded by police"
UNDER_AGE = 18
INFANTS = frozenset({"NN", "NB", "BB"})
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?")


def chosen(event: JusticeEvent, *, domestic: bool) -> Person:
    """The one person whom the report refers. Raises Unreadable (``required``) where it is nobody, or more than one."""
    said = event.text("referral.person")
    found = [each for each in event.persons if each.number == said] if said else _by_role(event, domestic)
    named = [each for each in found if each.named and (each.without_role or each.roles & PERSONS_INVOLVED)]
    if not named:
        remedy = "name the person (name.family or name.given), or keep the report to yourself"
        raise Unreadable("required", "persons", f"The report names no person to refer: kept inside; {remedy}.")
    if len(named) > 1:
        remedy = "give the number of the one in referral.person"
        raise Unreadable("required", "referral.person", f"The report could refer more than one person; {remedy}.")
    return named[0]


def _by_role(event: JusticeEvent, domestic: bool) -> list[Person]:  # noqa: FBT001  # from the keyword of chosen
    victims = [each for each in event.persons if Role.VICTIM in each.roles]
    subjects = [each for each in event.persons if Role.SUBJECT in each.roles and Role.OFFICER not in each.roles]
    if domestic and victims:
        return victims
    if len(event.persons) == 1 and event.persons[0].without_role:
        return list(event.persons)
    return list({each.order: each for each in (*subjects, *victims) if Role.OFFICER not in each.roles}.values())


def patient(draft: Draft) -> Json:
    """The Patient."""
    person, event = draft.person, draft.event
    number = draft.take(person, "persons.number", "Patient.id") or f"{event.case_number}|{person.order}"
    made = draft.make("Patient", "person", number)
    draft.patient = made
    draft.take(event, "referral.person", "ServiceRequest.subject")
    _roles(draft)
    made["name"] = [_name(draft)]
    _sex(draft, made)
    _born(draft, made)
    extensions = [each for each in (_category(draft, "race"), _category(draft, "ethnicity")) if each]
    if extensions:
        made["extension"] = extensions
    if points := _telecom(draft):
        made["telecom"] = points
    if address := _address(draft):
        made["address"] = [address]
    _language(draft, made)
    return made


def _roles(draft: Draft) -> None:
    for leaf in draft.person.all("persons.role"):
        draft.taken[leaf] = "Patient"


def _name(draft: Draft) -> Json:
    texts = {part: draft.take(draft.person, f"persons.name.{part}", f"Patient.name({part})") for part in
             ("family", "given", "middle", "suffix", "full")}  # fmt: skip
    further = draft.person.all("persons.name.given")[1:]
    draft.taken.update(dict.fromkeys(further, "Patient.name(given)"))
    given = [each for each in (texts["given"], *(leaf.value for leaf in further), texts["middle"]) if each]
    made: Json = {"family": texts["family"]} if texts["family"] else {}
    if given:
        made["given"] = given
    if texts["suffix"]:
        made["suffix"] = [texts["suffix"]]
    if texts["full"]:
        made["text"] = texts["full"]
    return made


def _sex(draft: Draft, made: Json) -> None:
    """By the row of ``person.toml``, which looks the code up."""
    leaf = draft.person.one("persons.sex")
    if leaf:
        account = Account(Setting(), place=leaf.place)
        rows().rows[leaf.name].run(made, leaf.value, account)
        if "gender" in made:
            draft.taken[leaf] = "Patient.gender"


def _born(draft: Draft, made: Json) -> None:
    leaf = draft.person.one("persons.birth_date")
    born = full_date(leaf.value) if leaf else ""
    if leaf and born:
        made["birthDate"] = born[:10]
        draft.taken[leaf] = "Patient.birthDate"
    elif leaf:
        draft.left[leaf] = NOT_A_DATE


def _category(draft: Draft, name: str) -> Json:
    """A US Core race or ethnicity extension; what has no one category stays text."""
    sent = draft.take(draft.person, f"persons.{name}", f"Patient.extension({name})")
    if not sent:
        return {}
    target = concepts(f"ncic-{name}").find(sent)
    text = target.display if target else "Asian or Pacific Islander" if (name, sent.upper()) == ("race", "A") else sent
    parts: list[Json] = [{"url": "ombCategory", "valueCoding": target.coding()}] if target else []
    return {"url": US_CORE + name, "extension": [*parts, {"url": "text", "valueString": f"{text} ({RECORDED})"}]}


def prohibited(draft: Draft) -> bool:
    """Whether the person must not be contacted: said so, or domestic violence without a safe contact."""
    person = draft.person
    said = person.one("persons.do_not_contact")
    if said and truth(said.value) is not False:
        return True
    safe = person.text("persons.safe_contact.phone") or person.text("persons.safe_contact.email")
    return is_domestic(draft) and not safe


def is_domestic(draft: Draft) -> bool:
    """Whether the message is marked as one of domestic violence."""
    return any(mark.code == "SDV" for mark in draft.marks)


def _hidden(draft: Draft) -> bool:
    return Role.VICTIM in draft.person.roles or is_domestic(draft)


def _telecom(draft: Draft) -> list[Json]:
    person = draft.person
    safe = [*person.all("persons.safe_contact.phone"), *person.all("persons.safe_contact.email")]
    ordinary = [*person.all("persons.phone"), *person.all("persons.email")]
    if prohibited(draft) or _hidden(draft) or safe or _safe_unread(draft):
        draft.left.update(dict.fromkeys(ordinary, NOT_SAFE if prohibited(draft) else WITHHELD))
        ordinary = []
    if prohibited(draft):
        draft.left.update(dict.fromkeys(safe, NOT_SAFE))
        return []
    draft.taken.update(dict.fromkeys([*safe, *ordinary], "Patient.telecom"))
    return [{"system": "email" if leaf.name.endswith("email") else "phone", "value": leaf.value}
            for leaf in (*safe, *ordinary)]  # fmt: skip


def _safe_unread(draft: Draft) -> bool:
    """Whether a safe contact was recorded that is none of the form: the others are not safe for that."""
    leaves = draft.person.leaves
    return any(leaf.kind is Kind.MALFORMED and leaf.name.startswith("persons.safe_contact.") for leaf in leaves)


def _address(draft: Draft) -> Json:
    names = {"line": "line", "city": "city", "state": "state", "postal_code": "postalCode"}
    if _hidden(draft) or prohibited(draft):
        for name in names:
            draft.left.update(dict.fromkeys(draft.person.all(f"persons.address.{name}"), WITHHELD))
        return {}
    found = {
        to: draft.take(draft.person, f"persons.address.{name}", f"Patient.address.{to}") for name, to in names.items()
    }
    return {to: [text] if to == "line" else text for to, text in found.items() if text}


def _language(draft: Draft, made: Json) -> None:
    said = draft.take(draft.person, "persons.language", "Patient.communication.language")
    if said:
        coded = (
            {"coding": [{"system": "urn:ietf:bcp:47", "code": said}]} if LANGUAGE.fullmatch(said) else {"text": said}
        )
        made["communication"] = [{"language": coded}]


def mark_juvenile(draft: Draft, at: str) -> bool:
    """Whether the person is a juvenile: marked, under 18 by date of birth or age; marks the message so."""
    person = draft.person
    marked = [leaf for leaf in person.leaves if leaf.kind is Kind.JUVENILE and truth(leaf.value) is not False]
    born = full_date(person.text("persons.birth_date"))
    young = bool(born and at) and years(born, at) < UNDER_AGE
    aged = [leaf for leaf in person.all("persons.age") if _under_age(leaf.value)]
    if not (marked or young or aged):
        return False
    place = next((leaf.place for leaf in (*marked, *aged)), "persons.birth_date")
    draft.marks.append(Mark(place, "JUVENILE"))
    return True


def _under_age(age: str) -> bool:
    """An age of NIBRS: years, the lower bound of a range (1517), or an infant; 00 is unknown."""
    bare = age.strip().upper()
    if bare in INFANTS:
        return True
    digits = bare[:2] if re.fullmatch(r"\d{1,2}|\d{4}", bare) else ""
    return bool(digits) and bare != "00" and int(digits) < UNDER_AGE
