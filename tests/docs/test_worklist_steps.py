"""What a page says may follow what in a worklist is what the state machine of a referral lets its receiver do."""

import re
from pathlib import Path

from adapters.base import Unreadable
from adapters.worklist.steps import translate, words
from gateway.referral import MOVES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "for" / "community-organization.md"
ENDED = "nothing: the referral has ended"


def told() -> dict[str, str]:
    """What may be written, by the status that a referral stands at."""
    (table,) = re.findall(r"^\| it stands at .*?\n\|[-|]+\n((?:\|.*\n)+)", PAGE.read_text(), re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {status: written for statuses, written in rows for status in statuses.split(", ")}


def reached(written: str) -> set[str]:
    """The statuses that these words stand for, read as a worklist is."""
    folded = ("".join(filter(str.isalnum, word.casefold())) for word in written.split(", "))
    return {words()[word].status for word in folded}


def test_the_page_tells_of_every_status_that_a_receiver_may_move_a_referral_from_or_to() -> None:
    offered = {before: ways for before, ways in MOVES.items() if any("performer" in sides for sides in ways.values())}
    assert set(told()) == {*offered, *(after for ways in offered.values() for after in ways)}


def test_each_row_reaches_exactly_what_a_receiver_may_do_or_stays() -> None:
    for before, written in told().items():
        ways = {after for after, sides in MOVES.get(before, {}).items() if "performer" in sides}
        assert (written == ENDED) == (not ways)
        if ways:
            assert reached(written) - {before} == ways, before


def test_the_page_names_the_words_that_need_a_reason_and_those_that_are_one() -> None:
    needing, being = re.findall(
        r"`declined`.*?and\s`cancelled` need a reason|`no bed`.*?are one", PAGE.read_text(), re.DOTALL
    )
    for sentence, told_why in ((needing, False), (being, True)):
        for word in re.findall(r"`([^`]+)`", sentence):
            row = f"crosswalk_task,new_status,new_reason\r\nt,{word},\r\n".encode()
            assert _is_told(row) is told_why, word


def _is_told(row: bytes) -> bool:
    """Whether a row is taken without a reason beside it."""
    try:
        return bool(translate(row).moves[0].reason)
    except Unreadable as refusal:
        return refusal.place != "new_reason"
