"""What Usher stands on, as pods of a namespace of its own: Kafka, PostgreSQL, a mailbox, an object store and an issuer.

Kafka and PostgreSQL take nobody in without TLS and a password, as the chart has it where nothing else is said.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from deploy.devstack.issuer.tokens import folder as issuer_folder
from deploy.devstack.issuer.tokens import load_key
from deploy.operate.services import SERVICES
from tests.deploy.chart.cluster import Cluster
from tests.deploy.containers.encrypted import KAFKA_USERS, PASSWORD, Authority, databases_script, kafka_settings
from tests.deploy.pods.images import USHER, name_of
from tests.deploy.pods.node import Node

Object = dict[str, Any]

STORES = "stores"
ISSUER = f"https://issuer.{STORES}:8009"
INSIDE = Path("/run/usher")
"""Where pods find the authority's files."""
_KEYS = ("erasure-key", "invitation-key", "session-key", "service-key", "webhook-key")
_SECURE: Object = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
_POD: Object = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "fsGroup": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_LEVEL = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
_OBJECTS = {
    "AWS_ENDPOINT_URL": f"http://objects.{STORES}:7070",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": PASSWORD,
    "AWS_ALLOW_HTTP": "true",
}


def namespace(cluster: Cluster, name: str) -> None:
    """One that lets in what keeps to the restricted standard, and nothing else."""
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": _LEVEL}})


def secret(cluster: Cluster, space: str, name: str, told: Mapping[str, str]) -> None:
    """A secret with these keys."""
    metadata = {"name": name, "namespace": space}
    cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": dict(told)})


