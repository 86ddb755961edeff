"""Datatypes of HL7 v2 as FHIR values, with what they lose entered in the account."""

from typing import Any

import pytest

from mappings.account import Account, Setting
from mappings.concepts import concepts
from mappings.identifiers import OWN, authority
from mappings.parts import Parts, blank, part, sub, subs
from mappings.paths import element, put, repeats
from mappings.transforms import LOOKUPS, TRANSFORMS, transform
from mappings.vocabularies import vocabulary

SETTING = Setting(
    authority="urn:own",
    authorities={"HOSP": "https://hosp.example", "9.9": "https://nine.example"},
    vocabularies={"L": "https://local.example"},
)


def parts(raw: str) -> Parts:
    return [each.split("&") if "&" in each else each for each in raw.split("^")]


def read(name: str, raw: str, codes: str = "") -> tuple[Any, list[str]]:
    account = Account(SETTING, place="X-1")
    value = transform(name, concepts(codes) if codes else None).apply(parts(raw), account)
    return value, [f"{line.path} {line.outcome}" for line in account.lines]


def ok(name: str, raw: str, codes: str = "") -> Any:
    value, entered = read(name, raw, codes)
    assert entered == []
    return value


def test_parts_count_from_one_and_are_empty_where_absent() -> None:
    value: Parts = ["a", ["b", "c"]]
    assert [part(value, 1), part(value, 2), part(value, 3)] == ["a", "b", ""]
    assert [sub(value, 1, 1), sub(value, 1, 2), sub(value, 2, 2), sub(value, 2, 3), sub(value, 3, 1)] == [
        "a",
        "",
        "c",
        "",
        "",
    ]
    assert [subs(value, 2), subs(value, 3)] == [["b", "c"], ""]
    assert [blank(""), blank(["", ""]), blank(["", "x"])] == [True, True, False]


def test_paths_set_append_and_nest() -> None:
    resource: dict[str, Any] = {}
    for path, value in (("a", 1), ("b[]", 2), ("c.d", 3), ("e[].f", 4), ("e[].f", 5)):
        put(path)(resource, value)
    assert resource == {"a": 1, "b": [2], "c": {"d": 3}, "e": [{"f": 4}, {"f": 5}]}
    assert (repeats("a.b[]"), repeats("a"), element("a[].b")) == (True, False, "a.b")


@pytest.mark.parametrize(
    ("hd", "uri"),
    [
        (("HOSP", "", ""), "https://hosp.example"),
        (("", "9.9", "ISO"), "https://nine.example"),
        (("X Y", "", ""), OWN + "X%20Y"),
        (("X", "2.16.1", "ISO"), "urn:oid:2.16.1"),
        (("X", "7C9E6679-7425-40DE-944B-E07FC1F90AE7", "UUID"), "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        (("X", "https://a.example/x", "URI"), "https://a.example/x"),
        (("X", "a.example", "DNS"), OWN + "DNS:a.example"),
        (("USSSA", "", ""), "http://hl7.org/fhir/sid/us-ssn"),
        (("", "", ""), ""),
    ],
)
def test_authorities_have_one_uri_each(hd: tuple[str, str, str], uri: str) -> None:
    assert authority(*hd, Account(SETTING)) == uri
    assert TRANSFORMS["authority"].apply(list(hd), Account(SETTING)) == (uri or None)


def test_identifiers() -> None:
    typed = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
    assert ok("identifier", "1^^^HOSP^MR^WEST^20200101^20210101") == {
        "type": typed,
        "system": "https://hosp.example",
        "value": "1",
        "assigner": {"display": "WEST"},
        "period": {"start": "2020-01-01", "end": "2021-01-01"},
    }
    assert ok("identifier", "1") == {"system": "urn:own", "value": "1"}
    assert ok("identifier", "") is None
    assert "system" not in ok("identifier", "1^^^^DL")
    assert ok("identifier", "1^^^^SS")["system"] == "http://hl7.org/fhir/sid/us-ssn"
    assert ok("identifier", "1^^^HOSP^SS")["system"] == "https://hosp.example"
    assert ok("identifier", "1^^^HOSP^NPI")["system"] == "http://hl7.org/fhir/sid/us-npi"
    assert read("identifier", "1^^^^^^x^2020010112")[1] == ["X-1.7 unmapped", "X-1.8 repaired"]
    assert read("identifier", "1^^^NAME&1.2.3&ISO")[1] == ["X-1.4.1 unmapped"]
    assert read("identifier", "1^^^HOSP&1.2.3&ISO")[1] == []
    assert read("identifier", "1^^^NAME&&ISO")[1] == ["X-1.4.3 unmapped"]
    assert ok("entity", "1^HOSP") == {"system": "https://hosp.example", "value": "1"}
    assert read("entity", "1^^^ISO")[1] == ["X-1.4 unmapped"]
    assert ok("entity", "") is None
    account = Account(Setting())
    assert TRANSFORMS["entity"].apply(["1"], account) == {"value": "1"}
    assert ok("social_security", "123")["value"] == "123"
    assert ok("social_security", "") is None
    assert ok("license_number", "1^IL^20300101")["period"] == {"end": "2030-01-01"}
    assert set(ok("license_number", "1")) == {"type", "value"}
    assert ok("license_number", "") is None
    assert ok("provider_number", "1^NPI")["system"] == "http://hl7.org/fhir/sid/us-npi"
    assert ok("provider_number", "1") == {"value": "1"}
    assert ok("provider_number", "") is None


def test_vocabularies() -> None:
    account = Account(SETTING)
    names = ["I10", "HL70002", "HL7nope", "L", "1.2.3", "https://x.example", "urn:a b", "99LOCAL"]
    found = [vocabulary(name, account) for name in names]
    assert found == [
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://terminology.hl7.org/CodeSystem/v2-0002",
        "",
        "https://local.example",
        "urn:oid:1.2.3",
        "https://x.example",
        "",
        "",
    ]


def test_concepts_keep_every_coding_and_word() -> None:
    assert ok("concept", "F11.20^Opioid^I10^A1^Other^L^2024^^As written") == {
        "coding": [
            {"system": "http://hl7.org/fhir/sid/icd-10-cm", "version": "2024", "code": "F11.20", "display": "Opioid"},
            {"system": "https://local.example", "code": "A1", "display": "Other"},
        ],
        "text": "As written",
    }
    assert ok("concept", "^Only words") == {"text": "Only words"}
    assert ok("concept", "") is None
    assert ok("concept", "A  1^^L^^^^") == {"coding": [{"system": "https://local.example", "code": "A 1"}]}
    assert read("concept", "1^One^NOWHERE")[1] == ["X-1.3 unmapped"]
    assert read("concept", "^One^L^^^^7")[1] == ["X-1.3 unmapped", "X-1.7 unmapped"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("F1120^^I10", "F11.20"),
        ("f11.20^^I10", "F11.20"),
        ("F11^^I10", "F11"),
        ("30400^^I9", "304.00"),
        ("E8500^^I9", "E850.0"),
        ("1120^^SCT", "1120"),
    ],
)
def test_icd_codes_get_their_dot(sent: str, code: str) -> None:
    value, entered = read("concept", sent)
    assert value["coding"][0]["code"] == code
    assert entered == (["X-1.1 repaired"] if "." in code and "." not in sent else [])


