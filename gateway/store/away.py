"""How the database says that it is not there, or not for now: nothing was kept, and trying again may help."""

import asyncpg
import sqlalchemy.exc

AWAY: tuple[type[Exception], ...] = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    sqlalchemy.exc.DBAPIError,
    sqlalchemy.exc.TimeoutError,
)
