"""A real Kubernetes API server with its etcd, on this machine's loopback.

Nothing runs pods: there is no kubelet, and no controller either but those of the server itself.
"""

import base64
import contextlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.devstack.process import die_with_parent
from tests.deploy.chart.programs import apiserver, etcd

TOKEN = "tests-only"
SIGNING_KEY = "service-accounts.pem"
"""In the cluster's folder: what tokens of service accounts are signed with."""
_PATIENCE = 300.0
Object = dict[str, Any]


class Refused(Exception):
    """The API server's own words."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class Cluster:
    """What tests ask of the server. `kubeconfig`: for Helm."""

    def __init__(self, url: str, authority: Path, folder: Path) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        self._http = httpx.Client(
            base_url=url, verify=context, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60, trust_env=False
        )
        self._plurals: dict[tuple[str, str], tuple[str, bool]] = {}
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump(kubeconfig(url, authority.read_text(), TOKEN)))
        self.url, self.authority, self.folder = url, authority, folder

    def ready(self) -> bool:
        """Whether the server says so."""
        try:
            return self._http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def create(self, thing: Object, namespace: str = "", subresource: str = "") -> Object:
        """Makes an object. Raises Refused."""
        return self._ask("POST", self._path(thing, namespace), json=thing)

    def get(self, thing: Object, namespace: str = "") -> Object | None:
        """The object of that kind and name as the server has it; None where there is none."""
        with contextlib.suppress(Refused):
            return self._ask("GET", f"{self._path(thing, namespace)}/{thing['metadata']['name']}")
        return None

    def all(self, api_version: str, kind: str, namespace: str) -> list[Object]:
        """All objects of a kind."""
        what = {"apiVersion": api_version, "kind": kind}  # which a list does not say of each
        return [{**what, **one} for one in self._ask("GET", self._path(what, namespace))["items"]]

    def delete(self, thing: Object, namespace: str = "") -> None:
        """Takes an object away. Raises Refused."""
        self._ask("DELETE", f"{self._path(thing, namespace)}/{thing['metadata']['name']}")

    def set_status(self, thing: Object, status: Object) -> None:
        """Says what a controller or a kubelet would say of an object. Raises Refused."""
        path = f"{self._path(thing, thing['metadata']['namespace'])}/{thing['metadata']['name']}/status"
        headers = {"Content-Type": "application/merge-patch+json"}
        self._ask("PATCH", path, json={"status": status}, headers=headers)

    def _path(self, thing: Object, namespace: str) -> str:
        version: str = thing["apiVersion"]
        if (version, thing["kind"]) not in self._plurals:
            for resource in self._ask("GET", _root(version))["resources"]:
                if "/" not in resource["name"]:
                    self._plurals[version, resource["kind"]] = resource["name"], resource["namespaced"]
        plural, namespaced = self._plurals[version, thing["kind"]]
        within = thing.get("metadata", {}).get("namespace") or namespace
        return f"{_root(version)}/namespaces/{within}/{plural}" if namespaced else f"{_root(version)}/{plural}"

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        answer = self._http.request(method, path, **given)
        if answer.is_error:
            raise Refused(answer.status_code, answer.text)
        return answer.json()


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def kubeconfig(url: str, authority: str, token: str) -> Object:
    """How a program finds the server, believes it and signs in. authority: its certificate, as PEM."""
    certificate = base64.b64encode(authority.encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
        "clusters": [{"name": "tests", "cluster": {"server": url, "certificate-authority-data": certificate}}],
        "users": [{"name": "tests", "user": {"token": token}}],
    }


@contextmanager
def started(
    address: str = "127.0.0.1", users: Mapping[str, str] | None = None, flags: Mapping[str, object] | None = None
) -> Generator[Cluster]:
    """A cluster without anything in it, until the end of the block. users: who may sign in beside the tests, with the
    group that they are in, if any; their names are their tokens. flags: of the server, beside or instead of those that
    it has here."""
    folder = Path(tempfile.mkdtemp(prefix="usher-cluster-"))
    try:
        with ExitStack() as running:
            store = f"http://127.0.0.1:{_free_port()}"
            running.enter_context(process("etcd", folder, _etcd_command(folder, store)))
            port = _free_port()
            _write_who_may_sign_in(folder, users or {})
            command = _apiserver_command(folder, {"etcd-servers": store, "bind-address": address, "secure-port": port})
            running.enter_context(process("apiserver", folder, [*command, *as_flags(flags or {})]))
            authority = folder / "certificates" / "apiserver.crt"
            _until(authority.exists, folder)
            cluster = Cluster(f"https://{address}:{port}", authority, folder)
            _until(cluster.ready, folder)
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _etcd_command(folder: Path, store: str) -> list[str]:
    peers = f"http://127.0.0.1:{_free_port()}"
    flags = {
        "data-dir": folder / "etcd",
        "listen-client-urls": store,
        "advertise-client-urls": store,
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": f"default={peers}",
        "log-level": "error",
    }
    return [str(etcd()), "--unsafe-no-fsync", *as_flags(flags)]


def _write_who_may_sign_in(folder: Path, users: Mapping[str, str]) -> None:
    everybody = {"tests": (TOKEN, "system:masters"), **{user: (user, group) for user, group in users.items()}}
    lines = [f'{token},{user},{user},"{group}"\n' for user, (token, group) in everybody.items()]
    (folder / "tokens.csv").write_text("".join(lines))
    (folder / SIGNING_KEY).write_bytes(_new_key())


def _apiserver_command(folder: Path, where: Mapping[str, object]) -> list[str]:
    key, tokens = folder / SIGNING_KEY, folder / "tokens.csv"
    flags = {
        **where,
        "cert-dir": folder / "certificates",
        "token-auth-file": tokens,
        "authorization-mode": "RBAC",
        "service-account-issuer": "https://tests.invalid",
        "service-account-signing-key-file": key,
        "service-account-key-file": key,
        "service-cluster-ip-range": "10.96.0.0/16",
        "endpoint-reconciler-type": "none",
    }
    return [str(apiserver()), *as_flags(flags)]


def as_flags(told: Mapping[str, object]) -> list[str]:
    """As programs in Go take them."""
    return [f"--{name}={value}" for name, value in told.items()]


def _new_key() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


@contextmanager
def process(name: str, folder: Path, command: list[str]) -> Generator[None]:
    """Runs until the end of the block. Its last lines are in the message of a start that failed."""
    with (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=die_with_parent(signal.SIGTERM))
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _until(there: Callable[[], bool], folder: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while not there():
        if time.monotonic() > until:
            logs = "\n".join(f"{log.name}: {log.read_text()[-3000:]}" for log in folder.glob("*.log"))
            raise AssertionError(f"The API server did not come up.\n{logs}")
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
