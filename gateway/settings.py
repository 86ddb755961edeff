"""Settings, read once: command-line options win over CROSSWALK_ variables of the environment."""

import os
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data() -> Path:
    """Where records are kept when nothing else is said; as root, a folder the database's own account can reach."""
    if os.geteuid() == 0:
        return Path("/var/lib/crosswalk")
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "crosswalk"


def default_key_file() -> Path:
    """Where the key-encryption key lies: never in the data folder."""
    if os.geteuid() == 0:
        return Path("/etc/crosswalk/key")
    return Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "crosswalk" / "key"


class Settings(BaseSettings):
    """What an operator can set. Secrets come from files alone."""

    model_config = SettingsConfigDict(env_prefix="CROSSWALK_", frozen=True)

    data: Path = default_data()
    key_file: Path = default_key_file()
    database_url: str = ""
    agencies: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    mllp_host: str = "127.0.0.1"
    mllp_port: int = 2575
    workers: int = 1
    public_url: str = ""
    folders: Path | None = None
    """Watched folders: ``in/`` for what agencies drop, ``out/`` for what is delivered; none where not set."""
    secrets: Path | None = None
    """Folder of the keys that sign rest-hooks."""
    local_receivers: tuple[str, ...] = ()
    """Addresses (host:port) off the public internet, or without TLS, that deliveries may go to all the same."""
    story: Path | None = None
    """A told story (crosswalk demo) that the start page shows."""

    @property
    def base(self) -> str:
        """The FHIR base URL that clients use."""
        return f"{self.root}/fhir"

    @property
    def root(self) -> str:
        """The URL of the gateway as clients reach it."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
