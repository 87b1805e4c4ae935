"""A release of the chart in a namespace of its own, as an operator handles it with Helm."""

import os
from dataclasses import dataclass
from typing import Any

import yaml

from deploy.docgen.chart_files import CHART
from tests.deploy.chart.chart import run_helm, values_file
from tests.deploy.chart.cluster import Cluster

Object = dict[str, Any]
KEPT = "helm.sh/resource-policy"


@dataclass(frozen=True)
class Release:
    """One release called usher. Helm's answers must be good; they are returned as text."""

    cluster: Cluster
    namespace: str
    values: str

    def prepare(self) -> None:
        """The namespace, in which a pod that is not "restricted" is refused, and what the values name of others."""
        level = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
        for name in {self.namespace, "kafka"}:
            space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": level}}
            if not self.cluster.get(space):
                self.cluster.create(space)
        priority = {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": "usher"},
            "value": 1,
        }
        if not self.cluster.get(priority):
            self.cluster.create(priority)

    def install(self, *more: str) -> str:
        """helm install"""
        return self._helm("install", "usher", str(CHART), "--values", str(values_file(self.values)), *more)

    def upgrade(self, *more: str) -> str:
        """helm upgrade"""
        return self._helm("upgrade", "usher", str(CHART), "--values", str(values_file(self.values)), *more)

    def rollback(self) -> str:
        """helm rollback, to the release before"""
        return self._helm("rollback", "usher")

    def test(self) -> str:
        """helm test, which ends when its pod has."""
        return self._helm("test", "usher", "--timeout", "120s")

    def uninstall(self) -> str:
        """helm uninstall, also where it was done already"""
        return self._helm("uninstall", "usher", "--ignore-not-found")

    def manifests(self) -> list[Object]:
        """What Helm says that it installed, without its hooks."""
        return [one for one in yaml.safe_load_all(self._helm("get", "manifest", "usher")) if one]

    def notes(self) -> str:
        """What the chart tells whoever installed it, as Helm printed it."""
        return self._helm("get", "notes", "usher").strip()

    def there(self, thing: Object) -> Object | None:
        """An object as the server has it."""
        return self.cluster.get(thing, self.namespace)

    def names(self, kind: str, version: str) -> set[str]:
        """The names of all objects of a kind in the namespace."""
        return {one["metadata"]["name"] for one in self.cluster.all(version, kind, self.namespace)}

    def _helm(self, *arguments: str) -> str:
        environment = {**os.environ, "KUBECONFIG": str(self.cluster.kubeconfig)}
        done = run_helm(*arguments, "--namespace", self.namespace, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr
