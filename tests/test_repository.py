"""What is committed: packaged whole, pinned by hash, without secrets, addresses of registries or paths of a machine."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("adapters", "consent", "gateway", "mappings")
LOCKS = ("requirements.lock", "requirements-dev.lock")
REGISTRIES = [f"{host}.org" for host in ("py" + "pi", "files.python" + "hosted", "registry.npm" + "js")]
FLAGS = ["--index" + "-url", "--extra-index" + "-url", "--find" + "-links", "--trusted" + "-host"]
MACHINE = ["/" + "work/", "/" + "root/", "/home" + "/", "bash" + "_jobs"]
SECRETS = re.compile(r'-----BEGIN [A-Z ]*PRIVATE KEY-----|"d"\s*:\s*"[A-Za-z0-9_-]{30,}"|AKIA[0-9A-Z]{16}')


def committed() -> list[Path]:
    """The files under version control, or all that would be where this is no clone."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git repository here: nothing says what is committed")
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


def holding(words: list[str]) -> list[str]:
    return [f"{file.relative_to(ROOT)}: {word}" for file in committed() for word in words if word in text(file)]


def test_no_committed_file_names_a_registry_or_how_to_reach_one() -> None:
    assert holding(REGISTRIES + FLAGS) == []


def test_no_committed_file_holds_a_path_of_one_machine() -> None:
    assert holding(MACHINE) == []


def test_no_committed_file_holds_a_private_key() -> None:
    assert [str(file) for file in committed() if SECRETS.search(text(file))] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_is_pinned_by_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().replace("\\\n", " "))
    packages = [entry for entry in entries if re.match(r"[A-Za-z0-9]", entry)]
    assert len(packages) > 20
    assert [entry for entry in packages if not re.match(r"[\w.\-\[\],]+==\S+.*--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_the_lock_that_runs_is_a_part_of_the_lock_that_tests() -> None:
    pins = [set(re.findall(r"^[\w.\-\[\],]+==\S+", (ROOT / lock).read_text(), re.MULTILINE)) for lock in LOCKS]
    assert pins[0] <= pins[1]


def test_every_dependency_is_locked() -> None:
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["dev"]]
    locked = set(re.findall(r"^([\w.\-]+)(?:\[[\w,]+\])?==", (ROOT / LOCKS[1]).read_text(), re.MULTILINE))
    assert {canonical(re.match(r"[\w.\-]+", each)[0]) for each in wanted} <= set(map(canonical, locked))  # type: ignore[index]  # names match


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel, built from a copy of what is here."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--quiet"]
    done = subprocess.run([*build, "--wheel-dir", folder, ROOT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as file:
        return set(file.namelist())


def test_the_wheel_holds_every_file_of_the_packages(wheel: set[str]) -> None:
    files = {file.relative_to(ROOT).as_posix() for file in committed()}
    inside = {name for name in files if name.split("/")[0] in PACKAGES}
    assert inside <= wheel
    assert {Path(name).suffix for name in inside} >= {".py", ".toml", ".json", ".sql", ".typed"}


def test_the_wheel_is_typed_licensed_and_holds_nothing_else(wheel: set[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= wheel
    assert any(name.endswith("licenses/LICENSE") for name in wheel)
    assert {name.split("/")[0] for name in wheel if ".dist-info" not in name} == set(PACKAGES)


def stages() -> list[list[str]]:
    """The instructions of each stage of the Dockerfile, continuation lines joined."""
    joined = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    starts = [place for place, line in enumerate(lines) if line.startswith("FROM ")]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def test_the_image_runs_without_rights_and_says_how_it_is() -> None:
    final = stages()[-1]
    (user,) = [line for line in final if line.startswith("USER ")]
    assert user.split()[1] not in {"root", "0"}
    assert any(line.startswith("HEALTHCHECK") and "/livez" in line for line in final)
    assert final[-2:] == ['ENTRYPOINT ["crosswalk"]', 'CMD ["serve"]']


def test_the_image_installs_by_hash_and_copies_no_secret() -> None:
    build = stages()[0]
    installs = [line for line in build if re.search(r"pip (install|wheel)", line)]
    assert all(re.search(r"pip (install|wheel) [^&]*(--require-hashes|--no-index)", line) for line in installs)
    assert all(line.startswith("FROM python:3.11-slim") for line in (stage[0] for stage in stages()))
    copied = {word for line in build if line.startswith("COPY ") for word in line.split()[1:-1]}
    assert copied == {*PACKAGES, *LOCKS, "pyproject.toml", "README.md", "LICENSE"}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed


def test_compose_takes_secrets_from_files_and_opens_no_door() -> None:
    lines = (ROOT / "compose.yaml").read_text().splitlines()
    words = [line.strip() for line in lines if not line.startswith("#")]
    assert "image: postgres:18" in words
    assert "POSTGRES_PASSWORD_FILE: /run/secrets/database_password" in words
    assert not [word for word in words if re.match(r"POSTGRES_PASSWORD:|.*postgresql://\w+:[^$@]+@", word)]
    published = [word for word in words if re.match(r'- "[\d.:]+"$', word)]
    assert published == ['- "127.0.0.1:8080:8080"']
    assert not [line for line in lines if "\t" in line]


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "soak", "mutation"])
def test_make_knows_each_command(target: str) -> None:
    dry = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert dry.returncode == 0, dry.stderr
    assert ".venv/bin/" in dry.stdout


def test_make_says_what_is_missing_where_there_is_no_python(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "echo", "touch"):
        (tools / name).symlink_to(f"/bin/{name}")
    made = subprocess.run(
        [str(shutil.which("make")), "test"],
        cwd=tmp_path,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode != 0
    assert "no Python 3.11" in made.stderr
    assert not (tmp_path / ".venv").exists()


def test_ci_runs_the_checks_and_the_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    assert script[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in script
    assert [line for line in script if line.startswith("make ")] == ["make check", "make test"]


def test_json_that_is_committed_can_be_read() -> None:
    for file in committed():
        if file.suffix == ".json" and "bad_input" not in file.parts:
            json.loads(file.read_bytes())
