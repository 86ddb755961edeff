"""``crosswalk accounting``: to whom what went of an agency's records about a person."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.accounting import HEADINGS, OWED, Register, Row, accounting, as_csv, as_html, without_suspended
from gateway.circumstances import BadCircumstance, read
from gateway.clock import now
from gateway.commands.operating import Place, Store, carried_out, opened_store
from gateway.commands.options import Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import console, misuse, print_json, refuse, table
from gateway.registry import Snapshot
from gateway.store import circumstances
from gateway.store.audit import AuditEntry, disclosed
from gateway.store.kept import is_id


class Form(StrEnum):
    """How it is printed."""

    TABLE = "table"
    CSV = "csv"
    HTML = "html"
    JSON = "json"


def account(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="Id of a patient of the agency.")],
    *,
    agency: Annotated[str, typer.Option("--agency", help="Whose records: the agency that disclosed.")],
    by: Annotated[str, typer.Option("--by", help="Id of the person who asks, from [[people]] of the agency's file.")],
    register: Annotated[
        Register, typer.Option("--register", help="What a law owes the person, or everything that left.")
    ] = Register.HIPAA,
    to_agency: Annotated[
        bool, typer.Option("--for-the-agency", help="With what law enforcement has suspended for the person.")
    ] = False,
    form: Annotated[Form, typer.Option("--form", help="How to print it.")] = Form.TABLE,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print the accounting of disclosures about a person; that it was printed is on record first."""
    if not is_id(patient):
        misuse("PATIENT is no id: take one from the agency's records.")

    async def work() -> list[Row]:
        async with opened_store(Place(data, key_file, database_url).settings) as store:
            return await _rows(store, patient, agency, by, register, to_agency)

    rows = carried_out(work())
    source = OWED[register][2] if register in OWED else "every disclosure"
    title = f"Accounting of disclosures by {agency} about Patient/{patient}"
    match form:
        case Form.CSV:
            typer.echo(as_csv(rows), nl=False)
        case Form.HTML:
            typer.echo(as_html(rows, title, source), nl=False)
        case Form.JSON:
            print_json({"register": register, "source": source, "disclosures": [_named(row) for row in rows]})
        case Form.TABLE:
            console().print(table(HEADINGS, (row.cells for row in rows), title=f"{title} ({source})"))


async def _rows(
    store: Store,
    patient: str,
    agency: str,
    by: str,
    register: Register,
    to_agency: bool,  # noqa: FBT001
) -> list[Row]:
    holder = store.agencies.get(agency)
    if holder is None:
        refuse(f"{agency!r} is no agency here.")
    if by not in {each.id for each in holder.people}:
        refuse(f"There is no such person under [[people]] of {agency}: name one of its people.")
    found = await disclosed(store.driver, store.keyring[agency], patient)
    if not to_agency and await _suspended(store, agency, patient):
        found = without_suspended(found, store.agencies)
    rows = accounting(found, register, holder, store.agencies, now())
    content = {"by": by, "register": str(register), "rows": len(rows), "whole": to_agency}
    await store.note(AuditEntry(now(), "accounting", agency, "", "printed", patient, content))
    return rows


async def _suspended(store: Store, agency: str, patient: str) -> bool:
    """Whether a written statement of law enforcement or oversight stands today (45 CFR 164.528(a)(2))."""
    agency_of = Snapshot(0, store.agencies, store.operator, {}).agency_of
    today = now().astimezone(ZoneInfo(store.agencies[agency].zone)).date()
    for lodged in await circumstances.standing(store.driver, patient, store.keyring):
        try:
            said = read(lodged.content, agency_of).facts.get("accounting")
        except BadCircumstance:
            continue
        if lodged.holder == agency and said and said.written_statement and today <= said.suspended_until:
            return True
    return False


def _named(row: Row) -> dict[str, str]:
    return dict(zip(HEADINGS, row.cells, strict=True))
