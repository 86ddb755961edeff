"""The pages of the referral form: nothing is looked up, nothing filled in beforehand, nothing kept by the browser."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse

from gateway.agencies.model import Agency
from gateway.console.form.filled import Filled
from gateway.console.form.questions import SECTIONS
from gateway.console.pages import HEADERS, PAGES

FORM_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow",
}
GONE = (
    "This address does not work",
    "It was mistyped, has expired or was withdrawn. Ask who gave it to you for a new one. Nothing was sent.",
)
UNSURE = (
    "It is not certain that your referral was received. Go back and send it again: the same form sent twice makes one."
)
FAILED = ("Something went wrong", UNSURE)
AWAY = "We could not take your referral just now. Nothing was kept. Send it again in a minute; your answers are below."


def asked(
    agency: Agency,
    receivers: Mapping[str, str],
    form: Filled,
    faults: Mapping[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The form, with what was entered, and what is wrong with it by field."""
    told = {"agency": agency.name, "receivers": receivers, "form": form, "faults": faults or {}, "notice": notice}
    return _page("refer.html", status, sections=SECTIONS, **told)


def received(agency: Agency, receiver: str, number: str, message: str, at: datetime) -> HTMLResponse:
    """What to note down: the referral's number, the receipt's and the time where the agency is."""
    local = at.astimezone(ZoneInfo(agency.zone))
    said = f"{local:%B} {local.day}, {local.year}, {local:%H:%M} ({agency.zone})"
    return _page("referred.html", 200, receiver=receiver, number=number, message=message[:8], at=said, machine=local)


def notice(title: str, text: str, status: int) -> HTMLResponse:
    """A page that says one thing."""
    return _page("refer_notice.html", status, title=title, text=text)


def gone() -> HTMLResponse:
    """The one answer to every address that is none of ours, is another's or has expired."""
    return notice(*GONE, 404)


def _page(template: str, status: int, **told: object) -> HTMLResponse:
    return HTMLResponse(PAGES.get_template(template).render(**told), status, FORM_HEADERS)
