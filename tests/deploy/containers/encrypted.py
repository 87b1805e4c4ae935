"""Kafka, PostgreSQL, a mail server and an object store that take nobody in without TLS and a password."""

import asyncio
import os
import re
import socket
import ssl
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiosmtpd.controller
import aiosmtpd.smtp
import psycopg
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from deploy.checkout import ROOT
from deploy.operate.services import SERVICES
from tests.deploy.containers import servers
from tests.deploy.containers.program import Program
from tests.deploy.containers.servers import answers

PASSWORD = "a-password-of-the-tests"
NAMES = ("kafka", "postgres", "mail", "objects", "localhost")
ISSUER = "https://localhost:8009"
INSIDE = "/run/usher"
"""Where containers find the authority's certificate."""
BOTH = "both.pem"
_CLUSTER = "VXNoZXJFbmNyeXB0ZWQwMA"
_ACCESS = "host all postgres 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"


@dataclass
class Authority:
    """A certificate authority of the tests, and what it signed for the servers, as files."""

    folder: Path
    names: tuple[str, ...] = NAMES
    ca: trustme.CA = field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.ca.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        signed = self.ca.issue_cert(*self.names)
        signed.private_key_pem.write_to_path(str(self.key))
        for number, part in enumerate(signed.cert_chain_pems):
            part.write_to_path(str(self.certificate), append=number > 0)
        key = load_pem_private_key(signed.private_key_pem.bytes(), None)
        packed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.both.write_bytes(packed + self.certificate.read_bytes())

    @property
    def certificate(self) -> Path:
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"

    @property
    def both(self) -> Path:
        """Key, as PKCS #8, and certificates in one file: as Kafka takes them."""
        return self.folder / BOTH

    def context(self) -> ssl.SSLContext:
        """A server's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def kafka(authority: Authority, folder: Path) -> Program:
    """SASL_SSL with SCRAM-SHA-512, a user for each service and one that creates topics."""
    program = servers.kafka(kafka_settings("kafka", authority.folder), _CLUSTER, folder, KAFKA_USERS)
    program.until(lambda: _listens(9092))
    return program


KAFKA_USERS = [f"SCRAM-SHA-512=[name={name},password={PASSWORD}]" for name in ("broker", "topics", *SERVICES)]
"""As kafka-storage takes them."""


def kafka_settings(host: str, files: Path) -> dict[str, str]:
    """Of such a broker, but for its folder. host: its name for clients; files: where the authority's are for it."""
    module = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "listeners": "SASL_SSL://:9092,CONTROLLER://localhost:9093",
        "advertised.listeners": f"SASL_SSL://{host}:9092",
        "listener.security.protocol.map": "SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "SASL_SSL",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": "1@localhost:9093",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f'{module} username="broker" password="{PASSWORD}";',
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(files / BOTH),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(files / "ca.pem"),
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
    }


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def postgres(authority: Authority, folder: Path) -> Program:
    """TLS alone, and a password: the roles that the compose file's script makes."""
    folder.mkdir()
    program = servers.postgres(
        folder, ("--encoding=UTF8", "--locale=C"), _ACCESS, (authority.certificate, authority.key)
    )
    program.until(servers.postgres_answers)
    ours = folder.with_suffix(".sql")
    ours.write_text(databases_script())
    servers.run_sql(ours)
    return program


def databases_script() -> str:
    """What makes the databases and their roles, with the tests' password: production refuses the compose file's own."""
    script = (ROOT / "deploy" / "compose" / "databases.sql").read_text()
    return re.sub(r"PASSWORD '[^']*'", f"PASSWORD '{PASSWORD}'", script)


