"""Searches as data."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.fhir.moments import interval
from gateway.fhir.outcome import NotAcceptable, Refusal
from gateway.fhir.parameters import PARAMETERS
from gateway.fhir.query import During, Match, Missing, Query, parse_query
from gateway.fhir.results import DEFAULT_COUNT, MAX_COUNT, RESULT_PARAMETERS, Include

BASE = "https://fhir.example.org/fhir"


def query(resource_type: str, text: str, **options: str) -> Query:
    return parse_query(resource_type, parse_qsl(text, keep_blank_values=True), base=BASE, **options)


def wanted(resource_type: str, text: str) -> list[str]:
    (clause,) = query(resource_type, text).clauses
    return [each.value for each in clause.wanted]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("status=requested,accepted", ["requested", "accepted"]),
        ("status=http://hl7.org/fhir/task-status|requested", ["http://hl7.org/fhir/task-status|requested"]),
        ("code=|fulfill", ["|fulfill"]),
        ("code=urn:a|", ["urn:a|"]),
        (r"code=a\,b", ["a,b"]),
        (r"code=a\|b", [r"a\|b"]),
        (r"code=a\$b", ["a$b"]),
        (r"code=a\\", [r"a\\"]),
        (r"code=a\\,b", [r"a\\", "b"]),
        ("patient=123", ["Patient/123"]),
        ("patient=Patient/123", ["Patient/123"]),
        (f"patient={BASE}/Patient/123", ["Patient/123"]),
        ("patient:Patient=123", ["Patient/123"]),
        ("owner=123", ["123"]),
        ("owner:Organization=123", ["Organization/123"]),
        ("owner=https://other.example.org/Organization/1", ["https://other.example.org/Organization/1"]),
        ("_id=a,b", ["a", "b"]),
    ],
)
def test_values_are_spelt_as_the_index_spells_them(text, values):
    assert wanted("Task", text) == values


def test_strings_search_by_prefix_and_check_the_rest_after_unsealing():
    (clause,) = query("Patient", "family=GARCÍA-Lopez").clauses
    assert (clause.wanted[0].value, clause.wanted[0].form) == ("garcia-l", "prefix")
    assert clause.wanted[0].starts == "garcia-lopez"
    (clause,) = query("Patient", "family=smi").clauses
    assert (clause.wanted[0].value, clause.wanted[0].starts) == ("smi", "")
    (clause,) = query("Patient", "family:exact=Li").clauses
    assert (clause.wanted[0].value, clause.wanted[0].form, clause.wanted[0].exactly) == ("li", "whole", "Li")


@pytest.mark.parametrize("prefix", ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"])
def test_dates_take_prefixes_and_precision(prefix):
    (clause,) = query("Task", f"authored-on={prefix}2026-05").clauses
    (comparison,) = clause.comparisons
    assert comparison.comparator == (prefix or "eq")
    assert (comparison.low, comparison.high) == interval("2026-05")


def test_a_plus_that_became_a_space_is_a_plus():
    (clause,) = query("Task", "_lastUpdated=gt2026-05-02T10:00:00 02:00").clauses
    assert clause.comparisons[0].low == interval("2026-05-02T08:00:00Z")[0]


def test_birth_dates_are_searched_by_equality():
    assert wanted("Patient", "birthdate=1990-05") == ["1990-05"]
    assert wanted("Patient", "birthdate=eq1990") == ["1990"]


def test_missing_and_not_are_served():
    assert query("Task", "owner:missing=true").clauses[0].missing is True
    assert query("Task", "status:not=draft").clauses[0].negated is True
    clauses = query("Task", "status=requested&status:not=draft&owner:missing=false&authored-on=2026").clauses
    assert [type(each) for each in clauses] == [Match, Match, Missing, During]


REFUSED = [
    "status:in=x", "status:exact=x", "code:text=x", "code:below=x", "family:contains=abc", "patient:identifier=x",
    "owner:missing=1", "patient.name=x", "patient:Patient.name=x", "_has:Task:patient:status=x", "_filter=x",
    "_query=x", "_list=x", "_content=x", "_text=x", "authored-on=ap2026", "authored-on=yesterday",
    "authored-on=2026-13", "authored-on:missing=maybe", "_lastUpdated:missing=true", "_id=a/b", "_id='",
    "_id:not=a", "_count=-1", "_count=abc", "_count=1.5", "_count=1e3", "_count=", "_count=99999999999999999999",
    "_sort=status", "_sort=birthdate", "_sort=unknown", "_sort=authored-on,status", "_sort=", "_total=exact",
    "_summary=true", "_include=Task:nothing", "_include=*", "_include=Task:*", "_include:iterate=Task:focus",
    "_include=Task:focus:%27", "_revinclude=*", "_revinclude=AuditEvent:entity", "_elements=Id", "_elements=a,",
    "_pretty=x", "code=a%00", "code=%01", "code%00=a", "code=a,", "code=,a", "code=a,,b", "code=|",
    "patient:Group=1", "authored-on=", "code=%ED%A0%80",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_served_is_refused(text):
    with pytest.raises(Refusal) as refused:
        parse_query("Task", parse_qsl(text, keep_blank_values=True, errors="surrogatepass"), handling="strict")
    assert refused.value.status == 400


@pytest.mark.parametrize("text", ["birthdate=ge1990", "birthdate=1990-01-01T00:00", "family=Li", "_sort=birthdate"])
def test_personal_values_have_no_order_and_no_short_prefix(text):
    with pytest.raises(Refusal) as refused:
        query("Patient", text)
    assert refused.value.status == 400


def test_other_formats_are_not_acceptable():
    with pytest.raises(NotAcceptable):
        query("Task", "_format=xml")
    assert query("Task", "_format=application/fhir%2Bjson")
    assert query("Task", "_format=application/fhir+json")


def test_unknown_parameters_are_ignored_unless_strict():
    found = query("Task", "shoe-size=9&status=requested&code=")
    assert found.ignored == ("shoe-size", "code")
    assert found.link(BASE) == f"{BASE}/Task?status=requested"
    with pytest.raises(Refusal) as refused:
        query("Task", "shoe-size=9", handling="strict")
    assert refused.value.status == 400
    assert b"shoe" not in refused.value.body()


def test_results_are_read():
    found = query("Task", "_count=1000000000&_sort=-authored-on&_total=accurate&_elements=status,owner").results
    assert (found.count, found.total, found.elements) == (MAX_COUNT, "accurate", ("status", "owner"))
    assert (found.sort.parameter.name, found.sort.descending) == ("authored-on", True)
    assert query("Task", "").results.count == DEFAULT_COUNT
    assert query("Task", "_count=0").results.count_only
    assert query("Task", "_summary=count&_count=5").results.count_only
    found = query("ServiceRequest", "_include=ServiceRequest:patient&_revinclude=Task:focus:ServiceRequest").results
    assert found.includes == (Include("ServiceRequest", "patient"),)
    assert found.revincludes == (Include("Task", "focus", "ServiceRequest"),)


def test_links_come_back_as_the_same_query():
    first = query("Patient", "name=O'Neil%26sons&identifier=urn:a|1,urn:b|2&_count=2")
    again = query("Patient", urlsplit(first.link(BASE)).query)
    assert again == first
    following = query("Patient", urlsplit(first.link(BASE, "abc")).query)
    assert following.results.cursor == "abc"
    assert following.link(BASE) == first.link(BASE)
    assert following.fingerprint() == first.fingerprint()


def test_the_fingerprint_is_of_filters_and_sort_and_not_of_the_page():
    same = query("Task", "status=a&code=b").fingerprint()
    assert query("Task", "code=b&status=a&_count=7&_total=accurate").fingerprint() == same
    others = ["status=a", "status=a&code=c", "status=a&code=b&_sort=authored-on", "status=a&code=b&_id=1"]
    assert same not in {query("Task", text).fingerprint() for text in others}
    assert query("ServiceRequest", "status=a&code=b").fingerprint() != same


@pytest.mark.parametrize(
    "pairs",
    [
        [("status", "a")] * 61,
        [("status", ",".join("a" * 201))],
        [("code", "x" * 16_001)],
        [("x" * 81, "a")],
    ],
)
def test_limits_hold(pairs):
    with pytest.raises(Refusal) as refused:
        parse_query("Task", pairs)
    assert refused.value.status == 400


def test_many_bars_are_only_a_strange_code():
    (clause,) = parse_query("Task", [("code", "a" + "|" * 3000)]).clauses
    assert len(clause.wanted) == 1


def test_repr_and_refusals_show_no_value():
    assert "canary" not in repr(query("Patient", "family=canary&identifier=canary&_cursor=canary"))
    for text in ("birthdate=canary", "_id=canary/", "identifier:canary=canary", "_sort=canary", "canary=1"):
        with pytest.raises(Refusal) as refused:
            query("Patient", text, handling="strict")
        assert b"canary" not in refused.value.body()


RESULTS = ["_id", "_lastUpdated", *sorted(RESULT_PARAMETERS)]
NAMES = st.sampled_from([*sorted({name for table in PARAMETERS.values() for name in table}), *RESULTS])
PAIRS = st.lists(
    st.tuples(
        NAMES
        | st.tuples(NAMES, st.sampled_from(["missing", "not", "exact", "Patient", "of"])).map(":".join)
        | st.text(),
        st.text() | st.text("\\,|$a-1:/ T0", max_size=12) | st.sampled_from(["true", "2026-05", "ge2026", "Patient/1"]),
    ),
    max_size=4,
)


@settings(max_examples=500)
@given(st.sampled_from([*sorted(PARAMETERS), "Nothing"]), PAIRS, st.sampled_from(["lenient", "strict"]))
@example("Patient", [("name", "' OR 1=1--")], "strict")
@example("Patient", [("name:exact", "%_\\")], "strict")
def test_any_pairs_give_a_query_or_a_refusal(resource_type, pairs, handling):
    try:
        found = parse_query(resource_type, pairs, handling=handling, base=BASE)
    except Refusal as refusal:
        status = refusal.status
    else:
        status = 200
        assert 0 <= found.results.count <= MAX_COUNT
        assert query(resource_type, urlsplit(found.link(BASE)).query) == parse_query(
            resource_type, found.used, base=BASE
        )
        for clause in found.clauses:
            if isinstance(clause, During):
                assert all(each.high - each.low > timedelta(0) for each in clause.comparisons)
    assert status in {200, 400, 406}
