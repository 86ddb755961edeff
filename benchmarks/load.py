"""The load generators: MLLP and HTTP, closed loop, every answer checked, in a process of their own.

``python -m benchmarks.load`` reads one job as JSON from standard input and writes what it saw as JSON.
"""

import asyncio
import json
import sys
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from subprocess import PIPE, run
from time import perf_counter

import uvloop

from benchmarks.row import Load
from tests.messages import Visit

END = b"\x1c\r"
ROOM = 2**22


@dataclass(frozen=True, slots=True)
class Job:
    """count exchanges over these connections. requests are (method, path, body) of HTTP, empty for MLLP."""

    port: int
    connections: int
    count: int
    requests: tuple[tuple[str, str, str], ...] = ()
    token: str = ""
    status: int = 200


def run_load(job: Job) -> Load:
    """What a generator in a process of its own saw. Raises RuntimeError for any answer that was not expected."""
    done = run(
        [sys.executable, "-m", "benchmarks.load"], input=json.dumps(asdict(job)).encode(), stdout=PIPE, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the load on port {job.port} was not answered as expected")
    seen = json.loads(done.stdout)
    return Load(seen["rate"], tuple(seen["latencies"]))


def messages(count: int) -> Iterator[bytes]:
    """Admissions, discharges, registrations and updates in turn, each about another patient."""
    prefix = uuid.uuid4().hex[:8]
    for number in range(count):
        visit = Visit(mrn=f"{prefix}{number}")
        build = (visit.a01, visit.a03, visit.a04, visit.a08)[number % 4]
        yield build(control=f"{prefix}-{number}")


def frames(job: Job) -> Iterator[bytes]:
    """What is sent, ready to write."""
    if not job.requests:
        yield from (b"\x0b" + message + END for message in messages(job.count))
        return
    for number in range(job.count):
        method, path, body = job.requests[number % len(job.requests)]
        content = body.replace("${unique}", str(uuid.uuid4())).encode()
        yield _request(job, method, path, content) + content


def _request(job: Job, method: str, path: str, content: bytes) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{job.port}",
        "Accept: application/fhir+json",
        *([f"Authorization: Bearer {job.token}"] if job.token else []),
        *(["Content-Type: application/fhir+json", f"Content-Length: {len(content)}"] if content else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _http_answer(reader: asyncio.StreamReader, job: Job) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    length = int(lower.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1]) == job.status


async def _mllp_answer(reader: asyncio.StreamReader, _: Job) -> bool:
    return b"MSA|AA" in await reader.readuntil(END)


async def _exchange(job: Job) -> Load:
    ready = list(frames(job))
    waiting, latencies = iter(ready), []
    answer = _http_answer if job.requests else _mllp_answer

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", job.port, limit=ROOM)
        for frame in waiting:
            begun = perf_counter()
            writer.write(frame)
            assert await answer(reader, job)
            latencies.append((perf_counter() - begun) * 1e3)
        writer.close()

    begun = perf_counter()
    await asyncio.gather(*(connection() for _ in range(job.connections)))
    return Load(len(ready) / (perf_counter() - begun), tuple(latencies))


def main() -> None:
    """Do the job on standard input."""
    given = json.loads(sys.stdin.read())
    job = Job(**{**given, "requests": tuple(map(tuple, given["requests"]))})
    seen = uvloop.run(_exchange(job))
    json.dump({"rate": seen.rate, "latencies": seen.latencies}, sys.stdout)


if __name__ == "__main__":
    main()
