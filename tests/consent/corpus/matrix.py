"""The SHIFT consent matrices as forms, records and requests: what each patient chose, in the words of the wire.

The choice of a recipient's row is one form: who, for what purpose, everything but the classes that the row refuses,
each by the HL7 code that the case's own bundles give to such records. How a record of a class is labelled follows
from those codes through ``consent.code_sets``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from consent.code_sets import ACT_CODE, CONFIDENTIALITY, security_label
from consent.instruments import AgreementKind, ConsentKind, RestrictionKind
from consent.provisions import ACT_REASON, INFO_CLASS, LOCAL_PURPOSES, PURPOSE, RECIPIENT_ROLE
from consent.reading import Filing, read
from consent.terms import (
    Consent,
    Disclosure,
    FhirJson,
    FhirValue,
    Holder,
    InfoClass,
    Label,
    Party,
    Patient,
    Purpose,
    Restriction,
)
from consent.vocabulary import OrgType, Role
from tests.consent.consent_forms import actor, form
from tests.consent.facts import (
    AUDITOR,
    CLINIC,
    HEALTH_DEPARTMENT,
    HOSPITAL,
    PARENT,
    PLAN,
    PROGRAM,
    SPOUSE,
    VENDOR,
    agreement,
    facts,
)  # fmt: skip

CODES: Mapping[str, tuple[str, ...]] = {
    "Medical": (),
    "BH": ("BH",),
    "BH-Personality": ("BH",),
    "BH-SUD (non-Part II)": ("SUD",),
    "BH-SUD (Part II)": ("SUD", "OPIOIDUD", "42CFRPart2"),
    "Legal Sex": (),
    "Preferred Name": (),
    "Gender ID & Pronouns": ("SEX",),
    "Sex.Orientation": ("SEX",),
    "Sex. Hx & Contraception": ("SEX",),
    "STI": ("STD",),
    "HIV": ("HIV",),
    "TAB Hx": ("SEX",),
    "All other OB Hx": ("SEX",),
    "Other Repro Hx": ("SEX",),
    "Genetic Hx": ("GDIS",),
}
"""The sensitivity codes on such records in the bundles of the case; a sensitive record is also restricted (R)."""
REFUSED_BY = {"BH-SUD (Part II)": "42CFRPart2"}
"""The code that a refusal of the class names where its records carry several."""
DEMOGRAPHIC = frozenset({"Legal Sex", "Preferred Name"})


@dataclass(frozen=True)
class Seat:
    """A recipient of a matrix: the party, its purpose, and the kind of form that names it, if one does."""

    party: Party
    purpose: Purpose
    kind: ConsentKind | None = ConsentKind.GENERAL_RELEASE
    associate: bool = False
    deidentified: bool = False
    refused_wholly: bool = False
    paid_in_full: frozenset[str] = field(default_factory=frozenset)


SMC, SMC_PROGRAM = HOSPITAL, replace(PROGRAM, org="Org/smc-part2")
AT_SMC = replace(CLINIC, org=SMC.org, org_type=OrgType.HOSPITAL)
AUTHORIZATION = ConsentKind.HIPAA_AUTHORIZATION


def _provider(org: str, role: Role = Role.PHYSICIAN) -> Party:
    return replace(CLINIC, org=f"Org/{org}", org_type=OrgType.HOSPITAL, role=role)


def _relative(name: str, party: Party) -> Party:
    return replace(party, org=f"Org/{name}")


CARL = {
    "SMC PCP (Dr. Hibbert)": Seat(replace(AT_SMC, role=Role.TREATING_PHYSICIAN), Purpose.TREAT),
    "SMC Primary Psychiatrist (Dr. Funke)": Seat(replace(AT_SMC, role=Role.PHYSICIAN), Purpose.TREAT),
    "SMC Therapist (Lucy van Pelt)": Seat(replace(AT_SMC, role=Role.COUNSELOR), Purpose.TREAT),
    "SMC 42 CFR II Psychiatrist (Dr. White)": Seat(
        replace(CLINIC, org=SMC_PROGRAM.org, org_type=OrgType.PART2_PROGRAM, part2_program=True), Purpose.TREAT
    ),
    "Best Little Pharmacy (BLP)": Seat(_provider("blp", Role.CLINICIAN), Purpose.TREAT),
    "OHS Podiatrist (Dr. Sasquatch)": Seat(_provider("ohs"), Purpose.TREAT),
    "OHS Anesthesiologist (Dr. Aurora)": Seat(_provider("ohs", Role.TREATING_PHYSICIAN), Purpose.TREAT),
    "RADS Radiologist (Dr. Banner)": Seat(_provider("rads"), Purpose.TREAT, refused_wholly=True),
    "ACO Care Manager (Ann Perkins)": Seat(
        replace(VENDOR, org="Org/aco", role=Role.CASE_MANAGER), Purpose.HOPERAT, associate=True
    ),
    "ACO De-Identified Metrics": Seat(
        replace(VENDOR, org="Org/aco", role=Role.ANALYST), Purpose.HOPERAT, deidentified=True
    ),
    "Mapple (PGHD app)": Seat(replace(VENDOR, org="Org/mapple"), Purpose.SERVICE, kind=None),
    "Payers (Medicare and Green, Inc.)": Seat(replace(PLAN, org="Org/payers"), Purpose.HPAYMT),
    "Portal Proxy (Ellie)": Seat(_relative("ellie", SPOUSE), Purpose.FAMRQT, kind=AUTHORIZATION),
}
STEFFI = {
    "MA Health Center PCP (Dr. Hibbert)": Seat(replace(AT_SMC, role=Role.TREATING_PHYSICIAN), Purpose.TREAT),
    "MA Health Center OB/GYN (Dr. Lahiri)": Seat(replace(AT_SMC, role=Role.PHYSICIAN), Purpose.TREAT),
    "MA Best Little Pharmacy (BLP)": Seat(_provider("blp", Role.CLINICIAN), Purpose.TREAT),
    "MA Third Party Lab (TPL)": Seat(_provider("tpl", Role.CLINICIAN), Purpose.TREAT),
    "FL Private PCP (Dr. N. Riviera)": Seat(_provider("riviera"), Purpose.TREAT),
    "FL MouseHouse U Provider (Dr. McStuffins)": Seat(_provider("mousehouse"), Purpose.TREAT),
    "FL Big Box Pharmacy (BBP)": Seat(_provider("bbp", Role.CLINICIAN), Purpose.TREAT),
    "Mapple Diet/Food Tracker": Seat(replace(VENDOR, org="Org/mapple"), Purpose.SERVICE, kind=AUTHORIZATION),
    "MA ACO Care Manager for PrEP f/u (Ann Perkins)": Seat(
        replace(VENDOR, org="Org/aco", role=Role.CASE_MANAGER), Purpose.COC, kind=None
    ),
    "MA DPH Care Manager for CT & EPT f/u (T. Fauci)": Seat(HEALTH_DEPARTMENT, Purpose.PUBHLTH, kind=None),
    "Commonwealth of MA (deidentified health equity data)": Seat(
        replace(HEALTH_DEPARTMENT, org="Org/commonwealth"), Purpose.PUBHLTH, kind=None, deidentified=True
    ),
    "Payer (Green)": Seat(
        replace(PLAN, org="Org/green"), Purpose.HPAYMT, paid_in_full=frozenset({"STI", "Genetic Hx"})
    ),
    "FL BOM": Seat(replace(AUDITOR, org="Org/fl-bom"), Purpose.OVERSIGHT, kind=None),
    "Mother, Maria (MA Portal)": Seat(_relative("maria", PARENT), Purpose.FAMRQT, kind=AUTHORIZATION),
    "Father, Frank (MA Portal)": Seat(_relative("frank-ma", PARENT), Purpose.FAMRQT, kind=None),
    "Mother, Maria (FL School Portal)": Seat(_relative("maria-school", PARENT), Purpose.FAMRQT, kind=AUTHORIZATION),
    "Father, Frank (FL School Portal)": Seat(_relative("frank-school", PARENT), Purpose.FAMRQT, kind=AUTHORIZATION),
    "Mother, Maria (FL PCP Portal)": Seat(_relative("maria-pcp", PARENT), Purpose.FAMRQT, kind=None),
    "Father, Frank (FL PCP Portal)": Seat(_relative("frank-pcp", PARENT), Purpose.FAMRQT, kind=AUTHORIZATION),
}
SEATS = {"carl": CARL, "steffi": STEFFI}
Row = Mapping[str, str]
"""Data class -> ``permit`` or ``deny``, as the patient chose for one recipient."""


def rows(matrix: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The cells of a matrix by recipient."""
    found: dict[str, dict[str, str]] = {}
    for cell in matrix["cells"]:
        found.setdefault(cell["recipient"], {})[cell["data_class"]] = cell["expected"]
    return found


