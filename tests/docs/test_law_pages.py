"""The pages of the law are fresh, lead from section to case and back, and say every word in plain language."""

import re
from pathlib import Path

import pytest

from consent.terms import Label, Obligation, Purpose, Strength
from tests.consent.case_files import AREAS, cases
from tests.consent.sections import sections
from tools.law_cases import WORDS
from tools.law_pages import FOLDER, LAWS, pages, provisions, write

MADE = pages()


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", MADE)
def test_the_page_is_what_the_laws_and_cases_make(name: str) -> None:
    assert (FOLDER / name).read_text() == MADE[name], "run make docs"


def test_nothing_else_lies_among_the_generated_pages() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == {*MADE, "facts.md"}


@pytest.mark.parametrize("name", MADE)
def test_every_link_to_a_section_or_case_leads_there(name: str) -> None:
    links = re.findall(r"\]\(([\w.-]*)#([^)]+)\)", MADE[name])
    assert links or name == "README.md"
    known = {page: anchors(text) for page, text in MADE.items()}
    assert [(page, anchor) for page, anchor in links if anchor not in known[page or name]] == []


@pytest.mark.parametrize("name", MADE)
def test_no_two_headings_of_a_page_share_an_address(name: str) -> None:
    assert len(anchors(MADE[name])) == len(re.findall(r"^#+ ", MADE[name], re.MULTILINE))


def test_every_section_and_every_case_has_its_heading() -> None:
    text = "\n".join(MADE.values())
    assert [each.citation for each in sections() if f"### {each.citation}: {each.reason}\n" not in text] == []
    assert [name for name in cases() if f"\n### {name}\n" not in text] == []


def test_a_section_page_names_rule_review_function_and_case() -> None:
    start = MADE["part2.md"].index("### 42 CFR 2.51(a)(1)")
    section = MADE["part2.md"][start : MADE["part2.md"].index("\n### ", start + 1)]
    assert "**Permits**: medical personnel in a bona fide emergency" in section
    assert "the text of each provision was read" in section
    assert "`consent/bases/part2.py`, `emergency`" in section
    assert "`DOC_EMERGENCY_2_51C`: Four facts are written down" in section
    assert "permitted: [An emergency physician needs the methadone dose" in section
    assert "but refused: [The same, but the patient is awake and could be asked]" in section


def test_a_provision_without_a_rule_of_its_own_is_found_as_well() -> None:
    (row,) = [line for line in MADE["part2.md"].splitlines() if line.startswith("| 42 CFR 2.14 |")]
    assert "[Where state law asks for the parent too, the minor's signature is not enough](#minor-not-alone)" in row
    assert "| 42 CFR 2.34 | Inquiries against multiple enrolment are not served: refused. | none |" in MADE["part2.md"]


def test_every_value_has_its_words() -> None:
    assert set(WORDS["obligations"]) == set(map(str, Obligation))
    assert set(WORDS["purposes"]) == set(map(str, Purpose))
    assert set(WORDS["labels"]) == set(map(str, Label))
    assert set(WORDS["reading"]) == set(map(str, Strength))
    assert all(words["text"] and words["cite"] for words in WORDS["obligations"].values())
    assert {*LAWS, "everyday"} == set(AREAS)


def test_every_state_of_a_provision_is_used_and_explained() -> None:
    cited = {provision for each in sections() for provision in provisions(each.citation)}
    assert set(WORDS["provisions"].values()) == set(WORDS["source"])
    assert [start for start in WORDS["provisions"] if not any(each.startswith(start) for each in cited)] == []


@pytest.mark.parametrize(
    ("citation", "named"),
    [
        ("45 CFR 164.512(a), (f)(1)(i)", ["45 CFR 164.512(a)", "45 CFR 164.512(f)(1)(i)"]),
        ("45 CFR 164.522(a)(1)(iii), (vi)", ["45 CFR 164.522(a)(1)(iii)", "45 CFR 164.522(a)(1)(vi)"]),
        ("45 CFR 164.512(j)(1)(ii)(A), (3)", ["45 CFR 164.512(j)(1)(ii)(A)", "45 CFR 164.512(j)(3)"]),
        ("42 CFR 2.33(b)(3), (c)", ["42 CFR 2.33(b)(3)", "42 CFR 2.33(c)"]),
        ("34 USC 12291(b)(2)(C), (E), 28 CFR 94.115(b)",
         ["34 USC 12291(b)(2)(C)", "34 USC 12291(b)(2)(E)", "28 CFR 94.115(b)"]),
        ("42 CFR 2.12(c)(4), 2.11", ["42 CFR 2.12(c)(4)", "42 CFR 2.11"]),
        ("CJISSECPOL SC-8(1), SC-13", ["CJISSECPOL SC-8(1)", "CJISSECPOL SC-13"]),
        ("N-DEx policy, CJISSECPOL 4.2", ["N-DEx policy", "CJISSECPOL 4.2"]),
    ],
)  # fmt: skip
def test_a_citation_names_each_of_its_provisions_in_full(citation: str, named: list[str]) -> None:
    assert provisions(citation) == named


def test_pages_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == MADE
