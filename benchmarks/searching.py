"""A consent-filtered page of 20 against the same statement unfiltered; and what a message costs as data grows."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import perf_counter

import asyncpg

from benchmarks.copies import fill
from benchmarks.load import messages
from benchmarks.row import Row, Scale, quantile
from benchmarks.stand import Stand
from consent.vocabulary import Purpose
from gateway.agencies.model import for_adapter
from gateway.auth.access_token import Session
from gateway.auth.scopes import parse
from gateway.fhir.query import Query, parse_query
from gateway.store import search
from gateway.worker import Gateway

READER = "harbor-recovery-system"
PAGE = 20


def session_of(gateway: Gateway, client: str = READER) -> Session:
    """A session of a registered client."""
    registered = gateway.registry.client(client)
    assert registered is not None
    return gateway.tokens.verify(gateway.tokens.issue(registered, parse("system/*.cruds"), Purpose.TREAT))


def searching(stand: Stand, scale: Scale) -> list[Row]:
    """One patient's Tasks, and all Tasks of an agency."""
    return stand.in_process(lambda gateway, sql: _searches(gateway, sql, scale))


def growing(stand: Stand, scale: Scale) -> list[Row]:
    """Seconds per message in a larger store to those in a smaller one."""
    return stand.in_process(lambda gateway, sql: _growth(gateway, sql, scale))


async def _searches(gateway: Gateway, sql: asyncpg.Connection, scale: Scale) -> list[Row]:
    await _cost(gateway, replace(scale, messages=5 * PAGE))
    await fill(sql, scale.records)
    patient = await sql.fetchval("SELECT patient FROM handoff ORDER BY recorded DESC LIMIT 1")
    base, session = gateway.settings.base, session_of(gateway)
    one = parse_query("Task", [("patient", str(patient)), ("_count", str(PAGE))], handling="strict", base=base)
    broad = parse_query("Task", [("status", "requested"), ("_count", str(PAGE))], handling="strict", base=base)
    begun = perf_counter()
    await gateway.disclose.search(session, broad, "benchmark")
    first = perf_counter() - begun
    whole = await _timed(lambda: gateway.disclose.search(session, broad, "benchmark"), scale.requests // 4)
    rows = [await _filtered(gateway, sql, query, scale, *case) for query, case in zip((one, broad), CASES, strict=True)]
    p50, p99 = (quantile(whole, part) * 1e3 for part in (0.5, 0.99))
    told = {"ours": f"p50 {p50:.1f} p99 {p99:.1f} ms, first {first:.2f} s", "store": f"{scale.records} records"}
    return [
        *rows,
        Row("search page of 20 p50, ms", p50, 3, told, below=True),
        Row("search page of 20 p99, ms", p99, 10, {}, below=True),
    ]


CASES = (("search one patient / unfiltered", 1.3), ("search an agency's Tasks / unfiltered", 4.0))


async def _filtered(
    gateway: Gateway, sql: asyncpg.Connection, query: Query, scale: Scale, name: str, goal: float
) -> Row:
    """The statement as the recipient runs it, under row-level security, and as the owner does, without."""
    session, keys = session_of(gateway), gateway.keyring.all
    async with gateway.database.transaction("disclose") as driver:
        await _bind(driver, session)
        assert await search.page(driver, query, keys, None, PAGE + 1)
        ours, bare = [], []
        for _ in range(max(5, scale.requests // 10)):
            ours += await _timed(lambda: search.page(driver, query, keys, None, PAGE + 1), 1)
            bare += await _timed(lambda: search.page(sql, query, keys, None, PAGE + 1), 1)
    one, other = statistics.median(ours), statistics.median(bare)
    figures = {
        "ours": f"{one * 1e3:.2f} ms",
        "unfiltered": f"{other * 1e3:.2f} ms",
        "store": f"{scale.records} records",
    }
    return Row(name, one / other, goal, figures, below=True)


async def _bind(driver: asyncpg.Connection, session: Session) -> None:
    """Enter as the recipient whom the search before was granted to."""
    party = await driver.fetchval("SELECT id FROM party WHERE agency = $1 ORDER BY id DESC LIMIT 1", session.agency)
    await driver.execute("SELECT set_config('crosswalk.party', $1, true)", str(party))


async def _growth(gateway: Gateway, sql: asyncpg.Connection, scale: Scale) -> list[Row]:
    costs = {}
    for records in (scale.records, scale.grown):
        await fill(sql, records)
        costs[records] = [await _cost(gateway, scale) for _ in range(scale.rounds)]
    small, large = (statistics.median(costs[records]) for records in (scale.records, scale.grown))
    figures = {f"{records} records": f"{statistics.median(each) * 1e3:.2f} ms" for records, each in costs.items()}
    name = f"cost per message, {scale.grown} records / {scale.records}"
    return [Row(name, large / small, 1.2, {**figures, "setting": "in one process"}, below=True)]


async def _cost(gateway: Gateway, scale: Scale) -> float:
    """Seconds per message, as many at once as there are connections."""
    agency = gateway.registry.current.agencies["cityhosp"]
    channel = for_adapter(agency, agency.channels[0])
    waiting = iter(list(messages(scale.messages)))

    async def connection() -> None:
        for raw in waiting:
            (receipt,) = await gateway.receive.batch(agency, channel, raw)
            assert receipt.fate == "kept"

    begun = perf_counter()
    await asyncio.gather(*(connection() for _ in range(scale.connections)))
    return (perf_counter() - begun) / scale.messages


async def _timed(work: Callable[[], Awaitable[object]], times: int) -> list[float]:
    found = []
    for _ in range(times):
        begun = perf_counter()
        await work()
        found.append(perf_counter() - begun)
    return found
