"""A temporary folder with the sample agencies, fresh key pairs and free ports: everything a demo gateway needs."""

import shutil
import socket
import tempfile
import tomllib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

from gateway.agencies.founding import keys_beside, private_key_file
from gateway.auth.keys import new_key_pair
from gateway.demo.samples import samples

HOST = "127.0.0.1"
HTTP_PORT, MLLP_PORT, HOOK_PORT = 8080, 2575, 9099
HOOK_OF = "living-room"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where one demo lives. keys holds <client>.private.jwks for each client."""

    folder: Path
    port: int
    mllp_port: int
    hook_port: int

    @property
    def agencies(self) -> Path:
        """The agency files, with the public keys."""
        return self.folder / "agencies"

    @property
    def keys(self) -> Path:
        """The private keys, where `crosswalk token` looks for them."""
        return keys_beside(self.agencies)

    @property
    def data(self) -> Path:
        """The folder of the embedded database."""
        return self.folder / "data"

    @property
    def key_file(self) -> Path:
        """The key-encryption key."""
        return self.folder / "key"

    @property
    def folders(self) -> Path:
        """Where agencies drop files and find what is delivered."""
        return self.folder / "folders"

    @property
    def secrets(self) -> Path:
        """The keys that sign rest-hooks."""
        return self.folder / "secrets"

    @property
    def story(self) -> Path:
        """The told story, for the page."""
        return self.folder / "story.json"

    @property
    def root(self) -> str:
        """The URL of the demo gateway."""
        return f"http://{HOST}:{self.port}"


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """A sandbox, removed at the end. The database's own account must be able to pass through: mode 0755."""
    samples()
    folder = Path(tempfile.mkdtemp(prefix="crosswalk-demo-"))
    try:
        folder.chmod(0o755)
        made = Sandbox(folder, free_port(HTTP_PORT), free_port(MLLP_PORT), free_port(HOOK_PORT))
        shutil.copytree(samples() / "agencies", made.agencies)
        make_keys(made.agencies, made.keys)
        make_hook(made)
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_keys(agencies: Path, keys: Path) -> None:
    """Make a key pair for every client: the public half where its agency file says, the private one in keys."""
    keys.mkdir(mode=0o700)
    for file in sorted(agencies.glob("*.toml")):
        for client in tomllib.loads(file.read_text()).get("clients", ()):
            private, public = new_key_pair()
            registered = agencies / client["jwks_file"]
            registered.parent.mkdir(exist_ok=True)
            registered.write_text(public + "\n")
            secret = private_key_file(keys, client["id"])
            secret.touch(mode=0o600)
            secret.write_text(private + "\n")


def make_hook(place: Sandbox) -> None:
    """Point the sample agency's rest-hook at a port of ours, and make the key that signs it."""
    file = place.agencies / f"{HOOK_OF}.toml"
    file.write_text(file.read_text().replace(f"localhost:{HOOK_PORT}", f"localhost:{place.hook_port}"))
    place.secrets.mkdir(mode=0o700)
    (place.secrets / f"{HOOK_OF}.webhook").write_text(f"whsec_{b64encode(token_bytes(32)).decode()}\n")


def free_port(wanted: int) -> int:
    """The wanted port if nobody listens there, else one that is free."""
    for port in (wanted, 0):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
            found: int = trial.getsockname()[1]
            return found
    raise OSError(f"no free port on {HOST}")
