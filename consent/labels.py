"""Security labels of each part at ingest: who made and who keeps the record first, its codes and marks second."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol, TypeAlias

from consent.code_sets import (
    ACT_CODE,
    CONFIDENTIALITY,
    LOCAL,
    mark_label,
    security_label,
    sensitivity,
)
from consent.origins import LabelBasis, OriginStatus, standing_labels
from consent.parts import SENSITIVITIES, Labeller, Part, divide, fragment, is_free_text
from consent.shapes import codings
from consent.terms import FhirJson, FhirValue
from consent.vocabulary import InfoClass, Label, OrgType

Labels: TypeAlias = frozenset[Label]
LabelsOf: TypeAlias = Callable[[str], Labels | None]
"""Reference (``Type/id``) or identifier system -> effective labels of what it names, None if unknown here."""


class SourceMark(Protocol):
    """What a source said about confidentiality; ``adapters.base.Mark`` is one."""

    @property
    def path(self) -> str:
        """The field, such as ``DG1[1]-18``."""

    @property
    def code(self) -> str:
        """The value, such as ``Y``."""

    @property
    def about(self) -> str:
        """``Type/id`` of the resource it speaks of, empty for everything in the message."""


def _nothing(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Everything labelling reads beside the record: whose it is, what the source marked, what it refers to.

    about is ``Type/id`` of the record; around are sensitivities found anywhere in its message, which free text
    takes; minor says that the subject was under 18 when a police record was made (705 ILCS 405/1-7).
    """

    custodian: OriginStatus
    origin: OriginStatus
    about: str = ""
    marks: tuple[SourceMark, ...] = ()
    labels_of: LabelsOf = _nothing
    around: Labels = frozenset()
    minor: bool = False


_BY_CLASS: Mapping[InfoClass, tuple[Label, ...]] = {
    InfoClass.COUNSELING_NOTES: (Label.SUDCOUNSELNOTE,),
    InfoClass.PSYCHOTHERAPY_NOTES: (Label.PSYTHPN,),
    InfoClass.PERSONAL_NOTES: (Label.PERSONAL_NOTES,),
    InfoClass.CONFIDENTIAL_COMMUNICATION: (Label.CONFIDENTIAL_COMMUNICATION,),
    InfoClass.CRIMINAL_HISTORY: (Label.CJI, Label.CHRI),
    InfoClass.CJI_RECORD: (Label.CJI,),
}
_INSTEAD: Mapping[InfoClass, Label] = {
    InfoClass.AUDIT_RECORD: Label.AUDIT_LOG,
    InfoClass.ACCOUNTING_ENTRY: Label.ACCOUNTING,
    InfoClass.AGGREGATE: Label.AGGREGATE,
}
"""Classes that are a regime of their own, whoever made them."""
_SYSTEM = frozenset(
    {InfoClass.OPERATION_OUTCOME, InfoClass.MESSAGE_HEADER, InfoClass.SUBSCRIPTION_EVENT, InfoClass.ORGANIZATION}
)
"""Classes without personal content of their own when the gateway itself made them."""
WHO = frozenset({InfoClass.DEMOGRAPHICS, InfoClass.NAME, InfoClass.IDENTIFIER})
PASSED_ON = frozenset(
    {
        *(InfoClass.DEMOGRAPHICS, InfoClass.NAME, InfoClass.CONTACT, InfoClass.ADDRESS, InfoClass.IDENTIFIER),
        *(InfoClass.REFERRAL, InfoClass.REFERRAL_STATUS, InfoClass.HOUSING_NEED, InfoClass.CONSENT_RECORD),
    }
)
"""What a police social worker passes on with a referral, as the department would under its agreements."""


def labeller(arrival: Arrival) -> Labeller:
    """What ``consent.parts.split`` asks for the labels of each finest part."""
    standing = standing_labels(arrival.custodian, arrival.origin)
    regimes: dict[InfoClass, Labels] = {}

    def label(part: Part) -> Labels:
        kind = part.info_class
        if kind not in regimes:
            regimes[kind] = frozenset(basis.label for basis in _regime(kind, arrival, standing))
        more = [basis.label for basis in _found(part, arrival)]
        return regimes[kind].union(more) if more else regimes[kind]

    return label


def bases(part: Part, arrival: Arrival) -> tuple[LabelBasis, ...]:
    """The labels of one finest part, each with its basis, for the explanation and the label job."""
    standing = standing_labels(arrival.custodian, arrival.origin)
    return (*_regime(part.info_class, arrival, standing), *_found(part, arrival))


def propagate(records: Mapping[str, FhirJson], arrival: Arrival) -> dict[str, Labels]:
    """Root labels of the records of one message, by ``Type/id``, once labels have run along their references.

    A record takes the labels of what it is about (Task of its ServiceRequest, Provenance of its targets); a
    ServiceRequest takes the sensitivities of a Task that asks for it. Use the result's ``get`` as ``labels_of``.
    """
    found: dict[str, Labels] = dict.fromkeys(records, frozenset())
    roots = {about: divide(record)[0] for about, record in records.items()}
    while True:
        known = _known(found, arrival.labels_of)
        step = {
            about: found[about] | labeller(replace(arrival, about=about, labels_of=known))(part)
            for about, part in roots.items()
        }
        _task_to_request(roots, step)
        if step == found:
            return found
        found = step


def around(records: Iterable[FhirJson], marks: Iterable[SourceMark] = ()) -> Labels:
    """The sensitivities found anywhere in a message, which its free text takes."""
    coded = (_coded(*pair) for record in records for pair in codings(record))
    marked = (mark_label(mark.code) for mark in marks)
    return frozenset[Label]().union(*coded, *marked) & SENSITIVITIES