class Stores:
    """All of them, on a node. `key`: what the issuer signs with."""

    def __init__(self, node: Node, folder: Path) -> None:
        self._node, self._cluster = node, node.cluster
        names = (f"{name}.{STORES}" for name in ("kafka", "postgres", "issuer"))
        self._authority = Authority(folder / "authority", names=(*names, "localhost"))
        self.key = load_key(folder)
        self._issuer = issuer_folder(folder)

    def start(self) -> None:
        """Starts each, and waits until all are ready; makes topics and databases."""
        namespace(self._cluster, STORES)
        settings = {**kafka_settings(f"kafka.{STORES}", INSIDE), "log.dirs": "/data/log"}
        files = {file.name: file.read_text() for file in self._authority.folder.iterdir()}
        files |= {"server.properties": "\n".join(f"{name}={value}" for name, value in settings.items())}
        secret(self._cluster, STORES, "files", {**files, "superuser": PASSWORD, "key.json": self._key_file()})
        users = [part for user in KAFKA_USERS for part in ("--add-scram", user)]
        self._run("kafka", "kafka", [9092], [f"{INSIDE}/server.properties", *users])
        self._run("postgres", "postgres", [5432], [], self._told_postgres())
        gateway = {"ROOT_ACCESS_KEY": "tests", "ROOT_SECRET_KEY": PASSWORD}
        self._run("objects", "objects", [7070], ["--port=:7070", "--health=/health", "posix", "/data"], gateway)
        self._run("mail", "doubles", [1025, 8025], ["mailbox", "/data", "1025", "8025"])
        files_of = [f"{INSIDE}/server.pem", f"{INSIDE}/server.key"]
        self._run("issuer", "doubles", [8009], ["issuer", ISSUER, "/data", *files_of])
        self._node.until(lambda: self._ready() == 5, "What Usher stands on")
        self._make_databases()
        self._make_topics()

    def prepare(self, space: str) -> None:
        """The namespace of a release, with the secrets that the chart's page names."""
        namespace(self._cluster, space)
        told: dict[str, Mapping[str, str]] = {
            "usher-keys": {name: f"a {name} that is long enough for tests" for name in _KEYS},
            "usher-smtp": {"url": f"smtp://mail.{STORES}:1025"},
            "usher-objects": _OBJECTS,
            "usher-authority": {"ca.crt": (self._authority.folder / "ca.pem").read_text()},
        }
        for service in SERVICES:
            told[f"usher-{service}-database"] = {"username": f"{service}_service", "password": PASSWORD}
            told[f"usher-{service}-database-owner"] = {"username": service, "password": PASSWORD}
            told[f"usher-{service}-kafka"] = {"username": service, "password": PASSWORD}
        for name, keys in told.items():
            secret(self._cluster, space, name, keys)

    def address(self, name: str, space: str = STORES) -> str:
        """A Service's own address in the cluster."""
        found = self._cluster.get({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}, space)
        assert found is not None, name
        return found["spec"]["clusterIP"]

    def _key_file(self) -> str:
        return (self._issuer / "key.json").read_text()

    def _told_postgres(self) -> dict[str, str]:
        names = {"PASSWORD_FILE": "superuser", "CERTIFICATE": "server.pem", "KEY": "server.key"}
        return {variable: f"{INSIDE}/{file}" for variable, file in names.items()}

    def _ready(self) -> int:
        deployed = self._cluster.all("apps/v1", "Deployment", STORES)
        return sum(one.get("status", {}).get("readyReplicas", 0) for one in deployed)

    def _run(
        self,
        name: str,
        image: str,
        ports: Sequence[int],
        arguments: Sequence[str],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """One pod that keeps its files while it lives, and a name for it."""
        labels = {"app": name}
        mounts = [{"name": "data", "mountPath": "/data"}, {"name": "files", "mountPath": str(INSIDE), "readOnly": True}]
        volumes: list[Object] = [{"name": "data", "emptyDir": {}}, _files("files")]
        if name == "issuer":
            volumes.append(_files("key", [{"key": "key.json", "path": "key.json"}]))
            mounts.append({"name": "key", "mountPath": "/data/issuer"})
        if name == "objects":
            volumes.append({"name": "bucket", "emptyDir": {}})
            mounts.append({"name": "bucket", "mountPath": "/data/usher"})
        container: Object = {
            "name": name,
            "image": name_of(image),
            "args": list(arguments),
            "env": [{"name": key, "value": value} for key, value in (environment or {}).items()],
            "ports": [{"containerPort": port} for port in ports],
            "securityContext": _SECURE,
            "volumeMounts": mounts,
            "resources": {"requests": {"cpu": "200m"}},  # without any, a busy node's pods would leave them nothing
            "readinessProbe": {"tcpSocket": {"port": ports[0]}, "periodSeconds": 2, "timeoutSeconds": 5},
        }
        pod = {"containers": [container], "volumes": volumes, "securityContext": _POD, "enableServiceLinks": False}
        spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
        metadata = {"name": name, "namespace": STORES}
        self._cluster.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
        opened = {"selector": labels, "ports": [{"name": f"p{port}", "port": port} for port in ports]}
        self._cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": opened})

    def _make_databases(self) -> None:
        lines = [line for line in databases_script().splitlines() if not line.startswith(("\\", "--"))]
        where = f"host={self.address('postgres')} user=postgres password={PASSWORD} sslmode=require"
        with psycopg.connect(where, autocommit=True) as connection:
            for statement in "\n".join(lines).split(";"):
                if statement.strip():
                    connection.execute(statement.encode())

    def _make_topics(self) -> None:
        told = {
            "USHER_KAFKA_BOOTSTRAP_SERVERS": f"kafka.{STORES}:9092",
            "USHER_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "USHER_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "USHER_KAFKA_USERNAME": "topics",
            "USHER_KAFKA_PASSWORD": PASSWORD,
            "USHER_KAFKA_CA_FILE": f"{INSIDE}/ca.pem",
        }
        self.carry_out("topics", ["topics", "--replication=1"], told)

    def carry_out(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Runs a command of the image to its good end, in a pod among the stores."""
        container: Object = {
            "name": name,
            "image": USHER,
            "args": list(arguments),
            "env": [{"name": key, "value": value} for key, value in environment.items()],
            "securityContext": {**_SECURE, "readOnlyRootFilesystem": True},
            "volumeMounts": [{"name": "files", "mountPath": str(INSIDE)}, {"name": "tmp", "mountPath": "/tmp"}],
        }
        spec: Object = {
            "containers": [container],
            "volumes": [_files("files"), {"name": "tmp", "emptyDir": {}}],
            "securityContext": _POD,
            "restartPolicy": "Never",
            "enableServiceLinks": False,
        }
        pod: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": STORES}, "spec": spec}
        self._cluster.create(pod)

        def ended() -> str:
            phase: str = (self._cluster.get(pod) or pod).get("status", {}).get("phase", "")
            return phase if phase in ("Succeeded", "Failed") else ""

        self._node.until(ended, f"The end of {name}")
        assert ended() == "Succeeded", self._node.said()


def _files(name: str, items: Sequence[Mapping[str, str]] | None = None) -> Object:
    """The secret of files as a volume, which the pod's group may read."""
    given: Object = {"secretName": "files", "defaultMode": 0o440}
    return {"name": name, "secret": {**given, **({"items": list(items)} if items else {})}}
