"""The terminal shows every row and expectation, and the lines to try are whole shell commands."""

import io
import shlex
from pathlib import Path

from rich.console import Console

from gateway.demo.sandbox import Sandbox
from gateway.demo.showing import curl_lines, show
from gateway.demo.told import Row, Sight, Story, Try

PLACE = Sandbox(Path("/tmp/a demo"), 8080, 2575, 9099)  # noqa: S108


def shown(story: Story) -> str:
    out = io.StringIO()
    show(Console(file=out, width=160), story, 2.5)
    return out.getvalue()


def a_story(*, held: bool) -> Story:
    story = Story()
    chapter = story.chapter("The police ask")
    chapter.expect("The same bytes", held=held, detail="[bold]other[/bold] bytes")
    chapter.rows.append(Row("police", "Task of [city]", Sight.SEEN, "accepted", True, "42 CFR 2.13(a)", "read"))
    return story


def test_a_row_shows_agency_record_what_it_got_citation_and_review() -> None:
    line = next(line for line in shown(a_story(held=True)).splitlines() if "police" in line)
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        *("police", "Task of [city]", "seen: accepted", "42 CFR 2.13(a)", "read")
    ]


def test_a_held_expectation_and_the_time_are_shown() -> None:
    text = shown(a_story(held=True))
    assert "held    The same bytes" in text
    assert "1 of 1 expectations held; the story took 2.5 s." in text


def test_a_failed_expectation_says_what_happened_instead_word_for_word() -> None:
    text = shown(a_story(held=False))
    assert "NOT HELD The same bytes" in text
    assert "[bold]other[/bold] bytes" in text
    assert "0 of 1 expectations held" in text


def test_a_line_to_try_carries_a_fresh_token_and_survives_the_shell() -> None:
    comment, line = curl_lines(PLACE, [Try("the police ask", "riverton-rms", "Patient?identifier=1&_count=2")])
    assert comment == "# the police ask"
    words = shlex.split(line)
    assert words[0] == "curl"
    assert words[-1] == "http://127.0.0.1:8080/fhir/Patient?identifier=1&_count=2"
    assert "token riverton-rms --url http://127.0.0.1:8080 --keys '/tmp/a demo/agencies-keys'" in line
