"""The SHIFT matrices cell by cell: what the patient chose is decided, or the disagreement stands with its reason."""

from collections import Counter

import pytest

from consent.code_sets import ACT_CODE, security_label
from consent.decide import decide
from consent.terms import Effect, Holder, Label, Obligation
from tests.consent.corpus.matrix import (
    CODES,
    SEATS,
    SMC,
    SMC_PROGRAM,
    Row,
    Seat,
    cell,
    consents,
    forms,
    labels,
    refusal,
    rows,
)  # fmt: skip
from tests.consent.corpus.places import corpus, table

DISAGREEMENTS = table("disagreements.json")["shift"]
PATIENTS = sorted(SEATS)


def decided(patient: str) -> dict[str, tuple[str, str]]:
    """``patient | recipient | class`` -> (what the matrix expects, what is decided)."""
    chosen, seats = rows(corpus(f"shift/matrix-{patient}.json")), SEATS[patient]
    written = forms(chosen, seats)
    return {
        f"{patient} | {name} | {data_class}": (expected, str(decide(cell(seats[name], data_class, written)).effect))
        for name, row in chosen.items()
        for data_class, expected in row.items()
    }


def listed(patient: str) -> dict[str, str]:
    """The disagreements listed for a patient, each with the name of its reason."""
    return {
        f"{patient} | {name} | {data_class}": reason
        for reason, recipients in DISAGREEMENTS["rows"].items()
        for name, classes in recipients.get(patient, {}).items()
        for data_class in classes
    }


@pytest.mark.parametrize("patient", PATIENTS)
def test_every_recipient_of_the_matrix_has_a_seat_and_every_seat_a_row(patient: str) -> None:
    assert set(rows(corpus(f"shift/matrix-{patient}.json"))) == set(SEATS[patient])


@pytest.mark.parametrize("patient", PATIENTS)
@pytest.mark.parametrize("holder", [SMC, SMC_PROGRAM])
def test_every_form_of_the_patient_reads_complete(patient: str, holder: Holder) -> None:
    written = forms(rows(corpus(f"shift/matrix-{patient}.json")), SEATS[patient])
    assert written
    for consent in consents(written, holder):
        assert not consent.problems
        assert not consent.missing_elements


@pytest.mark.parametrize("patient", PATIENTS)
def test_the_matrix_is_decided_cell_by_cell_or_the_disagreement_is_listed(patient: str) -> None:
    found = decided(patient)
    differ = {key for key, (expected, effect) in found.items() if expected != effect}
    assert differ == set(listed(patient))
    print(patient, len(found), "cells,", len(found) - len(differ), "agree")  # noqa: T201  # the record of the run


@pytest.mark.parametrize("patient", PATIENTS)
def test_each_disagreement_errs_to_the_side_that_its_reason_says(patient: str) -> None:
    found = decided(patient)
    for key, reason in listed(patient).items():
        side = "stricter" if found[key][1] == Effect.DENY else "looser"
        assert DISAGREEMENTS["reasons"][reason]["side"] == side, key


def test_each_reason_has_its_text_and_citation_and_is_used() -> None:
    assert set(DISAGREEMENTS["rows"]) == set(DISAGREEMENTS["reasons"])
    for reason in DISAGREEMENTS["reasons"].values():
        assert reason["because"]
        assert reason["citation"]
    every = [key for patient in PATIENTS for key in listed(patient)]
    assert len(every) == len(set(every))
    print(Counter(reason for patient in PATIENTS for reason in listed(patient).values()))  # noqa: T201  # the record


def test_each_disagreement_has_the_reason_that_it_is_listed_under() -> None:
    """The codes, labels and law that a reason names are there in each of its cells."""
    for patient in PATIENTS:
        chosen = rows(corpus(f"shift/matrix-{patient}.json"))
        for key, reason in listed(patient).items():
            _, name, data_class = key.split(" | ")
            assert reason == reason_of(chosen[name], SEATS[patient][name], data_class), key


def reason_of(row: Row, seat: Seat, data_class: str) -> str:
    """Why a cell is decided otherwise than its row says, from the facts alone."""
    if row[data_class] == "deny":
        return "deidentified" if seat.deidentified else "upstream"
    if decide(cell(seat, data_class, [])).effect is Effect.DENY and Label.HIV in labels(data_class):
        return "hiv-default"
    refused = {code for each, expected in row.items() if expected == "deny" for code in refusal(each)}
    if not refused.isdisjoint(CODES[data_class]):
        return "same-code"
    closed = frozenset().union(*(security_label(ACT_CODE, code) for code in refused))
    return "none" if closed.isdisjoint(labels(data_class)) else "one-label"


def test_what_carl_opens_of_part_2_goes_with_the_notice_against_redisclosure() -> None:
    chosen = rows(corpus("shift/matrix-carl.json"))
    written = forms(chosen, SEATS["carl"])
    name = "BH-SUD (Part II)"
    for recipient in (each for each, row in chosen.items() if row[name] == "permit"):
        decision = decide(cell(SEATS["carl"][recipient], name, written))
        assert {Obligation.NOTICE_2_32, Obligation.KEEP_P2_ORIGIN} <= decision.obligations, recipient


@pytest.mark.parametrize("patient", PATIENTS)
def test_the_forms_decide_cells_that_the_law_alone_decides_otherwise(patient: str) -> None:
    chosen, seats = rows(corpus(f"shift/matrix-{patient}.json")), SEATS[patient]
    written = forms(chosen, seats)
    moved: Counter[str] = Counter()
    for name, row in chosen.items():
        for data_class in row:
            before, after = (decide(cell(seats[name], data_class, each)).effect for each in ([], written))
            moved[f"{before} -> {after}"] += 1
    assert moved["deny -> permit"]
    assert moved["permit -> deny"]
    print(patient, dict(moved))  # noqa: T201  # the record of the run


def test_without_a_form_carls_part_2_record_stays_with_its_programme() -> None:
    name = "BH-SUD (Part II)"
    opened = {seat.party.org for seat in SEATS["carl"].values() if decide(cell(seat, name, [])).effect is Effect.PERMIT}
    assert opened == {SMC_PROGRAM.org}