class Mails:
    """A mail server that takes mail from who has signed in over TLS, and from nobody else."""

    def __init__(self, authority: Authority, starttls: bool, port: int = 587) -> None:
        self.taken: list[aiosmtpd.smtp.Envelope] = []
        self.encrypted: list[str] = []
        context = authority.context()
        options = {"require_starttls": True, "tls_context": context} if starttls else {"ssl_context": context}
        self._controller = aiosmtpd.controller.Controller(
            self,
            hostname="127.0.0.1",
            port=port,
            auth_required=True,
            authenticator=self._knows,
            auth_require_tls=starttls,  # with TLS from the first byte aiosmtpd does not see that it is there
            ssl_context=options.get("ssl_context"),
            tls_context=options.get("tls_context"),
            require_starttls=starttls,
        )

    def _knows(self, *asked: object) -> aiosmtpd.smtp.AuthResult:
        expected = aiosmtpd.smtp.LoginPassword(b"usher@example.com", PASSWORD.encode())
        return aiosmtpd.smtp.AuthResult(success=asked[-1] == expected)

    async def handle_DATA(
        self, server: aiosmtpd.smtp.SMTP, session: aiosmtpd.smtp.Session, envelope: aiosmtpd.smtp.Envelope
    ) -> str:
        transport = server.transport
        assert isinstance(transport, asyncio.Transport)
        self.encrypted.append(transport.get_extra_info("cipher")[1])
        self.taken.append(envelope)
        return "250 Taken"

    @contextmanager
    def listening(self) -> Generator["Mails"]:
        """While it is needed."""
        self._controller.start()
        try:
            yield self
        finally:
            self._controller.stop()


def objects(authority: Authority, folder: Path) -> Program:
    """The S3 gateway of the compose file, over TLS."""
    from tests.deploy.containers.compose import services

    (folder / "usher").mkdir(parents=True)
    service = services()["objects"]
    tls = [f"--cert={authority.certificate}", f"--key={authority.key}"]
    program = servers.objects(service.version, [*tls, *service.arguments], service.environment, folder)
    program.until(answers("https://localhost:7070/health"))
    return program


def issuer(folder: Path, authority: Authority) -> Program:
    """The development stack's, over TLS."""
    folder.mkdir()
    serve = (
        "import sys, uvicorn, pathlib; from deploy.devstack.issuer.app import build;"
        "issuer, data, *files = sys.argv[1:];"
        "uvicorn.run(build(issuer, pathlib.Path(data)), port=8009, ssl_certfile=files[0], ssl_keyfile=files[1])"
    )
    files = (str(authority.certificate), str(authority.key))
    command = (sys.executable, "-c", serve, ISSUER, str(folder), *files)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared' / 'contracts'}"}
    program = Program("issuer", command, folder / "issuer.log", environment)
    program.until(answers(f"{ISSUER}/.well-known/openid-configuration"))
    return program


def environment_of(service: str) -> dict[str, str]:
    """What such a service is told in production: everything encrypted, everything checked against the authority."""
    key = "a key that is long enough for a service of the tests"
    return {
        "USHER_ENVIRONMENT": "production",
        "USHER_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
        "USHER_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "USHER_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "USHER_KAFKA_USERNAME": service,
        "USHER_KAFKA_PASSWORD": PASSWORD,
        "USHER_KAFKA_CA_FILE": f"{INSIDE}/ca.pem",
        "USHER_DATABASE_URL": database_url(service, f"{service}_service"),
        "USHER_BLOB_URL": "s3://usher",
        "AWS_ENDPOINT_URL": "https://objects:7070",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "development-only",
        "AWS_SECRET_ACCESS_KEY": "development-only-objects",
        "SSL_CERT_FILE": f"{INSIDE}/ca.pem",
        "USHER_SMTP_URL": f"smtp+starttls://usher%40example.com:{PASSWORD}@mail:587",
        "USHER_OIDC_ISSUER": ISSUER,
        "USHER_PUBLIC_URL": "https://usher.example",
        "USHER_LICENSING_URL": "http://licensing:8001",
        "USHER_NOTIFICATION_URL": "http://notification:8003",
        "USHER_INVITATION_KEY": key,
        "USHER_SESSION_KEY": key,
        "USHER_SERVICE_KEY": key,
        "USHER_WEBHOOK_KEY": key,
        "USHER_ERASURE_KEY": key,
    }


def database_url(service: str, role: str) -> str:
    """A service's database, with the server's certificate and name checked."""
    return f"postgresql://{role}:{PASSWORD}@postgres:5432/{service}?sslmode=verify-full&sslrootcert={INSIDE}/ca.pem"


def sessions() -> dict[str, bool]:
    """Who is signed in to PostgreSQL from the network, and whether all their connections are encrypted."""
    query = (
        "SELECT usename, bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
        " WHERE usename LIKE '%\\_service' GROUP BY 1"
    )
    with psycopg.connect(servers.SUPERUSER) as connection:
        return dict(connection.execute(query).fetchall())
