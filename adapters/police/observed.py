"""What officers saw, one preliminary Observation a behaviour, and naloxone they gave.

An officer's impression is never a Condition, and a police contact never an Encounter. Naloxone is an Observation for as
long as the gateway serves no MedicationAdministration.
"""

from adapters.base import Json, Mark
from adapters.police.draft import Draft
from adapters.police.event import Fields
from adapters.police.subject import PERSONS_INVOLVED

IMPRESSION = {"text": "Observed by a police officer"}
NALOXONE = {"text": "Naloxone given by police"}
ABOUT_OTHERS = "about a person other than the one referred, or not said about whom"
IN_CODE = "the code says it"


def impressions(draft: Draft, when: str) -> None:
    """An Observation for each behaviour of the person referred."""
    for each in draft.event.observations:
        if _about_the_person(draft, each):
            _impression(draft, each, when)
        else:
            draft.left.update(dict.fromkeys(each.leaves, ABOUT_OTHERS))


def _about_the_person(draft: Draft, observed: Fields) -> bool:
    about = observed.text("observations.about")
    if about:
        return about == draft.person.number
    others = [each for each in draft.event.persons if each is not draft.person]
    return not any(not each.roles or each.roles & PERSONS_INVOLVED for each in others)


def _impression(draft: Draft, observed: Fields, when: str) -> None:
    draft.take(observed, "observations.about", "Observation.subject")
    seen = draft.moment(observed, "observations.at", "Observation.effectiveDateTime") or when
    words = draft.plain(observed, "observations.text", "Observation.code.text")
    codes = observed.all("observations.code")
    for leaf in codes:
        if draft.may_leave(leaf, "Observation.code"):
            _observation(draft, {"text": leaf.value}, IMPRESSION, seen)
    if words and not codes:
        _observation(draft, {"text": words}, IMPRESSION, seen)
    elif words and (said := observed.one("observations.text")):
        draft.left[said] = IN_CODE
        draft.taken.pop(said, None)


def naloxone(draft: Draft, when: str) -> None:
    """Naloxone that police gave, marked as speaking of substance use."""
    given = draft.event.one("incident.naloxone_given")
    at = draft.moment(draft.event, "incident.naloxone_at", "Observation.effectiveDateTime") or when
    if given is None or not draft.event.true("incident.naloxone_given"):
        return
    draft.taken[given] = "Observation.valueBoolean"
    made = _observation(draft, NALOXONE, {"text": "Given at the scene"}, at)
    draft.marks.append(Mark(given.place, "SUD", f"Observation/{made['id']}"))


def _observation(draft: Draft, code: Json, category: Json, when: str) -> Json:
    about = f"{draft.event.case_number}|{draft.patient['id']}|{code['text']}|{when}"
    made = draft.make("Observation", "observation", about)
    made.update(
        status="entered-in-error" if draft.retracted else "preliminary",
        category=[category],
        code=code,
        subject=draft.subject(),
        performer=[draft.department()],
        valueBoolean=True,
    )
    if when:
        made["effectiveDateTime"] = when
    return made
