"""The client as a Patient: what an answer needs and nothing that tells where a victim can be found."""

import re

from adapters.base import Json
from adapters.community.draft import Draft, refer
from adapters.community.moments import full_date
from adapters.community.words import truth, word

CLIENT_SYSTEM = "urn:crosswalk:community:client"
REFERRAL_SYSTEM = "urn:crosswalk:community:referral"
INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
NOT_A_DATE = "no full date: an age or a year never becomes a date of birth"
NOT_SAFE = "the client must not be contacted"
SAFE_ONLY = "only the contact that is safe is told"
WITHHELD = "where a victim can be found is not told: give a safe contact"
CONFIDENTIAL = "the address is confidential"
NOT_SAID = "told in victim services only where address_confidential says no"
OF_REFERRER = "the referrer's own contact, never the client's"
OTHER_PARTY = "the other party: respondent and victim are never in one Bundle"
ADDRESS = {"address": "line", "city": "city", "state": "state", "postal_code": "postalCode"}


def client(draft: Draft) -> Json:
    """The Patient, with what the table placed in it already."""
    made: Json = draft.make("Patient", *_identity(draft))
    draft.open(made)
    draft.take("client_id", "Patient.id")
    if names := _names(draft):
        made["name"] = names
    _born(draft, made)
    if points := _telecom(draft):
        made["telecom"] = points
    if address := _address(draft):
        made["address"] = [address]
    _language(draft, made)
    return made


def _identity(draft: Draft) -> tuple[str, str]:
    """The sender's number for the client, else the referral's; never a name or a date of birth."""
    number = draft.peek("client_id")
    return (CLIENT_SYSTEM, number) if number else (REFERRAL_SYSTEM, draft.owner)


def _names(draft: Draft) -> list[Json]:
    made: Json = {}
    if family := draft.take("family_name", "Patient.name.family"):
        made["family"] = family
    if given := draft.take("given_name", "Patient.name.given"):
        made["given"] = given.split()
    if whole := draft.take("name", "Patient.name.text"):
        made["text"] = whole
    others = draft.take("aka", "Patient.name(nickname)").split(";")
    known = [{"use": "nickname", "text": other.strip()} for other in others if other.strip()]
    return [*([made] if made else []), *known]


def _born(draft: Draft, made: Json) -> None:
    born = full_date(draft.peek("birth_date"), draft.referral.dates)
    if born:
        made["birthDate"] = born
        draft.take("birth_date", "Patient.birthDate")
    else:
        draft.leave("birth_date", NOT_A_DATE)


def prohibits(said: str, safe: str, *, hidden: bool) -> bool:
    """Whether nobody may contact the client: said so or unclear, no number safe, or a victim without a safe one."""
    if said and truth(said) is not False:
        return True
    return (not safe and hidden) or (bool(safe) and word("nobody", safe) == "nobody")


def _telecom(draft: Draft) -> list[Json]:
    draft.truth("do_not_contact", "ServiceRequest.orderDetail")
    if draft.prohibited:
        for name in ("safe_phone", "phone", "email"):
            draft.leave(name, NOT_SAFE)
        return []
    if draft.hidden or draft.peek("safe_phone"):
        draft.leave("phone", WITHHELD if draft.hidden else SAFE_ONLY)
        draft.leave("email", WITHHELD if draft.hidden else SAFE_ONLY)
    for name in ("safe_phone", "phone", "email"):
        if same_contact(draft.peek(name), draft.peek("referrer_contact")):
            draft.leave(name, OF_REFERRER)
    phones = (draft.take(name, "Patient.telecom").split(";") for name in ("safe_phone", "phone"))
    mails = draft.take("email", "Patient.telecom").split(";")
    points = [*(("phone", each) for listed in phones for each in listed), *(("email", each) for each in mails)]
    return [{"system": system, "value": text.strip()} for system, text in points if text.strip()]


def same_contact(one: str, other: str) -> bool:
    """Whether both are one number or address; staff who type their own for the client's would merge strangers."""
    bare = [re.sub(r"[^\w@]", "", each).casefold() for each in (one, other)]
    return bool(bare[0]) and bare[0] == bare[1]


def _address(draft: Draft) -> Json:
    said = draft.peek("address_confidential")
    open_ = truth(said) is False if said or draft.hidden else True
    draft.truth("address_confidential", "Patient.address")
    if not open_ or draft.prohibited:
        for name in ADDRESS:
            draft.leave(name, CONFIDENTIAL if said else NOT_SAID if draft.hidden else NOT_SAFE)
        return {}
    found = {to: draft.take(name, f"Patient.address.{to}") for name, to in ADDRESS.items()}
    return {to: [text] if to == "line" else text for to, text in found.items() if text}


def _language(draft: Draft, made: Json) -> None:
    if said := draft.take("language", "Patient.communication.language"):
        code = word("language", said)
        coded = {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]} if code else {}
        made["communication"] = [{"language": {**coded, "text": said}}]
    needed = draft.truth("interpreter", "Patient.extension(interpreterRequired)")
    if needed is not None:
        made["extension"] = [{"url": INTERPRETER, "valueBoolean": needed}]


def helper(draft: Draft, patient: Json) -> None:
    """Who helps the client, as a RelatedPerson; never the other party."""
    name = draft.peek("helper_name")
    other = draft.peek("perpetrator_name")
    if not name or (other and _same(name, other)):
        for each in ("helper_name", "helper_relationship", "helper_phone"):
            draft.leave(each, OTHER_PARTY if name else "belongs to a helper without a name")
        return
    made = draft.make("RelatedPerson", f"{REFERRAL_SYSTEM}:helper", f"{patient['id']}|{name.casefold()}")
    made.update(active=True, patient=refer(patient), name=[{"text": draft.take("helper_name", "RelatedPerson.name")}])
    if said := draft.take("helper_relationship", "RelatedPerson.relationship"):
        made["relationship"] = [{"text": said}]
    if phone := draft.take("helper_phone", "RelatedPerson.telecom"):
        made["telecom"] = [{"system": "phone", "value": phone}]


def _same(one: str, other: str) -> bool:
    return set(re.findall(r"\w+", one.casefold())) == set(re.findall(r"\w+", other.casefold()))
