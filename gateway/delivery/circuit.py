"""A receiver that keeps failing is left alone for a while, then tried with one delivery at a time until it answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many deliveries a receiver gets at once, and after how many failures in a row it rests for how long."""

    at_once: int = 4
    failures: int = 5
    rest: timedelta = timedelta(seconds=30)


@dataclass(slots=True)
class Circuit:
    """What one worker knows of one receiver."""

    tolerance: Tolerance
    flying: int = 0
    failures: int = 0
    until: datetime | None = None

    def busy(self, now: datetime) -> bool:
        """Whether it may get nothing more now."""
        if self.until is None:
            return self.flying >= self.tolerance.at_once
        return now < self.until or self.flying > 0

    def failed(self, now: datetime) -> bool:
        """Note a failure; whether the receiver is left alone from now on and was not before."""
        self.failures += 1
        if self.failures < self.tolerance.failures:
            return False
        opened = self.until is None
        self.until = now + self.tolerance.rest
        return opened

    def answered(self) -> bool:
        """Note a success; whether the receiver had been left alone until now."""
        closed = self.until is not None
        self.failures, self.until = 0, None
        return closed
