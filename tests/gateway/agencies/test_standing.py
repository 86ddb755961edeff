"""The gateway holds a protected class only while something binds its operator to the agency."""

from datetime import date

import pytest

from consent.vocabulary import Jurisdiction, Label, OrgType
from gateway.agencies.model import Agency, Operator, Standing, StandingKind, Status, Unit
from gateway.agencies.standing import kind_rule, may_hold, own_labels

TODAY = date(2026, 11, 23)
K = StandingKind
PART2 = (Label.PART2, Label.SUDCOUNSELNOTE, Label.CONFIDENTIAL_COMMUNICATION)
CJI = (Label.CJI, Label.CHRI, Label.NCIC_RESTRICTED, Label.NCIC_NONRESTRICTED, Label.NDEX)
PLAIN = Status()
COVERED = Status(covered_entity=True)
PROGRAM = Status(part2_program=True)
COVERED_PROGRAM = Status(part2_program=True, covered_entity=True)

ROWS = [
    (PART2, PLAIN, {K.PART2_2_33C}),
    (PART2, COVERED, {K.BAA, K.QSOA}),
    (PART2, PROGRAM, {K.QSOA}),
    (PART2, COVERED_PROGRAM, {K.BAA, K.QSOA}),
    ((Label.PHI, Label.PSYTHPN), COVERED, {K.BAA}),
    ((Label.PHI, Label.PSYTHPN), PLAIN, None),
    ((Label.VAWA, Label.SHELTER_LOCATION), PLAIN, {K.VICTIM_SERVICE_CONTRACT}),
    (CJI, PLAIN, {K.CJIS_SECURITY_ADDENDUM, K.MANAGEMENT_CONTROL_AGREEMENT}),
    ((Label.FERPA,), PLAIN, {K.FERPA_SCHOOL_OFFICIAL}),
    ((Label.LE_LOCAL, Label.SOCIAL_SERVICE, Label.CRISIS988, Label.SYSTEM), PLAIN, None),
]


def agency(status: Status, *units: Unit) -> Agency:
    return Agency("a", "A", OrgType.HOSPITAL, Jurisdiction.US, "America/Chicago", status, units=units)


def operator(kind: StandingKind, start: date = TODAY, until: date | None = None, agency_id: str = "a") -> Operator:
    return Operator("o", "O", "America/Chicago", (Standing(agency_id, kind, start, until),))


@pytest.mark.parametrize(("labels", "status", "accepted"), ROWS)
@pytest.mark.parametrize("kind", list(StandingKind))
def test_only_the_accepted_standings_open_a_class(
    labels: tuple[Label, ...], status: Status, accepted: set[StandingKind] | None, kind: StandingKind
) -> None:
    for label in labels:
        reason = may_hold(operator(kind), agency(status), label, TODAY)
        assert (reason is None) is (accepted is None or kind in accepted), label


@pytest.mark.parametrize(("labels", "status", "accepted"), ROWS)
def test_without_an_operator_no_protected_class_is_held(
    labels: tuple[Label, ...], status: Status, accepted: set[StandingKind] | None
) -> None:
    for label in labels:
        assert (may_hold(None, agency(status), label, TODAY) is None) is (accepted is None)


@pytest.mark.parametrize(
    ("start", "until", "held"),
    [
        (TODAY, None, True),
        (TODAY, TODAY, True),
        (date(2026, 11, 24), None, False),
        (date(2026, 1, 1), date(2026, 11, 22), False),
    ],
)
def test_standing_counts_on_its_first_and_last_day(start: date, until: date | None, *, held: bool) -> None:
    reason = may_hold(operator(K.BAA, start, until), agency(COVERED), Label.PHI, TODAY)
    assert (reason is None) is held


def test_standing_with_another_agency_does_not_count() -> None:
    assert may_hold(operator(K.BAA, agency_id="b"), agency(COVERED), Label.PHI, TODAY)


def test_a_part2_unit_makes_the_agency_a_program_for_part2_records() -> None:
    hospital = agency(PLAIN, Unit("u", "U", part2_program=True))
    assert may_hold(operator(K.PART2_2_33C), hospital, Label.PART2, TODAY)
    assert may_hold(operator(K.QSOA), hospital, Label.PART2, TODAY) is None
    assert list(own_labels(hospital, hospital.units[0])) == [Label.PART2]
    assert list(own_labels(hospital)) == []


def test_a_refusal_names_agency_label_remedy_and_law() -> None:
    reason = may_hold(None, agency(PROGRAM), Label.PART2, TODAY)
    assert reason is not None
    assert all(part in reason for part in ("a: 42CFRPart2", "QSOA", "operator.toml", "42 CFR 2.12(c)(4)"))


def test_what_an_agency_makes_follows_its_legal_facts() -> None:
    status = Status(covered_entity=True, part2_program=True, victim_service_grantee=True, school=True)
    assert list(own_labels(agency(status))) == [Label.PHI, Label.PART2, Label.VAWA, Label.FERPA]
    assert list(own_labels(agency(PLAIN))) == []


@pytest.mark.parametrize("kind", list(OrgType))
def test_no_kind_must_state_what_it_cannot_have(kind: OrgType) -> None:
    rule = kind_rule(kind)
    assert not set(rule.must) & set(rule.never)
    assert {*rule.must, *rule.never} <= set(Status.__dataclass_fields__)