def test_code_tables_translate_or_keep_what_was_sent() -> None:
    married = ok("concept", "M^Married^HL70002", "marital-status")
    assert [each["system"].rpartition("/")[2] for each in married["coding"]] == ["v3-MaritalStatus", "v2-0002"]
    same = ok("concept", "C^Contact^HL70131", "contact-role")
    assert len(same["coding"]) == 1
    value, entered = read("concept", "QQ", "marital-status")
    assert (value, entered) == ({"coding": [{"code": "QQ"}]}, ["X-1.1 unmapped"])
    assert ok("concept", "", "marital-status") is None
    assert ok("concept", "^words", "marital-status") == {"text": "words"}
    assert ok("coding", "i", "encounter-class")["code"] == "IMP"
    assert read("coding", "q  q", "encounter-class") == ({"code": "q q"}, ["X-1.1 unmapped"])
    assert ok("coding", "", "encounter-class") is None
    assert ok("code", "A", "administrative-gender") == "other"
    assert read("code", "Q", "administrative-gender") == (None, ["X-1.1 unmapped"])
    assert ok("code", "", "administrative-gender") is None
    assert set(LOOKUPS) == {"code", "coding", "concept"}


def test_names() -> None:
    assert ok("name", "MÜLLER&van&&de&ROE^ZOË^Q^JR^DR^MD^L^^^^^20200101^20210101") == {
        "family": "MÜLLER",
        "_family": {
            "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix", "valueString": "van"},
                {"url": "http://hl7.org/fhir/StructureDefinition/humanname-partner-prefix", "valueString": "de"},
                {"url": "http://hl7.org/fhir/StructureDefinition/humanname-partner-name", "valueString": "ROE"},
            ]
        },
        "given": ["ZOË", "Q"],
        "prefix": ["DR"],
        "suffix": ["JR", "MD"],
        "use": "official",
        "period": {"start": "2020-01-01", "end": "2021-01-01"},
    }
    assert ok("name", "") is None
    assert ok("name", "DOE") == {"family": "DOE"}
    assert read("name", "DOE^^^^^^Q^^^^^x")[1] == ["X-1.7 unmapped", "X-1.12 unmapped"]
    assert ok("spoken", "DOE^ANN^^JR^DR^MD") == "DR ANN DOE JR MD"
    assert ok("spoken", "") is None


