"""What follows when a consent is lodged, changed or revoked natively."""

from collections.abc import Iterable
from typing import Any

from consent.labels import references
from gateway.receive.moving import owed_news
from gateway.receive.writer import Writer
from gateway.store.intake import Desk
from gateway.store.relations import Relationship

Json = dict[str, Any]


def consented(desk: Desk, writer: Writer, consent: Json, patients: Iterable[str]) -> None:
    """Decisions about these patients are void, and news may now be owed.

    patients are those it names and named before: a consent moved to another is revoked for the first.
    """
    for patient in patients:
        desk.turned.add(patient)
        for agency in _recipients(writer, consent):
            desk.relationships.append(Relationship(writer.agency, agency, patient, "consent", consent["id"], writer.at))
        for handoff in desk.known.handoffs.get(patient, ()):
            if handoff.receiver == writer.agency:
                desk.owed.append(owed_news(handoff, writer.at, from_receiver=True))


def _recipients(writer: Writer, consent: Json) -> set[str]:
    found = {writer.snapshot.agency_of(reference) for reference in references(consent.get("provision"))}
    return {agency for agency in found if agency and agency != writer.agency}
