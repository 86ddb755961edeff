"""News back: one row under the sender's own case number, safe to open in a spreadsheet."""

import csv

from adapters.base import News
from adapters.police import POLICE
from tests.adapters.police.reports import CHANNEL


def test_news_is_a_row_with_the_senders_own_number_and_no_formula() -> None:
    news = News("26-1", "The Living Room", "accepted", "2026-03-07T09:00:00-06:00", "d-1", "=1+1", "engaged")
    header, row = list(csv.reader(POLICE.write(b"", CHANNEL, news).decode().splitlines()))
    assert header == ["case_number", "receiver", "status", "reason", "detail", "as_of", "delivery"]
    assert row == ["26-1", "The Living Room", "accepted", "'=1+1", "engaged", "2026-03-07T09:00:00-06:00", "d-1"]