def forms(chosen: Mapping[str, Row], seats: Mapping[str, Seat]) -> list[FhirJson]:
    """The forms that say what a patient chose, one for each recipient that a form names."""
    return [_form(seats[name], row) for name, row in chosen.items() if seats[name].kind]


def _form(seat: Seat, row: Row) -> FhirJson:
    permitted = {name for name, expected in row.items() if expected == "permit"}
    kind = ConsentKind.PART2_NAMED if "BH-SUD (Part II)" in permitted else seat.kind
    resource = form(kind or ConsentKind.GENERAL_RELEASE)
    organizations: list[FhirValue] = [{"reference": f"Organization/{each.org}"} for each in (SMC, SMC_PROGRAM)]
    return {**resource, "organization": organizations, "provision": _provision(resource, seat, row, permitted)}


def _provision(resource: FhirJson, seat: Seat, row: Row, permitted: set[str]) -> FhirJson:
    only = sorted({_information(seat, each) for each in permitted}) if row.get("Medical") == "deny" else ["*"]
    system = PURPOSE if seat.purpose in LOCAL_PURPOSES else ACT_REASON
    role: FhirJson = {"url": RECIPIENT_ROLE, "valueCode": str(seat.party.role)}
    recipient: FhirJson = {**actor(seat.party.org), "extension": [role]}
    refused = sorted({code for name in row if name not in permitted for code in refusal(name)})
    return {
        **resource["provision"],  # type: ignore[dict-item]  # an object
        "type": "deny" if seat.refused_wholly else "permit",
        "actor": [recipient],
        "purpose": [{"system": system, "code": str(seat.purpose)}],
        "class": [{"system": INFO_CLASS, "code": each} for each in (["*"] if seat.refused_wholly else only)],
        "provision": [{"type": "deny", "securityLabel": [{"system": ACT_CODE, "code": code}]} for code in refused],
    }


