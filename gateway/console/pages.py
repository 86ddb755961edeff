"""The start page of a gateway: the demo's story where one was told, else links to what is served.

Content-Security-Policy: https://www.w3.org/TR/CSP3/. Accessibility: https://www.w3.org/TR/WCAG21/.
"""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def console_routes(story: Path | None) -> list[Route]:
    """The start page and its style sheet; story is the file of a told story, read anew for each request."""
    style = (HERE / "static" / "console.css").read_text()

    async def start(_: Request) -> Response:
        return HTMLResponse(page(read(story)), headers=HEADERS)

    async def css(_: Request) -> Response:
        return Response(style, headers=HEADERS, media_type="text/css")

    return [Route("/", start, methods=["GET"]), Route("/console.css", css, methods=["GET"])]


def read(story: Path | None) -> dict[str, Any] | None:
    """The told story, None where there is none yet."""
    if story is None or not story.is_file():
        return None
    told: dict[str, Any] = json.loads(story.read_text())
    return told


def page(story: dict[str, Any] | None) -> str:
    """The page of a story as JSON, or the plain start page."""
    if story is None:
        return PAGES.get_template("start.html").render()
    return PAGES.get_template("story.html").render(story=story)
