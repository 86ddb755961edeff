"""``crosswalk translate``: source bytes into FHIR transaction Bundles, one a line, with no database."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from adapters import ADAPTERS
from adapters.base import Channel
from gateway import clock
from gateway.agencies.model import Agency, for_adapter
from gateway.agencies.reading import read_folder
from gateway.commands.options import AsJson
from gateway.commands.terminal import console, misuse, refuse, table
from gateway.commands.translating import Refused, Source, Translated, translations, unusable
from gateway.fhir.wire import serialise

DEFAULT_ADAPTER = "hospital"

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Files of messages; - is standard input.")]
AgencyId = Annotated[str | None, typer.Option("--agency", help="Agency that sent them: its channel and hand-offs.")]
Agencies = Annotated[
    Path, typer.Option("--agencies", envvar="CROSSWALK_AGENCIES", help="Folder of agency files, read with --agency.")
]
AdapterName = Annotated[
    str | None, typer.Option("--adapter", help=f"Adapter: {', '.join(ADAPTERS)}; the channel's, else hospital.")
]

ChannelName = Annotated[str | None, typer.Option("--channel", help="Channel of the agency, where it has several.")]


def translate(
    files: Files,
    *,
    agency: AgencyId = None,
    agencies: Agencies = Path("agencies"),
    adapter: AdapterName = None,
    channel: ChannelName = None,
    report: Annotated[bool, typer.Option("--report", help="Say on standard error what became of each field.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let fhir.resources (R4B) judge each Bundle too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print each message as a FHIR transaction Bundle, one JSON a line; status 1 if one was refused.

    A refusal is an OperationOutcome on standard error. Without --agency the time zone is unknown, so that times
    without an offset become dates. Ids are made with the documented test key.
    """
    source = _source(agency, agencies, adapter, channel, strict)
    refused = False
    for each in _each_message(files, source):
        if isinstance(each, Refused):
            refused = True
            _to_stderr(orjson.dumps(each.outcome))
            continue
        _to_stdout(serialise(each.bundle))
        _notes(each)
        if report:
            _report(each, as_json)
    raise typer.Exit(1 if refused else 0)


def _each_message(files: list[str], source: Source) -> Iterator[Translated | Refused]:
    for name in files:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as fault:
            yield unusable(name, "not-found", f"cannot be read ({fault.strerror}): name a file of messages")
            continue
        yield from translations(name, raw, source)


def _source(agency: str | None, folder: Path, adapter: str | None, channel: str | None, strict: bool) -> Source:  # noqa: FBT001  # as given on the command line
    if adapter is not None and adapter not in ADAPTERS:
        misuse(f"{adapter!r} is no adapter: choose one of {', '.join(ADAPTERS)}.")
    if agency is None:
        name = adapter or DEFAULT_ADAPTER
        return Source(name, (Channel("test", name, name),), strict=strict)
    reading = read_folder(folder, clock.now().date())
    found = next((each for each in reading.agencies if each.id == agency), None)
    if found is None:
        known = ", ".join(each.id for each in reading.agencies) or "none"
        misuse(f"{agency!r} is no agency of {folder}: name one of them ({known}), or another folder with --agencies.")
    if reading.errors:
        refuse(f"The agency files of {folder} have errors: run `crosswalk agency check {folder}`.")
    name, channels = _channels(_only(found, channel), adapter)
    return Source(name, channels, found, frozenset(each.id for each in reading.agencies), strict)


def _only(agency: Agency, channel: str | None) -> Agency:
    """The agency with this channel alone, or with all where none is named."""
    if channel is None:
        return agency
    found = tuple(each for each in agency.channels if each.name == channel)
    if not found:
        names = ", ".join(each.name for each in agency.channels) or "none"
        misuse(f"{agency.id} has no channel {channel!r}: name one of {names}.")
    return replace(agency, channels=found)


def _channels(agency: Agency, adapter: str | None) -> tuple[str, tuple[Channel, ...]]:
    """The adapter, and the agency's channels that use it; a plain one where it has none of that adapter."""
    here = [each.adapter for each in agency.channels if each.adapter in ADAPTERS]
    name = adapter or next(iter(here), None)
    if name is None:
        misuse(f"{agency.id} has no channel whose format can be translated: name the format with --adapter.")
    own = tuple(for_adapter(agency, each) for each in agency.channels if each.adapter == name)
    return name, own or (Channel(agency.id, name, name, zone=agency.zone),)


def _notes(each: Translated) -> None:
    for text in each.notes:
        typer.echo(f"{each.place}: {text}", err=True)


def _report(each: Translated, as_json: bool) -> None:  # noqa: FBT001  # as given on the command line
    if as_json:
        _to_stderr(orjson.dumps(_report_of(each)))
        return
    rows = [(line.path, line.outcome, line.target, line.because) for line in each.report]
    console(stderr=True).print(table(("Field", "Outcome", "FHIR", "Because"), rows, f"{each.place}: {each.kind}"))
    for text in each.handoffs:
        typer.echo(f"{each.place}: {text}", err=True)


def _report_of(each: Translated) -> dict[str, Any]:
    lines = [
        {"path": line.path, "outcome": line.outcome, "target": line.target, "because": line.because}
        for line in each.report
    ]
    counts = {outcome: sum(line.outcome == outcome for line in each.report) for outcome in _OUTCOMES}
    return {"place": each.place, "kind": each.kind, "counts": counts, "report": lines, "handoffs": each.handoffs}


_OUTCOMES = ("mapped", "ignored", "unmapped", "repaired")


def _to_stdout(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def _to_stderr(line: bytes) -> None:
    sys.stderr.buffer.write(line + b"\n")
    sys.stderr.buffer.flush()
