"""The story on a terminal: the table of who sees what and why, every expectation, and requests to try by hand."""

import shlex
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from gateway.demo.sandbox import Sandbox
from gateway.demo.told import Expectation, Sight, Story, Try

STYLES = {Sight.SEEN: "green", Sight.REDACTED: "yellow", Sight.ABSENT: "dim"}


def show(console: Console, story: Story, seconds: float) -> None:
    """Print the table, the expectations and the time it took."""
    console.print(table(story))
    for chapter in story.chapters:
        console.print(f"\n[bold]{escape(chapter.title)}[/bold]")
        for each in chapter.expectations:
            console.print(line(each))
    for what, text in story.shown.items():
        console.print(f"\n[bold]{escape(what)}[/bold]")
        console.print(text.strip(), markup=False, soft_wrap=True)
    held = sum(each.held for each in story.expectations)
    style = "green" if story.held else "bold red"
    text = f"\n{held} of {len(story.expectations)} expectations held; the story took {seconds:.1f} s."
    console.print(Text(text, style=style))


def table(story: Story) -> Table:
    """Agency, record, what it got, the rules that decided it, and how far their reading is reviewed."""
    made = Table(title="Who sees what, and why")
    for heading, whole in (("Agency", True), ("Record", False), ("Got", True), ("Because", False), ("Review", False)):
        made.add_column(heading, no_wrap=whole)
    last = ""
    for row in story.rows:
        if last and last != row.agency:
            made.add_section()
        agency, last = ("" if row.agency == last else row.agency), row.agency
        got = Text(f"{row.sight}: {row.said}" if row.said else row.sight, style=STYLES[row.sight])
        made.add_row(Text(agency), Text(row.record), got, Text(row.citation), Text(row.review))
    return made


def line(expectation: Expectation) -> Text:
    """One expectation, with what happened instead where it did not hold."""
    if expectation.held:
        return Text.assemble("  ", ("held    ", "green"), expectation.name)
    return Text.assemble("  ", ("NOT HELD ", "bold red"), expectation.name, f"\n           {expectation.detail}")


def curl_lines(place: Sandbox, tries: list[Try]) -> list[str]:
    """Shell lines that repeat requests of the story, each with a fresh token."""
    return [line for each in tries for line in (f"# {each.shows}", curl(place, each))]


def curl(place: Sandbox, each: Try) -> str:
    """One request as a shell line."""
    program = shutil.which("crosswalk") or str(Path(sys.executable).with_name("crosswalk"))
    words = (program, "token", each.client, "--url", place.root, "--keys", str(place.keys))
    address = shlex.quote(f"{place.root}/fhir/{each.path}")
    return f'curl -s -i -H "Authorization: Bearer $({shlex.join(words)})" {address}'
