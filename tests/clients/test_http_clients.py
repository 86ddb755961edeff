"""What unmodified HTTP clients send beyond the happy path, and what they are answered."""

import gzip
import json
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.clients.agency_files import Agency, Client, started
from tests.live import Live
from tests.parties import FHIR, Answer, Json, Party

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON_TYPES = [
    "application/fhir+json",
    "application/json",
    "application/fhir+json;fhirVersion=4.0",
    'application/fhir+json; charset="utf-8"; fhirVersion="4.0"',
    "APPLICATION/FHIR+JSON",
]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    ours = Agency("cityhosp", clients=(Client("city-client"),), senders=(("EHR", "CITYHOSP"),))
    with started(ours, Agency("clinic", clients=(Client("clinic-client"),))) as running:
        yield running


@pytest.fixture(scope="module")
def party(live: Live) -> Party:
    return live.party("city-client")


@pytest.fixture(scope="module")
def patient(party: Party) -> str:
    made = party.post("Patient", {"resourceType": "Patient", "name": [{"family": "Oakapple"}], "gender": "female"})
    assert made.status == 201
    return f"Patient/{made.json['id']}"


def refused(answer: Answer, status: int) -> Json:
    """The OperationOutcome of a refusal with this status."""
    assert answer.status == status, answer.body[:300]
    assert answer.headers["content-type"] == "application/fhir+json"
    outcome = answer.json
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["diagnostics"]
    return outcome


ADDRESSES = ["", "metadata", "Patient", "Patient/_search", "Patient/x", "Patient/x/_history", "Patient/x/_history/1"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_an_address_does_not_take_is_refused_as_fhir(party: Party, method: str, address: str) -> None:
    answer = party.raw(method, f"/fhir/{address}")
    refused(answer, 405)
    assert answer.headers["allow"]


@pytest.mark.parametrize("path", ["/nothing", "/fhir/nothing/at/all/here", "//fhir/Patient"])
def test_an_address_that_is_not_there_is_answered_in_fhir_without_redirect(party: Party, path: str) -> None:
    for method in ("GET", "POST"):
        refused(party.raw(method, path, b"{}", FHIR), 404)


@pytest.mark.parametrize(
    "path", ["Foo", "MedicationRequest", "Foo/1", "$export", "Patient/$export", "Patient/$everything", "_history"]
)
def test_what_is_not_served_is_absent(party: Party, path: str) -> None:
    refused(party.get(path), 404)


def test_a_transaction_is_taken_at_the_base_with_and_without_a_slash(party: Party) -> None:
    entry = {
        "resource": {"resourceType": "Patient", "gender": "other"},
        "request": {"method": "POST", "url": "Patient"},
    }
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    before = party.get("Patient?_summary=count").json["total"]
    for base in ("/fhir", "/fhir/"):
        assert party.raw("POST", base, bundle).json["type"] == "transaction-response"
    assert party.get("Patient?_summary=count").json["total"] == before + 2
    refused(party.raw("GET", "/fhir"), 405)


def test_head_has_the_headers_of_get_and_no_body(party: Party, patient: str) -> None:
    head, get = party.raw("HEAD", patient), party.get(patient)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize("kind", ["{}", "{{{}}}", "urn:uuid:{}", "upper", "plain"])
def test_only_the_id_as_given_finds_the_record(party: Party, patient: str, kind: str) -> None:
    record = patient.removeprefix("Patient/")
    spelled = {"upper": record.upper(), "plain": record.replace("-", "")}.get(kind, kind.format(record))
    answer = party.get(f"Patient/{spelled}")
    if spelled == record:
        assert answer.status == 200
    else:
        refused(answer, 404)


# --- formats


@pytest.mark.parametrize("accept", [*JSON_TYPES, "*/*", "application/*", BROWSER, "text/html", "x/y, */*;q=0.1", ""])
def test_json_is_answered_to_whoever_can_take_it(party: Party, patient: str, accept: str) -> None:
    answer = party.get(patient, {"Accept": accept})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/fhir+json")


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+xml",
        "text/turtle",
        "image/png",
        "application/fhir+json;fhirVersion=3.0",
        "application/fhir+xml, application/fhir+json;q=0",
        "application/jsonp",
        "garbage",
    ],
)
def test_what_is_not_json_of_r4_is_not_acceptable(party: Party, patient: str, accept: str) -> None:
    refused(party.get(patient, {"Accept": accept}), 406)


