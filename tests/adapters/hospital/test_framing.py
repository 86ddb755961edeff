"""MLLP frames: whatever the pieces, the same messages come out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hospital.framing import Framer, TooLong, frame

BODY = st.binary(max_size=60).map(lambda body: body.replace(b"\x0b", b"").replace(b"\x1c", b""))


@given(st.lists(BODY, max_size=6), st.integers(1, 7))
def test_frames_cut_in_pieces_come_out_whole_and_in_order(bodies: list[bytes], size: int) -> None:
    stream = b"".join(frame(body) for body in bodies)
    framer = Framer()
    found = [message for at in range(0, len(stream), size) for message in framer.feed(stream[at : at + size])]
    assert found == bodies
    assert framer.junk == 0
    assert not framer.unfinished


@given(st.binary(max_size=200), st.integers(1, 9))
def test_any_bytes_are_cut_the_same_however_they_arrive(stream: bytes, size: int) -> None:
    whole, pieces = Framer(), Framer()
    expected = whole.feed(stream)
    found = [message for at in range(0, len(stream), size) for message in pieces.feed(stream[at : at + size])]
    assert (found, pieces.junk, pieces.unfinished) == (expected, whole.junk, whole.unfinished)


def test_a_frame_without_its_carriage_return_is_accepted() -> None:
    assert Framer().feed(b"\x0bone\x1c\x0btwo\x1c") == [b"one", b"two"]


def test_junk_between_frames_is_counted_and_line_ends_are_not() -> None:
    framer = Framer()
    assert framer.feed(b"xx" + frame(b"one") + b"\r\nyyy" + frame(b"two")) == [b"one", b"two"]
    assert framer.junk == 5


def test_a_frame_over_the_cap_is_refused_whether_it_ends_or_not() -> None:
    with pytest.raises(TooLong, match="10 bytes"):
        Framer(10).feed(b"\x0b" + b"x" * 11)
    with pytest.raises(TooLong, match="10 bytes"):
        Framer(10).feed(frame(b"x" * 11))
    assert Framer(10).feed(frame(b"x" * 10)) == [b"x" * 10]


def test_bytes_outside_frames_are_not_held() -> None:
    framer = Framer(10)
    for _ in range(100):
        assert framer.feed(b"junk" * 1000) == []
    assert framer.junk == 400_000
    assert len(framer._held) == 0
