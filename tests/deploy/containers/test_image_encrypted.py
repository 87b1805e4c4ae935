"""The image where everything that it stands on wants TLS and a password: a batch from the upload to the last mail."""

from collections.abc import Iterator
from email.headerregistry import Address
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from deploy.checkout import ROOT
from deploy.devstack.issuer.people import Person
from deploy.devstack.issuer.tokens import access_token, load_key
from deploy.operate.services import SERVICES
from services.notification.application.smtp_client import MailServer, MailServerAway, SmtpConnection
from services.notification.domain.mail.outcome import Taken
from services.notification.formats.mail.compose import Envelope
from tests.deploy.containers import encrypted
from tests.deploy.containers.container import Container, Containers
from tests.deploy.containers.encrypted import INSIDE, ISSUER, PASSWORD, Authority, Mails, environment_of
from tests.deploy.containers.servers import answers, eventually

COMPANY = str(uuid4())
ADMIN = "maya.lindqvist@northwind.example"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PORTS = dict(zip(SERVICES, range(8000, 8004), strict=True))
SENDER = Address("Usher", "no-reply", "usher.example")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    """Who signed every server's certificate."""
    return Authority(folder / "authority")


@pytest.fixture(scope="module")
def mails(containers: Containers, authority: Authority) -> Iterator[Mails]:
    """A mail server with STARTTLS."""
    with Mails(authority, starttls=True).listening() as server:
        yield server


@pytest.fixture(scope="module")
def ours(
    others: None, containers: Containers, authority: Authority, folder: Path, mails: Mails
) -> Iterator[dict[str, Container]]:
    """The four services, ready, after topics and migrations by the image's own commands."""
    programs = [
        encrypted.kafka(authority, folder / "kafka"),
        encrypted.postgres(authority, folder / "postgres"),
        encrypted.objects(authority, folder / "data"),
        encrypted.issuer(folder / "issuer", authority),
    ]
    running: dict[str, Container] = {}
    mounts = {INSIDE: authority.folder}
    try:
        created = containers.run(["topics", "--replication=1"], environment_of("topics"), mounts=mounts)
        assert "Created usher.batches.v1" in created
        for service in SERVICES:
            owner = {"USHER_DATABASE_URL": encrypted.database_url(service, service)}
            assert "Applied" in containers.run(["migrate", service], owner, mounts=mounts)
            running[service] = containers.start(service, [service], environment_of(service), mounts)
        for service, port in PORTS.items():
            running[service].program.until(answers(f"http://127.0.0.1:{port}/readyz"))
        yield running
    finally:
        for container in running.values():
            container.stop()
        for program in reversed(programs):
            program.stop()


@pytest.fixture(scope="module")
def admin(ours: dict[str, Container], containers: Containers, folder: Path) -> Iterator[httpx.Client]:
    """The first admin of a company that the image's own command made."""
    key = load_key(folder / "issuer")
    platform = access_token(key, Person("platform@usher.example", None, platform=True), ISSUER)
    command = ["provision", COMPANY, "/examples/company.json", f"--admin={ADMIN}", f"--token={platform}"]
    told = {"USHER_LICENSING_URL": "http://licensing:8001"}
    said = containers.run(command, told, mounts={"/examples": ROOT / "examples"})
    assert said.strip() == f"Northwind Trading is there, and {ADMIN} is in it."
    token = access_token(key, Person(ADMIN, COMPANY, permissions=("manage_users",)), ISSUER)
    with httpx.Client(base_url="http://127.0.0.1:8000", headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def test_a_batch_goes_from_the_upload_to_the_last_mail(admin: httpx.Client, mails: Mails, folder: Path) -> None:
    path = ROOT / "examples" / "team-corrected.xlsx"
    uploaded = admin.post("/api/v1/batches", files={"file": (path.name, path.read_bytes(), XLSX)})
    batch = f"/api/v1/batches/{uploaded.raise_for_status().json()['id']}"
    eventually(lambda: admin.get(batch).json()["status"] == "ready_for_review")
    assert list((folder / "data" / "usher" / COMPANY).glob("*/*"))
    admin.post(f"{batch}/confirm").raise_for_status()
    eventually(lambda: admin.get(batch).json()["status"] == "completed")
    done = admin.get(batch).json()
    assert done["progress"]["emails_sent"] == done["counts"]["invite"] > 0
    assert len({envelope.rcpt_tos[0] for envelope in mails.taken}) >= done["counts"]["invite"]
    assert set(mails.encrypted) <= {"TLSv1.2", "TLSv1.3"}


def test_every_connection_to_postgres_is_encrypted(ours: dict[str, Container]) -> None:
    assert encrypted.sessions() == {f"{service}_service": True for service in SERVICES}


def test_a_kafka_that_another_authority_signed_for_is_not_believed(
    ours: dict[str, Container], containers: Containers, folder: Path
) -> None:
    mounts = {INSIDE: Authority(folder / "another").folder}
    one = containers.start("wrong-authority", ["topics"], environment_of("topics"), mounts)
    assert one.program.finish() == 1
    assert "usher: Kafka cannot be asked" in one.program.said()


def test_a_postgres_that_another_authority_signed_for_is_not_believed(
    ours: dict[str, Container], containers: Containers, folder: Path
) -> None:
    mounts = {INSIDE: Authority(folder / "a-third").folder}
    owner = {"USHER_DATABASE_URL": encrypted.database_url("upload", "upload")}
    one = containers.start("wrong-authority-2", ["migrate", "upload"], owner, mounts)
    assert one.program.finish() == 1
    assert "certificate verify failed" in one.program.said()
    assert one.program.said().startswith("usher: ")


@pytest.mark.anyio
@pytest.mark.parametrize(("scheme", "port", "starttls"), [("smtps", 4650, False), ("smtp+starttls", 5870, True)])
async def test_mail_leaves_by_tls_of_either_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, port: int, starttls: bool
) -> None:
    """And not to a server whose certificate nobody known has signed. The first of both is not in the batch's test."""
    authority = Authority(tmp_path / "authority")
    envelope = Envelope("no-reply@usher.example", "ann@northwind.example", b"Subject: Hello\r\n\r\nHello\r\n")
    with Mails(authority, starttls, port).listening() as server:
        url = f"{scheme}://usher%40example.com:{PASSWORD}@localhost:{port}"
        stranger = SmtpConnection(MailServer.from_url(url, SENDER, 5))
        with pytest.raises(MailServerAway, match="certificate"):
            await stranger.open()
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "ca.pem"))
        connection = SmtpConnection(MailServer.from_url(url, SENDER, 5))
        await connection.open()
        assert await connection.send(envelope) == Taken()
        await connection.quit()
        assert len(server.taken) == len(server.encrypted) == 1
