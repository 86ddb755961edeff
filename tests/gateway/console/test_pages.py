"""The start page: strict about where anything comes from, readable by machine and by ear, never trusting a text."""

import json
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateway.console.pages import console_routes, page
from tests.gateway.console.seen import Seen

EVIL = "<script>alert(1)</script>\"'&"
STORY = {
    "held": True,
    "chapters": [{"title": EVIL, "expectations": [{"name": EVIL, "held": False, "detail": EVIL}]}],
    "rows": [
        {
            "agency": "police",
            "record": EVIL,
            "sight": "seen",
            "said": "accepted",
            "citation": "42 CFR 2.13(a)",
            "review": "read",
        }
    ],
}


def client(story: Path | None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=console_routes(story)))
    return httpx.AsyncClient(transport=transport, base_url="http://gateway.example")


@pytest.fixture(params=["start", "story"])
def seen(request: pytest.FixtureRequest) -> Seen:
    return Seen(page(None if request.param == "start" else STORY))


def test_elements_are_closed_in_order(seen: Seen) -> None:
    assert seen.open == []


def test_the_language_is_said(seen: Seen) -> None:
    assert seen.all("html") == [{"lang": "en"}]


def test_a_skip_link_leads_to_the_main_content_first(seen: Seen) -> None:
    first = seen.all("a")[0]["href"]
    assert first == f"#{seen.all('main')[0]['id']}"


def test_there_is_one_heading_of_the_first_level_and_none_is_skipped(seen: Seen) -> None:
    levels = [int(name[1]) for name, _ in seen.tags if name in {"h1", "h2", "h3", "h4"}]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_narrow_screens_are_asked_to_reflow(seen: Seen) -> None:
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in seen.all("meta")


def test_there_is_no_script_no_style_of_its_own_and_nothing_from_elsewhere(seen: Seen) -> None:
    assert not seen.all("script")
    assert not seen.all("style")
    addresses = [value for _, given in seen.tags for name, value in given.items() if name in {"href", "src", "action"}]
    assert all(str(address).startswith(("/", "#")) and not str(address).startswith("//") for address in addresses)
    assert not any(name == "style" or name.startswith("on") for _, given in seen.tags for name in given)


def test_the_table_has_a_caption_and_scopes_for_columns_and_rows() -> None:
    seen = Seen(page(STORY))
    assert len(seen.all("caption")) == 1
    assert [each["scope"] for each in seen.all("th")] == ["col"] * 5 + ["row"]


def test_what_a_story_says_is_never_markup() -> None:
    text = page(STORY)
    assert "<script>" not in text
    assert text.count("&lt;script&gt;") == 4


def test_what_held_is_said_in_words_and_not_by_colour_alone() -> None:
    assert "Not held:" in page(STORY)
    assert "Every expectation held." in page(STORY)
    assert "Not every expectation held." in page({**STORY, "held": False})


async def test_the_page_shows_the_story_once_it_is_told_and_the_plain_start_before(tmp_path: Path) -> None:
    file = tmp_path / "story.json"
    browser = client(file)
    assert "This gateway is running" in (await browser.get("/")).text
    file.write_text(json.dumps(STORY))
    assert "Who sees what" in (await browser.get("/")).text


@pytest.mark.parametrize("path", ["/", "/console.css"])
async def test_every_answer_carries_the_strict_headers(path: str) -> None:
    headers = (await client(None).get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_the_style_sheet_is_small_reaches_nowhere_and_knows_print() -> None:
    answer = await client(None).get("/console.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "url(" not in answer.text
    assert "@import" not in answer.text
    assert "@media print" in answer.text
    assert len(answer.content) < 10_000


async def test_only_reading_is_possible() -> None:
    assert (await client(None).post("/")).status_code == 405