def test_addresses() -> None:
    street = ok("address", "1 ELM ST&ELM ST&1^APT 2^TOWN^IL^62701^USA^H^^SANGAMON^^^^20200101")
    assert street["line"] == ["1 ELM ST", "APT 2"]
    assert [each["valueString"] for each in street["_line"][0]["extension"]] == ["ELM ST", "1"]
    assert (street["use"], street["district"], street["period"]) == ("home", "SANGAMON", {"start": "2020-01-01"})
    assert ok("address", "&ELM ST&1") == {"line": ["1 ELM ST"]}
    assert "_line" in ok("address", "1 ELM ST&ELM ST")
    assert ok("address", "^^^^^^M") is None
    assert ok("address", "^^TOWN^^^^M") == {"city": "TOWN", "type": "postal"}
    assert read("address", "^^TOWN^^^^Q")[1] == ["X-1.7 unmapped"]


@pytest.mark.parametrize(
    ("sent", "points"),
    [
        ("(217)555-0100", [{"system": "phone", "value": "(217)555-0100"}]),
        ("^PRN^PH^^1^217^5550100^12", [{"system": "phone", "value": "+1 217 5550100 x12", "use": "home"}]),
        ("555^^^^^^^12", [{"system": "phone", "value": "555 x12"}]),
        ("^WPN^FX^^^^5550100", [{"system": "fax", "value": "5550100", "use": "work"}]),
        ("^PRS^CP^^^217^5550100", [{"system": "phone", "value": "217 5550100", "use": "mobile"}]),
        ("^NET^Internet^a@b.example", [{"system": "email", "value": "a@b.example"}]),
        ("a@b.example^NET", [{"system": "email", "value": "a@b.example"}]),
        ("^^^a@b.example", [{"system": "email", "value": "a@b.example"}]),
        ("^^PH^^^^^^call after five", [{"system": "phone", "value": "call after five"}]),
        (
            "^^PH^^^^^^^^^+1 217 555^20200101",
            [{"system": "phone", "value": "+1 217 555", "period": {"start": "2020-01-01"}}],
        ),
    ],
)
def test_telephones_and_mail(sent: str, points: list[dict[str, Any]]) -> None:
    assert ok("contact_points", sent) == points


def test_what_a_telephone_loses_is_entered() -> None:
    assert ok("contact_points", "^PRN^PH") is None
    assert read("contact_points", "555^QQQ^XX^^1^217^555")[1] == [
        "X-1.3 unmapped",
        "X-1.5 unmapped",
        "X-1.6 unmapped",
        "X-1.7 unmapped",
        "X-1.2 unmapped",
    ]
    assert read("contact_points", "555^PRN^CP")[1] == ["X-1.2 unmapped"]
    assert read("contact_points", "555^NET^X.400^a@b.example")[1] == ["X-1.1 unmapped"]


def test_people_bodies_and_places_that_are_only_referred_to() -> None:
    doctor = ok("practitioner", "12^SMITH^ANNA^^^DR^MD^^HOSP^^^^NPI")
    assert (doctor["display"], doctor["identifier"]["system"]) == ("DR ANNA SMITH MD", "http://hl7.org/fhir/sid/us-npi")
    assert ok("practitioner", "12")["identifier"] == {"system": "urn:own", "value": "12"}
    assert ok("practitioner", "^") is None
    assert read("practitioner", "^SMITH^^^^^^^HOSP^^^^NPI")[1] == ["X-1.9 unmapped", "X-1.13 unmapped"]
    body = ok("organization", "PRAIRIE^^77^^^HOSP^XX")
    assert (body["display"], body["identifier"]["value"]) == ("PRAIRIE", "77")
    assert read("organization", "PRAIRIE^^77^^^^^^^78")[1] == ["X-1.3 unmapped"]
    assert ok("organization", "") is None
    assert TRANSFORMS["organization"].apply(["", "", "7"], Account(Setting())) == {
        "type": "Organization",
        "identifier": {"value": "7"},
    }
    assert ok("place", "ED^1^2^HOSP^^^EAST^3^By the door") == {
        "type": "Location",
        "display": "ED 1 2 By the door EAST 3 HOSP",
    }
    assert ok("place", "^^") is None


def test_plain_values() -> None:
    assert ok("text", "x") == "x"
    assert ok("text", "") is None
    assert ok("message_type", "ADT^A03^ADT_A03") == "ADT^A03^ADT_A03"
    assert ok("message_type", "") is None
    assert ok("integer", "-12") == -12
    assert ok("integer", "") is None
    assert read("integer", "1.5") == (None, ["X-1.1 unmapped"])
    assert (ok("decimal", "5"), ok("decimal", "98.6"), ok("decimal", "")) == (5, 98.6, None)
    assert read("decimal", "1.10") == (1.1, ["X-1.1 repaired"])
    assert read("decimal", ">5") == (None, ["X-1.1 unmapped"])
    assert (ok("boolean", "y"), ok("boolean", "N"), ok("boolean", "")) == (True, False, None)
    assert read("boolean", "maybe") == (None, ["X-1.1 unmapped"])
    assert (ok("date", "202601"), ok("date", "")) == ("2026-01", None)
    assert read("date", "x") == (None, ["X-1.1 unmapped"])
    assert (ok("date_time", "20260101"), ok("date_time", "")) == ("2026-01-01", None)
    assert read("date_time", "202601011200")[1] == ["X-1.1 repaired"]
    assert read("date_time", "x") == (None, ["X-1.1 unmapped"])
