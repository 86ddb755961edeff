"""A recipient gets a copy of the visible parts, and nothing in it tells of the rest."""

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.code_sets import ACT_CODE, CONFIDENTIALITY, LOCAL
from consent.parts import Part, fragment, join, overlay, split
from consent.redact import View, redact
from consent.terms import FhirJson
from consent.vocabulary import InfoClass, Label

PHI = frozenset({Label.PHI})
PART2 = frozenset({Label.PHI, Label.PART2})


def everything(_: str) -> bool:
    return True


def open_only(reference: str) -> bool:
    return "hidden" not in reference


def label(part: Part) -> frozenset[Label]:
    return PART2 if "hidden" in repr(fragment(part)) else PHI


def view(resource: FhirJson, allowed: frozenset[Label] = PHI) -> FhirJson | None:
    """What a recipient gets who may see parts with these labels."""
    visible = [part for part in split(resource, label) if part.labels <= allowed]
    return redact(visible, View(allowed, open_only))


def test_a_withheld_part_leaves_no_word_of_it() -> None:
    encounter: FhirJson = {
        "resourceType": "Encounter",
        "text": {"status": "generated", "div": "<div>treated for hidden</div>"},
        "status": "finished",
        "subject": {"reference": "Patient/1"},
        "diagnosis": [
            {"condition": {"reference": "Condition/hidden", "display": "hidden"}, "use": {"text": "AD"}},
            {"condition": {"reference": "Condition/1", "display": "sprain"}},
        ],
        "serviceProvider": {"reference": "Organization/hidden", "display": "hidden clinic"},
    }
    shown = view(encounter)
    assert shown == {
        "resourceType": "Encounter",
        "status": "finished",
        "subject": {"reference": "Patient/1"},
        "diagnosis": [{"condition": {"reference": "Condition/1", "display": "sprain"}}],
        "meta": {"security": [{"system": LOCAL, "code": "PHI"}]},
    }


def test_without_its_root_a_record_is_not_there() -> None:
    assert view({"resourceType": "Task", "description": "x", "status": "hidden"}) is None
    assert redact((), View(PHI, everything)) is None


def test_a_record_about_something_hidden_is_not_there() -> None:
    task: FhirJson = {"resourceType": "Task", "focus": {"reference": "ServiceRequest/7"}}
    provenance: FhirJson = {"resourceType": "Provenance", "target": [{"reference": "Task/7"}, {"reference": "Task/8"}]}

    def but(hidden: str) -> View:
        return View(PHI, lambda reference: not reference.endswith(hidden))

    assert redact(split(task, label), but("7")) is None
    assert redact(split(task, label), but("8")) is not None
    assert redact(split(provenance, label), but("7"))["target"] == [{"reference": "Task/8"}]  # type: ignore[index]
    assert redact(split(provenance, label), View(PHI, lambda _: False)) is None


def test_a_list_item_goes_with_the_reference_it_is_for_and_an_object_only_loses_it() -> None:
    task: FhirJson = {
        "resourceType": "Task",
        "note": [{"text": "seen", "authorReference": {"reference": "Practitioner/hid"}}, {"text": "kept"}],
        "restriction": {"repetitions": 1, "recipient": [{"reference": "Organization/hid"}]},
        "location": {"reference": "Location/hid"},
        "input": [{"type": {"text": "t"}, "valueReference": {"reference": "Condition/hid"}}],
        "executionPeriod": {"extension": [{"url": "u", "valueReference": {"reference": "Task/hid"}}]},
        "code": {"coding": [{"code": "fulfill"}], "extension": []},
        "requester": {"display": "by name only"},
        "_note": [None, {"id": "n"}],
    }
    shown = redact(split(task, lambda _: PHI), View(frozenset(), lambda reference: not reference.endswith("hid")))
    assert shown == {
        "resourceType": "Task",
        "note": [{"text": "kept"}],
        "restriction": {"repetitions": 1},
        "code": {"coding": [{"code": "fulfill"}], "extension": []},
        "requester": {"display": "by name only"},
        "_note": [None, {"id": "n"}],
    }


