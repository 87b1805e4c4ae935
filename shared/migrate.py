"""Brings a service's schema up to date: plain SQL files, the mechanism's first, then the service's own."""

from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from yoyo import get_backend, read_migrations

from shared.tenancy import role_of

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("upload", "validation", "licensing", "notification")


def migrate(service: str, url: str) -> list[str]:
    """Applies what is missing, each file in a transaction of its own, under a lock, so that replicas that start at the
    same time do it once. Returns the ids of what was applied. Raises ValueError for a service that does not exist."""
    if service not in SERVICES:
        raise ValueError(f"There is no service {service!r}. The services are: {', '.join(SERVICES)}.")
    sources = [ROOT / "shared" / "migrations", ROOT / "services" / service / "migrations"]
    backend = get_backend(urlunsplit(urlsplit(url)._replace(scheme="postgresql+psycopg")))
    try:
        with backend.lock():
            missing = backend.to_apply(read_migrations(*(str(s) for s in sources if s.is_dir())))
            backend.apply_migrations(missing)
            _let_in(url, role_of(service))
            return [migration.id for migration in missing]
    finally:
        backend.connection.close()


def _let_in(url: str, role: str) -> None:
    """Lets the service's role read and write all tables, where the deployment has made such a role."""
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            for grant in _GRANTS:
                connection.execute(sql.SQL(grant).format(sql.Identifier(role)))


_GRANTS: tuple[LiteralString, ...] = (
    "GRANT USAGE ON SCHEMA public TO {}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}",
)
