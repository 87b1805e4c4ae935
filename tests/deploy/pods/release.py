"""A release of the chart on a node, as an operator handles it, and who works with it."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.devstack.issuer.people import Person
from deploy.devstack.issuer.tokens import access_token
from deploy.docgen.chart_files import CHART
from deploy.operate.services import SERVICES
from tests.deploy.chart.chart import run_helm
from tests.deploy.pods.node import Node
from tests.deploy.pods.stores import ISSUER, Stores
from tests.deploy.pods.work import Work

SPACE = "usher"
ADMIN = "maya.lindqvist@northwind.example"
_VALUES = Path(__file__).with_name("values.yaml")


@dataclass(frozen=True)
class Usher:
    """A release on the node, and who works with it."""

    node: Node
    stores: Stores
    company: str

    def helm(self, *arguments: str) -> str:
        """An operator's Helm. Its failure is an AssertionError with its own words and the node's."""
        environment = {"KUBECONFIG": str(self.node.cluster.kubeconfig), "PATH": "/usr/bin:/bin", "HOME": "/tmp"}
        done = run_helm(*arguments, "--namespace", SPACE, env=environment)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{self.node.said()}"
        return done.stdout

    def roll_out(self, command: str, *more: str) -> str:
        """helm install or upgrade, which ends when every pod is ready by the chart's own probes."""
        waits = ("--wait", "--wait-for-jobs", "--timeout", "20m")
        return self.helm(command, "usher", str(CHART), "--values", str(_VALUES), *waits, *more)

    def headers(self, person: Person) -> dict[str, str]:
        """Of somebody whom the issuer signed in."""
        return {"Authorization": f"Bearer {access_token(self.stores.key, person, ISSUER, 4 * 3600)}"}

    def url(self, service: str, port: int) -> str:
        """A service by its own address, as an ingress controller reaches it."""
        return f"http://{self.stores.address(f'usher-{service}', SPACE)}:{port}"

    def work(self, upload: str | None = None) -> Work:
        """An admin's."""
        admin = Person(ADMIN, self.company, permissions=("manage_users",))
        return Work(upload or self.url("upload", 8000), self.headers(admin))

    def provision(self) -> None:
        """A company with plenty of licenses and its admin, by a platform's calls."""
        headers = self.headers(Person("platform@usher.example", None, platform=True))
        company = {
            "name": "Northwind Trading",
            "plan": "plus",
            "purchased_licenses": 5000,
            "functional_areas": ["Sales"],
        }
        admin = {"first_name": "Maya", "last_name": "Lindqvist", "permissions": ["manage_users"]}
        where = f"/api/v1/companies/{self.company}"
        with httpx.Client(base_url=self.url("licensing", 8001), headers=headers, timeout=60, trust_env=False) as client:
            client.put(where, json=company).raise_for_status()
            client.put(f"{where}/users/{ADMIN}", json=admin).raise_for_status()

    def reaches(self, deployment: str, host: str, port: int, space: str = SPACE) -> bool:
        """Whether a pod gets a connection there within some seconds."""
        code = f"import socket; socket.create_connection(({host!r}, {port}), 5)"
        inside = ("exec", "--namespace", space, f"deploy/{deployment}", "--", "python", "-c", code)
        done = subprocess.run(self.node.kubectl(*inside), capture_output=True, text=True)
        assert done.returncode == 0 or "TimeoutError" in done.stderr or "Refused" in done.stderr, done.stderr
        return done.returncode == 0

    def mails(self, to: str) -> list[dict[str, str]]:
        """What left for somebody."""
        query = {"to": to, "limit": 10}
        return httpx.get(f"http://{self.stores.address('mail')}:8025/messages", params=query, trust_env=False).json()

    def pods(self, *services: str) -> dict[str, str]:
        """The pods of these services, or of all, by name, with what identifies each; but for those that are ending."""
        return {
            pod["metadata"]["name"]: pod["metadata"]["uid"]
            for pod in self.node.cluster.all("v1", "Pod", SPACE)
            if pod["metadata"]["labels"].get("app.kubernetes.io/component") in (services or SERVICES)
            if "deletionTimestamp" not in pod["metadata"]
        }

    @contextmanager
    def forwarded(self, service: str, port: int) -> Generator[str]:
        """kubectl port-forward, as the address that it says."""
        command = self.node.kubectl("port-forward", "--namespace", SPACE, f"service/usher-{service}", f":{port}")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forwarding:
            assert forwarding.stdout is not None
            said = forwarding.stdout.readline()
            yield f"http://{said.split()[2]}"
            forwarding.terminate()
