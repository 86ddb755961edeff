"""What follows from who made a record and who keeps it: the labels of origin, which come before any code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from consent.code_sets import RULES_VERSION
from consent.vocabulary import Jurisdiction, Label, OrgType

CLASSIFIER = "crosswalk consent.labels"


@dataclass(frozen=True, slots=True)
class OriginStatus:
    """Legal status of an agency as the registry has it; the facts that decide which law a record falls under."""

    org: str = field(repr=False)
    org_type: OrgType
    jurisdiction: Jurisdiction = Jurisdiction.US
    covered_entity: bool = False
    part2_program: bool = False
    victim_service_grantee: bool = False
    school: bool = False
    criminal_justice_agency: bool = False
    crisis_line_988: bool = False
    social_service: bool = False
    mental_health_provider: bool = False


@dataclass(frozen=True, slots=True)
class LabelBasis:
    """One label and why it is there; derived marks what follows from other data than the part's own."""

    label: Label
    basis: str
    derived: bool = False
    classifier: str = CLASSIFIER
    version: str = RULES_VERSION


_BY_KIND: Mapping[OrgType, Label] = {
    OrgType.HOSPITAL: Label.PHI,
    OrgType.BEHAVIORAL_HEALTH: Label.PHI,
    OrgType.MOBILE_CRISIS: Label.PHI,
    OrgType.EMS: Label.PHI,
    OrgType.HEALTH_PLAN: Label.PHI,
    OrgType.PART2_PROGRAM: Label.PART2,
    OrgType.POLICE: Label.LE_LOCAL,
    OrgType.PROSECUTOR: Label.LE_LOCAL,
    OrgType.PROBATION: Label.LE_LOCAL,
    OrgType.COURT: Label.LE_LOCAL,
    OrgType.COMMUNITY_ORG: Label.SOCIAL_SERVICE,
    OrgType.VICTIM_SERVICE_PROVIDER: Label.SOCIAL_SERVICE,
    OrgType.SCHOOL: Label.FERPA,
    OrgType.CRISIS_LINE_988: Label.CRISIS988,
}
"""What a known kind of agency's record is when no status flag says more; other kinds stay unlabelled, so denied."""


def standing_labels(custodian: OriginStatus, origin: OriginStatus) -> tuple[LabelBasis, ...]:
    """Labels that follow who made and who keeps a record, before anything in it is read, each once.

    PHI and SOCIAL-SERVICE depend on who keeps it; the others stay with what their origin made. A custodian
    whose flags give no regime gets that of its kind of agency; an unknown kind gets none, which denies.
    """
    found = [*_kept_by(custodian), *_made_by(origin)]
    if origin.social_service and origin.org == custodian.org:
        found.append(LabelBasis(Label.SOCIAL_SERVICE, "record of a charity under no federal rule"))
    if all(basis.label is Label.MH for basis in found):
        found += _by_kind(custodian)
    return tuple({basis.label: basis for basis in reversed(found)}.values())


def _kept_by(custodian: OriginStatus) -> Iterator[LabelBasis]:
    if custodian.covered_entity:
        yield LabelBasis(Label.PHI, "45 CFR 160.103: held by a covered entity")
    if custodian.part2_program:
        yield LabelBasis(Label.PART2, "42 CFR 2.11: created, received or acquired by a Part 2 program")
    if custodian.victim_service_grantee:
        yield LabelBasis(Label.VAWA, "34 USC 12291(b)(2): held by a victim service grantee")
    if custodian.school:
        yield LabelBasis(Label.FERPA, "34 CFR 99.3: maintained by a school")


def _made_by(origin: OriginStatus) -> Iterator[LabelBasis]:
    """Labels that stay with what the origin made, wherever it is kept."""
    if origin.part2_program:
        yield LabelBasis(Label.PART2, "42 CFR 2.12(d): made by a Part 2 program")
    if origin.victim_service_grantee:
        yield LabelBasis(Label.VAWA, "34 USC 12291(b)(2): collected by a victim service grantee")
    if origin.school:
        yield LabelBasis(Label.FERPA, "34 CFR 99.3, 99.33: made by a school")
    if origin.criminal_justice_agency:
        yield LabelBasis(Label.LE_LOCAL, "CJISSECPOL 4.1: the agency's own data")
    if origin.crisis_line_988:
        yield LabelBasis(Label.CRISIS988, "988 caller information (policy default)")
    if origin.mental_health_provider or origin.org_type is OrgType.BEHAVIORAL_HEALTH:
        yield LabelBasis(Label.MH, "made by a mental health provider")
        if origin.jurisdiction is Jurisdiction.US_IL:
            yield LabelBasis(Label.IL_MHDDCA, "740 ILCS 110/2: made by a mental health provider in Illinois")


def _by_kind(agency: OriginStatus) -> Iterator[LabelBasis]:
    if agency.org_type in _BY_KIND:
        yield LabelBasis(_BY_KIND[agency.org_type], f"kind of agency: {agency.org_type}")
