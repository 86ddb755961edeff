"""The documentation is true: its commands run, its tables list what there is, its links lead somewhere."""

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.main

import consent.laws
from adapters import ADAPTERS
from consent import terms
from gateway import cli
from gateway.fhir import outcome
from gateway.scenarios.context import GROUPS
from gateway.settings import Settings
from tests.live import free_ports, temporary_folder

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *DOCS.rglob("*.md")])
BIN = Path(sys.executable).parent


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def rows(page: Path, heading: str) -> list[str]:
    """The first cell of each row of the table under a heading, without its code marks."""
    section = re.split(r"^#+ ", page.read_text(), flags=re.MULTILINE)
    (found,) = [part for part in section if part.startswith(f"{heading}\n")]
    return re.findall(r"^\| `([^`]+)`", found, re.MULTILINE)


def commands(group: Any, path: str = "crosswalk") -> Iterator[tuple[str, Any]]:
    """Every command by its full name; commands may be loaded only when asked for."""
    if not hasattr(group, "list_commands"):
        yield path, group
        return
    context = group.make_context(path, [], resilient_parsing=True)
    for name in group.list_commands(context):
        yield from commands(group.get_command(context, name), f"{path} {name}")


COMMANDS = dict(commands(typer.main.get_command(cli.app)))


# What the tables say ------------------------------------------------------------------------------------------------


def test_the_operators_page_lists_exactly_the_commands_there_are() -> None:
    assert set(rows(DOCS / "operators.md", "Commands")) == set(COMMANDS)


def test_the_operators_page_lists_exactly_the_settings_there_are() -> None:
    names = {f"CROSSWALK_{name.upper()}" for name in Settings.model_fields}
    assert set(rows(DOCS / "operators.md", "Settings")) == names


def test_every_option_of_serve_is_explained() -> None:
    options = {option.opts[0] for option in COMMANDS["crosswalk serve"].params}
    assert len(options) >= 10
    assert options <= set(re.findall(r"`(--[a-z-]+)`", (DOCS / "operators.md").read_text()))


def test_the_page_of_laws_lists_exactly_the_laws_that_are_asked() -> None:
    page = DOCS / "law" / "README.md"
    assert set(rows(page, "The laws that are asked")) == {law.__name__ for law in consent.laws.LAWS}