def test_contained_resources_stay_while_something_visible_reaches_them() -> None:
    request: FhirJson = {
        "resourceType": "ServiceRequest",
        "contained": [
            {"resourceType": "Practitioner", "id": "a", "text": {"div": "<div/>"}},
            {"resourceType": "Organization", "id": "b"},
            {"resourceType": "Condition", "id": "c", "asserter": {"reference": "#b"}, "subject": {"reference": "#"}},
            {"resourceType": "Condition", "id": "stray", "asserter": {"reference": "#a"}},
            "not a resource",
        ],
        "requester": {"reference": "#a"},
        "reasonReference": [{"reference": "#c"}, {"reference": "#nowhere"}],
    }
    shown = redact(split(request, lambda _: PHI), View(frozenset(), everything))
    assert shown == {
        "resourceType": "ServiceRequest",
        "contained": [
            {"resourceType": "Practitioner", "id": "a"},
            {"resourceType": "Organization", "id": "b"},
            {"resourceType": "Condition", "id": "c", "asserter": {"reference": "#b"}, "subject": {"reference": "#"}},
        ],
        "requester": {"reference": "#a"},
        "reasonReference": [{"reference": "#c"}],
    }
    parts = split(request, lambda part: PART2 if "reference" in part.name.lower() else PHI)
    hidden = redact([part for part in parts if part.labels == PHI], View(frozenset(), everything))
    assert [each["id"] for each in hidden["contained"]] == ["a"]  # type: ignore[index,call-overload,union-attr]


def test_meta_tells_open_profiles_and_visible_labels_and_nothing_else() -> None:
    task: FhirJson = {
        "resourceType": "Task",
        "meta": {
            "versionId": "7",
            "lastUpdated": "2026-01-01T00:00:00Z",
            "source": "urn:program",
            "tag": [{"code": "mat"}],
            "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/x", "https://program.example/mat", 1],
            "security": [{"system": ACT_CODE, "code": "HIV"}],
            "extension": [{"url": "u"}],
        },
    }
    labels = frozenset({Label.PHI, Label.PART2, Label.SUD, Label.R})
    persist: FhirJson = {"system": ACT_CODE, "code": "PERSISTLABEL"}
    part2: FhirJson = {"system": ACT_CODE, "code": "42CFRPart2"}
    notice: FhirJson = {"url": "n", "valueString": "text"}
    look = View(frozenset({Label.PART2, Label.R}), everything, (part2, persist), (notice,))
    shown = redact(split(task, lambda _: labels), look)
    assert shown == {
        "resourceType": "Task",
        "meta": {
            "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/x"],
            "security": [part2, {"system": CONFIDENTIALITY, "code": "R"}, persist],
            "extension": [notice],
        },
    }
    closed = redact(split(task, lambda _: labels), View(frozenset(), everything, (part2, persist)))
    assert closed is not None
    assert closed["meta"]["security"] == [persist]  # type: ignore[index,call-overload]


def test_strange_meta_and_contained_are_no_obstacle() -> None:
    shown = redact(
        split({"resourceType": "Task", "meta": [], "contained": {}}, lambda _: PHI), View(frozenset(), everything)
    )
    assert shown == {"resourceType": "Task"}


def test_news_shows_only_to_whom_its_part_is_visible() -> None:
    sent = split({"resourceType": "Task", "status": "requested"}, label)
    news = overlay("news", InfoClass.REFERRAL_STATUS, {"status": "rejected", "statusReason": {"text": "no bed"}}, PART2)
    without = redact(sent, View(PHI, everything))
    assert without == redact([part for part in (*sent, news) if part.labels <= PHI], View(PHI, everything))
    with_news = redact((*sent, news), View(PART2, everything))
    assert with_news is not None
    assert with_news["status"] == "rejected"


