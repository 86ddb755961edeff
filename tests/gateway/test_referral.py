"""How a referral Task may move, by every status and side, and what an offer is made of."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from gateway import referral
from gateway.agencies.model import Coding, HandoffRule, Priority
from gateway.registry import organization_id
from gateway.store.keys import CustodianKeys

STATUSES = (
    *("draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold"),
    *("failed", "completed", "entered-in-error"),
)
"""http://hl7.org/fhir/task-status"""
BOTH, SENDER, RECEIVER = {"requester", "performer"}, {"requester"}, {"performer"}
LEGAL = {
    ("draft", "requested"): SENDER,
    ("requested", "accepted"): RECEIVER,
    ("requested", "rejected"): RECEIVER,
    ("requested", "cancelled"): BOTH,
    ("accepted", "in-progress"): RECEIVER,
    ("in-progress", "on-hold"): RECEIVER,
    ("on-hold", "in-progress"): RECEIVER,
    **{(before, "cancelled"): BOTH for before in ("accepted", "in-progress", "on-hold")},
    **{(before, "completed"): RECEIVER for before in ("accepted", "in-progress", "on-hold")},
    **{(before, "failed"): RECEIVER for before in ("accepted", "in-progress", "on-hold")},
    ("accepted", "on-hold"): RECEIVER,
}  # fmt: skip
ALL_MOVES = list(product(STATUSES, STATUSES, ("requester", "performer")))


@pytest.mark.parametrize(("before", "after", "side"), ALL_MOVES)
def test_a_move_is_legal_exactly_where_the_state_machine_has_it(before: str, after: str, side: Any) -> None:
    fault = referral.illegal_move(before, after, side)
    if before == after:
        allowed = True
    elif after == "entered-in-error":
        allowed = side == "requester"
    else:
        allowed = side in LEGAL.get((before, after), set())
    assert (fault == "") is allowed


@pytest.mark.parametrize(("before", "after", "side"), ALL_MOVES)
def test_a_refused_move_names_both_statuses_or_the_side_that_may(before: str, after: str, side: Any) -> None:
    fault = referral.illegal_move(before, after, side)
    assert fault == "" or (before in fault and after in fault) or "the agency that made the referral" in fault


def test_nothing_moves_out_of_an_end() -> None:
    for before in ("rejected", "cancelled", "failed", "completed", "entered-in-error"):
        assert "the referral has ended" in referral.illegal_move(before, "in-progress", "performer")


def test_news_is_only_what_the_sender_is_to_be_told() -> None:
    task = {"id": "t", "status": "accepted", "note": [{"text": "x"}], "output": [1], "for": {"reference": "Patient/p"}}
    assert referral.news_of(task) == {"status": "accepted", "output": [1]}
    assert referral.news_of({"id": "t"}) == {}


# --- offers

SENDER_KEYS, RECEIVER_KEYS = CustodianKeys("sender", b"s" * 32), CustodianKeys("receiver", b"r" * 32)
NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def _occasion(**more: Any) -> referral.Occasion:
    given = {"sender": "sender", "patient": "p", "visit": "v", "number": "7", "event_time": "2026-05-02T11:00:00Z"}
    return referral.Occasion(**{**given, **more})


def _rule(**more: Any) -> HandoffRule:
    category, code = Coding("urn:c", "category"), Coding("urn:c", "code", "Patient referral")
    given = {"name": "rule", "receiver": "receiver", "when": {}, "category": category, "code": code}
    minutes = {"acknowledge_within_minutes": 30, "complete_within_minutes": 90}
    return HandoffRule(**{**given, "priority": Priority.URGENT, **minutes, **more})


def _offer(**more: Any) -> referral.Offer:
    occasion = _occasion(**more)
    request = referral.request_id(SENDER_KEYS, occasion, _rule())
    return referral.offer(_rule(), occasion, request, SENDER_KEYS, RECEIVER_KEYS, NOW)


