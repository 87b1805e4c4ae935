"""A real Kubernetes API server with its etcd, on this machine's loopback.

Nothing runs pods: there is no kubelet, and no controller either but those of the server itself.
"""

import contextlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
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
        self.kubeconfig.write_text(yaml.safe_dump(_kubeconfig(url, authority)))

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


def _kubeconfig(url: str, authority: Path) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
        "clusters": [{"name": "tests", "cluster": {"server": url, "certificate-authority": str(authority)}}],
        "users": [{"name": "tests", "user": {"token": TOKEN}}],
    }


@contextmanager
def started() -> Generator[Cluster]:
    """A cluster without anything in it, until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="usher-cluster-"))
    try:
        with ExitStack() as running:
            store = f"http://127.0.0.1:{_free_port()}"
            running.enter_context(_process("etcd", folder, _etcd_command(folder, store)))
            port = _free_port()
            running.enter_context(_process("apiserver", folder, _apiserver_command(folder, store, port)))
            authority = folder / "certificates" / "apiserver.crt"
            _until(authority.exists, folder)
            cluster = Cluster(f"https://127.0.0.1:{port}", authority, folder)
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
    return [str(etcd()), "--unsafe-no-fsync", *(f"--{name}={value}" for name, value in flags.items())]


def _apiserver_command(folder: Path, store: str, port: int) -> list[str]:
    key, tokens = folder / "service-accounts.pem", folder / "tokens.csv"
    key.write_bytes(_new_key())
    tokens.write_text(f'{TOKEN},tests,tests,"system:masters"\n')
    flags = {
        "etcd-servers": store,
        "bind-address": "127.0.0.1",
        "secure-port": port,
        "cert-dir": folder / "certificates",
        "token-auth-file": tokens,
        "authorization-mode": "RBAC",
        "service-account-issuer": "https://tests.invalid",
        "service-account-signing-key-file": key,
        "service-account-key-file": key,
        "service-cluster-ip-range": "10.96.0.0/16",
        "endpoint-reconciler-type": "none",
    }
    return [str(apiserver()), *(f"--{name}={value}" for name, value in flags.items())]


def _new_key() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


@contextmanager
def _process(name: str, folder: Path, command: list[str]) -> Generator[None]:
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
