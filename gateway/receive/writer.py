"""Who writes natively: the client's agency and unit, and the legal facts that labelling reads of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from consent.origins import OriginStatus
from consent.vocabulary import Label
from gateway.auth.access_token import Session
from gateway.parts import labels_of
from gateway.receive.keeping import Keeper
from gateway.registry import Snapshot, origin_status
from gateway.store.intake import Desk
from gateway.store.kept import RecordKey, is_id
from gateway.store.segments import Segments


@dataclass(frozen=True, slots=True)
class Writer:
    """A client at one moment under the agencies in force, and what it takes to keep what it sends."""

    session: Session
    snapshot: Snapshot = field(repr=False)
    keeper: Keeper = field(repr=False)
    segments: Segments = field(repr=False)
    at: datetime
    request: str

    @property
    def agency(self) -> str:
        """The writer's agency, in whose custody it writes."""
        return self.session.agency

    @property
    def unit(self) -> str:
        """The unit that the client works for, empty for none."""
        found = self.snapshot.client(self.session.client_id)
        return found[1].unit if found else ""

    def status(self, kept: frozenset[Label] = frozenset()) -> OriginStatus:
        """What labelling reads of the writer; a social service's record stays one, whoever of the agency writes."""
        made = origin_status(self.snapshot.agencies[self.agency], unit=self.unit)
        return replace(made, social_service=True) if Label.SOCIAL_SERVICE in kept else made

    def keys(self, references: Iterable[str]) -> list[RecordKey]:
        """The records of the writer's agency that these references may lead to."""
        pairs = (reference.split("/") for reference in references if reference.count("/") == 1)
        return [RecordKey(self.agency, kind, record) for kind, record in pairs if is_id(record)]

    async def labels(self, desk: Desk, keys: Iterable[RecordKey]) -> dict[str, frozenset[Label]]:
        """Root labels of these records, as far as they are kept, by ``Type/id``."""
        roots = {key: desk.kept[key].parts.get("") for key in keys if key in desk.kept}
        numbers = {key: root.segment for key, root in roots.items() if root is not None}
        segments = await self.segments.look_up(desk.driver, numbers.values())
        return {f"{key.type}/{key.id}": labels_of(segments[number].labels) for key, number in numbers.items()}
