"""A small sound folder of agency files, and a way to read it with something changed."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gateway.agencies.reading import Reading, read_folder
from gateway.agencies.template import key_lines
from gateway.auth.keys import new_key_pair

TODAY = date(2026, 11, 23)

CLINIC = """
id = "clinic"
name = "Clinic"
kind = "hospital"
jurisdiction = "US-IL"
zone = "America/Chicago"
[status]
health_care_provider = true
npi = "1234567893"
[[units]]
id = "detox"
name = "Detox"
part2_program = true
locations = ["DTX"]
[[channels]]
name = "adt"
adapter = "hospital"
transport = "mllp"
senders = [{ application = "EHR", facility = "CLINIC" }]
[[channels]]
name = "drop"
adapter = "hospital"
transport = "folder"
folder = "clinic"
[[handoffs]]
name = "housing"
receiver = "pantry"
when = { event = ["A03"], diagnosis = ["Z59"] }
category = { system = "s", code = "c" }
code = { system = "s", code = "c" }
[[clients]]
id = "clinic-ehr"
scopes = ["system/*.cruds"]
purposes = ["TREAT"]
role = "clinician"
unit = "detox"
[[clients.jwks]]
KEY
[[people]]
id = "ann"
name = "Ann"
role = "physician"
email = "ann@clinic.example"
[[agreements]]
kind = "MOU"
with = "pantry"
from = 2026-01-01
until = 2030-01-01
[[deliveries]]
name = "inbox"
route = "folder"
to = "clinic"
purpose = "TREAT"
role = "clinician"
"""

PANTRY = """
id = "pantry"
name = "Pantry"
kind = "community-org"
jurisdiction = "US"
zone = "America/Chicago"
[status]
"""

OPERATOR = """
id = "operator"
name = "Operator"
zone = "America/Chicago"
[[standing]]
agency = "clinic"
kind = "QSOA"
from = 2026-01-01
"""

Change = tuple[str, str, str]
"""(file, text in it, text instead)."""

ReadWith = Callable[..., Reading]


@pytest.fixture(scope="session")
def key_table() -> str:
    """A public key as the body of a TOML table."""
    return key_lines(new_key_pair()[1])


@pytest.fixture(scope="session")
def sound_texts(key_table: str) -> dict[str, str]:
    """The sound files by name."""
    return {"clinic": CLINIC.replace("KEY", key_table), "pantry": PANTRY, "operator": OPERATOR}


@pytest.fixture
def read_with(tmp_path: Path, sound_texts: dict[str, str]) -> ReadWith:
    """Read the sound folder after replacing texts; other files can be added whole."""

    def read(*changes: Change, mllp_host: str = "127.0.0.1", **more: str) -> Reading:
        texts = sound_texts | more
        for name, old, new in changes:
            assert old in texts[name]
            texts[name] = texts[name].replace(old, new, 1)
        for name, text in texts.items():
            (tmp_path / f"{name}.toml").write_text(text, "utf-8")
        return read_folder(tmp_path, TODAY, mllp_host)

    return read
