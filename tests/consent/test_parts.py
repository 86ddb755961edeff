"""Division into parts loses nothing, and joining shows exactly the visible parts."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from consent.parts import ROOT, Part, divide, fold, fragment, is_free_text, join, overlay, split
from consent.shapes import SHAPES, root_class, shape_of
from consent.terms import FhirJson
from consent.vocabulary import InfoClass, Label

PHI = frozenset({Label.PHI})
PART2 = frozenset({Label.PHI, Label.PART2})

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6))
REFERENCE = st.fixed_dictionaries({"reference": st.sampled_from(["Patient/1", "Condition/2", "#c"])})
CODED = st.fixed_dictionaries(
    {
        "coding": st.lists(
            st.fixed_dictionaries(
                {
                    "system": st.just("http://hl7.org/fhir/sid/icd-10-cm"),
                    "code": st.sampled_from(["F11.20", "B20", "Z59.00", "I10"]),
                }
            ),
            max_size=2,
        )
    }
)
VALUES = st.recursive(
    st.one_of(SCALARS, REFERENCE, CODED),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "reference", "div"]), inner, max_size=3)
    ),
    max_leaves=8,
)
ELEMENTS = st.sampled_from(
    [
        "identifier",
        "_identifier",
        "telecom",
        "address",
        "note",
        "_note",
        "text",
        "status",
        "reasonCode",
        "diagnosis",
        "subject",
        "focus",
        "input",
        "output",
        "description",
        "_description",
        "meta",
        "contained",
        "participant",
        "birthDate",
        "_birthDate",
        "generalPractitioner",
        "extension",
        "basedOn",
    ]
)
RESOURCES = st.builds(
    lambda kind, rest: {"resourceType": kind, **rest},
    st.sampled_from([*SHAPES, "Basic"]),
    st.dictionaries(ELEMENTS, VALUES, max_size=8),
)


def by_content(part: Part) -> frozenset[Label]:
    """A labeller that differs from part to part but never by chance."""
    return frozenset(
        label for label in (Label.PHI, Label.SUD, Label.HIV) if len(repr(fragment(part))) % (ord(label[0]) % 5 + 2)
    )


@given(RESOURCES)
def test_joining_all_parts_gives_the_record_back(resource: FhirJson) -> None:
    before = deepcopy(resource)
    assert join(split(resource, by_content)) == resource == before
    assert join(divide(resource)) == resource


@given(RESOURCES)
def test_every_part_has_its_own_name_class_and_labels(resource: FhirJson) -> None:
    parts = split(resource, by_content)
    assert len({part.name for part in parts}) == len({(part.info_class, part.labels) for part in parts}) == len(parts)
    assert parts[0].name == ROOT


@given(RESOURCES, st.randoms())
def test_the_order_of_parts_does_not_matter(resource: FhirJson, random) -> None:  # type: ignore[no-untyped-def]
    parts = list(split(resource, by_content))
    random.shuffle(parts)
    assert join(parts) == resource


@given(RESOURCES, st.data())
def test_a_part_left_out_takes_its_elements_and_nothing_else(resource: FhirJson, data: st.DataObject) -> None:
    parts = split(resource, by_content)
    left_out = data.draw(st.sampled_from(parts))
    rest = join(part for part in parts if part is not left_out)
    if left_out.name == ROOT:
        assert rest is None
        return
    assert rest is not None
    for element, value in resource.items():
        gone = fragment(left_out).get(element, [])
        if element not in fragment(left_out):
            assert rest[element] == value
        elif isinstance(value, list) and value:
            assert len(rest.get(element, [])) + len(gone) == len(value)
        else:
            assert element not in rest


def test_list_items_keep_their_order_across_parts() -> None:
    patient: FhirJson = {"resourceType": "Patient", "identifier": [{"value": str(number)} for number in range(12)]}
    odd = frozenset({Label.PHI, Label.HIV})
    parts = split(patient, lambda part: odd if part.name.endswith(("1", "3", "5", "7", "9")) else PHI)
    assert join(parts) == patient
    visible = join(part for part in parts if part.labels == PHI)
    assert visible is not None
    assert [each["value"] for each in visible["identifier"]] == ["0", "2", "4", "6", "8", "10"]


def test_parts_with_the_roots_class_and_labels_stay_in_the_root() -> None:
    task: FhirJson = {"resourceType": "Task", "note": [{"text": "n"}], "basedOn": [{"reference": "Task/0"}]}
    assert [part.name for part in split(task, lambda _: PHI)] == [ROOT]


def test_the_name_of_a_part_does_not_move_when_a_hidden_item_comes_before_it() -> None:
    def label(part: Part) -> frozenset[Label]:
        return PART2 if "hidden" in repr(fragment(part)) else PHI

    short = split({"resourceType": "Patient", "identifier": [{"value": "v"}]}, label)
    long = split({"resourceType": "Patient", "identifier": [{"value": "hidden"}, {"value": "v"}]}, label)
    assert {part.name for part in short} == {"", "identifier"}
    assert {part.name for part in long} == {"", "identifier", "identifier+42CFRPart2"}
    assert [fragment(part) for part in short] == [fragment(part) for part in long if part.labels == PHI]


def test_a_name_says_which_labels_of_the_root_a_part_lacks() -> None:
    patient: FhirJson = {"resourceType": "Patient", "identifier": [{"value": "v"}]}
    parts = split(patient, lambda part: PART2 if part.name == ROOT else PHI)
    assert parts[1].name == "identifier-42CFRPart2"


def test_an_overlay_replaces_elements_of_the_root_only_where_it_is_visible() -> None:
    sent = split({"resourceType": "Task", "status": "requested", "note": [{"text": "n"}]}, lambda _: PHI)
    news = overlay("news", InfoClass.REFERRAL_STATUS, {"status": "accepted", "note": []}, PART2)
    assert join(sent) == {"resourceType": "Task", "status": "requested", "note": [{"text": "n"}]}
    assert join((news, *sent)) == {"resourceType": "Task", "status": "accepted", "note": []}


def test_nothing_joins_to_nothing() -> None:
    assert join(()) is None


def test_a_receivers_task_is_referral_status_and_its_notes_case_notes() -> None:
    task: FhirJson = {"resourceType": "Task", "status": "accepted", "note": [{"text": "n"}]}
    root, note = split(task, lambda _: PHI, root=InfoClass.REFERRAL_STATUS)
    assert (root.info_class, note.info_class) == (InfoClass.REFERRAL_STATUS, InfoClass.CASE_NOTE)


def test_free_text_takes_the_sensitivities_beside_it_and_the_narrative_every_label() -> None:
    request: FhirJson = {
        "resourceType": "ServiceRequest",
        "text": {"status": "generated", "div": "<div/>"},
        "reasonCode": [{"text": "a"}],
        "note": [{"text": "b"}],
        "basedOn": [{"reference": "ServiceRequest/x"}],
    }
    given_labels = {
        "reasonCode:0": frozenset({Label.PHI, Label.HIV}),
        "basedOn:0": PART2,
    }
    parts = split(request, lambda part: given_labels.get(part.name, PHI))
    labels = {element: part.labels for part in parts for element in fragment(part)}
    assert labels["note"] == {Label.PHI, Label.HIV}
    assert labels["text"] == {Label.PHI, Label.HIV, Label.PART2}
    assert labels["resourceType"] == PHI


def test_what_the_record_is_about_stays_in_the_root_and_other_references_may_split_off() -> None:
    encounter: FhirJson = {
        "resourceType": "Encounter",
        "subject": {"reference": "Patient/1"},
        "serviceProvider": {"reference": "Organization/p"},
        "location": [{"location": {"reference": "Location/l"}}],
        "hospitalization": {"dischargeDisposition": {"text": "home"}},
    }
    names = {part.name: set(fragment(part)) for part in divide(encounter)}
    assert names[ROOT] == {"resourceType", "subject", "hospitalization"}
    assert set(names) == {ROOT, "serviceProvider", "location:0"}


def test_records_that_speak_of_one_matter_are_not_divided() -> None:
    consent: FhirJson = {"resourceType": "Consent", "organization": [{"reference": "Organization/p"}]}
    assert [part.name for part in divide(consent)] == [ROOT]


def test_documents_and_notes_are_free_text() -> None:
    document = divide({"resourceType": "DocumentReference"})[0]
    assert is_free_text(document)
    assert not is_free_text(divide({"resourceType": "Patient"})[0])


def test_fold_keeps_the_first_part_as_root() -> None:
    root = Part(ROOT, InfoClass.TASK, {"elements": {"status": "x"}, "items": {}}, PHI)
    assert fold([root]) == (root,)


def test_classes_follow_type_category_and_code() -> None:
    icd = "http://hl7.org/fhir/sid/icd-10-cm"

    def coded(system: str, code: str) -> FhirJson:
        return {"coding": [{"system": system, "code": code}]}

    sdoh = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
    expected: list[tuple[FhirJson, InfoClass]] = [
        ({"resourceType": "Patient"}, InfoClass.DEMOGRAPHICS),
        ({"resourceType": "Condition", "code": coded(icd, "F11.20")}, InfoClass.DIAGNOSIS),
        ({"resourceType": "Condition", "code": coded(icd, "Z59.00")}, InfoClass.HOUSING_NEED),
        ({"resourceType": "Condition", "code": coded("urn:local", "Z59.00")}, InfoClass.DIAGNOSIS),
        ({"resourceType": "ServiceRequest", "category": [coded(sdoh, "homelessness")]}, InfoClass.HOUSING_NEED),
        ({"resourceType": "ServiceRequest", "category": [coded(sdoh, "food-insecurity")]}, InfoClass.REFERRAL),
        ({"resourceType": "ServiceRequest", "code": {"coding": [{"code": 1}, {"code": "x"}]}}, InfoClass.REFERRAL),
        ({"resourceType": "Observation", "category": [coded("urn:c", "laboratory")]}, InfoClass.LAB),
        ({"resourceType": "Observation"}, InfoClass.TREATMENT_RECORD),
        (
            {"resourceType": "DocumentReference", "type": coded("http://loinc.org", "18842-5")},
            InfoClass.DISCHARGE_SUMMARY,
        ),
        ({"resourceType": "Basic"}, InfoClass.DOCUMENT),
        ({"resourceType": 7}, InfoClass.DOCUMENT),
    ]
    assert [root_class(resource) for resource, _ in expected] == [info_class for _, info_class in expected]
    assert shape_of({}).root is InfoClass.DOCUMENT


def test_a_reason_that_is_a_housing_need_is_a_part_of_that_class() -> None:
    icd = "http://hl7.org/fhir/sid/icd-10-cm"
    reasons = [{"coding": [{"system": icd, "code": code}]} for code in ("Z59.01", "F32.A")]
    parts = split({"resourceType": "ServiceRequest", "reasonCode": reasons}, lambda _: PHI)
    assert [part.info_class for part in parts] == [InfoClass.REFERRAL, InfoClass.HOUSING_NEED, InfoClass.DIAGNOSIS]
