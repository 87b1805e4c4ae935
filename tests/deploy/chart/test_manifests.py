"""Every named value file makes manifests that Helm's linter and the kinds' own schemas accept."""

import json
import subprocess

import pytest

from deploy.docgen.chart_files import CHART
from tests.deploy.chart import schemas
from tests.deploy.chart.chart import VALUES, rendered, run_helm, values_file
from tests.deploy.chart.programs import KUBERNETES, kubeconform

NAMED = {"minimal", "everything", "strimzi", "external-kafka-sasl-tls", "keda", "restricted-network"}


def conform(manifests: str) -> tuple[int, list[dict[str, str]]]:
    """How many were valid, and what is said of the rest."""
    location = f"{schemas.folder()}/{schemas.NAMES}"
    command = (str(kubeconform()), "-strict", "-output", "json", "-summary", "-schema-location", location)
    done = subprocess.run(command, input=manifests, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    return said["summary"]["valid"], said["resources"]


def test_there_is_a_value_file_for_each_way_of_running_it() -> None:
    assert set(VALUES) == NAMED


@pytest.mark.parametrize("name", VALUES)
def test_helm_lints_it(name: str) -> None:
    done = run_helm("lint", str(CHART), "--strict", "--kube-version", KUBERNETES, "--values", str(values_file(name)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout


@pytest.mark.parametrize("name", VALUES)
def test_every_manifest_follows_its_kinds_schema(name: str) -> None:
    valid, wrong = conform(rendered(name))
    assert wrong == []
    assert valid == rendered(name).count("\nkind: ")


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ("unhealthyPodEvictionPolicy:", "unhealthyPodEvictionPolice:"),  # Kubernetes' own
        ("minReplicaCount:", "minReplicas:"),  # KEDA
        ("operations: [Write, Describe]", "operations: [Write, Shout]"),  # Strimzi
        ("databaseReclaimPolicy:", "reclaimPolicy:"),  # CloudNativePG
        ("podMetricsEndpoints:", "endpoints:"),  # Prometheus Operator
        ("refreshInterval:", "interval:"),  # External Secrets
    ],
)
def test_a_mistake_in_a_manifest_is_found(given: str, instead: str) -> None:
    manifests = rendered("everything")
    assert given in manifests
    _, wrong = conform(manifests.replace(given, instead))
    assert wrong
