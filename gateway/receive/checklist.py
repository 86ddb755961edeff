"""What a consent form must say before anybody relies on it, and how a consent becomes active and ends."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from consent.elements import Malformed
from consent.forms import REQUIRED
from consent.instruments import ConsentDecision, ConsentStatus, MissingElement
from consent.statements import STATEMENTS, told_by
from consent.terms import Consent

Json = dict[str, Any]
_TITLES = {"2.": "42 CFR", "164.": "45 CFR", "110/": "740 ILCS"}


def shortcomings(consent: Consent) -> list[str]:
    """Why nobody may rely on a consent: the words its form lacks, by section of the law, and what cannot be read."""
    lacking = [f"its form lacks {_words(consent, each)}" for each in sorted(consent.missing_elements)]
    lacking += [f"its form says nothing of {each}" for each in _unsaid(consent)]
    return [*lacking, *(f"it is {problem}" for problem in sorted(consent.problems))]


def _words(consent: Consent, element: MissingElement) -> str:
    """The statements of a required element, with its citation: ``right to revoke (42 CFR 2.31(a)(6))``."""
    made = [str(each) for each, of in REQUIRED[consent.kind].items() if of == element]
    title = next(title for start, title in _TITLES.items() if element.startswith(start))
    return f"{' or '.join(made).replace('-', ' ')} ({title} {element})"


def _unsaid(consent: Consent) -> Iterable[str]:
    """What a permission must name to reach anything, where no section of the law numbers the elements of its form."""
    if consent.decision is ConsentDecision.PERMIT and consent.kind not in REQUIRED:
        said = {"recipients": consent.recipients, "purposes": consent.purposes, "information": consent.info_classes}
        yield from (name for name, value in said.items() if not value)


def confirmed(resource: Json) -> Json:
    """A proposed consent as active; any other as it is."""
    if resource.get("status") != ConsentStatus.PROPOSED:
        return resource
    left = {name: value for name, value in resource.items() if name != "verification"}
    return {**left, "status": str(ConsentStatus.ACTIVE)}


def ended(resource: Json, at: datetime) -> Json:
    """A revoked consent: inactive; one under 42 CFR 2.35(c) carries the instant, and ends when it may."""
    if not _waits_for_an_event(resource):
        return {**resource, "status": str(ConsentStatus.INACTIVE)}
    said: Json = {"url": "revoked-at", "valueDateTime": at.isoformat()}
    extensions = [
        {**each, "extension": [*each["extension"], said]} if each.get("url") == STATEMENTS else each
        for each in resource["extension"]
    ]
    return {**resource, "extension": extensions}


def _waits_for_an_event(resource: Json) -> bool:
    try:
        return told_by(resource).revocation_event is not None
    except Malformed:
        return False
