"""Particulars of reports: the envelope, the channel's own agency, profiles, what is left out and why."""

import json
from dataclasses import replace

import pytest

from adapters.base import Profile, Unreadable
from adapters.police import POLICE
from tests.adapters.police.reports import CHANNEL, PROFILE, WEB, report, resources, sample, told, translate


def raw(**changes: object) -> bytes:
    return json.dumps(report(**changes)).encode()


def test_the_envelope_is_that_of_the_translation() -> None:
    for name in ("crisis_report.json", "ndex_incident.xml"):
        assert POLICE.envelope(sample(name), CHANNEL) == translate(sample(name)).envelope


def test_the_channel_may_say_which_agency_reports_and_refuses_others() -> None:
    own = replace(WEB, options={"ori": "IL0990100"})
    assert translate(raw(ori=None), own).envelope.facility == "IL0990100"
    with pytest.raises(Unreadable, match="another agency"):
        translate(raw(ori="IL0990200"), own)


def test_the_officers_words_serve_where_there_is_no_code() -> None:
    found = told(observations=[{"text": "Spoke to herself"}, {"code": "tearful", "text": "Cried"}])
    assert [each["code"]["text"] for each in resources(found, "Observation")] == ["Spoke to herself", "tearful"]
    assert [line.path for line in found.report if line.because == "the code says it"] == ["/observations/1/text"]


def test_naloxone_is_told_only_where_it_was_given() -> None:
    for given, count in ((True, 1), (False, 0)):
        found = told(incident={"call_type": "MEDICAL", "naloxone_given": given})
        assert len(resources(found, "Observation")) == len(found.marks) == count


def test_an_urgency_that_fhir_does_not_know_is_left_out_and_said() -> None:
    found = told(referral={"to": "x", "urgency": "yesterday", "start": "2026-03-09"})
    (request,) = resources(found, "ServiceRequest")
    assert (request.get("priority"), request["occurrenceDateTime"]) == (None, "2026-03-09")
    assert any("no urgency" in line.because for line in found.report)


def test_a_consent_that_says_neither_yes_nor_no_is_none() -> None:
    assert resources(told(consent={"given": "perhaps"}), "Consent") == []


def test_a_report_without_a_referral_asks_for_nothing() -> None:
    assert resources(told(referral=None), "ServiceRequest") == []


def test_a_safe_contact_stands_in_for_every_other() -> None:
    person = {
        "role": "subject",
        "name": {"full": "Petra Elmsworth"},
        "phone": "217-555-0133",
        "safe_contact": {"email": "p@x.example"},
    }
    (patient,) = resources(told(persons=[person]), "Patient")
    assert patient["telecom"] == [{"system": "email", "value": "p@x.example"}]
    assert patient["name"] == [{"text": "Petra Elmsworth"}]


def test_a_language_without_code_is_text() -> None:
    person = {"role": "subject", "name": {"family": "Elmsworth"}, "language": "Mixtec"}
    (patient,) = resources(told(persons=[person]), "Patient")
    assert patient["communication"] == [{"language": {"text": "Mixtec"}}]


def test_a_protected_item_of_a_list_leaves_the_others_in_their_place() -> None:
    found = told(remarks=["calm", "NCIC hit", "tired"], chain={"ncic": {"a": 1, "b": 2}})
    kept = json.loads(found.without)
    assert kept["remarks"] == ["calm", None, "tired"]
    assert kept["chain"] == {}


def test_a_profile_that_names_no_field_of_ours_is_refused() -> None:
    wrong = replace(CHANNEL, profile=Profile(columns={"case_nummer": "Case No"}))
    with pytest.raises(Unreadable, match="case_nummer"):
        POLICE.parse(b"Case No\n1\n", wrong)


def test_columns_may_give_roles_observations_and_further_values() -> None:
    columns = {
        "case_number": "Case", "person.role": "Role", "person.name.full": "Name", "observation.code": "Seen",
        "incident.call_type": "Type 1", "incident.call_type.2": "Type 2",
        "incident.date": "Day", "incident.time": "Hour",
    }  # fmt: skip
    profile = replace(PROFILE, columns=columns, dates=("%m/%d/%Y", "%H%M"), values={}, ignored={})
    row = (
        b"Case,Role,Name,Seen,Type 1,Type 2,Day,Hour\n1,subject,Petra Elm,tearful; pacing,EDP,WELFARE,03/06/2026,2115\n"
    )
    found = translate(row, replace(CHANNEL, profile=profile))
    assert found.facts["call_type"] == ("EDP", "WELFARE")
    seen = {each["code"]["text"]: each["effectiveDateTime"] for each in resources(found, "Observation")}
    assert seen == dict.fromkeys(("tearful", "pacing"), "2026-03-06T21:15:00-06:00")


def test_niem_elements_of_the_same_names_are_read_in_any_version() -> None:
    found = translate(
        b"<e:Incident xmlns:e='urn:x' xmlns:s='http://release.niem.gov/niem/structures/5.0/'>"
        b"<e:ActivityIdentification><e:IdentificationID>26-9</e:IdentificationID></e:ActivityIdentification>"
        b"<e:Person s:id='A'><e:PersonName><e:PersonSurName>Elm</e:PersonSurName></e:PersonName></e:Person>"
        b"<e:Subject><e:RoleOfPersonReference s:uri='#A'/></e:Subject></e:Incident>",
        replace(WEB, options={"ori": "IL0990100"}),
    )
    assert (found.number, resources(found, "Patient")[0]["name"]) == ("26-9", [{"family": "Elm"}])
