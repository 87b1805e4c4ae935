"""The chart installed by Helm into a real Kubernetes API server, with every named value file.

No kubelet and no operator runs: what is proven is that the server takes every object as it is meant, not that pods run.
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, cast

import pytest

from deploy.operate.services import SERVICES
from tests.deploy.chart.chart import VALUES, of_kind, pod_specs, secrets
from tests.deploy.chart.cluster import Cluster, Refused
from tests.deploy.chart.hands import Hands
from tests.deploy.chart.release import KEPT, Release

Object = dict[str, Any]


@pytest.fixture(params=VALUES, scope="module")
def installed(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[tuple[Release, str]]:
    """A release with one of the value files, and what Helm said of it. It goes through the tests in their order: each
    takes it as it is, and the last takes it away."""
    release = Release(cluster, f"with-{request.param}", request.param)
    release.prepare()
    yield release, release.install()
    release.uninstall()


@pytest.fixture
def release(installed: tuple[Release, str]) -> Release:
    """The release alone."""
    return installed[0]


def test_the_server_warns_of_nothing(installed: tuple[Release, str]) -> None:
    release, said = installed
    assert "STATUS: deployed" in said
    assert release.notes() in said
    assert "warning" not in said.replace(release.notes(), "").lower()  # the chart's own notes may warn


def test_the_notes_name_what_others_have_to_make(installed: tuple[Release, str]) -> None:
    release, said = installed
    made = set(of_kind("ExternalSecret", release.values)) | set(of_kind("KafkaUser", release.values)) | {"registry"}
    needed = {name for pod in pod_specs(release.values).values() for name in secrets(pod)} - made
    assert needed
    assert {name for name in needed if f"  {name} (" not in said} == set()
    topics = {"usher.batches.v1, 12 partitions", "usher.directory.v1, 12 partitions, cleanup.policy=compact"}
    told = {topic for topic in topics if topic in said}
    assert told == (set() if of_kind("KafkaTopic", release.values) else topics)


def test_every_object_is_there_with_every_field_that_was_given(release: Release) -> None:
    """A field that the server does not know would be dropped without a word."""
    manifests = release.manifests()
    missing = [path for given in manifests for path in lost(given, release.there(given), given["metadata"]["name"])]
    assert len(manifests) >= 29
    assert missing == []


def test_every_pod_passes_the_restricted_standard(release: Release) -> None:
    pods = pod_specs(release.values)
    assert len(pods) == 9
    for name, template in pods.items():
        pod = {"apiVersion": "v1", "kind": "Pod", **template}
        pod["metadata"] = {"name": name.lower().replace("/", "-"), "labels": template["metadata"]["labels"]}
        assert release.cluster.create(pod, release.namespace)["spec"]["serviceAccountName"].startswith("usher-")


def test_a_pod_that_could_write_its_image_or_be_root_would_be_refused(release: Release) -> None:
    spec = {"serviceAccountName": "usher-jobs", "containers": [{"name": "root", "image": "usher"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root"}, "spec": spec}
    with pytest.raises(Refused, match="violates PodSecurity"):
        release.cluster.create(pod, release.namespace)


def test_the_same_again_changes_nothing(release: Release) -> None:
    before = versions(release)
    release.upgrade()
    assert versions(release) == before


def test_a_new_version_migrates_first_and_takes_the_old_jobs_away(release: Release) -> None:
    before = release.names("Job", "batch/v1")
    release.upgrade("--set", "image.tag=0.2.0,image.digest=")
    after = release.names("Job", "batch/v1")
    assert len(after) == len(SERVICES)
    assert not before & after
    for deployment in release.cluster.all("apps/v1", "Deployment", release.namespace):
        spec = deployment["spec"]["template"]["spec"]
        tags = {each["image"].rpartition(":")[2] for each in (*spec["containers"], *spec["initContainers"])}
        assert tags == {"0.2.0"}


def test_a_version_that_is_taken_back_has_the_jobs_of_before(release: Release) -> None:
    before = release.names("Job", "batch/v1")
    release.upgrade("--set", "image.tag=0.3.0,image.digest=")
    release.rollback()
    assert release.names("Job", "batch/v1") == before


def test_helms_test_asks_every_service(release: Release) -> None:
    """Its pod is made, and ends by hand: what it does is tried in test_ready.py."""
    with Hands(release.cluster, release.namespace, len(SERVICES)).busy():
        assert "Phase:          Succeeded" in release.test()
    pods = {one["metadata"]["name"]: one["spec"] for one in release.cluster.all("v1", "Pod", release.namespace)}
    asked = [each for each in pods["usher-test"]["containers"][0]["args"] if each.endswith("/readyz")]
    assert len(asked) == len(SERVICES)


def test_what_holds_data_outlives_the_release_and_nothing_else_does(release: Release) -> None:
    manifests = release.manifests()
    release.uninstall()
    left = {one["kind"] for one in manifests if release.there(one)}
    kept = {one["kind"] for one in manifests if one["metadata"].get("annotations", {}).get(KEPT) == "keep"}
    assert left == kept <= {"KafkaTopic", "Cluster", "Database"}


@pytest.mark.parametrize("values", ["minimal", "everything"])
def test_an_install_that_waits_for_everything_ends(cluster: Cluster, values: str) -> None:
    """No service is ready before its schema is there, and no migration runs before what it needs: with migrations as
    hooks one would wait for the other for ever."""
    release = Release(cluster, f"waits-{values}", values)
    release.prepare()
    hands = Hands(cluster, release.namespace, len(SERVICES))
    with hands.busy():
        assert "STATUS: deployed" in release.install("--wait", "--wait-for-jobs", "--timeout", "300s")
    assert all("-migrate-" in name for name in hands.order[: len(SERVICES)])
    assert sorted(hands.order[len(SERVICES) :]) == sorted(f"usher-{service}" for service in SERVICES)
    release.uninstall()


def versions(release: Release) -> dict[str, str]:
    """Each object's version, which changes with the object."""
    found = {f"{one['kind']}/{one['metadata']['name']}": release.there(one) for one in release.manifests()}
    return {name: thing["metadata"]["resourceVersion"] for name, thing in found.items() if thing}


def lost(given: Any, there: Any, path: str) -> list[str]:
    """The paths of what was given and is not there as it was given."""
    if isinstance(given, dict) and isinstance(there, dict):
        theirs = cast(Object, there)
        return [p for key, value in cast(Object, given).items() for p in lost(value, theirs.get(key), f"{path}.{key}")]
    if isinstance(given, list) and isinstance(there, list):
        pairs = zip_longest(cast("list[Any]", given), cast("list[Any]", there))
        return [p for number, (ours, theirs) in enumerate(pairs) for p in lost(ours, theirs, f"{path}[{number}]")]
    # What is empty is left out by the server.
    return [] if given == there or (given in ("", None, [], {}) and there is None) else [path]
