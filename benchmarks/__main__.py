"""``python -m benchmarks``: every row of the goals, ratios printed last."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.deciding import deciding
from benchmarks.ingest import ingest, workers
from benchmarks.reading import against_peer, reads
from benchmarks.row import FULL, QUICK, Row, Scale
from benchmarks.searching import growing, searching
from benchmarks.stand import stand
from benchmarks.starting import starting
from benchmarks.translating import translating
from gateway.logs import set_up
from tests.live import temporary_folder

RESULTS = Path(__file__).parent / "results"
Section = Callable[[Scale], Iterator[Row]]


def _translating(scale: Scale) -> Iterator[Row]:
    with temporary_folder() as folder:
        yield from translating(scale, folder)


def _starting(scale: Scale) -> Iterator[Row]:
    yield from starting(scale)


def _ingest(scale: Scale) -> Iterator[Row]:
    """On a stand of its own: what the floor writes does not open."""
    with stand(scale.connections) as place:
        yield from ingest(place, scale)
        yield from workers(place, scale)


def _disclosing(scale: Scale) -> Iterator[Row]:
    with stand(scale.connections) as place, temporary_folder() as folder:
        yield from deciding(place, scale)
        yield from reads(place, scale)
        yield from against_peer(place, scale, folder)
        yield from searching(place, scale)
        yield from growing(place, scale)


SECTIONS: dict[str, Section] = {
    "translate": _translating,
    "start": _starting,
    "ingest": _ingest,
    "disclose": _disclosing,
}


def measure(scale: Scale, only: str = "") -> Iterator[Row]:
    """The rows, as they come."""
    for name, section in SECTIONS.items():
        if only in ("", name):
            yield from section(scale)


def shown(rows: list[Row]) -> Table:
    """The rows as a table."""
    table = Table(title="Ratios to a floor or a peer measured in the same run")
    for heading in ("row", "found", "goal", "", "figures"):
        table.add_column(heading)
    for row in rows:
        figures = "\n".join(f"{name}: {told}" for name, told in row.figures.items())
        table.add_row(row.name, _number(row), row.wanted, row.verdict, figures)
    return table


def lines(rows: list[Row]) -> list[str]:
    """``row: ratio goal met|missed``, one a row."""
    return [f"{row.name}: {_number(row)} {row.wanted} {row.verdict}" for row in rows]


def _number(row: Row) -> str:
    return "-" if row.ratio is None else f"{row.ratio:.3g}"


def main(
    quick: Annotated[bool, typer.Option("--quick", help="A tiny run that only shows that it runs.")] = False,  # noqa: FBT002
    full: Annotated[bool, typer.Option("--full", help="A store of one million records.")] = False,  # noqa: FBT002
    records: Annotated[int, typer.Option(help="Size of the store searched, in records.")] = 0,
    rounds: Annotated[int, typer.Option(help="Interleaved rounds; medians are taken.")] = 0,
    peers: Annotated[bool, typer.Option(help="Fetch and measure peers from the package registry.")] = True,  # noqa: FBT002
    only: Annotated[str, typer.Option(help=f"One of {', '.join(SECTIONS)}.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Keep the figures in benchmarks/results.")] = False,  # noqa: FBT002
) -> None:
    """Measure, then print a table and the ratios."""
    set_up()
    scale = QUICK if quick else FULL if full else Scale()
    scale = replace(scale, records=records or scale.records, rounds=rounds or scale.rounds, peers=peers and scale.peers)
    console, rows = Console(), []
    for row in measure(scale, only):
        console.print(lines([row])[0], style="dim")
        rows.append(row)
    if as_json:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "latest.json").write_text(json.dumps({"scale": asdict(scale), "rows": list(map(asdict, rows))}))
    console.print(shown(rows))
    sys.stdout.write("\n".join(lines(rows)) + "\n")


if __name__ == "__main__":
    typer.run(main)
