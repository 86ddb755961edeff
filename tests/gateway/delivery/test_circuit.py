"""A receiver that keeps failing rests, and comes back by one delivery at a time."""

from datetime import UTC, datetime, timedelta

from gateway.delivery.circuit import Circuit, Tolerance

AT = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
REST = timedelta(seconds=30)


def test_it_opens_once_at_the_fifth_failure_in_a_row_and_closes_once() -> None:
    circuit = Circuit(Tolerance(failures=5, rest=REST))
    assert [circuit.failed(AT) for _ in range(4)] == [False] * 4
    assert not circuit.busy(AT)
    assert [circuit.failed(AT), circuit.failed(AT)] == [True, False]
    assert circuit.busy(AT + REST / 2)
    assert not circuit.busy(AT + REST)
    assert [circuit.answered(), circuit.answered()] == [True, False]
    assert not circuit.busy(AT)


def test_a_success_between_failures_begins_the_count_anew() -> None:
    circuit = Circuit(Tolerance(failures=2, rest=REST))
    for _ in range(5):
        assert not circuit.failed(AT)
        assert not circuit.answered()


def test_so_many_at_once_and_after_a_rest_one() -> None:
    circuit = Circuit(Tolerance(at_once=3, failures=1, rest=REST))
    circuit.flying = 2
    assert not circuit.busy(AT)
    circuit.flying = 3
    assert circuit.busy(AT)
    circuit.flying = 1
    circuit.failed(AT)
    assert circuit.busy(AT + REST)
    circuit.flying = 0
    assert not circuit.busy(AT + REST)


def test_a_failed_trial_after_the_rest_begins_another_rest_without_a_word() -> None:
    circuit = Circuit(Tolerance(failures=1, rest=REST))
    assert circuit.failed(AT)
    assert not circuit.failed(AT + REST)
    assert circuit.busy(AT + REST + REST / 2)
