"""Where an agency's bytes enter, whatever brought them: a worklist coming back moves Tasks, the rest is translated."""

from dataclasses import dataclass, replace
from datetime import timedelta

from adapters import base
from adapters.base import Envelope, Move, Unreadable
from adapters.worklist import WORKLIST, recognises
from gateway.agencies.model import Agency, Channel, ClientEntry, for_adapter
from gateway.auth.access_token import Session
from gateway.clock import iso, now
from gateway.disclose.disclose import Disclose
from gateway.disclose.viewing import View
from gateway.fhir.outcome import Absent, PreconditionFailed, Unavailable
from gateway.receive.message import Receipt
from gateway.receive.receive import Receive
from gateway.receive.transaction import Written
from gateway.referral import ENDED
from gateway.store.kept import is_id

Json = base.Json
ROW_SECONDS = timedelta(minutes=5)
TRIES = 3
NOT_YOURS = "No referral of yours has this number: send the row as it was exported."
OVER = "The referral has ended and stays as it was told. To correct the reason, write statusReason of the Task by FHIR."
NO_CLIENT = "The agency has no registered system in whose name a worklist is taken: add one under [[clients]]."


@dataclass(frozen=True, slots=True)
class Inlet:
    """The ways in of one worker. A row of a worklist is a write to what its agency sees, like any other write."""

    receive: Receive
    disclose: Disclose

    async def batch(
        self, agency: Agency, channel: Channel, raw: bytes, session: Session | None = None
    ) -> list[Receipt]:
        """What became of each message in the bytes, in order; session is that of the token they came with, if any."""
        given = for_adapter(agency, channel)
        if not recognises(raw):
            return await self.receive.batch(agency, given, raw)
        return await self._worklist(
            agency, replace(given, adapter="worklist"), raw, session or session_of(agency, channel)
        )

    async def _worklist(
        self, agency: Agency, channel: base.Channel, raw: bytes, session: Session | None
    ) -> list[Receipt]:
        try:
            rows = WORKLIST.parse(raw, channel)
        except Unreadable as refusal:
            return [await self.receive.refused(agency, channel, raw, refusal)]
        return [
            replace(await self._row(agency, channel, row, session), place=place)
            for row, place in zip(rows, rows.places, strict=True)
        ]

    async def _row(self, agency: Agency, channel: base.Channel, row: bytes, session: Session | None) -> Receipt:
        try:
            translation = WORKLIST.translate(row, channel, _nothing_identified)
        except Unreadable as refusal:
            return await self.receive.refused(agency, channel, row, refusal)
        if session is None:
            nobody = Unreadable("forbidden", "", NO_CLIENT, translation.envelope)
            return await self.receive.refused(agency, channel, row, nobody)
        (move,) = translation.moves
        for _ in range(TRIES):
            try:
                asked = await self._asked(session, move, translation.envelope)
                return await self.receive.step(agency, channel, row, translation, session, asked)
            except PreconditionFailed:
                continue
        raise Unavailable("The referral keeps changing; nothing of this row was kept: send it again.")

    async def _asked(self, session: Session, move: Move, envelope: Envelope) -> Written | Unreadable:
        """The Task moved, as the agency sees it; why not, where it sees none of its own or one that has ended."""
        view = await self._own(session, move.task)
        if view is None:
            return Unreadable("not-found", "crosswalk_task", NOT_YOURS, envelope)
        task, after = view.resource, moved(view.resource, move)
        if after != task and move.status == task["status"] and move.status in ENDED:
            return Unreadable("business-rule", "new_status", OVER, envelope)
        return Written(after, view.shown)

    async def _own(self, session: Session, task: str) -> View | None:
        """The session agency's own Task of this id, None where it sees none."""
        if not is_id(task):
            return None
        try:
            view = await self.disclose.read(session, "Task", task, "worklist")
        except Absent:
            return None
        return view if view.custodian == session.agency else None


def moved(task: Json, move: Move) -> Json:
    """The Task after the step; the same step again leaves it as it is."""
    after: Json = {**task, "status": move.status}
    for element, text in (("statusReason", move.reason), ("businessStatus", move.business_status)):
        if text:
            after[element] = {"text": text}
        elif move.status != task.get("status"):
            after.pop(element, None)
    return after if after == task else {**after, "lastModified": iso(now())}


def session_of(agency: Agency, channel: Channel) -> Session | None:
    """The capacity in which a file is taken that came with no token: of the channel's client, else the first."""
    client = _client(agency, channel)
    if client is None:
        return None
    return Session(client.id, agency.id, str(client.role), client.purposes[0], (), now() + ROW_SECONDS, channel.name)


def _client(agency: Agency, channel: Channel) -> ClientEntry | None:
    wanted = channel.clients[0] if channel.clients else ""
    return next((each for each in agency.clients if not wanted or each.id == wanted), None)


def _nothing_identified(_kind: str, _system: str, _value: str) -> str:
    return ""
