"""One referral under way: the resources made so far, and its account of every field."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from adapters.base import Identify, Json
from adapters.community.moments import date_time
from adapters.community.referral import ROWS, Referral
from adapters.community.words import truth, word
from mappings.account import Account, Setting
from mappings.engine import NO_ROW

NO_DATE = "no date that the calendar and the channel's forms of dates know"
NO_WORD = "a word that the table does not list (mappings/community/words.toml)"
UNUSED = "not used in a referral of this kind"


@dataclass(slots=True)
class Draft:
    """What one referral has become so far; one per message, never shared.

    hidden says that where the client is must not be told (victim services); prohibited that nobody may contact them.
    """

    referral: Referral
    identify: Identify
    zone: ZoneInfo | None
    owner: str = field(repr=False)
    hidden: bool
    prohibited: bool
    resources: dict[str, Json] = field(default_factory=dict, repr=False)
    account: Account = field(default_factory=lambda: Account(Setting()))

    def open(self, patient: Json) -> None:
        """Run the table over every field: what it can place is placed, what it leaves to Python is pending."""
        for cell in self.referral.cells:
            self.account.place = cell.place
            row = ROWS.rows.get(cell.name)
            if cell.ignored:
                self.account.enter("ignored", cell.ignored)
            elif row is None:
                self.account.enter("unmapped", NO_ROW)
            else:
                row.run(patient, cell.text, self.account)

    def make(self, kind: str, system: str, value: str) -> Json:
        """A resource of that type and identity."""
        made = {"resourceType": kind, "id": self.identify(kind, system, value)}
        self.resources[f"{kind}/{made['id']}"] = made
        return made

    def peek(self, name: str) -> str:
        """A field for a decision, without entering it; empty where it was not sent."""
        return self.referral.texts.get(name, "")

    def take(self, name: str, target: str) -> str:
        """The text of a field, entered as carried to target; empty where it was not sent, or was left already."""
        because = self.account.pending.pop(self.referral.place(name), None)
        if because is None:
            return ""
        self.account.enter("mapped", because, target, self.referral.place(name))
        return self.peek(name)

    def leave(self, name: str, because: str) -> None:
        """Enter a field as ignored for a reason that only this referral gives."""
        if self.account.pending.pop(self.referral.place(name), None) is not None:
            self.account.enter("ignored", because, "", self.referral.place(name))

    def drop(self, name: str, because: str) -> None:
        """Enter a field as one that could not be carried over."""
        if self.account.pending.pop(self.referral.place(name), None) is not None:
            self.account.enter("unmapped", because, "", self.referral.place(name))

    def truth(self, name: str, target: str) -> bool | None:
        """Whether the field says yes, entered; None where it says neither."""
        found = truth(self.peek(name))
        if found is None:
            self.drop(name, NO_WORD)
        else:
            self.take(name, target)
        return found

    def word(self, name: str, table: str, target: str) -> str:
        """What the field's word stands for, entered; empty where it is not listed."""
        found = word(table, self.peek(name))
        if found:
            self.take(name, target)
        else:
            self.drop(name, NO_WORD)
        return found

    def moment(self, name: str, target: str) -> str:
        """A field as FHIR dateTime, entered; empty where it is none."""
        found = date_time(self.peek(name), self.referral.dates, self.zone)
        if found:
            self.take(name, target)
        else:
            self.drop(name, NO_DATE)
        return found

    def close(self) -> None:
        """Enter what nobody took."""
        for place in sorted(self.account.pending):
            self.account.enter("unmapped", UNUSED, "", place)
        self.account.pending.clear()


def refer(resource: Json) -> Json:
    """A FHIR Reference to it."""
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}
