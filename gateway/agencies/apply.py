"""From files to the gateway: what would change, what that withdraws, and the seam through which the store takes it."""

from dataclasses import dataclass
from typing import Protocol

from gateway.agencies.differences import Difference, differences, withdrawals
from gateway.agencies.model import Agency, Operator
from gateway.agencies.record import digest


@dataclass(frozen=True, slots=True)
class Applied:
    """The agencies and the operator in force now; both empty before the first apply."""

    agencies: tuple[Agency, ...] = ()
    operator: Operator | None = None


@dataclass(frozen=True, slots=True)
class AgencyChange:
    """One agency as it was and as it will be; None where it did not or will not take part."""

    before: Agency | None
    after: Agency | None
    differences: tuple[Difference, ...]

    @property
    def id(self) -> str:
        """The agency's id."""
        agency = self.after or self.before
        return agency.id if agency else ""

    @property
    def word(self) -> str:
        """What happens to the agency: added, removed or changed."""
        return "changed" if self.before and self.after else "added" if self.after else "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """Everything one apply changes; agencies lists only those that differ."""

    before: Applied
    after: Applied
    agencies: tuple[AgencyChange, ...]
    operator: tuple[Difference, ...]

    @property
    def empty(self) -> bool:
        """Whether the files say what already holds."""
        return not self.agencies and not self.operator

    @property
    def decided_anew(self) -> frozenset[str]:
        """Agencies for which every earlier decision is void: their legal facts, people, clients or standing change."""
        touched = {each.id for each in self.agencies if any(one.decides for one in each.differences)}
        return frozenset(touched | _standing_changed(self.before.operator, self.after.operator))

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """What ends with this change, a line each; none of it may be relied on once the change is committed."""
        lines = [f"{each.id}: {one}" for each in self.agencies for one in withdrawals(each.differences)]
        return (*lines, *(f"operator: {one}" for one in withdrawals(self.operator)))


class Register(Protocol):
    """Where applied agencies are kept. The store provides it; this is the seam.

    apply commits the whole change in one transaction, or nothing: it refuses with Outdated when what is in force is
    no longer change.before, drops what was decided for change.decided_anew, and returns only after the commit, so
    that what change.withdrawn names is relied on by nothing that starts afterwards.
    """

    async def applied(self) -> Applied:
        """What is in force now."""
        ...

    async def apply(self, change: Change) -> None:
        """Put the change in force. Raises Outdated."""
        ...


class Outdated(Exception):
    """Someone else applied in between; nothing was changed: run apply again."""


def change(before: Applied, after: Applied) -> Change:
    """What it takes to get from one state to the other."""
    old = {agency.id: agency for agency in before.agencies}
    new = {agency.id: agency for agency in after.agencies}
    pairs = ((old.get(each), new.get(each)) for each in sorted(old.keys() | new.keys()))
    changes = tuple(AgencyChange(one, other, differences(one, other)) for one, other in pairs if _differ(one, other))
    return Change(before, after, changes, differences(before.operator, after.operator))


async def apply(register: Register, agencies: tuple[Agency, ...], operator: Operator) -> Change:
    """Put checked agencies and their operator in force, unless they already are. Raises Outdated."""
    planned = change(await register.applied(), Applied(agencies, operator))
    if not planned.empty:
        await register.apply(planned)
    return planned


def _differ(one: Agency | None, other: Agency | None) -> bool:
    return one is None or other is None or digest(one) != digest(other)


def _standing_changed(before: Operator | None, after: Operator | None) -> frozenset[str]:
    old, new = (frozenset(each.standing) if each else frozenset() for each in (before, after))
    return frozenset(standing.agency for standing in old ^ new)
