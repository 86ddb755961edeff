"""Writes the pages of docs/law from the laws, the cases and docs/law/words.toml, for readers who know the law.

Usage: ``python -m tools.law_pages`` (``make docs``). ``pages`` gives the pages by file name without writing them.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import consent.laws
from consent.terms import Effect, Obligation
from gateway.scenarios import Because
from tests.consent.case_files import AREAS, Case, cases, document
from tests.consent.sections import Section, answers, near, sections, shown_by
from tools.law_cases import ROOT, WORDS, described, difference, link

FOLDER = ROOT / "docs" / "law"
LAWS: tuple[str, ...] = tuple(WORDS["pages"])
MADE = "<!-- Made by `make docs` from consent/, tests/consent/cases and words.toml: change those, not this page. -->"
OUTCOME = {"permit": "Permitted", "permit-redacted": "Permitted in part", "deny": "Refused"}
RULE = {Effect.PERMIT: "Permits", Effect.DENY: "Refuses"}
WORST_FIRST = ("unread", "commentary", "house", "read")
TITLE = re.compile(r"(\d+ (?:CFR|USC|ILCS)|CJISSECPOL) ")
LEVELS = (r"[ivx]+", r"[a-z]", r"\d+", r"[A-Z]")


def pages() -> dict[str, str]:
    """Every generated page by its file name; raises LookupError where a module or provision has no words yet."""
    made = {f"{area}.md": "\n".join(_law(area)) for area in LAWS}
    made["everyday.md"] = "\n".join(_everyday())
    made["README.md"] = "\n".join(_index())
    return {name: re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n" for name, text in made.items()}


def _law(area: str) -> Iterator[str]:
    yield from (f"# {document(area)['title']}", "", MADE, "", WORDS["pages"][area]["text"].strip(), "")
    yield from ("[All sections and their review](README.md).", "", *_governed(area), "## Sections", "")
    yield from ("| section | rule | | review |", "|---|---|---|---|")
    for section in _of(area):
        yield f"| [{section.citation}](#{_anchor(section)}) | {section.reason} | {_rule(section)} | {_short(section)} |"
    for section in _of(area):
        yield from ("", *_section(section, area))
    yield from ("", *_others(area), "", "## Cases", "")
    yield "Each case is run by the tests. What it names in `code` is a value of the vocabulary."
    for case in cases().values():
        if case.area == area:
            yield from ("", *_case(case))


def _others(area: str) -> Iterator[str]:
    """Provisions that are met by what surrounds a rule, or not served."""
    others = sorted(WORDS["pages"][area].get("others", ()), key=lambda other: _key(other["cite"]))
    if others:
        yield from ("## Other provisions", "", "| provision | how it is met | cases |", "|---|---|---|")
    for other in others:
        shown = "; ".join(_told(cases()[name], area) for name in other["cases"])
        yield f"| {other['cite']} | {other['text']} | {shown or 'none'} |"


def _governed(area: str) -> Iterator[str]:
    """Which functions speak here, and of what labels."""
    modules = WORDS["pages"][area]["modules"]
    for law in consent.laws.LAWS:
        if law.__module__ in modules:
            yield f"- `{law.__name__}` in `{_file(law.__module__)}`: {_first_line(law.__doc__)}"
            labels = sorted(dict(consent.laws.GOVERNED).get(law, ()))
            yield from (f"  - `{label}`: {WORDS['labels'][label]}" for label in labels)
    yield ""


def _of(area: str) -> list[Section]:
    modules = WORDS["pages"][area]["modules"]
    return sorted((each for each in sections() if each.module in modules), key=lambda each: _key(each.citation))


def _section(section: Section, area: str) -> Iterator[str]:
    yield f"### {_heading(section)}"
    yield ""
    stands = " and ".join(f"`{function}`" for function in section.functions)
    yield f"- **{_rule(section)}**: {section.reason} ({section.citation})."
    yield f"- **State of review**: {_reading(section)}"
    yield f"- **Stands in** `{_file(section.module)}`, {stands}."
    yield from _obligations(section)
    yield from _cases_of(section, area)


def _obligations(section: Section) -> Iterator[str]:
    for heading, obligations in (("Then", section.obligations), ("Then, as the case may be", section.at_times)):
        if obligations:
            yield f"- **{heading}**:"
        for each in _in_order(obligations):
            words = WORDS["obligations"][each]
            yield f"  - `{each}`: {words['text']} ({words['cite']})"


def _cases_of(section: Section, area: str) -> Iterator[str]:
    """The cases of this page that rest on it, each with its near misses; then where else it speaks."""
    shown = shown_by(section)
    own = [case for case in shown if case.area == area] or shown
    yield "- **Cases**:"
    for case in own:
        yield f"  - {_told(case, area)}"
        yield from (f"    - but {_told(miss, area)}" for miss in near(case) if miss.expect != case.expect)
    if len(own) < len(shown):
        yield "- **Also at work in**:"
    yield from (f"  - {_told(case, area)}" for case in shown if case not in own)


def _told(case: Case, area: str) -> str:
    return f"{OUTCOME[case.expect].lower()}: [{case.title}]({link(case, area)})"


def _case(case: Case) -> Iterator[str]:
    yield from (f"### {case.id}", "", f"**{case.title}.** {OUTCOME[case.expect]}.", "")
    yield from ([difference(case), ""] if case.base in cases() else (f"- {line}" for line in described(case)))
    if case.redact:
        yield f"- Withheld: {', '.join(f'`{part}`' for part in case.redact)}."
    yield from (f"- {_because(each, case.area)}" for each in answers()[case.id]["because"])
    yield f"- Then: {', '.join(f'`{each}`' for each in _in_order(case.obligations))}."


def _because(because: Because, area: str) -> str:
    told = (because["citation"], because["reason"], because["effect"])
    found = [each for each in sections() if (each.citation, each.reason, each.effect.value) == told]
    verb = RULE[Effect(because["effect"])]
    if not found:
        return f"{verb}: {because['reason']} ({because['citation']})."
    page = _page(found[0])
    address = f"{'' if page == area else f'{page}.md'}#{_anchor(found[0])}"
    return f"{verb}: {because['reason']} ([{because['citation']}]({address}))."


def _everyday() -> Iterator[str]:
    yield from (f"# {document('everyday')['title']}", "", MADE, "")
    yield from ("Withholding too much fails people as leaking does. Each of these must be permitted.", "")
    yield from ("[All sections and their review](README.md).", "")
    for case in cases().values():
        if case.area == "everyday":
            yield from (*_case(case), "")


def _index() -> Iterator[str]:
    yield from ("# The law that decides", "", MADE, "", WORDS["index"]["text"].strip(), "")
    yield from ("| page | sections | cases |", "|---|---|---|")
    for area in AREAS:
        count = len(_of(area)) if area in LAWS else 0
        own = [case for case in cases().values() if case.area == area]
        refused = len([case for case in own if case.expect == "deny"])
        told = f"{len(own) - refused} permit, {refused} refuse"
        yield f"| [{document(area)['title']}]({area}.md) | {count or ''} | {told} |"
    yield from ("", "## The laws that are asked", "", *_asked(), "", "## Sections by state of review", "")
    yield from (WORDS["index"]["review"].strip(), "", *_reviewed())


def _asked() -> Iterator[str]:
    yield from ("| function | governs what carries | says |", "|---|---|---|")
    for law in consent.laws.LAWS:
        labels = ", ".join(f"`{label}`" for label in sorted(dict(consent.laws.GOVERNED).get(law, ())))
        yield f"| `{law.__name__}` | {labels or 'any label or none'} | {_first_line(law.__doc__)} |"


def _reviewed() -> Iterator[str]:
    found = sorted(sections(), key=lambda each: (WORST_FIRST.index(_source(each)), each.strength, _key(each.citation)))
    yield from ("| section | rule | | the rule | its source |", "|---|---|---|---|---|")
    for each in found:
        address = f"[{each.citation}]({_page(each)}.md#{_anchor(each)})"
        yield f"| {address} | {each.reason} | {_rule(each)} | {each.strength} | {_source(each)} |"


def _reading(section: Section) -> str:
    return f"the rule {WORDS['reading'][section.strength]}; {WORDS['source'][_source(section)]}."


def _short(section: Section) -> str:
    return f"{section.strength}, {_source(section)}"


def _source(section: Section) -> str:
    """The worst state among the provisions that a section cites."""
    return min((_state(each) for each in provisions(section.citation)), key=WORST_FIRST.index)


def _state(provision: str) -> str:
    known: Mapping[str, str] = WORDS["provisions"]
    fitting = [start for start in known if provision.startswith(start)]
    if not fitting:
        message = f"docs/law/words.toml: [provisions] does not say whether {provision} was read; add it"
        raise LookupError(message)
    return known[max(fitting, key=len)]


def provisions(citation: str) -> list[str]:
    """Each provision of a citation in full: ``45 CFR 164.512(a), (f)(1)`` names 164.512(a) and 164.512(f)(1)."""
    found: list[str] = []
    for item in citation.split(", "):
        title = TITLE.match(found[-1]) if found else None
        if item.startswith("(") and found:
            found.append(_sibling(found[-1], item))
        elif title and not TITLE.match(item):
            found.append(title.group() + item)
        else:
            found.append(item)
    return found


def _sibling(before: str, item: str) -> str:
    """A paragraph given without its section: it replaces the last one of its own level."""
    level = _level(item[1 : item.index(")")])
    groups = list(re.finditer(r"\((\w+)\)", before))
    same = [group for group in groups if _level(group[1]) == level]
    return before[: same[-1].start()] + item if same else before + item


def _level(paragraph: str) -> int:
    return next(number for number, pattern in enumerate(LEVELS) if re.fullmatch(pattern, paragraph))


def _key(citation: str) -> list[tuple[int, int, str]]:
    """The order in which a lawyer looks a citation up."""
    words = re.findall(r"\d+|[A-Za-z]+", citation.split(", ")[0])
    return [(0, int(word), "") if word.isdigit() else (1, 0, word) for word in words]


def _in_order(obligations: Iterable[str]) -> list[Obligation]:
    return [each for each in Obligation if each in set(obligations)]


def _rule(section: Section) -> str:
    return RULE[section.effect]


def _heading(section: Section) -> str:
    return f"{section.citation}: {section.reason}"


def _anchor(section: Section) -> str:
    """The address that a Markdown reader gives to the heading."""
    return re.sub(r"[^\w\- ]", "", _heading(section).lower()).replace(" ", "-")


@cache
def _page(section: Section) -> str:
    for area in LAWS:
        if section.module in WORDS["pages"][area]["modules"]:
            return area
    message = f"docs/law/words.toml: no page names the module {section.module}; add it to [pages]"
    raise LookupError(message)


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _first_line(text: str | None) -> str:
    return (text or "").strip().splitlines()[0]


def write(folder: Path) -> None:
    """Write every page into a folder."""
    for name, text in pages().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
