"""The sender learns from the reply what of a message did not go on, by place and reason and never by value."""

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.base import ReportLine, Unreadable
from adapters.community import COMMUNITY
from adapters.hospital import HOSPITAL
from adapters.police import POLICE
from adapters.police.draft import INSIDE, NAMES_CASE, NO_FIELD, NOT_ITS_FORM
from adapters.reply import LISTED, acknowledge
from tests.adapters.community import referrals
from tests.adapters.police import reports

AT = "2026-03-06T22:41:00-06:00"


def left_out(found: Any, channel: Any = reports.WEB, adapter: Any = POLICE) -> dict[str, str]:
    """What the reply to a translated message says, by place; empty where it says nothing."""
    told = json.loads(adapter.acknowledge(b"x", channel, AT, None, found.report))
    assert told["status"] == "kept"
    return {each["place"]: each["because"] for each in told.get("left_out", [])}


@pytest.mark.parametrize(
    ("part", "place", "because"),
    [
        ({"referral": {"need": "housing", "summary": "Zeta is on parole"}}, "/referral/summary", INSIDE),
        ({"referral": {"need": "housing", "summary": "Zeta 26-000001"}}, "/referral/summary", NAMES_CASE),
        ({"persons": [{"role": "subject", "name": {"family": "E"}, "email": "z"}]}, "/persons/0/email", NOT_ITS_FORM),
        ({"zeta_field": "zeta"}, "/zeta_field", NO_FIELD),
    ],
)  # fmt: skip
def test_what_is_held_back_or_not_carried_is_named_by_its_place(part: Any, place: str, because: str) -> None:
    found = reports.told(**part)
    assert left_out(found) == {place: because}
    said = POLICE.acknowledge(b"x", reports.WEB, AT, None, found.report).decode().replace(place, "")
    assert "zeta" not in said.lower()


def test_what_stays_of_every_report_is_not_repeated_each_time() -> None:
    others = [*reports.report()["persons"], {"role": "witness", "name": {"family": "Brackwater"}}]
    found = reports.told(persons=others, narrative="Stays.", officers=[{"badge": "4410", "name": "L. Marchetti"}])
    assert {line.outcome for line in found.report} > {"mapped"}
    assert left_out(found) == {}


def test_a_column_that_the_profile_leaves_out_is_not_repeated_and_one_that_nobody_knows_is() -> None:
    header, row = reports.sample("rms_export.csv").splitlines(keepends=True)[:2]
    wider = header.replace(b"Grid", b"Zone,Grid") + row.replace(b"G-4", b"Z-1,G-4")
    assert left_out(reports.translate(wider), reports.CHANNEL) == {'column "Zone"': NO_FIELD}


def test_a_repair_is_told() -> None:
    row = replace(reports.translate(reports.sample("crisis_report.json"), reports.WEB))
    repaired = replace(row, report=(*row.report, ReportLine("/x", "repaired", "", "read as a date")))
    assert left_out(repaired) == {"/x": "read as a date"}


def test_a_referral_of_a_community_organization_is_answered_alike() -> None:
    found = referrals.told(urgency="whenever", colour="zeta")
    said = left_out(found, referrals.PLAIN, COMMUNITY)
    assert set(said) == {"/urgency", "/colour"}
    assert left_out(referrals.told(), referrals.PLAIN, COMMUNITY) == {}


def test_a_refusal_says_its_own_reason_alone() -> None:
    found = reports.told(zeta="1")
    refusal = Unreadable("required", "persons", "No person.")
    assert json.loads(POLICE.acknowledge(b"x", reports.WEB, AT, refusal, found.report)) == {
        "status": "refused", "at": AT, "place": "persons", "reason": "No person.",
    }  # fmt: skip


def test_an_acknowledgement_of_hl7_v2_is_the_same_bytes_whatever_the_report_says() -> None:
    raw = b"MSH|^~\\&|A|B|C|D|20260306224000-0600||ADT^A03|M-1|P|2.5.1\r"
    channel = replace(reports.WEB, adapter="hospital")
    line = ReportLine("PID-5", "unmapped", "", "no row")
    assert HOSPITAL.acknowledge(raw, channel, AT, None, (line,)) == HOSPITAL.acknowledge(raw, channel, AT, None)


def test_a_reply_names_so_many_places_and_counts_the_rest() -> None:
    lines = [ReportLine(f"/{n}", "unmapped", "", NO_FIELD) for n in range(LISTED + 7)]
    told = json.loads(acknowledge(AT, None, [*lines, *lines]))["left_out"]
    assert len(told) == LISTED + 1
    assert told[-1] == {"place": "", "because": "7 more: the account of the message names them"}
