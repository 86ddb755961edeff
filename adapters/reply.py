"""The replies of formats that prescribe none: JSON to each message, and a table of one row for news of a referral."""

import csv
import io
from collections.abc import Collection, Iterable

import orjson

from adapters.base import Channel, News, ReportLine, Unreadable
from mappings.tabular import defused

COLUMNS = ("receiver", "status", "reason", "detail", "as_of", "delivery")
LISTED = 100
"""How many places a reply names; of the others it says how many."""


def acknowledge(at: str, refusal: Unreadable | None, left_out: Iterable[ReportLine] = ()) -> bytes:
    """``kept`` and what did not go on, by place; or ``refused`` with place and reason; no value of the message."""
    if refusal:
        return orjson.dumps({"status": "refused", "at": at, "place": refusal.place, "reason": str(refusal)})
    told = {"left_out": named} if (named := _named(left_out)) else {}
    return orjson.dumps({"status": "kept", "at": at, **told})


def left_out(report: Iterable[ReportLine], channel: Channel, rules: Collection[str]) -> list[ReportLine]:
    """What of this message did not go on, or was repaired.

    What stays of every message is left: by a rule of the format, given by its reason, or by the channel's profile.
    """
    usual = {*rules, *(channel.profile.ignored.values() if channel.profile else ())}
    return [line for line in report if line.outcome != "mapped" and line.because not in usual]


def _named(lines: Iterable[ReportLine]) -> list[dict[str, str]]:
    found = list(dict.fromkeys((line.path, line.because) for line in lines))
    more = [("", f"{len(found) - LISTED} more: the account of the message names them")] if len(found) > LISTED else []
    return [{"place": place, "because": because} for place, because in (*found[:LISTED], *more)]


def status(news: News, number: str) -> bytes:
    """A status file of one header and one row (RFC 4180); number heads the column of the sender's own number."""
    made = io.StringIO(newline="")
    row = (news.number, news.receiver, news.status, news.reason, news.business_status, news.at, news.delivery)
    csv.writer(made).writerows([(number, *COLUMNS), map(defused, row)])
    return made.getvalue().encode()
