"""The floor of a read: the stored JSON by type and id, through the same framework, server and driver as the gateway's.

``python -m benchmarks.floor_read DATABASE_URL PORT``
"""

import sys

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.store.database import POOL_SIZE, owner_url

TABLE = "CREATE TABLE IF NOT EXISTS bench_blob (type text, id uuid, body bytea, PRIMARY KEY (type, id))"
PUT = "INSERT INTO bench_blob VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
GET = "SELECT body FROM bench_blob WHERE type = $1 AND id = $2"


def app(pool: asyncpg.Pool) -> Starlette:
    """GET /fhir/{type}/{id}."""

    async def read(request: Request) -> Response:
        body = await pool.fetchval(GET, request.path_params["type"], request.path_params["id"])
        return Response(body or b"", 200 if body else 404, media_type="application/fhir+json")

    return Starlette(routes=[Route("/fhir/{type}/{id}", read)])


async def serve(url: str, port: int) -> None:
    """Serve until ended."""
    plain = owner_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with asyncpg.create_pool(plain, min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
        config = uvicorn.Config(app(pool), port=port, log_config=None, access_log=False, lifespan="off")
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