SCALARS = st.one_of(st.booleans(), st.integers(0, 9), st.sampled_from(["open", "hidden", "x"]))
REFERENCE = st.sampled_from(["Patient/1", "Condition/hidden", "Condition/2", "#a", "#z", "#"]).map(
    lambda to: {"reference": to, "display": to}
)
VALUES = st.recursive(
    SCALARS | REFERENCE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OPEN = VALUES.filter(lambda value: "hidden" not in repr(value))
NAMES = st.sampled_from(
    [
        "identifier",
        "telecom",
        "address",
        "note",
        "contact",
        "generalPractitioner",
        "link",
        "extension",
        "subject",
        "contained",
    ]
)
ELEMENTS = st.dictionaries(NAMES, VALUES, max_size=6)
TYPES = st.sampled_from(["Patient", "Task", "Encounter", "ServiceRequest"])


@given(TYPES, ELEMENTS, st.sampled_from([PHI, PART2]))
def test_redaction_changes_nothing_it_is_given_and_shares_nothing_with_it(
    kind: str, elements: FhirJson, allowed: frozenset[Label]
) -> None:
    parts = split({"resourceType": kind, **elements}, label)
    before = deepcopy(parts)
    shown = redact(parts, View(allowed, open_only))
    assert parts == before
    scramble(shown)
    assert parts == before


def scramble(value: object) -> None:
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        scramble(child)
    if isinstance(value, dict | list):
        value.clear()


@given(TYPES, ELEMENTS)
def test_no_hidden_word_or_empty_shell_is_left(kind: str, elements: FhirJson) -> None:
    shown = view({"resourceType": kind, **elements})
    if shown is not None:
        assert "hidden" not in json.dumps(shown)
        assert list(shown.get("meta", {})) == ["security"]  # type: ignore[arg-type]


ITEMS = st.lists(st.fixed_dictionaries({"value": OPEN, "use": SCALARS.filter(lambda v: v != "hidden")}), max_size=4)


@given(ITEMS, st.lists(st.tuples(st.integers(0, 4), OPEN), max_size=4))
def test_hidden_items_put_in_anywhere_change_not_one_byte(
    items: list[FhirJson], inserts: list[tuple[int, object]]
) -> None:
    more: list[object] = list(items)
    for place, value in inserts:
        more.insert(place, {"system": "hidden", "value": value})
    plain: FhirJson = {"resourceType": "Patient", "identifier": items, "active": True}
    fuller: FhirJson = {**plain, "identifier": more}  # type: ignore[dict-item]
    if not items:
        del plain["identifier"]
    if not more:
        del fuller["identifier"]
    assert json.dumps(view(plain), sort_keys=True) == json.dumps(view(fuller), sort_keys=True)


@given(TYPES, ELEMENTS)
def test_who_may_see_everything_gets_everything_but_meta_and_strays(kind: str, elements: FhirJson) -> None:
    resource: FhirJson = {
        "resourceType": kind,
        **{name: each for name, each in elements.items() if name != "contained"},
    }
    if "#" in json.dumps(resource):
        return
    shown = redact(split(resource, label), View(frozenset(), everything))
    assert shown == join(split(resource, label)) == resource


@pytest.mark.parametrize(("kind", "anchor"), [("ServiceRequest", "subject"), ("Task", "for")])
def test_a_referral_stays_where_its_person_is_hidden_and_masks_whom(kind: str, anchor: str) -> None:
    record: FhirJson = {"resourceType": kind, "id": "r", anchor: {"reference": "Patient/p", "display": "Quill"}}
    shown = redact(split(record, lambda _: frozenset()), View(frozenset(), lambda _: False))
    assert shown is not None
    assert shown[anchor]["extension"][0]["valueCode"] == "masked"  # type: ignore[index, call-overload]  # FHIR JSON
    assert "Quill" not in str(shown)


def test_a_task_whose_request_is_hidden_is_hidden() -> None:
    record: FhirJson = {"resourceType": "Task", "id": "t", "focus": {"reference": "ServiceRequest/s"}}
    assert redact(split(record, lambda _: frozenset()), View(frozenset(), lambda _: False)) is None
