"""From a message to a referral: one request and two Tasks per rule and visit, offered once."""

from collections.abc import Mapping
from typing import Any

from consent.labels import Arrival
from consent.vocabulary import InfoClass
from gateway import referral
from gateway.agencies.model import HandoffRule
from gateway.receive.keeping import Draft, elements_of, news_of, whole
from gateway.receive.moving import owed_news, undo
from gateway.receive.ordering import Word
from gateway.receive.owing import deliveries_owed
from gateway.receive.translated import LabelsOf, Translated
from gateway.registry import Snapshot, origin_status, unheld
from gateway.store.intake import Desk, Known
from gateway.store.kept import KeptRecord, RecordKey
from gateway.store.relations import Handoff, Relationship

Json = dict[str, Any]

ENDED = frozenset({"completed", "rejected", "cancelled", "failed", "entered-in-error"})
OFFERED = "offered"
WITHDRAWN = frozenset({"CANCEL", "DELETE"})
LEAVING = frozenset({"A03", "I12"})
NO_RULE = "no handoff rule of the agency matches: kept, handed to nobody"


def referrals(translated: Translated, known: Known) -> list[Handoff]:
    """The sender's referrals about this patient, oldest first."""
    about = known.handoffs.get(translated.patient(known), ())
    return [each for each in about if each.custodian == translated.agency.id]


async def hand_off(
    translated: Translated,
    rules: tuple[HandoffRule, ...],
    desk: Desk,
    said: Mapping[str, Json],
    labels: LabelsOf,
) -> list[str]:
    """Offer what the rules make due, once per visit and receiver; answers a line on each."""
    known = referrals(translated, desk.known)
    events = set(translated.translation.facts.get("event", ()))
    told = []
    for rule in rules:
        whom = referral.party(rule.receiver, rule.unit)
        if reason := unheld(translated.snapshot, rule.receiver, translated.received):
            told.append(f"not handed to {whom} by rule {rule.name}: {reason}")
            continue
        before = _same_referral(known, rule, translated, desk)
        await _offer(translated, rule, before, desk, said, labels)
        told.append(f"{'already handed' if before else 'handed'} to {whom} by rule {rule.name}")
    if not rules and LEAVING & events:
        told.append(NO_RULE)
    if "A13" in events:
        await _hold(translated, known, desk, said, labels)
    if events & WITHDRAWN:
        told += await _withdraw(translated, known, desk, said, labels)
    return told


async def _offer(
    translated: Translated,
    rule: HandoffRule,
    before: Handoff | None,
    desk: Desk,
    said: Mapping[str, Json],
    labels: LabelsOf,
) -> None:
    occasion = _occasion(translated, desk.known, said)
    keys = translated.keyring
    request = before.request if before else referral.request_id(keys[occasion.sender], occasion, rule)
    made = referral.offer(rule, occasion, request, keys[occasion.sender], keys[rule.receiver], translated.received)
    words = [Word(made.request, translated.stamp, removed=_unsaid(translated)), *_cancellation(translated, request)]
    await translated.keep_one(desk, said, labels, *words, performer=rule.receiver)
    await _put_tasks(translated, made, rule, desk, said, labels)
    if before is None:
        _relate(translated, made, rule, desk)


def _unsaid(translated: Translated) -> frozenset[str]:
    """Elements of its request that the sender takes back."""
    paths = (each.split("/")[1].partition(".")[2] for each in translated.translation.removed if each[:8] == "ServiceR")
    return frozenset(filter(None, paths))


def _cancellation(translated: Translated, request: str) -> list[Word]:
    """A cancellation of the discharge (A13) that arrived first still holds the request: it happened later."""
    visit, stamps = translated.now.get(f"Encounter/{translated.translation.visit}", ({}, {}))
    cancelled = stamps.get("period.end", "")
    if cancelled <= translated.stamp or "end" in visit.get("period", {}):
        return []
    return [Word({"resourceType": "ServiceRequest", "id": request, "status": "on-hold"}, cancelled)]


async def _put_tasks(
    translated: Translated,
    made: referral.Offer,
    rule: HandoffRule,
    desk: Desk,
    said: Mapping[str, Json],
    labels: LabelsOf,
) -> None:
    """Offer both Tasks; one offered before only learns that the offer was earlier, as long as nobody answered."""
    sender = origin_status(translated.agency)
    receiver = origin_status(translated.snapshot.agencies[rule.receiver], unit=rule.unit)
    maker = receiver if rule.receiver == sender.org else sender
    for task, custodian, origin in ((made.sender_task, sender, sender), (made.receiver_task, receiver, maker)):
        key = RecordKey(custodian.org, "Task", task["id"])
        kept = desk.kept.get(key)
        if kept and not _offered_later(kept, translated.stamp):
            continue
        draft = Draft(
            key=key,
            resource=task,
            arrival=Arrival(custodian, origin, f"Task/{key.id}", labels_of=labels, around=translated.around(said)),
            patient=translated.patient(desk.known),
            requester=sender.org,
            performer=rule.receiver,
            root=None if custodian is sender else InfoClass.REFERRAL_STATUS,
            stamps={OFFERED: translated.stamp},
        )
        await translated.put(desk, draft, kept)


def _offered_later(kept: KeptRecord, stamp: str) -> bool:
    untouched = all(part.counter == 1 for part in kept.parts.values()) and not news_of(kept)
    return untouched and kept.stamps.get(OFFERED, "") > stamp