@pytest.mark.parametrize("path", ["", "?gender=female"])
@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        *((each, 200) for each in ("json", "application/json", "application/fhir+json", "application/fhir%2Bjson")),
        *((each, 406) for each in ("xml", "ttl", "html", "foo", "application/fhir%2Bxml")),
    ],
)
def test_format_wins_over_accept(party: Party, patient: str, path: str, wanted: str, status: int) -> None:
    target = f"Patient{path}&_format={wanted}" if path else f"{patient}?_format={wanted}"
    assert party.get(target, {"Accept": "application/fhir+xml"}).status == status


@pytest.mark.parametrize("media", JSON_TYPES)
def test_json_is_taken_under_each_of_its_names(party: Party, media: str) -> None:
    assert party.raw("POST", "Patient", b'{"resourceType":"Patient"}', {"Content-Type": media}).status == 201


@pytest.mark.parametrize(
    "media", ["", "text/plain", "application/fhir+xml", "application/fhir+json;fhirVersion=3.0", FORM["Content-Type"]]
)
def test_other_bodies_are_refused_by_name(party: Party, media: str) -> None:
    refused(party.raw("POST", "Patient", b'{"resourceType":"Patient"}', {"Content-Type": media}), 415)


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
@pytest.mark.parametrize("path", ["Patient", "Patient/_search", "/messages"])
def test_packed_bodies_are_refused_unopened(party: Party, path: str, packing: str) -> None:
    media = FORM if path.endswith("_search") else FHIR
    refused(party.raw("POST", path, gzip.compress(b"gender=male"), {**media, "Content-Encoding": packing}), 415)


def test_a_chunked_body_is_taken(party: Party) -> None:
    pieces = iter([b'{"resource', b'Type":"Patient"', b"}"])
    assert party.raw("POST", "Patient", pieces, FHIR).status == 201


# --- versions


@pytest.mark.parametrize("form", ["{}", '"{}"', 'W/"{}"', 'W/"nope", W/"{}"', "*"])
def test_the_current_version_is_matched_in_each_spelling(party: Party, patient: str, form: str) -> None:
    now = party.get(patient).json
    assert party.put(patient, now, {"If-Match": form.format(now["meta"]["versionId"])}).status == 200


@pytest.mark.parametrize("form", ["", "nope", '""', 'W/"nope"', 'W/"nope", "no"'])
def test_another_version_is_not_matched(party: Party, patient: str, form: str) -> None:
    refused(party.put(patient, party.get(patient).json, {"If-Match": form}), 412)


def test_if_none_match_asks_for_something_new(party: Party, patient: str) -> None:
    refused(party.put(patient, party.get(patient).json, {"If-None-Match": "*"}), 412)
    tag = party.get(patient).headers["etag"]
    for sent in (tag, tag.removeprefix("W/"), tag[3:-1], f'"x", {tag}', "*"):
        assert (party.get(patient, {"If-None-Match": sent}).status) == 304
    assert party.get(patient, {"If-None-Match": '"x"'}).status == 200


@pytest.mark.parametrize("media", ["application/json-patch+json", "application/xml-patch+xml", "text/plain"])
def test_patch_takes_a_merge_patch_and_says_so(party: Party, patient: str, media: str) -> None:
    change = json.dumps([{"op": "replace", "path": "/gender", "value": "male"}]).encode()
    outcome = refused(party.raw("PATCH", patient, change, {"Content-Type": media}), 415)
    assert "application/merge-patch+json" in outcome["issue"][0]["diagnostics"]
    refused(party.raw("PATCH", patient, change, {"Content-Type": "application/json"}), 400)


