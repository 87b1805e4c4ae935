"""What controllers and kubelets would do, as far as Helm looks at it: done by hand, since none of them runs here."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from tests.deploy.chart.cluster import Cluster

Object = dict[str, Any]
_DONE = {
    "succeeded": 1,
    "startTime": "2026-01-01T00:00:00Z",
    "completionTime": "2026-01-01T00:01:00Z",
    "conditions": [
        {
            "type": kind,
            "status": "True",
            "lastTransitionTime": "2026-01-01T00:01:00Z",
            "lastProbeTime": "2026-01-01T00:01:00Z",
        }
        for kind in ("SuccessCriteriaMet", "Complete")
    ],
}


class Hands:
    """Works in one namespace, in the order in which it would happen: no service is ready before its schema is there."""

    def __init__(self, cluster: Cluster, namespace: str, expected_jobs: int) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._expected = expected_jobs
        self._end = threading.Event()
        self.order: list[str] = []

    @contextmanager
    def busy(self) -> Generator[None]:
        """Meanwhile they work."""
        thread = threading.Thread(target=self._work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join(60)

    def _work(self) -> None:
        while not self._end.wait(0.2):
            jobs = self._cluster.all("batch/v1", "Job", self._namespace)
            for job in jobs:
                self._migrate(job)
            if len(jobs) >= self._expected and all(job.get("status", {}).get("succeeded") for job in jobs):
                for deployment in self._cluster.all("apps/v1", "Deployment", self._namespace):
                    self._roll_out(deployment)
            for service in self._cluster.all("v1", "Service", self._namespace):
                if service["spec"]["type"] == "LoadBalancer" and not service["status"]["loadBalancer"]:
                    self._cluster.set_status(service, {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}})
            for pod in self._cluster.all("v1", "Pod", self._namespace):
                if pod["status"].get("phase") == "Pending":
                    self._cluster.set_status(pod, {"phase": "Succeeded"})

    def _migrate(self, job: Object) -> None:
        if not job.get("status", {}).get("succeeded"):
            self._cluster.set_status(job, _DONE)
            self.order.append(job["metadata"]["name"])

    def _roll_out(self, deployment: Object) -> None:
        generation = deployment["metadata"]["generation"]
        if deployment.get("status", {}).get("observedGeneration") == generation:
            return
        replicas = deployment["spec"].get("replicas", 1)
        counts = {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas}
        made = self._cluster.create(_replica_set(deployment))
        self._cluster.set_status(made, {**counts, "observedGeneration": made["metadata"]["generation"]})
        self._cluster.set_status(deployment, {**counts, "updatedReplicas": replicas, "observedGeneration": generation})
        self.order.append(deployment["metadata"]["name"])


def _replica_set(deployment: Object) -> Object:
    """As the controller makes it, so that Helm finds the one that belongs to the deployment's present template."""
    meta, spec = deployment["metadata"], deployment["spec"]
    told = {"pod-template-hash": str(meta["generation"])}
    template = {**spec["template"], "metadata": {**spec["template"]["metadata"]}}
    template["metadata"]["labels"] = labels = {**template["metadata"]["labels"], **told}
    owner = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{meta['name']}-{meta['generation']}",
            "namespace": meta["namespace"],
            "labels": labels,
            "ownerReferences": [owner],
        },
        "spec": {
            "replicas": spec.get("replicas", 1),
            "selector": {"matchLabels": {**spec["selector"]["matchLabels"], **told}},
            "template": template,
        },
    }
