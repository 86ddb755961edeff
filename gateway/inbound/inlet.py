"""Where an agency's bytes enter, whatever brought them: a worklist coming back moves Tasks, the rest is translated."""

from dataclasses import dataclass, replace
from datetime import timedelta

from adapters import base
from adapters.base import Move, Unreadable
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
from gateway.store.kept import is_id

Json = base.Json
ROW_SECONDS = timedelta(minutes=5)
TRIES = 3
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
                written = await self._moved(session, move)
                return await self.receive.step(agency, channel, row, translation, session, written)
            except PreconditionFailed:
                continue
        raise Unavailable("The referral keeps changing; nothing of this row was kept: send it again.")

    async def _moved(self, session: Session, move: Move) -> Written | None:
        """The Task as the agency sees it, moved; None where it sees none of its own."""
        if not is_id(move.task):
            return None
        try:
            view = await self.disclose.read(session, "Task", move.task, "worklist")
        except Absent:
            return None
        return Written(moved(view.resource, move), view.shown) if _is_own(view, session) else None


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


def _is_own(view: View, session: Session) -> bool:
    return view.custodian == session.agency


def _nothing_identified(_kind: str, _system: str, _value: str) -> str:
    return ""
