"""Logs are one JSON object a line, tell a fault's type and place, and never its text."""

import json
import subprocess
import sys

from gateway.logs import where

SCRIPT = """
import structlog
from gateway.logs import set_up, where
set_up()
log = structlog.get_logger("x")
log.info("hello", forged="a\\nb\\u202ec\\x1b[0m", number=7)
try:
    int("marigold")
except ValueError as fault:
    log.warning("failed", **where(fault))
"""


def test_a_fault_is_told_by_type_and_place_alone() -> None:
    try:
        int("marigold")
    except ValueError as fault:
        told = where(fault)
    assert told["fault"] == "ValueError"
    assert "test_logs.py" in told["place"]
    assert "marigold" not in str(told)
    assert where(ValueError("marigold")) == {"fault": "ValueError", "place": ""}


def test_every_event_is_one_line_of_json_on_standard_error_that_no_value_can_forge() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True, text=True)
    hello, failed = [json.loads(line) for line in ran.stderr.splitlines()]
    assert (hello["event"], hello["level"], hello["number"]) == ("hello", "info", 7)
    assert hello["forged"].isprintable()
    assert (failed["fault"], failed["level"]) == ("ValueError", "warning")
    assert "marigold" not in ran.stderr
    assert ran.stdout == ""