def visible_codings(labels: Labels, allowed: Labels) -> list[FhirJson]:
    """``meta.security`` for one recipient: only labels of what is shown, and never one outside allowed."""
    return [coding_of(label) for label in sorted(labels & allowed)]


def coding_of(label: Label) -> FhirJson:
    """The coding that says a label on the wire: HL7's where it has one, else the local code system's."""
    return {"system": _HL7.get(label, LOCAL), "code": str(label)}


_HL7: Mapping[Label, str] = {
    Label.PART2: ACT_CODE,
    Label.SUD: ACT_CODE,
    Label.MH: ACT_CODE,
    Label.PSYTHPN: ACT_CODE,
    Label.HIV: ACT_CODE,
    Label.SDV: ACT_CODE,
    Label.R: CONFIDENTIALITY,
}


def _regime(kind: InfoClass, arrival: Arrival, standing: tuple[LabelBasis, ...]) -> Iterator[LabelBasis]:
    if kind in _INSTEAD:
        yield LabelBasis(_INSTEAD[kind], f"information class {kind}")
        return
    if kind in _SYSTEM and arrival.origin.org_type is arrival.custodian.org_type is OrgType.GATEWAY_OPERATOR:
        yield LabelBasis(Label.SYSTEM, "made by the gateway, without personal content of its own")
        return
    unit_record = kind is InfoClass.LE_UNIT_RECORD
    passed_on = _works_for_police(arrival) and kind in PASSED_ON
    for basis in standing:
        if not (unit_record and basis.label is Label.FERPA) and not (passed_on and basis.label is Label.SOCIAL_SERVICE):
            yield basis
    if unit_record:
        yield LabelBasis(Label.LE_UNIT, "34 CFR 99.8: record of a school law enforcement unit")
    for label in _BY_CLASS.get(kind, ()):
        yield LabelBasis(label, f"information class {kind}")
    if kind is InfoClass.ADDRESS and any(basis.label is Label.VAWA for basis in standing):
        yield LabelBasis(Label.SHELTER_LOCATION, "34 USC 12291(a): where a victim may be found")
    if arrival.minor and any(basis.label is Label.LE_LOCAL for basis in standing):
        yield LabelBasis(Label.JUVENILE, "705 ILCS 405/1-7: police record of a minor")


def _found(part: Part, arrival: Arrival) -> Iterator[LabelBasis]:
    """Labels from what a part holds: its codes, what its sender and source marked, what it refers to."""
    held = fragment(part)
    for system, code in codings(held):
        for label in _coded(system, code):
            yield LabelBasis(label, f"code set {label} of {system}")
    for pair in codings(_security(held)):
        for label in security_label(*pair):
            yield LabelBasis(label, "meta.security as sent")
    yield from _marked(part, arrival)
    if is_free_text(part):
        if _works_for_police(arrival):
            yield LabelBasis(Label.SOCIAL_SERVICE, "what a police social worker wrote in words")
        for label in arrival.around:
            yield LabelBasis(label, "free text takes the highest label of its message", derived=True)
    for named in (*references(held), *_identifier_systems(held)):
        for label in arrival.labels_of(named) or ():
            yield LabelBasis(label, "names a record or an agency so labelled", derived=True)


def _marked(part: Part, arrival: Arrival) -> Iterator[LabelBasis]:
    if _shared(part, arrival):
        return
    for mark in arrival.marks:
        if mark.about in {"", arrival.about}:
            for label in mark_label(mark.code):
                yield LabelBasis(label, f"source mark {mark.path}")


def _shared(part: Part, arrival: Arrival) -> bool:
    """Who somebody is, in a record that every police report of the person shares: one report does not mark it."""
    return arrival.origin.criminal_justice_agency and arrival.about.startswith("Patient/") and part.info_class in WHO


def _works_for_police(arrival: Arrival) -> bool:
    """Whether a social-work unit of a police department made the record: its notes are its own."""
    return arrival.origin.social_service and arrival.origin.criminal_justice_agency


@lru_cache(maxsize=4096)
def _coded(system: str, code: str) -> Labels:
    """Sensitivities of one coding, clinical or HL7 security code; never a regime."""
    return sensitivity(system, code) | (security_label(system, code) & SENSITIVITIES)


def _security(held: FhirJson) -> FhirValue:
    meta = held.get("meta")
    return meta.get("security") if isinstance(meta, dict) else None


def _identifier_systems(held: FhirJson) -> Iterator[str]:
    """Systems of the record's own identifiers: a program's record number shows that the program knows the person."""
    identifiers = held.get("identifier")
    for identifier in identifiers if isinstance(identifiers, list) else ():
        system = identifier.get("system") if isinstance(identifier, dict) else None
        if isinstance(system, str):
            yield system


def references(value: FhirValue) -> list[str]:
    """Every literal reference anywhere inside a FHIR value, as written."""
    found: list[str] = []
    waiting: list[FhirValue] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            named = node.get("reference")
            if isinstance(named, str):
                found.append(named)
            waiting += [child for child in node.values() if not isinstance(child, str)]
    return found


def _known(found: Mapping[str, Labels], labels_of: LabelsOf) -> LabelsOf:
    return lambda reference: found[reference] if reference in found else labels_of(reference)


def _task_to_request(roots: Mapping[str, Part], step: dict[str, Labels]) -> None:
    """What marks a Task as sensitive marks the request it is about."""
    for about, part in roots.items():
        if about.startswith("Task/"):
            for reference in references(fragment(part).get("focus")):
                if reference in step:
                    step[reference] |= step[about] & SENSITIVITIES
