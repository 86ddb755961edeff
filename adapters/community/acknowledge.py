"""What a community organization hears: a JSON reply to each referral, and a status row for each piece of news."""

import csv
import io

import orjson

from adapters.base import News, Unreadable
from mappings.tabular import defused

COLUMNS = ("referral_number", "receiver", "status", "reason", "detail", "as_of", "delivery")


def acknowledge(at: str, refusal: Unreadable | None) -> bytes:
    """``kept``, or ``refused`` with the place and the reason, as JSON; nothing of the referral itself."""
    reply = {"status": "refused" if refusal else "kept", "at": at}
    if refusal:
        reply |= {"place": refusal.place, "reason": str(refusal)}
    return orjson.dumps(reply)


def status(news: News) -> bytes:
    """A status file of one header and one row, keyed by the sender's own referral number (RFC 4180)."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(COLUMNS)
    row = (news.number, news.receiver, news.status, news.reason, news.business_status, news.at, news.delivery)
    writer.writerow([defused(each) for each in row])
    return made.getvalue().encode()
