"""Logs: one JSON object a line, nothing about a person in it; faults by their type and place alone."""

import logging
import sys
import traceback
from contextlib import suppress
from typing import Any

import structlog


def where(fault: BaseException) -> dict[str, str]:
    """What a log may say of a fault: its type and the line that raised it, never its text."""
    frames = traceback.extract_tb(fault.__traceback__)
    last = frames[-1] if frames else None
    place = f"{'/'.join(last.filename.rsplit('/', 2)[-2:])}:{last.lineno}" if last else ""
    return {"fault": type(fault).__name__, "place": place}


class StandardError:
    """Writes lines to whatever standard error is now; a log that cannot be written fails nothing else."""

    def msg(self, message: str) -> None:
        """Write one line."""
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{message}\n")
            sys.stderr.flush()

    log = debug = info = warning = error = critical = exception = msg


def _standard_error(*_: object) -> StandardError:
    return StandardError()


class Libraries(logging.Handler):
    """What libraries log, by its source and the place of its fault alone: their texts may quote what was sent."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record of a library."""
        fault = record.exc_info[1] if record.exc_info else None
        structlog.get_logger(record.name).error("library fault", logger=record.name, **(where(fault) if fault else {}))


def set_up() -> None:
    """Send every log to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _one_line,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=_standard_error,
        cache_logger_on_first_use=True,
    )
    logging.getLogger().handlers = [Libraries(logging.ERROR)]
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _one_line(_logger: Any, _name: str, event: Any) -> Any:
    """Control characters and bidirectional marks cannot forge a line or a field."""
    return {key: _plain(value) for key, value in event.items()}


def _plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in value)
