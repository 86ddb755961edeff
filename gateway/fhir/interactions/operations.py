"""What systems do about consents and circumstances: ``$confirm``, ``$covers``, ``$circumstance``. docs/consents.md.

https://hl7.org/fhir/R4/operations.html
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from gateway.auth.access_token import Session
from gateway.consents.covering import Covered
from gateway.consents.establishing import Circumstances
from gateway.fhir.interactions.site import Site
from gateway.fhir.outcome import BadRequest, Issue, Json
from gateway.fhir.reply import outcome
from gateway.http import answer, resource
from gateway.receive.consents import Kept

NOTHING = Issue("informational", "It opens none of your records now.", severity="information")


async def confirm(site: Site, request: Request) -> Response:
    """Rely on a consent from now on, as the person named. Raises Absent, BadRequest, PreconditionFailed, Unprocessable.

    The body is ``Parameters`` with ``person``, the id of one of the caller's people.
    """
    session = site.session(request, "Consent", "update")
    shown = await _seen(site, request, session)
    person = _person(await resource(request))
    await site.people.act(session.agency, shown, "confirmed", person)
    said = Issue("informational", "Confirmed: it is relied on from now.", severity="information")
    return answer(outcome(said, *_issues(await site.people.covers(session.agency, shown.id))))


async def covers(site: Site, request: Request) -> Response:
    """What the consent opens of the caller's own records, an issue for each record. Raises Absent."""
    session = site.session(request, "Consent", "read")
    shown = await _seen(site, request, session)
    rows = await site.people.covers(session.agency, shown.id)
    return answer(outcome(*(_issues(rows) or [NOTHING])))


async def circumstance(site: Site, request: Request) -> Response:
    """Lodge a Basic about a patient that the caller sees; a person at the holder confirms it. docs/circumstances.md.

    Raises Absent, BadRequest, Unprocessable.
    """
    session = site.session(request, "Patient", "update")
    patient = site.record(request, "Patient")
    await site.disclose.read(session, "Patient", patient, request.state.request_id)
    sent = await resource(request)
    if sent.get("resourceType") != "Basic":
        raise BadRequest("Send a Basic that says what is so; see docs/circumstances.md.")
    made = await Circumstances(site.people).lodge(session, patient, sent)
    text = f"Lodged as {made}: nothing rests on it until a person at the holder confirms it."
    return answer(outcome(Issue("informational", text, severity="information")))


async def _seen(site: Site, request: Request, session: Session) -> Kept:
    """The consent, if the caller may read it and it is about the caller's records."""
    record = site.record(request, "Consent")
    await site.disclose.read(session, "Consent", record, request.state.request_id)
    return await site.people.find(session.agency, record)


def _person(sent: Json) -> str:
    parameters = sent.get("parameter")
    if sent.get("resourceType") == "Parameters" and isinstance(parameters, list):
        for each in parameters:
            if isinstance(each, dict) and each.get("name") == "person" and isinstance(each.get("valueString"), str):
                return str(each["valueString"])
    raise BadRequest("Send Parameters with person: the id of one of your people, as valueString.")


def _issues(rows: Sequence[Covered]) -> list[Issue]:
    by_record = groupby(sorted(rows, key=_record), key=_record)
    return [Issue("informational", _told(record, found), severity="information") for record, found in by_record]


def _record(row: Covered) -> str:
    return row.record


def _told(record: str, rows: Iterable[Covered]) -> str:
    return f"{record}: {'; '.join(map(_row, rows))}."


def _row(row: Covered) -> str:
    return f"{row.info_class} to {row.recipient} for {row.purpose} {row.outcome}, {row.because}"
