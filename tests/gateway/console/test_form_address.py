"""The address of a referral form: ours, of one channel, until it expires; anything else is no address."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agencies.model import Transport
from gateway.agencies.reading import read_folder
from gateway.console.form.address import MAX_LENGTH, TooLong, check, form_key, found, sign
from gateway.registry import Snapshot
from tests.live import SAMPLES

KEY = form_key(b"k" * 32)
UNTIL = datetime(2026, 6, 1, 12, tzinfo=UTC)
BEFORE = UNTIL - timedelta(seconds=1)
TOKEN = sign(KEY, "bridge-community", "web", UNTIL)


def snapshot() -> Snapshot:
    agencies = read_folder(SAMPLES / "agencies", UNTIL.date()).agencies
    return Snapshot(1, {each.id: each for each in agencies}, None, {})


def test_a_token_names_agency_channel_and_expiry_until_it_expires() -> None:
    assert check(KEY, TOKEN, BEFORE) == ("bridge-community", "web", UNTIL)
    assert check(KEY, TOKEN, UNTIL) is None
    assert len(TOKEN) <= MAX_LENGTH


def test_no_changed_character_passes() -> None:
    for place, letter in enumerate(TOKEN):
        for other in "AB-_9.=/é":
            if other != letter:
                assert check(KEY, TOKEN[:place] + other + TOKEN[place + 1 :], BEFORE) is None


def test_a_token_cut_or_lengthened_does_not_pass() -> None:
    for cut in range(len(TOKEN)):
        assert check(KEY, TOKEN[:cut], BEFORE) is None
    for more in ("=", "A", "AA", "AAAA", "\n", " ", "A" * 200):
        assert check(KEY, TOKEN + more, BEFORE) is None


def test_a_token_of_another_gateway_does_not_pass() -> None:
    assert check(form_key(b"x" * 32), TOKEN, BEFORE) is None


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    assert check(KEY, text, BEFORE) is None


def test_names_that_no_token_holds_are_refused() -> None:
    with pytest.raises(TooLong, match="shorten"):
        sign(KEY, "a" * 120, "web", UNTIL)


def test_only_a_channel_in_force_that_takes_forms_is_found() -> None:
    here = snapshot()
    known = found(here, "bridge-community", "web")
    assert known is not None
    assert (known[0].id, known[1].transport) == ("bridge-community", Transport.HTTP)
    for agency, channel in [
        ("bridge-community", "csv"),
        ("bridge-community", "gone"),
        ("riverton-pd", "web"),
        ("cityhosp", "web"),
        ("nobody", "web"),
    ]:
        assert found(here, agency, channel) is None
