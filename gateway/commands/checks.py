"""What ``crosswalk doctor`` looks at, each check with what it found and the remedy."""

import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import asyncpg
import httpx

from gateway.agencies.channels import is_loopback
from gateway.agencies.model import Agency, Operator
from gateway.agencies.standing import may_hold, own_labels
from gateway.clock import now
from gateway.settings import Settings
from gateway.store import health
from gateway.store.audit import verify
from gateway.store.embedded import DatabaseUnavailable, EmbeddedServer
from gateway.store.keyring import open_key_ring
from gateway.store.keys import KeyFileFault, read_key_file
from gateway.store.owner import database_at, owner_connection
from gateway.store.registry import applied
from gateway.store.seal import Unsealable

OLDEST_VERSION = 15
LEAST_FREE, LITTLE_FREE = 1e9, 5e9
CLOCKS_APART = timedelta(seconds=5)
OUTBOX_AGE = timedelta(minutes=15)
QUICK_ROWS = 100_000


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, what was found, and what to do about it."""

    name: str
    level: Level
    found: str
    remedy: str = ""


async def examined(settings: Settings) -> AsyncIterator[Check]:
    """Every check of a gateway with these settings, whether it serves or not."""
    for check in (*_key_file(settings), *_data_folder(settings), *_exposure(settings), *_ports(settings)):
        yield check
    if not settings.database_url and not EmbeddedServer(settings.data).cluster.exists():
        yield Check("database", Level.WARNING, "there is none yet", "Run `crosswalk serve`: it makes one.")
        return
    try:
        async with database_at(settings) as url:
            driver = await owner_connection(url)
            try:
                async for check in _database(driver, settings):
                    yield check
            finally:
                await driver.close()
    except (DatabaseUnavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        yield _error("database", f"cannot be used: {fault}", "Correct that, or name another one with --database-url.")


def _ok(name: str, found: str) -> Check:
    return Check(name, Level.OK, found)


def _warning(name: str, found: str, remedy: str) -> Check:
    return Check(name, Level.WARNING, found, remedy)


def _error(name: str, found: str, remedy: str) -> Check:
    return Check(name, Level.ERROR, found, remedy)


# --- the machine


def _key_file(settings: Settings) -> Iterator[Check]:
    path = settings.key_file
    if not path.exists():
        yield _warning("key file", f"{path} is not there", "Restore it where there is data; else serve makes it.")
        return
    try:
        read_key_file(path)
    except (KeyFileFault, OSError) as fault:
        yield _error("key file", str(fault), f"See to {path}.")
        return
    if path.resolve().is_relative_to(settings.data.resolve()):
        remedy = "Move it elsewhere and name it with --key-file: a copied folder must not open itself."
        yield _warning("key file", f"{path} lies inside the data folder", remedy)
    else:
        yield _ok("key file", f"{path}, mode 0600, outside the data folder")


def _data_folder(settings: Settings) -> Iterator[Check]:
    there = next(path for path in (settings.data.absolute(), *settings.data.absolute().parents) if path.exists())
    if there != settings.data.absolute():
        yield _warning("data folder", f"{settings.data} is not there", "serve makes it; or name it with --data.")
    elif not settings.data.is_dir():
        yield _error("data folder", f"{settings.data} is not a folder", "Name a folder with --data.")
    else:
        yield _ok("data folder", str(settings.data))
    yield _disk(there)


def _disk(path: Path) -> Check:
    free = shutil.disk_usage(path).free
    found = f"{free / 1e9:.1f} GB free at {path}"
    if free < LEAST_FREE:
        return _error("disk", found, "Free some space: the gateway refuses messages when the disk is full.")
    return _warning("disk", found, "Free some space soon.") if free < LITTLE_FREE else _ok("disk", found)


def _exposure(settings: Settings) -> Iterator[Check]:
    if is_loopback(settings.mllp_host):
        yield _ok("MLLP", f"plain, on {settings.mllp_host} only")
    else:
        remedy = "MLLP is not encrypted here: let a TLS proxy or VPN end on this machine, and list the peers."
        yield _warning("MLLP", f"plain on {settings.mllp_host}, reachable from other machines", remedy)
    if is_loopback(settings.host) or settings.public_url.startswith("https://"):
        yield _ok("HTTP", f"{settings.root}, bound to {settings.host}")
    else:
        remedy = "Put a proxy with TLS in front, and name its URL with --public-url https://…"
        yield _warning("HTTP", f"plain on {settings.host}, reachable from other machines", remedy)


def _ports(settings: Settings) -> Iterator[Check]:
    """Each port is free, or served by a gateway; who holds the HTTP port is asked, MLLP goes with it."""
    ours = _answers(f"http://{settings.host}:{settings.port}/livez")
    for name, host, port in (
        ("HTTP port", settings.host, settings.port),
        ("MLLP port", settings.mllp_host, settings.mllp_port),
    ):
        if _free(host, port):
            yield _ok(name, f"{host}:{port} is free: no gateway serves there now")
        elif ours:
            yield _ok(name, f"{host}:{port} is served")
        else:
            yield _error(name, f"{host}:{port} is held by another program", "End it, or choose another port.")


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
    return True


def _answers(url: str) -> bool:
    try:
        return bool(httpx.get(url, timeout=3).json().get("status") == "alive")
    except (httpx.HTTPError, ValueError, AttributeError):
        return False


# --- the database


async def _database(driver: asyncpg.Connection, settings: Settings) -> AsyncIterator[Check]:
    version = await health.version(driver)
    if version < OLDEST_VERSION:
        yield _error("database", f"PostgreSQL {version}", f"Use PostgreSQL {OLDEST_VERSION} or later.")
    else:
        yield _ok("database", f"PostgreSQL {version} answers")
    yield _clocks(await health.clock(driver) - now())
    if not await health.durable(driver):
        yield _error("durability", "a commit may be lost", "Set fsync, full_page_writes, synchronous_commit to on.")
    revision, head = await health.revision(driver), health.head()
    if revision != head:
        yield _error("migrations", f"at {revision or 'none'}, not at {head}", "Run `crosswalk serve`: it migrates.")
        return
    yield _ok("migrations", f"at {head}, the latest")
    yield await _roles(driver)
    yield await _keys(driver, settings)
    for check in await _agencies(driver):
        yield check
    yield await _outbox(driver)
    yield await _audit(driver)


def _clocks(apart: timedelta) -> Check:
    if abs(apart) > CLOCKS_APART:
        remedy = "Set both by NTP: tokens and grants expire by these clocks."
        return _error("clocks", f"the database's is {apart.total_seconds():+.0f} s off", remedy)
    return _ok("clocks", f"the database's is within {abs(apart).total_seconds():.1f} s")


async def _roles(driver: asyncpg.Connection) -> Check:
    faults = await health.unsafe_roles(driver) + [
        f"{table} has no row-level security" for table in await health.unguarded_tables(driver)
    ]
    if faults:
        return _error("serving roles", "; ".join(faults), "Take these rights away: serve refuses such a role.")
    return _ok("serving roles", "bound by row-level security")


async def _keys(driver: asyncpg.Connection, settings: Settings) -> Check:
    try:
        ring = await open_key_ring(driver, read_key_file(settings.key_file))
    except (KeyFileFault, Unsealable, OSError) as fault:
        return _error("keys", str(fault), "Give the key file this database was sealed with (--key-file).")
    return _ok("keys", f"those of {len(ring.all)} agencies open")


async def _agencies(driver: asyncpg.Connection) -> list[Check]:
    agencies, operator, _ = await applied(driver)
    if not agencies:
        return [_warning("agencies", "none in force", "Run `crosswalk agency apply FOLDER`.")]
    faults = [fault for agency in agencies.values() for fault in _without_standing(operator, agency)]
    remedy = "Its protected messages are refused until that stands in operator.toml and is applied."
    return [
        _ok("agencies", f"{len(agencies)} in force: {', '.join(sorted(agencies))}"),
        *(_warning("standing", fault, remedy) for fault in faults),
    ]


def _without_standing(operator: Operator | None, agency: Agency) -> list[str]:
    today = now().date()
    units = (None, *(unit for unit in agency.units if unit.part2_program))
    labels = {label for unit in units for label in own_labels(agency, unit)}
    faults = (may_hold(operator, agency, label, today) for label in sorted(labels))
    return [fault for fault in faults if fault]


async def _outbox(driver: asyncpg.Connection) -> Check:
    found = await health.waiting(driver)
    if found.dead:
        return _warning("outbox", f"{found.dead} given up, {found.due} due", "See why the receivers did not take them.")
    if found.oldest and now() - found.oldest > OUTBOX_AGE:
        since = found.oldest.isoformat(timespec="minutes")
        return _warning("outbox", f"{found.due} due, the oldest since {since}", "Is a gateway serving?")
    return _ok("outbox", f"{found.due} due")


async def _audit(driver: asyncpg.Connection) -> Check:
    if await health.audit_rows(driver, QUICK_ROWS) >= QUICK_ROWS:
        return _ok("audit", f"more than {QUICK_ROWS} rows: run `crosswalk audit verify`")
    verdict = await verify(driver)
    if verdict.faults:
        return _error("audit", verdict.faults[0], "Run `crosswalk audit verify`; keep this database as evidence.")
    return _ok("audit", f"{verdict.rows} rows in {verdict.chains} chains, as they were written")
