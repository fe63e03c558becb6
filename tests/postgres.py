"""A PostgreSQL server for tests: made in a temporary folder, run by an ordinary user, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD = "auditor", "p@ss/word:1"
MISSING = "no PostgreSQL server is installed (initdb is not found): `make postgres` installs one on Debian"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: the folder of its socket, and its TCP port on 127.0.0.1."""

    folder: Path
    port: int

    @property
    def by_socket(self) -> str:
        """The URL by way of the socket."""
        return f"postgresql://{USER}@/postgres?host={self.folder}&port={self.port}"

    @property
    def by_tcp(self) -> str:
        """The URL by way of TCP."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, the newest one where there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    by_name = shutil.which("initdb")
    return found[-1].parent if found else Path(by_name).resolve().parent if by_name else None


@contextmanager
def server(programs: Path) -> Iterator[Server]:
    """A server that is running. It refuses to run as root: then another user owns it."""
    folder = Path(tempfile.mkdtemp(prefix="auditor-postgres-"))
    owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    folder.chmod(0o755)
    if os.getuid() == 0:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    secret = folder / "secret"
    secret.write_text(PASSWORD, encoding="utf-8")
    port = _free_port()

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        user, group = (owner.pw_uid, owner.pw_gid) if os.getuid() == 0 else (None, None)
        subprocess.run(command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL, timeout=120, user=user, group=group)

    settings = f"-k {folder} -p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=Europe/Berlin"
    try:
        run("initdb", "-A", "scram-sha-256", "-U", USER, "--pwfile", str(secret), "-E", "UTF8", "--no-sync")
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", settings, "start")
        try:
            yield Server(folder=folder, port=port)
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
