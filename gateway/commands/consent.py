"""``crosswalk consent``: a person at the holder records, confirms or revokes a consent, and sees what it covers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from consent.forms import Statement
from consent.instruments import ConsentDecision, ConsentForm, ConsentKind
from consent.reading import Filing, read
from consent.terms import Consent
from consent.vocabulary import InfoClass, Purpose, Role
from gateway.commands.at_work import people
from gateway.commands.operating import Place, carried_out
from gateway.commands.options import AsJson, Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import console, misuse, print_json, table
from gateway.consents.covering import Covered
from gateway.consents.form import Recipient, SignedForm, usual_classes, usual_purposes
from gateway.consents.people import People
from gateway.receive.consents import Deed, Kept
from gateway.store.kept import is_id

T = TypeVar("T")

consent_commands = typer.Typer(
    help="Consents: recorded from a signed form, confirmed, revoked.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

Agency = Annotated[str, typer.Option("--agency", help="The agency whose records it is about: the holder.")]
By = Annotated[str, typer.Option("--by", help="Id of the person who acts, from [[people]] of the agency's file.")]
Id = Annotated[str, typer.Argument(metavar="CONSENT", help="Id of the consent.")]
To = Annotated[list[str], typer.Option("--to", help="Who may receive: an agency, or agency:role for one job there.")]
Purposes = Annotated[list[Purpose], typer.Option("--purpose", help="What for; several times for several.")]
Covers = Annotated[
    list[InfoClass], typer.Option("--covers", help="What it opens; else the referral, its status and appointments.")
]
States = Annotated[
    list[Statement], typer.Option("--states", help="What the form says in words, such as right-to-revoke.")
]
Day = Annotated[datetime, typer.Option("--signed", formats=["%Y-%m-%d"], help="Day it was signed.")]
LastDay = Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Its last day.")]


@consent_commands.command("record")
def record(
    *,
    agency: Agency,
    by: By,
    kind: Annotated[ConsentKind, typer.Option("--form", help="The kind of form.")],
    signed: Day,
    referral: Annotated[str, typer.Option(help="Id of a Task of the referral that it is about.")] = "",
    patient: Annotated[str, typer.Option(help="Id of a patient of whom the agency keeps records.")] = "",
    to: To = [],  # noqa: B006  # Typer reads it
    purpose: Purposes = [],  # noqa: B006
    covers: Covers = [],  # noqa: B006
    states: States = [],  # noqa: B006
    until: LastDay = None,
    no_expiry: Annotated[bool, typer.Option("--no-expiry", help="The form says that it does not end.")] = False,
    deny: Annotated[bool, typer.Option("--deny", help="The person refuses.")] = False,
    oral: Annotated[bool, typer.Option("--oral", help="Said, and documented; not signed.")] = False,
    document: Annotated[str, typer.Option(help="Title of the signed form.")] = "Signed consent form",
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Record a signed form as a consent of the holder, and show which of its records it opens."""
    if until and no_expiry:
        misuse("Give --until or --no-expiry, not both.")
    if bool(referral) == bool(patient):
        misuse("Say whom it is about by --referral or --patient, one of them.")
    decision = ConsentDecision.DENY if deny else ConsentDecision.PERMIT

    async def work() -> tuple[str, list[Covered]]:
        async with people(Place(data, key_file, database_url)) as house:
            form = SignedForm(
                holder=house.agency(agency).id,
                patient=await (house.patient_of(agency, referral) if referral else house.known(agency, patient)),
                kind=kind,
                recipients=tuple(_recipient(each, house) for each in to),
                purposes=tuple(purpose) or usual_purposes(kind, decision),
                classes=tuple(covers) or usual_classes(kind, decision),
                signed=signed.date(),
                until=until.date() if until else None,
                no_expiry=no_expiry,
                decision=decision,
                form=ConsentForm.ORAL_DOCUMENTED if oral else ConsentForm.WRITTEN,
                states=tuple(states),
                document=document,
            )
            made = await house.record(form, by)
            return made, await house.covers(agency, made)

    made, rows = carried_out(work())
    if as_json:
        print_json({"consent": made, "covers": [_covered(each) for each in rows]})
        return
    typer.echo(f"Recorded as Consent/{made}, relied on from now.")
    _print_covered(rows)


