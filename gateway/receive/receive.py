"""The one way in: every sector's bytes and every native FHIR write pass here, and nowhere else."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog

from adapters.base import Adapter, Channel, Envelope, Split, Translation, Unreadable
from gateway.agencies.model import Agency
from gateway.auth.access_token import Session
from gateway.clock import iso, now
from gateway.fhir import check
from gateway.fhir.outcome import Unavailable, Unprocessable
from gateway.logs import where
from gateway.receive.keeping import Keeper
from gateway.receive.message import MessageItem, Receipt
from gateway.receive.stepping import Step
from gateway.receive.transaction import Transaction, Written, transaction
from gateway.receive.writer import Writer
from gateway.registry import Registry
from gateway.store.away import AWAY
from gateway.store.intake import Intake, Item, Stale
from gateway.store.keyring import KeyRing
from gateway.store.segments import Segments

Json = dict[str, Any]
STALE_LIMIT = 3
TOGETHER = 256
"""Messages of one file that wait for their commit together."""

log = structlog.get_logger("gateway.receive")


@dataclass(slots=True)
class Receive:
    """What one worker takes in."""

    intake: Intake
    registry: Registry
    keyring: KeyRing
    keeper: Keeper
    segments: Segments
    adapters: Mapping[str, Adapter]
    refresh: Callable[[], Awaitable[object]]
    """Reads the agencies in force again."""

    async def batch(self, agency: Agency, channel: Channel, raw: bytes) -> list[Receipt]:
        """Every message in the bytes that arrived on an agency's channel, in order; each has its own receipt."""
        adapter = self.adapters[channel.adapter]
        try:
            messages = adapter.parse(raw, channel)
        except Unreadable as refusal:
            return [await self._keep(partial(self._item, agency, channel, raw, refusal=refusal))]
        receipts: list[Receipt] = []
        for start in range(0, len(messages), TOGETHER):
            waiting = [self.message(agency, channel, each) for each in messages[start : start + TOGETHER]]
            receipts += await _all(waiting)
        return [replace(each, place=place) for each, place in zip(receipts, _places(messages), strict=True)]

    async def message(self, agency: Agency, channel: Channel, raw: bytes) -> Receipt:
        """One message. A foreign sender is turned away; what cannot be read is kept as refused."""
        adapter = self.adapters[channel.adapter]
        try:
            envelope = adapter.envelope(raw, channel)
        except Unreadable as refusal:
            return await self._keep(partial(self._item, agency, channel, raw, refusal=refusal))
        if channel.senders and (envelope.application, envelope.facility) not in channel.senders:
            return self._turn_away(adapter, channel, raw, envelope)
        try:
            translation = self._translate(adapter, channel, raw)
        except Unreadable as refusal:
            return await self._keep(partial(self._item, agency, channel, raw, refusal=refusal))
        return await self._keep(partial(self._item, agency, channel, raw, translation=translation))

    async def refused(self, agency: Agency, channel: Channel, raw: bytes, refusal: Unreadable) -> Receipt:
        """Keep a message as refused."""
        return await self._keep(partial(self._item, agency, channel, raw, refusal=refusal))

    async def step(
        self,
        agency: Agency,
        channel: Channel,
        raw: bytes,
        translation: Translation,
        session: Session,
        asked: Written | Unreadable,
    ) -> Receipt:
        """Keep a row of a worklist and the Task moved as it asks, or why it is not. Raises PreconditionFailed."""
        at = now()

        def made() -> Step:
            parts = (self.registry.current, self.keeper, self.segments, at, f"worklist {channel.name}")
            refusal = asked if isinstance(asked, Unreadable) else None
            write = transaction(Writer(session, *parts), [asked]) if isinstance(asked, Written) else None
            return Step(self._item(agency, channel, raw, translation, refusal), write)

        receipt: Receipt = await self.made(made)
        return receipt

    async def create(self, session: Session, resource: Json, request: str) -> str:
        """Keep a new record of the session's agency; answers its id. Raises Refusal."""
        made = {**resource, "id": str(uuid.uuid4())}
        await self.transaction(session, [Written(made)], request)
        return str(made["id"])

    async def update(self, session: Session, resource: Json, request: str, seen: Mapping[str, int]) -> None:
        """Keep a new version of what the writer saw. Raises Refusal."""
        await self.transaction(session, [Written(resource, seen)], request)

    async def transaction(self, session: Session, written: Sequence[Written], request: str) -> None:
        """Keep all these records of the session's agency, or none. Raises Refusal."""
        at = now()

        def made() -> Transaction:
            parts = (self.registry.current, self.keeper, self.segments, at, request)
            return transaction(Writer(session, *parts), written)

        await self.made(made)

    async def _keep(self, make: Callable[[], MessageItem]) -> Receipt:
        receipt: Receipt = await self.made(make)
        return receipt

    async def made(self, make: Callable[[], Item]) -> Any:
        """Keep what is made from the agencies in force; where they changed meanwhile, it is made again."""
        for _ in range(STALE_LIMIT):
            with suppress(Stale):
                return await self.submit(make())
            await self.refresh()
        raise Unavailable("The agencies in force keep changing; send it again.")

    async def submit(self, item: Item) -> Any:
        """Keep one item of any kind. Raises Unavailable while the store is away, and what the item itself raises."""
        try:
            return await self.intake.submit(item)
        except AWAY as fault:
            log.warning("store away", **where(fault))
            raise Unavailable("The store is away for a moment; nothing was kept: send it again.") from fault

    def _item(
        self,
        agency: Agency,
        channel: Channel,
        raw: bytes,
        translation: Translation | None = None,
        refusal: Unreadable | None = None,
    ) -> MessageItem:
        return MessageItem(
            agency=self.registry.current.agencies.get(agency.id, agency),
            channel=channel,
            adapter=self.adapters[channel.adapter],
            raw=raw,
            snapshot=self.registry.current,
            keyring=self.keyring,
            keeper=self.keeper,
            received=now(),
            translation=translation,
            refusal=refusal,
        )

    def _translate(self, adapter: Adapter, channel: Channel, raw: bytes) -> Translation:
        """The translation, checked. Raises Unreadable, also for a fault of the adapter itself: nothing is lost."""
        try:
            translation = adapter.translate(raw, channel, self.keyring[channel.agency].identify)
            check_translation(translation)
        except Unreadable:
            raise
        except Exception as fault:
            log.error("adapter failed", adapter=channel.adapter, **where(fault))  # noqa: TRY400  # no PHI in tracebacks
            text = "The adapter failed on this message; it is kept. Tell the operator its time and channel."
            raise Unreadable("exception", "", text) from fault
        return translation

    def _turn_away(self, adapter: Adapter, channel: Channel, raw: bytes, envelope: Envelope) -> Receipt:
        """Another agency's message on this channel is stored nowhere."""
        text = "This channel belongs to another sending application and facility."
        refusal = Unreadable("forbidden", "MSH-3", text, envelope)
        log.warning("foreign sender", agency=channel.agency, channel=channel.name)
        reply = adapter.acknowledge(raw, channel, iso(now()), refusal)
        return Receipt("refused", "", reply, text)


async def _all(waiting: Iterable[Coroutine[Any, Any, Receipt]]) -> list[Receipt]:
    """Every receipt, in order; they are submitted in order and share commits. Raises the first fault once all ended."""
    found = await asyncio.gather(*waiting, return_exceptions=True)
    faults = [each for each in found if isinstance(each, BaseException)]
    if faults:
        raise faults[0]
    return [each for each in found if isinstance(each, Receipt)]


def _places(messages: Split) -> Sequence[str]:
    return messages.places or [""] * len(messages)


def check_translation(translation: Translation) -> None:
    """What an adapter made must be valid FHIR. Raises Unprocessable."""
    for entry in translation.bundle["entry"]:
        issues = check.check_structure(entry["resource"])
        if issues:
            raise Unprocessable.of(issues)
