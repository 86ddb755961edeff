"""The referral form in a real browser: by keyboard alone, at 320 pixels, in both colour schemes, without script."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import Live

CHROMIUM = shutil.which("chromium")
try:
    from playwright import sync_api as playwright
except ImportError:
    playwright = None  # type: ignore[assignment]  # not installed: every test here is skipped

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and playwright), reason="needs the package playwright and the program chromium"
)

ANSWERS = {
    "given_name": "Robin",
    "family_name": "Example",
    "birth_date": "1990-05-31",
    "safe_phone": "217-555-0148",
    "safe_time": "weekdays after 5 pm",
    "safe_to_leave_message": "no",
    "client_aware": "yes",
    "consent_given": "yes",
    "consent_date": "2026-11-20",
    "referrer_name": "Sam Tester",
    "referrer_contact": "217-555-0100",
    "need": "A bed from Friday on",
    "do_not_contact": "no",
    "urgency": "urgent",
}
LEFT_OUT = "need"
FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  return {tag: e.tagName, type: e.type || "", name: e.name || "", value: e.value || "", id: e.id,
          outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth)};
}"""
CONTRASTS = """() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c; }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0] : [255, 255, 255]; };
  const shown = [...document.querySelectorAll("body *")].filter(e => e.checkVisibility() &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return shown.map(e => { const a = light(parts(getComputedStyle(e).color)), b = light(behind(e));
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.tagName + " " + e.textContent.trim().slice(0, 40)]; });
}"""


def form_address(live: Live, *words: str) -> str:
    """What ``crosswalk form-link`` prints."""
    site = live.site
    command = [str(Path(sys.executable).with_name("crosswalk")), "form-link", "bridge-community", "--channel", "web"]
    options = ["--data", str(site.folder / "data"), "--key-file", str(site.key_file), "--url", live.root]
    done = subprocess.run([*command, *options, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def address(gateway: Live) -> str:
    """A form's address on the gateway of the run."""
    return form_address(gateway)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Visit:
    """A page and everything it asked for or complained about."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    @property
    def focused(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(FOCUSED)
        return found

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def width(self) -> int:
        found: int = self.page.evaluate("() => document.documentElement.scrollWidth")
        return found


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """A page of 320 pixels: that is also 1,280 pixels at 400 % zoom (WCAG 2.1, 1.4.10)."""
    context = browser.new_context(viewport={"width": 320, "height": 640})
    yield Visit(context)
    context.close()


def answer(visit: Visit, field: dict[str, Any], answers: dict[str, str]) -> None:
    """Fill the field in that has the focus, by keys alone."""
    wanted = answers.get(field["name"], "")
    if field["type"] == "radio":
        _choose(visit, wanted)
    elif field["type"] == "select-one":
        _step(visit, wanted)
    elif field["type"] == "checkbox":
        if not visit.page.locator(f'input[name="{field["name"]}"]:checked').count():
            visit.press("Space")
    elif wanted and not field["value"]:
        visit.page.keyboard.type(wanted)


def _choose(visit: Visit, wanted: str) -> None:
    visit.press("Space")
    for _ in range(12):
        if not wanted or visit.focused["value"] == wanted:
            return
        visit.press("ArrowDown")


def _step(visit: Visit, wanted: str) -> None:
    for _ in range(40):
        value = visit.focused["value"]
        if value == wanted or (not wanted and value):
            return
        visit.press("ArrowDown")


def fill_in(visit: Visit, answers: dict[str, str]) -> None:
    """From where the focus is to the button, then send; every stop must show that it has the focus."""
    seen: set[str] = set()
    for _ in range(150):
        visit.press("Tab")
        field = visit.focused
        if field["tag"] == "BODY":
            continue
        assert field["outline"] >= 2, f"no visible focus on {field['tag']} {field['name']}"
        if field["tag"] == "BUTTON":
            break
        if field["name"] and field["name"] not in seen:
            answer(visit, field, answers)
            seen.add(field["name"])
    assert visit.focused["tag"] == "BUTTON", "the button was not reached"
    with visit.page.expect_navigation():
        visit.press("Enter")


def test_by_keyboard_alone_an_error_is_found_mended_and_the_referral_sent(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(address)
    visit.press("Tab")
    assert page.evaluate("() => document.activeElement.getAttribute('href')") == "#main"
    fill_in(visit, {name: text for name, text in ANSWERS.items() if name != LEFT_OUT})
    alert = page.get_by_role("alert")
    assert alert.count() == 1
    assert page.title().startswith("Error")
    links = alert.get_by_role("link").all()
    assert len(links) == 1, [link.inner_text() for link in links]
    for _ in range(30):
        visit.press("Tab")
        if (page.evaluate("() => document.activeElement.getAttribute('href')") or "").startswith(f"#f-{LEFT_OUT}"):
            break
    visit.press("Enter")
    assert visit.focused["name"] == LEFT_OUT
    page.keyboard.type(ANSWERS[LEFT_OUT])
    kept = page.locator('[name="given_name"]').input_value()
    assert kept == ANSWERS["given_name"]
    fill_in(visit, {})
    assert "Your referral was received" in page.locator("h1").inner_text()
    page.reload()
    assert "Your referral was received" in page.locator("h1").inner_text()
    root = address.split("/refer/")[0] + "/"
    assert [each for each in visit.asked if not each.startswith(root)] == []
    assert [each for each in visit.complaints if "422" not in each] == []


def test_no_page_scrolls_sideways_at_320_pixels(visit: Visit, address: str) -> None:
    visit.page.goto(address)
    assert visit.width() <= 320
    with visit.page.expect_navigation():
        visit.page.locator("button").last.click()
    assert visit.page.get_by_role("alert").count() == 1
    assert visit.width() <= 320
    visit.page.goto(address[:-1])
    assert visit.width() <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(browser: Any, address: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    with page.expect_navigation():
        page.locator("button").last.click()
    found = page.evaluate(CONTRASTS)
    context.close()
    assert len(found) > 40
    assert [each for each in found if each[0] < 4.5] == []


def test_it_works_where_script_is_turned_off(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.locator("button").last.click()
    page.wait_for_selector("[role=alert]")
    assert page.locator("[role=alert] a").count() > 3
    context.close()