@consent_commands.command("waiting")
def waiting(
    *,
    agency: Agency,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List the consents that wait for a person of the agency: lodged by another agency, or proposed by a system."""

    async def work() -> list[dict[str, str]]:
        async with people(Place(data, key_file, database_url)) as house:
            return [_waits(each, agency, house) for each in await house.waiting(agency)]

    found = carried_out(work())
    if as_json:
        print_json(found)
        return
    headings = ("Consent", "Lodged by", "Form", "Recipients", "Since", "Lacks")
    console().print(table(headings, (tuple(each.values()) for each in found)))
    typer.echo(f"{len(found)} waiting", err=True)


@consent_commands.command("confirm")
def confirm(
    consent: Id,
    *,
    agency: Agency,
    by: By,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Rely on a consent from now on, in this version; a change of it waits anew."""
    _act(Place(data, key_file, database_url), agency, consent, "confirmed", by, "")


@consent_commands.command("revoke")
def revoke(
    consent: Id,
    *,
    agency: Agency,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")] = "",
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Rely on it no more: the very next read obeys."""
    _act(Place(data, key_file, database_url), agency, consent, "revoked", by, reason)


@consent_commands.command("covers")
def covers(
    consent: Id,
    *,
    agency: Agency,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show which of the agency's records a consent opens, to whom and for what, each decided now."""

    async def work() -> list[Covered]:
        async with people(Place(data, key_file, database_url)) as house:
            return await house.covers(agency, _id(consent))

    rows = carried_out(work())
    print_json([_covered(each) for each in rows]) if as_json else _print_covered(rows)


def _act(place: Place, agency: str, consent: str, deed: Deed, by: str, reason: str) -> None:
    async def work() -> None:
        async with people(place) as house:
            house.person(agency, by)
            shown = await house.find(agency, _id(consent))
            if deed == "confirmed":
                _print_checklist(shown, agency, house)
            await house.act(agency, shown, deed, by, reason)

    carried_out(work())
    typer.echo(f"Consent/{consent} is {deed} for {agency} by {by}.")


def _recipient(text: str, house: People) -> Recipient:
    name, _, role = text.partition(":")
    if role and role not in set(Role):
        misuse(f"{role!r} is no role: write agency:role with one of {', '.join(sorted(Role))}.")
    return Recipient(house.agency(name).id, Role(role) if role else None)


def _id(text: str) -> str:
    bare = text.removeprefix("Consent/")
    if not is_id(bare):
        misuse("That is no id of a consent: take one from `crosswalk consent waiting`.")
    return bare


def _waits(found: Kept, holder: str, house: People) -> dict[str, str]:
    consent = _read(found, holder, house)
    return {
        "consent": found.id,
        "lodged_by": found.custodian,
        "form": f"{consent.kind}{' (a refusal)' if consent.decision is ConsentDecision.DENY else ''}",
        "recipients": ", ".join(_named(consent)),
        "since": found.since.isoformat(timespec="minutes"),
        "lacks": "; ".join(house.faults(holder, found)),
    }


def _read(found: Kept, holder: str, house: People) -> Consent:
    return read(found.resource, house.receive.registry.current.agency_of, Filing(holder, found.custodian, "somebody"))


def _named(consent: Consent) -> list[str]:
    return [str(each.org or each.recipient_class or f"through {each.intermediary}") for each in consent.recipients]


def _print_checklist(found: Kept, holder: str, house: People) -> None:
    """What the form says, and what it lacks, before anybody relies on it."""
    consent = _read(found, holder, house)
    rows = [
        ("lodged by", found.custodian),
        ("form", f"{consent.kind}, {consent.form}"),
        ("says", str(consent.decision)),
        ("signed", f"{consent.signed_on} by {', '.join(sorted(consent.signers)) or 'nobody'}"),
        ("until", str(consent.period_end or consent.expiry)),
        ("recipients", ", ".join(_named(consent)) or "none named"),
        ("purposes", ", ".join(sorted(consent.purposes)) or "none named"),
        ("information", ", ".join(sorted(consent.info_classes)) or "none named"),
        ("lacks", "; ".join(house.faults(holder, found)) or "nothing"),
    ]
    console().print(table(("", ""), rows, f"Consent/{found.id}"))


def _covered(row: Covered) -> dict[str, str]:
    return {
        "record": row.record,
        "class": row.info_class,
        "recipient": row.recipient,
        "purpose": row.purpose,
        "outcome": row.outcome,
        "because": row.because,
    }


def _print_covered(rows: Iterable[Covered]) -> None:
    headings = ("Record", "Class", "Recipient", "Purpose", "It is", "Because")
    console().print(table(headings, (tuple(_covered(each).values()) for each in rows)))
