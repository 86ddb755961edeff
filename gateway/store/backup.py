"""Backup and restore: the records in one file, the wrapped keys in another, so that keys can be forgotten sooner.

A deleted key stays deleted only when backups of keys are kept for a short time; the records without their keys open
nowhere. Both files are of one snapshot. The file of keys also tells what the records' file must contain.
"""

import asyncio
import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import asyncpg
import orjson
from sqlalchemy.engine import URL

from gateway.clock import now
from gateway.store.database import migrate, owner_url
from gateway.store.embedded import BINARIES
from gateway.store.keyring import GATEWAY
from gateway.store.owner import ensure_serving_roles, owner_connection
from gateway.store.seal import Unsealable, unwrap

KEY_TABLES = ("data_key", "custodian_key", "gateway_key")
MANIFEST, KEYS = "manifest.json", "keys.dump"
FORMAT = 1
PRIVATE = 0o600


class Unusable(Exception):
    """A backup that cannot be made or restored; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: when it was taken, rows and digest of each table, SHA-256 of the records' file."""

    taken: datetime
    tables: Mapping[str, tuple[int, str]]
    records: str
    gateway_key: str = field(repr=False)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(rows for rows, _ in self.tables.values())


def keys_of(file: Path) -> Path:
    """Where the wrapped keys of a backup stand."""
    return file.with_name(f"{file.name}.keys")


async def back_up(url: str, file: Path) -> Manifest:
    """Write the records to file and the wrapped keys beside it, mode 0600. Raises Unusable."""
    for path in (file, keys_of(file)):
        if path.exists():
            raise Unusable(f"{path} exists already: name another file, or remove it first")
    records, keys = _part(file), _part(keys_of(file))
    try:
        async with _connected(url) as driver, driver.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await driver.fetchval("SELECT pg_export_snapshot()")
            tables = await _digests(driver)
            wrapped = await driver.fetchval("SELECT wrapped FROM gateway_key WHERE name = $1", GATEWAY)
            excluded = [f"--exclude-table-data={table}" for table in KEY_TABLES]
            await _dump(url, records, snapshot, *excluded)
            await _dump(url, keys, snapshot, "--data-only", *(f"--table={table}" for table in KEY_TABLES))
        manifest = Manifest(now(), tables, _sha256(records), wrapped.hex())
        _pack(manifest, keys, _part(keys_of(file).with_suffix(".zip")), keys_of(file))
        records.rename(file)
    finally:
        records.unlink(missing_ok=True)
        keys.unlink(missing_ok=True)
    return manifest


def read_manifest(file: Path, under: bytes) -> Manifest:
    """What the backup holds, when both files are there, whole, and sealed under this key. Raises Unusable."""
    if not file.is_file():
        raise Unusable(f"{file} is not there: name the file that `crosswalk backup` wrote")
    if not keys_of(file).is_file():
        raise Unusable(
            f"{keys_of(file)} is not there: without the wrapped keys no record of {file} opens; put it beside {file}"
        )
    manifest = _manifest(keys_of(file))
    if manifest.records != _sha256(file):
        raise Unusable(f"{file} is not the file that {keys_of(file)} belongs to, or was damaged: take an intact pair")
    try:
        unwrap(bytes.fromhex(manifest.gateway_key), under)
    except Unsealable as fault:
        raise Unusable(
            f"{keys_of(file)} was sealed with another key-encryption key: give that key's file with --key-file"
        ) from fault
    return manifest


async def restore(url: str, file: Path, under: bytes) -> Manifest:
    """Fill an empty database from the backup and compare it row by row. Raises Unusable, the database empty again."""
    manifest = await asyncio.to_thread(read_manifest, file, under)
    async with _connected(url) as driver:
        if await driver.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"):
            raise Unusable("the database is not empty: restore into a new folder (--data) or a new database")
        await ensure_serving_roles(driver, under)
    try:
        await _load(url, file)
        with _unpacked(keys_of(file)) as keys:
            await _load(url, keys)
        await _compare(url, manifest)
        await migrate(owner_url(url), under)
    except BaseException:
        await _empty(url)
        raise
    return manifest