@pytest.mark.parametrize(("prefer", "kind"), [("return=minimal", ""), ("return=OperationOutcome", "OperationOutcome")])
def test_a_writer_gets_back_what_it_prefers(party: Party, patient: str, prefer: str, kind: str) -> None:
    made = party.post("Patient", {"resourceType": "Patient"}, {"Prefer": prefer})
    changed = party.put(patient, party.get(patient).json, {"Prefer": prefer})
    assert (made.status, changed.status) == (201, 200)
    for answer in (made, changed):
        assert answer.headers["etag"]
        assert answer.headers["location"]
        assert (answer.json["resourceType"] if answer.body else "") == kind


# --- searches


def test_a_posted_search_counts_both_query_and_form(party: Party, patient: str) -> None:
    found = party.raw("POST", "Patient/_search?gender=female", b"family=Oakapple", FORM)
    none = party.raw("POST", "Patient/_search?gender=male", b"family=Oakapple", FORM)
    assert [each["fullUrl"].endswith(patient) for each in found.json["entry"]] == [True]
    assert "entry" not in none.json


@pytest.mark.parametrize("asked", ["_count=0", "_summary=count"])
def test_a_count_is_answered_without_entries(party: Party, patient: str, asked: str) -> None:
    bundle = party.get(f"Patient?family=Oakapple&{asked}").json
    assert (bundle["total"], "entry" in bundle) == (1, False)


def test_named_elements_alone_are_answered_and_marked(party: Party, patient: str) -> None:
    bundle = party.get("Patient?family=Oakapple&_elements=gender").json
    shown = bundle["entry"][0]["resource"]
    assert set(shown) == {"resourceType", "id", "meta", "gender"}
    assert "SUBSETTED" in [each["code"] for each in shown["meta"]["tag"]]
    assert "_elements=gender" in bundle["link"][0]["url"]


def test_pages_stay_complete_while_records_are_written(party: Party) -> None:
    mark = "urn:example:pages"
    made = {party.post("Patient", _marked(mark, n)).json["id"] for n in range(9)}
    seen: list[str] = []
    page = party.get(f"Patient?identifier={mark}|&_count=2").json
    while True:
        seen += [each["resource"]["id"] for each in page.get("entry", [])]
        party.post("Patient", _marked(mark, 99))
        following = [each["url"] for each in page["link"] if each["relation"] == "next"]
        if not following or len(seen) > 40:
            break
        address = urlsplit(following[0])
        assert dict(parse_qsl(address.query))["_count"] == "2"
        page = party.get(f"{address.path}?{address.query}").json
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def _marked(system: str, number: int) -> Json:
    return {"resourceType": "Patient", "identifier": [{"system": system, "value": str(number)}]}


# --- strangers


def test_a_stranger_learns_nothing_from_any_verb_or_condition(live: Live, party: Party, patient: str) -> None:
    stranger, body = live.party("clinic-client"), party.get(patient).json
    gone = "Patient/6b4c0e7e-0f4b-4d52-9a6a-3a1f2f0a9d11"
    absent = {**body, "id": gone.removeprefix("Patient/")}
    for headers in ({}, {"If-Match": '"x"'}, {"If-None-Match": "*"}, {"If-Match": party.get(patient).headers["etag"]}):
        for verb in ("get", "put", "patch"):
            given = {"get": (headers,)}.get(verb)
            one = getattr(stranger, verb)(patient, *(given or (body, headers)))
            other = getattr(stranger, verb)(gone, *(given or (absent, headers)))
            assert one.told == other.told
            assert one.status == 404
    for path in ("_history", "_history/1"):
        assert stranger.get(f"{patient}/{path}").told == stranger.get(f"{gone}/{path}").told
