"""The replies of formats that prescribe none: JSON to each message, and a table of one row for news of a referral."""

import csv
import io

import orjson

from adapters.base import News, Unreadable
from mappings.tabular import defused

COLUMNS = ("receiver", "status", "reason", "detail", "as_of", "delivery")


def acknowledge(at: str, refusal: Unreadable | None) -> bytes:
    """``kept``, or ``refused`` with the place and the reason, as JSON; nothing of what the message said."""
    reply = {"status": "refused" if refusal else "kept", "at": at}
    if refusal:
        reply |= {"place": refusal.place, "reason": str(refusal)}
    return orjson.dumps(reply)


def status(news: News, number: str) -> bytes:
    """A status file of one header and one row (RFC 4180); number heads the column of the sender's own number."""
    made = io.StringIO(newline="")
    row = (news.number, news.receiver, news.status, news.reason, news.business_status, news.at, news.delivery)
    csv.writer(made).writerows([(number, *COLUMNS), map(defused, row)])
    return made.getvalue().encode()