async def _empty(url: str) -> None:
    async with _connected(url) as driver:
        await driver.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


async def _compare(url: str, manifest: Manifest) -> None:
    async with _connected(url) as driver:
        found = await _digests(driver)
    differing = sorted(name for name in {*found, *manifest.tables} if found.get(name) != manifest.tables.get(name))
    if differing:
        raise Unusable(f"the restored tables {', '.join(differing)} differ from the backup: take another one")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    driver = await owner_connection(url)
    try:
        yield driver
    finally:
        await driver.close()


async def _digests(driver: asyncpg.Connection) -> dict[str, tuple[int, str]]:
    """Rows of each table and a digest of them that does not depend on their order."""
    await driver.execute("SET timezone = 'UTC'; SET datestyle = 'ISO'; SET bytea_output = 'hex'")
    names = await driver.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return {row["tablename"]: await _digest(driver, row["tablename"]) for row in names}


async def _digest(driver: asyncpg.Connection, table: str) -> tuple[int, str]:
    row = await driver.fetchrow(_DIGEST.format(table))
    return row["rows"], row["digest"]


_DIGEST = """
SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS digest FROM "{}" t
"""


async def _dump(url: str, path: Path, snapshot: str, *options: str) -> None:
    await asyncio.to_thread(path.touch, PRIVATE)
    await _run("pg_dump", url, "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={path}", *options)


async def _load(url: str, path: Path) -> None:
    await _run("pg_restore", url, "--exit-on-error", "--single-transaction", "--no-owner", str(path))


async def _run(program: str, url: str, *options: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, where no process list shows it."""
    address = owner_url(url).set(drivername="postgresql")
    words = [f"--dbname={_without_password(address)}", *options]
    environment = {**os.environ, "PGPASSWORD": address.password or os.environ.get("PGPASSWORD", "")}
    process = await asyncio.create_subprocess_exec(
        str(BINARIES / program), *words, env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        raise Unusable(f"{program} failed: {_first_line(said.decode(errors='replace'))}")


def _without_password(address: URL) -> str:
    plain = URL.create("postgresql", address.username, None, address.host, address.port, address.database)
    return plain.set(query=address.query).render_as_string(hide_password=False)


def _first_line(said: str) -> str:
    """The first error, without the DETAIL lines that may quote rows."""
    errors = [line for line in said.splitlines() if re.search(r"error|fatal|could not", line, re.IGNORECASE)]
    return (errors or ["no reason given"])[0][:300]


def _pack(manifest: Manifest, keys: Path, part: Path, into: Path) -> None:
    part.touch(mode=PRIVATE)
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr(MANIFEST, orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))
        packed.write(keys, KEYS)
    part.rename(into)


def _manifest(path: Path) -> Manifest:
    try:
        with zipfile.ZipFile(path) as packed:
            read = orjson.loads(packed.read(MANIFEST))
            if packed.testzip() is not None or KEYS not in packed.namelist() or read["format"] != FORMAT:
                raise Unusable(f"{path} is damaged, or of another version of Crosswalk: take an intact pair")
        tables = {name: (int(rows), str(digest)) for name, (rows, digest) in read["tables"].items()}
        return Manifest(datetime.fromisoformat(read["taken"]), tables, read["records"], read["gateway_key"])
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as fault:
        raise Unusable(f"{path} is not a file of keys that `crosswalk backup` wrote: take an intact pair") from fault


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, zipfile.ZipFile(path) as packed:
        yield Path(packed.extract(KEYS, folder))


def _part(path: Path) -> Path:
    """Where a file is written before it is whole."""
    return path.with_name(f".{path.name}.part")


def _sha256(path: Path) -> str:
    with path.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()
