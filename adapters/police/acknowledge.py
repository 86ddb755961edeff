"""What a police sender hears: a JSON reply to each message, and a status row for the referral it made."""

import csv
import io

import orjson

from adapters.base import News, Unreadable
from mappings.tabular import defused

COLUMNS = ("case_number", "receiver", "status", "reason", "detail", "as_of", "delivery")


def acknowledge(at: str, refusal: Unreadable | None) -> bytes:
    """``kept``, or ``refused`` with the reason and the place, as JSON; nothing of the report itself."""
    reply = {"status": "refused" if refusal else "kept", "at": at}
    if refusal:
        reply |= {"reason": str(refusal), "place": refusal.place}
    return orjson.dumps(reply)


def status(news: News) -> bytes:
    """A status file of one header and one row, keyed by the sender's own case number (RFC 4180)."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(COLUMNS)
    row = (news.number, news.receiver, news.status, news.reason, news.business_status, news.at, news.delivery)
    writer.writerow([defused(each) for each in row])
    return made.getvalue().encode()