def test_the_page_of_laws_names_the_labels_that_each_law_reads() -> None:
    text = (DOCS / "law" / "README.md").read_text()
    for law, labels in consent.laws.GOVERNED:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{law.__name__}`")]
        assert set(re.findall(r"`([^`]+)`", row)) - {law.__name__} == set(labels), row


def test_the_page_of_errors_lists_every_refusal_with_its_status() -> None:
    text = (DOCS / "errors.md").read_text()
    refusals = {each.__name__: str(each.status) for each in outcome.Refusal.__subclasses__()}
    assert dict(re.findall(r"^\| `([A-Z]\w+)` \| (\d{3})", text, re.MULTILINE)) == refusals


def test_the_page_of_errors_lists_every_code_that_is_given() -> None:
    text = (DOCS / "errors.md").read_text()
    assert {code for code in outcome.Code.__args__ if f"`{code}`" not in text} == set()  # type: ignore[attr-defined]  # a Literal
    sources = [path.read_text() for package in ("adapters", "gateway") for path in (ROOT / package).rglob("*.py")]
    given = {code for source in sources for code in re.findall(r'Unreadable\(\s*"([a-z-]+)"', source)}
    assert set(rows(DOCS / "errors.md", "Messages")) == given


def test_every_adapter_has_its_row() -> None:
    assert set(rows(DOCS / "architecture.md", "Adapters")) == set(ADAPTERS)


@pytest.mark.parametrize("group", ["Disclosure", "Party", "Holder", "Patient", "Context"])
def test_the_page_of_facts_lists_exactly_the_facts_the_law_reads(group: str) -> None:
    fields = {each.name for each in dataclasses.fields(getattr(terms, group)) if each.init}
    assert set(rows(DOCS / "law" / "facts.md", group)) == fields


@pytest.mark.parametrize("group", ["Disclosure", "Party", "Holder", "Patient", "Context"])
def test_a_fact_without_a_source_is_the_one_that_the_gateway_leaves_out(group: str) -> None:
    source = (ROOT / "gateway" / "disclose" / "facts.py").read_text()
    text = (DOCS / "law" / "facts.md").read_text()
    section = text.split(f"## {group}\n")[1].split("\n## ")[0]
    missing = set(re.findall(r"^\| `(\w+)` \| \*\*not established\*\*", section, re.MULTILINE))
    made = "".join(re.findall(rf"\b{group}\((.*?)\n    \)", source, re.DOTALL))
    assert {name for name in missing if re.search(rf"\b{name}=", made)} == set()
    if group in {"Disclosure", "Context"}:
        stated = set(rows(DOCS / "law" / "facts.md", group)) - missing
        said = {name for name, _ in GROUPS.values()} | {"legal_process"} if "**established(" in made else set()
        assert {name for name in stated if not re.search(rf"\b{name}=", made)} == said


# Where the links lead -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    local = [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page.suffix == ".md" and page.exists() and page not in reached:
            reached.add(page)
            links = re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", page.read_text())
            waiting += [(page.parent / link).resolve() for link in links]
    assert set(DOCS.rglob("*.md")) <= reached


# What the commands do -------------------------------------------------------------------------------------------------

RUNS = ("getting-started.md", "operators.md")


@contextmanager
def gateway(folder: Path, line: str, environment: dict[str, str]) -> Iterator[None]:
    """What a page serves, until the page ends."""
    path = folder / "serve.log"
    with path.open("wb") as log:
        serving = subprocess.Popen(["bash", "-c", f"exec {line}"], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{environment['CROSSWALK_PORT']}/readyz"
        for _ in range(600):
            assert serving.poll() is None, path.read_text()
            with suppress(httpx.HTTPError):
                if httpx.get(url).status_code == 200:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError(path.read_text())
        yield
    finally:
        serving.terminate()
        serving.wait(30)


def run(block: str, folder: Path, environment: dict[str, str]) -> None:
    here = block.replace(":8080", f":{environment['CROSSWALK_PORT']}").replace(
        "/2575", f"/{environment['CROSSWALK_MLLP_PORT']}"
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", here],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


READERS = sorted((DOCS / "for").glob("*.md"))
JOURNEYS = (("getting-started", [DOCS / page for page in RUNS]), *((page.stem, [page]) for page in READERS))


def served(http: int, mllp: int) -> dict[str, str]:
    """The environment of a reader: the commands on the path, and ports that nobody else has."""
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "CROSSWALK_PORT": str(http),
        "CROSSWALK_MLLP_PORT": str(mllp),
    }


@pytest.mark.parametrize("pages", [pages for _, pages in JOURNEYS], ids=[name for name, _ in JOURNEYS])
def test_the_pages_can_be_followed_to_the_letter(pages: list[Path]) -> None:
    if not shutil.which("curl") or not shutil.which("bash"):
        pytest.skip("bash or curl is not installed: the pages use both")
    environment = served(*free_ports(2))
    found = [block for page in pages for block in blocks(page, "bash")]
    (place,) = [number for number, block in enumerate(found) if block.startswith("crosswalk serve")]
    assert len(found) > 5
    with temporary_folder() as folder:
        for block in found[:place]:
            run(block, folder, environment)
        with gateway(folder, found[place].strip(), environment):
            for block in found[place + 1 :]:
                run(block, folder, environment)


def test_shell_blocks_stand_only_on_pages_that_are_run() -> None:
    tested = {*RUNS, *(page.name for page in READERS), "agencies.md"}
    assert [page.name for page in PAGES if page.name not in tested and blocks(page, "bash")] == []
