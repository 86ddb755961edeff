"""``crosswalk demo``: the sample agencies and a day's messages through a real gateway."""

import asyncio
import json
import signal
import subprocess
import time
from contextlib import ExitStack
from types import FrameType
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gateway.commands.terminal import console, refuse
from gateway.demo.running import NotReady, running
from gateway.demo.samples import NoSamples
from gateway.demo.sandbox import HTTP_PORT, MLLP_PORT, Sandbox, sandbox
from gateway.demo.showing import curl_lines, show
from gateway.demo.story import tell
from gateway.demo.told import Story

Exit = Annotated[bool, typer.Option("--exit", help="End after the story: status 0 only if every expectation held.")]


def demo_command(*, exit_: Exit = False) -> None:
    """Show who sees what and why: a day's messages through a real gateway, which keeps serving unless --exit."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with sandbox() as place:
            status = play(place, console(), keep_serving=not exit_)
    except (NoSamples, NotReady, httpx.HTTPError, OSError) as fault:
        refuse(f"The demo could not be shown: {fault}")
    except KeyboardInterrupt:
        refuse("The demo was ended before its story was told.")
    raise typer.Exit(status)


def play(place: Sandbox, out: Console, *, keep_serving: bool) -> int:
    """Tell the story to a gateway of its own and show it; the exit status. Raises NotReady, httpx.HTTPError."""
    begun = time.monotonic()
    _say_where(out, place)
    with ExitStack() as opened:
        with _progress(out) as progress:
            doing = progress.add_task("Starting the gateway")
            gateway = opened.enter_context(running(place))
            story = Story(heard=lambda title: progress.update(doing, description=title))
            asyncio.run(tell(place, story))
        place.story.write_text(json.dumps(story.as_json()))
        show(out, story, time.monotonic() - begun)
        return _serve_on(out, place, story, gateway) if keep_serving else story.exit_status


def _say_where(out: Console, place: Sandbox) -> None:
    for name, port, usual in (("HTTP", place.port, HTTP_PORT), ("MLLP", place.mllp_port, MLLP_PORT)):
        out.print(f"{name} on port {port}" + ("" if port == usual else f" ({usual} is taken)"))
    out.print(f"Agencies, keys and data in {place.folder}", soft_wrap=True)


def _progress(out: Console) -> Progress:
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=out, transient=True)


def _serve_on(out: Console, place: Sandbox, story: Story, gateway: subprocess.Popen[bytes]) -> int:
    """Serve until interrupted; the story's exit status, 1 where the gateway ends by itself."""
    out.print(f"\n[bold]The story as a page:[/bold] {place.root}/\n[bold]Try it by hand:[/bold]")
    for each in curl_lines(place, story.tries):
        out.print(each, soft_wrap=True, markup=False)
    out.print("Serving until Ctrl-C.")
    try:
        gateway.wait()
    except KeyboardInterrupt:
        return story.exit_status
    out.print(f"The gateway ended by itself; its log is gone with {place.folder}.")
    return 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends the demo as Ctrl-C does: the gateway is stopped and the folder removed."""
    raise KeyboardInterrupt
