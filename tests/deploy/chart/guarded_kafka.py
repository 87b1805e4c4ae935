"""A real broker that lets in who signs in with SASL over TLS, and lets do what the chart's users may do."""

import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typing_extensions import override

from deploy.devstack.kafka import Kafka
from deploy.devstack.options import HOST, Ports

_MECHANISM = "SCRAM-SHA-512"
# The protocol's numbers (org.apache.kafka.common.acl and .resource).
_TYPE = {"topic": 2, "group": 3}
_PATTERN = {"literal": 3}
_OPERATION = {"Read": 3, "Write": 4, "Describe": 8}
_ALLOW = 3
Object = dict[str, Any]


class GuardedKafka(Kafka):
    """One broker with two doors: `bootstrap` for the tests themselves, `guarded` for services."""

    def __init__(self, data: Path, ports: Ports, passwords: dict[str, str]) -> None:
        super().__init__(data, ports)
        self.guarded = f"{HOST}:{ports.smtp}"
        self.authority = data / "authority.pem"
        self._certificate = data / "broker.pem"
        self._passwords = passwords
        _certify(self.authority, self._certificate)

    async def allow(self, user: Object) -> None:
        """What Strimzi's User Operator does of a KafkaUser: its access control list, entry by entry."""
        principal = f"User:{user['metadata']['name']}"
        entries = [
            (_TYPE[on["type"]], on["name"], _PATTERN[on["patternType"]], principal, "*", _OPERATION[operation], _ALLOW)
            for acl in user["spec"]["authorization"]["acls"]
            for on in (acl["resource"],)
            for operation in acl["operations"]
        ]
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            for entry in entries:
                answer = await admin._send_to_controller(CreateAclsRequest(*entry))  # it has no method for it
                assert [code for code, _ in answer.creation_responses] == [0], answer
        finally:
            await admin.close()

    @override
    def _format(self, java: Sequence[str], settings: Path) -> None:
        users = [f"{_MECHANISM}=[name={name},password={word}]" for name, word in self._passwords.items()]
        given = [part for user in users for part in ("--add-scram", user)]
        arguments = ("format", "--standalone", "--cluster-id", "VXNoZXJHdWFyZGVkS2Fma2E", "--config", str(settings))
        command = (*java, "kafka.tools.StorageTool", *arguments, *given)
        subprocess.run(command, capture_output=True, check=True)

    @override
    def _settings(self) -> dict[str, str | int]:
        before = super()._settings()
        return {
            **before,
            "listeners": f"{before['listeners']},GUARDED://{self.guarded}",
            "advertised.listeners": f"{before['advertised.listeners']},GUARDED://{self.guarded}",
            "listener.security.protocol.map": f"{before['listener.security.protocol.map']},GUARDED:SASL_SSL",
            "inter.broker.listener.name": "PLAINTEXT",
            "sasl.enabled.mechanisms": _MECHANISM,
            "listener.name.guarded.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._certificate),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",  # the broker itself, and the tests by their own door
        }

    @contextmanager
    def running(self) -> Generator[None]:
        """Until the end of the block."""
        with (self.folder.parent / "kafka.log").open("w") as log:
            process = subprocess.Popen(self.prepare().arguments, stdout=log, stderr=log)
            try:
                self._until_answers(process)
                yield
            finally:
                process.terminate()
                process.wait(60)

    def _until_answers(self, process: subprocess.Popen[bytes]) -> None:
        import anyio

        until = time.monotonic() + 180
        while not anyio.run(self.ready):
            said = (self.folder.parent / "kafka.log").read_text()[-3000:]
            assert process.poll() is None and time.monotonic() < until, said
            time.sleep(0.5)


def _certify(authority: Path, broker: Path) -> None:
    """An authority, and a certificate of it for this machine's loopback with its key, as PEM."""
    ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
    now = datetime.now(UTC)

    def made(name: x509.Name, key: ec.EllipticCurvePrivateKey, ca: bool) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(root).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        builder = builder.not_valid_after(now + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
        return (builder if ca else builder.add_extension(names, critical=False)).sign(ours, hashes.SHA256())

    own = made(root, ours, ca=True)
    brokers = made(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")]), theirs, ca=False)
    pem = serialization.Encoding.PEM
    secret = theirs.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    authority.write_bytes(own.public_bytes(pem))
    broker.write_bytes(secret + brokers.public_bytes(pem) + own.public_bytes(pem))