def test_an_offer_is_one_request_and_a_task_on_each_side() -> None:
    made = _offer(conditions=("Condition/c",))
    request, sent, received = made.request, made.sender_task, made.receiver_task
    assert len({request["id"], sent["id"], received["id"]}) == 3
    for task in (sent, received):
        assert task["basedOn"] == [{"reference": f"ServiceRequest/{request['id']}"}] == [task["focus"]]
        assert (task["status"], task["intent"], task["priority"]) == ("requested", "order", "urgent")
        assert task["requester"]["reference"] == f"Organization/{organization_id('sender')}"
        assert task["owner"]["reference"] == f"Organization/{organization_id('receiver')}"
        assert task["restriction"]["period"]["end"] == "2026-05-02T13:30:00.000+00:00"
        assert task["encounter"] == {"reference": "Encounter/v"} == request["encounter"]
    assert received["partOf"] == [{"reference": f"Task/{sent['id']}"}]
    assert "partOf" not in sent
    assert request["reasonReference"] == [{"reference": "Condition/c"}]
    assert request["code"]["coding"] == [{"system": "urn:c", "code": "code", "display": "Patient referral"}]


def test_the_same_occasion_makes_the_same_ids_and_another_makes_others() -> None:
    first = _offer()
    assert _offer() == first
    assert _offer(number="8").request["id"] == first.request["id"], "the visit names the referral"
    others = [_offer(visit="w"), _offer(visit=""), _offer(visit="", number="8"), _offer(visit="", patient="q")]
    assert len({each.request["id"] for each in (first, *others)}) == 5
    assert len({each.sender_task["id"] for each in (first, *others)}) == 5


def test_one_request_for_each_receiver() -> None:
    rules = (_rule(receiver="one"), _rule(receiver="two"), _rule(receiver="two", unit="night"))
    ids = {referral.request_id(SENDER_KEYS, _occasion(), rule) for rule in rules}
    assert len(ids) == 3


def test_within_one_agency_the_two_tasks_differ() -> None:
    rule, occasion = _rule(receiver="sender", unit="night"), _occasion()
    request = referral.request_id(SENDER_KEYS, occasion, rule)
    made = referral.offer(rule, occasion, request, SENDER_KEYS, SENDER_KEYS, NOW)
    assert made.sender_task["id"] != made.receiver_task["id"]
    assert made.receiver_task["owner"]["reference"] == f"Organization/{organization_id('sender', 'night')}"


def test_a_criminal_justice_agency_is_told_the_status_and_never_why() -> None:
    task = {"status": "rejected", "statusReason": {"text": "x"}, "output": [1], "lastModified": "2026-05-02"}
    assert referral.news_of(task, status_only=True) == {"status": "rejected", "lastModified": "2026-05-02"}


def test_without_a_visit_nothing_names_one() -> None:
    made = _offer(visit="")
    assert not any("encounter" in each for each in (made.request, made.sender_task, made.receiver_task))


@pytest.mark.parametrize("event_time", ["2026-05-02", "", "2026-05"])
def test_an_event_time_without_an_hour_is_not_authored_on(event_time: str) -> None:
    assert _offer(event_time=event_time).request["authoredOn"] == "2026-05-02T12:00:00.000+00:00"


def test_what_the_sender_asked_itself_stays_in_the_request_but_for_what_the_rule_says() -> None:
    asked = {"resourceType": "ServiceRequest", "id": "own", "status": "draft", "note": [{"text": "please"}]}
    made = _offer(request=asked).request
    assert (made["note"], made["status"]) == ([{"text": "please"}], "active")
    assert made["id"] != "own"


def test_a_referral_has_ended_where_it_can_move_nowhere() -> None:
    reached, left = {after for _, after in LEGAL}, {before for before, _ in LEGAL}
    assert {*(reached - left), "entered-in-error"} == referral.ENDED