def _relate(translated: Translated, made: referral.Offer, rule: HandoffRule, desk: Desk) -> None:
    """The handoff itself makes the receiver a party to the patient's care, on the sender's word alone."""
    tasks = made.sender_task["id"], made.receiver_task["id"]
    patient = translated.patient(desk.known)
    handoff = Handoff(
        custodian=translated.agency.id,
        request=made.request["id"],
        sender_task=tasks[0],
        receiver=rule.receiver,
        receiver_task=tasks[1],
        patient=patient,
        visit=translated.translation.visit or None,
        recorded=translated.received,
        unit=rule.unit,
        message=translated.message or None,
    )
    relate(desk, handoff, translated.snapshot)


def relate(desk: Desk, handoff: Handoff, snapshot: Snapshot) -> None:
    """Keep a new referral: its two Tasks, what it makes of its receiver, and what the receiver is owed."""
    sender, receiver, at = handoff.custodian, handoff.receiver, handoff.recorded
    desk.handoffs.append(handoff)
    if sender != receiver:
        desk.relationships.append(Relationship(sender, receiver, handoff.patient, "handoff", handoff.request, at))
        desk.turned.add(handoff.patient)
    desk.owed += deliveries_owed(snapshot.agencies[receiver], handoff, "performer", at)


async def _hold(
    translated: Translated, known: list[Handoff], desk: Desk, said: Mapping[str, Json], labels: LabelsOf
) -> None:
    """A13, cancel discharge: the request is on hold until the patient leaves after all."""
    for each in known:
        if each.visit == translated.translation.visit:
            word = {"resourceType": "ServiceRequest", "id": each.request, "status": "on-hold"}
            await translated.keep_one(desk, said, labels, Word(word, translated.stamp), performer=each.receiver)


async def _withdraw(
    translated: Translated, known: list[Handoff], desk: Desk, said: Mapping[str, Json], labels: LabelsOf
) -> list[str]:
    """The sender takes its referral back: the request is revoked for whoever was handed it."""
    occasion, keys = _occasion(translated, desk.known, {}), translated.keyring[translated.agency.id]
    mine = {referral.request_id(keys, occasion, rule) for rule in translated.agency.handoffs}
    taken_back = [each for each in known if each.request in mine]
    for each in taken_back:
        word = {"resourceType": "ServiceRequest", "id": each.request, "status": "revoked"}
        await translated.keep_one(desk, said, labels, Word(word, translated.stamp), performer=each.receiver)
        await _cancel(translated, each, desk, said, labels)
    return [f"taken back from {referral.party(each.receiver, each.unit)}" for each in taken_back]


async def _cancel(
    translated: Translated, handoff: Handoff, desk: Desk, said: Mapping[str, Json], labels: LabelsOf
) -> None:
    """The sender's own Task ends, unless it has ended, and the receiver is owed the news."""
    key = RecordKey(handoff.custodian, "Task", handoff.sender_task)
    kept = desk.kept.get(key)
    own = whole(kept)
    if own is None or kept is None or not _open(handoff, desk):
        return
    sender = origin_status(translated.agency)
    draft = Draft(
        key=key,
        resource={**own, **referral.taken_back(translated.received)},
        arrival=Arrival(sender, sender, f"Task/{key.id}", labels_of=labels, around=translated.around(said)),
        patient=translated.patient(desk.known),
        requester=handoff.custodian,
        performer=handoff.receiver,
        stamps=kept.stamps,
    )
    await translated.put(desk, draft, kept)
    desk.owed.append(owed_news(handoff, translated.received, from_receiver=False))
    undo(desk, handoff, translated.received)


def _occasion(translated: Translated, known: Known, said: Mapping[str, Json]) -> referral.Occasion:
    translation = translated.translation
    entries = [entry["resource"] for entry in translation.bundle["entry"]]
    return referral.Occasion(
        sender=translated.agency.id,
        patient=translated.patient(known),
        visit=translation.visit,
        number=translation.number or next(iter(translation.facts.get("referral", ())), ""),
        event_time=translation.envelope.event_time,
        conditions=tuple(about for about in said if about.startswith("Condition/")),
        request=next((each for each in entries if each["resourceType"] == "ServiceRequest"), None),
    )


def _same_referral(known: list[Handoff], rule: HandoffRule, translated: Translated, desk: Desk) -> Handoff | None:
    """The referral that this message speaks of again: of the same visit, or open where one names no visit.

    A message of a case with a number of its own, and without a visit, speaks of no other case; none speaks of a
    referral that was made natively.
    """
    visit = translated.translation.visit
    mine = [each for each in known if (each.receiver, each.unit) == (rule.receiver, rule.unit)]
    mine = [each for each in mine if _by_message(each, translated)]
    same = next((each for each in mine if visit and each.visit == visit), None)
    if same or (translated.translation.number and not visit):
        return same or _by_number(mine, rule, translated, desk)
    return next((each for each in mine if not (each.visit and visit) and _open(each, desk)), None)


def _by_number(mine: list[Handoff], rule: HandoffRule, translated: Translated, desk: Desk) -> Handoff | None:
    made = referral.request_id(translated.keyring[translated.agency.id], _occasion(translated, desk.known, {}), rule)
    return next((each for each in mine if each.request == made), None)


def _by_message(handoff: Handoff, translated: Translated) -> bool:
    """Whether a message made the referral: then the ids of its Tasks follow from that of its request."""
    keys = translated.keyring
    ids = referral.task_ids(handoff.request, keys[handoff.custodian], keys[handoff.receiver], handoff.unit)
    return ids == (handoff.sender_task, handoff.receiver_task)


def _open(handoff: Handoff, desk: Desk) -> bool:
    kept = desk.kept.get(RecordKey(handoff.custodian, "Task", handoff.sender_task))
    return _status(kept) not in ENDED


def _status(kept: KeptRecord | None) -> str:
    for news in news_of(kept):
        if status := elements_of(news.part).get("status"):
            return str(status)
    return str((whole(kept) or {}).get("status", ""))