def refusal(data_class: str) -> tuple[str, ...]:
    """The codes by which a form refuses a class, none for one that has no code."""
    return (REFUSED_BY[data_class],) if data_class in REFUSED_BY else CODES[data_class]


def _information(seat: Seat, data_class: str) -> InfoClass:
    if seat.purpose is Purpose.HPAYMT:
        return InfoClass.CLAIM
    return InfoClass.DEMOGRAPHICS if data_class in DEMOGRAPHIC else InfoClass.DIAGNOSIS


def consents(written: list[FhirJson], holder: Holder) -> tuple[Consent, ...]:
    """The forms as the holder of a record reads them."""
    return tuple(read(each, _known, Filing(holder.org, holder.org)) for each in written)


def _known(reference: str) -> str:
    return reference.removeprefix("Organization/")


def cell(seat: Seat, data_class: str, written: list[FhirJson]) -> Disclosure:
    """The recipient asks for a record of the class, with every form that the patient signed on file."""
    holder = SMC_PROGRAM if data_class == "BH-SUD (Part II)" else SMC
    content = labels(data_class)
    own = frozenset({Label.DEIDENTIFIED}) if seat.deidentified else content | {Label.PHI}
    restriction = Restriction(RestrictionKind.PAID_IN_FULL, seat.party.org)
    found = facts(
        actor=seat.party,
        holder=holder,
        purpose=seat.purpose,
        own_labels=own,
        derived_from_labels=content if seat.deidentified else frozenset(),
        info_class=_information(seat, data_class),
        consents=consents(written, holder),
        agreements=(agreement(AgreementKind.BAA, seat.party.org, SMC.org),) if seat.associate else (),
        restriction=restriction if data_class in seat.paid_in_full else None,
    )
    return replace(found, patient=Patient("Patient/p1", found.patient.birth_date))


def labels(data_class: str) -> frozenset[Label]:
    """The labels that the codes of the class give, with R for everything sensitive."""
    restricted = security_label(CONFIDENTIALITY, "R") if CODES[data_class] else frozenset[Label]()
    return restricted.union(*(security_label(ACT_CODE, code) for code in CODES[data_class]))
