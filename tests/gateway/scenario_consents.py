"""The consents of a disclosure scenario as docs/consent-on-the-wire.md writes them, their dates moved to today."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from consent.labels import coding_of
from consent.vocabulary import Label
from gateway import clock

Json = dict[str, Any]

ZONE = ZoneInfo("America/Chicago")
SITE = "https://crosswalk-gateway.org/fhir/"
V3 = "http://terminology.hl7.org/CodeSystem/v3-"
V3_PURPOSES = {"TREAT", "ETREAT", "HPAYMT", "HOPERAT", "HRESCH", "PUBHLTH", "BTG", "PATRQT", "FAMRQT", "COC"}
TOLD = ("right-to-revoke", "redisclosure", "refusal-consequences", "inspection-right", "witness")
UNTOLD = {"2.31(a)(10)": "redisclosure", "110/5(b)-witness": "witness"}
"""The statement that a form leaves out, by the element that it then lacks."""
NO_END = {"2.31(a)(7)", "164.508(c)(1)(v)", "110/5(b)-expiry"}
BY_ITSELF = {"2.31(a)(2)", "2.31(a)(3)", *NO_END}
"""Elements that are missing by what else the consent says, or by whom it does not name."""
PROBLEMS = {"recipient-unresolvable", "malformed", "materially-false"}


def writable(consent: Json) -> bool:
    """Whether a Consent resource can say it."""
    return set(consent["problems"]) <= PROBLEMS and set(consent["missing_elements"]) <= UNTOLD.keys() | BY_ITSELF


def wire(consent: Json, scenario: Json, patient: str, signer: str, place: int) -> Json:
    """A consent about a patient, by the ids of the patient and of a relative who may sign."""
    ends = consent["expiry"] in {"date", "event"} and not NO_END & set(consent["missing_elements"])
    days = {name: day for name, day in consent["period"].items() if day and (ends or name != "end")}
    period = {name: moved(day, scenario) for name, day in days.items()}
    holder = [] if "2.31(a)(2)" in consent["missing_elements"] else [_organization(scenario["holder"]["org"], place)]
    kinds = [consent["kind"], "general-release"] if "malformed" in consent["problems"] else [consent["kind"]]
    root = {**consent, "type": consent["decision"]}
    made: Json = {
        "resourceType": "Consent",
        "extension": [{"url": f"{SITE}StructureDefinition/consent-statements", "extension": _says(consent, scenario)}],
        "status": consent["status"],
        "scope": _concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [_concept(f"{SITE}CodeSystem/consent-kind", each) for each in kinds],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": moved(consent["signed_on"], scenario),
        "performer": [_signer(each, patient, signer) for each in consent["signers"]],
        "organization": holder,
        "sourceAttachment": {"title": "signed form"} if consent["form"] == "written" else None,
        "policyRule": _concept(f"{V3}ActCode", "OPTIN" if consent["decision"] == "permit" else "OPTOUT"),
        "provision": {**_rule(root, scenario, place), **({"period": period} if period else {})},
    }
    return _filled(made)


def _says(consent: Json, scenario: Json) -> list[Json]:
    untold = {UNTOLD.get(each) for each in consent["missing_elements"]}
    says: list[Json] = [{"url": each, "valueBoolean": True} for each in TOLD if each not in untold]
    if consent["form"] != "written":
        says.append({"url": "form", "valueCode": consent["form"]})
    if consent["expiry"] in {"event", "stated-none"}:
        says.append({"url": "expiry", "valueCode": consent["expiry"]})
    flags = {
        "event-occurred": consent["event_occurred"],
        "signer-is-alleged-abuser": consent["signer_is_abuser"],
        "materially-false": "materially-false" in consent["problems"],
    }
    says += [{"url": name, "valueBoolean": True} for name, flag in flags.items() if flag]
    if consent["revoked_at"]:
        says.append({"url": "revoked-at", "valueDateTime": _instant(consent["revoked_at"], scenario)})
    if revocable := consent["revocable_from"]:
        says.append({"url": "revocation-event", "valueCode": revocable["event"]})
        if revocable["occurred_on"]:
            says.append({"url": "revocable-from", "valueDate": moved(revocable["occurred_on"], scenario)})
    return says + ([{"url": "matter", "valueString": consent["matter"]}] if consent["matter"] else [])


def _signer(capacity: str, patient: str, signer: str) -> Json:
    if capacity == "patient":
        return {"reference": f"Patient/{patient}"}
    stated = {"url": f"{SITE}StructureDefinition/signer-capacity", "valueCode": capacity}
    return {"reference": f"RelatedPerson/{signer}", "extension": [stated]}


def _rule(rule: Json, scenario: Json, place: int) -> Json:
    period = rule.get("data_period")
    made: Json = {
        "type": rule["type"],
        "actor": [_recipient(each, place) for each in rule.get("recipients") or ()],
        "purpose": [
            {"system": f"{V3}ActReason" if each in V3_PURPOSES else f"{SITE}CodeSystem/purpose", "code": each}
            for each in rule.get("purposes") or ()
        ],
        "class": [{"system": f"{SITE}CodeSystem/info-class", "code": each} for each in rule.get("info_classes") or ()],
        "securityLabel": [coding_of(Label(each)) for each in rule.get("labels") or ()],
        "dataPeriod": {name: moved(day, scenario) for name, day in period.items()} if period else None,
        "provision": [_rule(each, scenario, place) for each in rule["provisions"]],
    }
    return _filled(made)


def _recipient(entry: Json, place: int) -> Json:
    if "class" in entry:
        stated = {"url": f"{SITE}StructureDefinition/recipient-class", "valueCode": entry["class"]}
        return {"role": _RECIPIENT, "reference": {"display": "as the form says"}, "extension": [stated]}
    if "intermediary" in entry:
        role = _concept(f"{SITE}CodeSystem/consent-actor-role", "intermediary")
        return {"role": role, "reference": _organization(entry["intermediary"], place)}
    job = [{"url": f"{SITE}StructureDefinition/recipient-role", "valueCode": entry.get("role")}]
    made = {"role": _RECIPIENT, "reference": _organization(entry["org"], place)}
    return {**made, **({"extension": job} if entry.get("role") else {})}


def _organization(org: str, place: int) -> Json:
    return {"reference": f"Organization/{agency_id(org, place)}"}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


_RECIPIENT = _concept(f"{V3}ParticipationType", "IRCP")


def _filled(made: Json) -> Json:
    """FHIR has no empty elements."""
    return {name: value for name, value in made.items() if value}


def agency_id(org: str, place: int) -> str:
    """The id of an organisation of one scenario."""
    return f"s{place}-{org.rpartition('/')[2].lower()}"


# --- days


def _scenario_now(scenario: Json) -> datetime:
    return datetime.fromisoformat(scenario["context"]["now"])


def moved(day: str, scenario: Json) -> str:
    """A day of the scenario, as far from today at the holder as it was from the scenario's day."""
    shift: timedelta = clock.now().astimezone(ZONE).date() - _scenario_now(scenario).astimezone(ZONE).date()
    return (date.fromisoformat(day[:10]) + shift).isoformat()


def born(scenario: Json) -> str:
    """A birth date that makes the person as old today, to the day from the birthday, as in the scenario."""
    birth, then = date.fromisoformat(scenario["patient"]["birth_date"]), _scenario_now(scenario).astimezone(ZONE).date()
    birthday = date.fromisoformat(moved(birth.replace(year=then.year).isoformat(), scenario))
    return birthday.replace(year=birthday.year - (then.year - birth.year)).isoformat()


def _instant(at: str, scenario: Json) -> str:
    """An instant as far from now as it was from the scenario's."""
    return (clock.now() + (datetime.fromisoformat(at) - _scenario_now(scenario))).isoformat()
