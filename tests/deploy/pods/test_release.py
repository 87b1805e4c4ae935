"""The chart on a real node: pods of the image, ready by their own probes, and work that goes on whatever befalls them.

In the order in which it would be lived through; each test stands on those before.
"""

import time

import pytest

from deploy.operate.services import SERVICES
from tests.deploy.pods.release import SPACE, Usher
from tests.deploy.pods.stores import STORES
from tests.deploy.pods.work import PEOPLE, Work


def test_an_install_ends_when_every_pod_is_ready(usher: Usher) -> None:
    usher.roll_out("install")
    assert len(usher.pods()) == 2 * len(SERVICES)
    for pod in usher.node.cluster.all("v1", "Pod", SPACE):
        for one in pod["status"].get("containerStatuses", []):
            assert one["restartCount"] == 0, pod["metadata"]["name"]


def test_helm_test_finds_them_ready(usher: Usher) -> None:
    assert "Phase:          Succeeded" in usher.helm("test", "usher")


def test_a_batch_goes_from_a_forwarded_port_to_the_last_mail(usher: Usher) -> None:
    usher.provision()
    with usher.forwarded("upload", 8000) as address:
        work = usher.work(address)
        work.one(1)
    assert work.failed == []
    assert work.completed == [1]
    assert [len(usher.mails(email)) for email in work.invited] == [1] * PEOPLE


@pytest.mark.parametrize(
    ("who", "host", "port"),
    [
        ("upload", "usher-licensing", 8001),
        ("licensing", "usher-validation", 8002),
        ("upload", "issuer.stores", 8009),
        ("validation", "kafka.stores", 9092),
    ],
)
def test_network_policies_let_through_what_a_service_needs(usher: Usher, who: str, host: str, port: int) -> None:
    assert usher.reaches(f"usher-{who}", host, port)


@pytest.mark.parametrize(
    ("who", "host", "port"),
    [
        ("upload", "usher-validation", 8002),
        ("validation", "issuer.stores", 8009),
        ("notification", "objects.stores", 7070),
    ],
)
def test_network_policies_keep_a_service_from_the_rest(usher: Usher, who: str, host: str, port: int) -> None:
    assert not usher.reaches(f"usher-{who}", host, port)


@pytest.mark.parametrize("port", [8000, 8090])
def test_network_policies_keep_other_pods_out(usher: Usher, port: int) -> None:
    """From a namespace that no peer list names, to the port of people and to that of health."""
    pods = usher.node.cluster.all("v1", "Pod", SPACE)
    (address, *_) = (pod["status"]["podIP"] for pod in pods if pod["metadata"]["name"] in usher.pods("upload"))
    assert not usher.reaches("mail", address, port, STORES)


def test_an_upgrade_and_a_rollback_go_unnoticed(usher: Usher) -> None:
    before = usher.pods()
    with usher.work().going_on() as work:
        usher.roll_out("upgrade", "--set", "image.tag=next")
        upgraded = usher.pods()
        usher.helm("rollback", "usher", "--wait", "--timeout", "20m")
    assert not set(before) & set(upgraded)
    assert not set(upgraded) & set(usher.pods())
    nothing_lost(usher, work)


def test_a_pod_of_each_service_is_deleted_and_nobody_notices(usher: Usher) -> None:
    with usher.work().going_on() as work:
        for service in SERVICES:
            name, *_ = sorted(usher.pods(service))
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": SPACE}}
            usher.node.cluster.delete(pod)
            usher.node.until(lambda service=service, name=name: _whole(usher, service, name), f"Another {service}")
    nothing_lost(usher, work)


def test_the_kubelet_stops_and_starts_and_nobody_notices(usher: Usher) -> None:
    """For less time than the cluster takes to give a node up: with one node there is no other to go to."""
    before = usher.pods()
    with usher.work().going_on() as work:
        usher.node.stop_kubelet()
        time.sleep(20)
        usher.node.start_kubelet()
        time.sleep(20)
        usher.node.until(usher.node.ready, "The node")
    assert usher.pods() == before
    nothing_lost(usher, work)


def nothing_lost(usher: Usher, work: Work) -> None:
    """No request failed; every batch that began was completed; everybody had one mail and is one user."""
    assert work.failed == []
    assert work.invited
    assert len(work.completed) * PEOPLE == len(work.invited)
    assert {email: len(usher.mails(email)) for email in work.invited} == dict.fromkeys(work.invited, 1)
    print(f"{len(work.completed)} batches, {work.requests} requests, {len(work.invited)} people")


def _whole(usher: Usher, service: str, gone: str) -> bool:
    """Whether a service has all its pods again, ready, without that one."""
    pods = usher.node.cluster.all("v1", "Pod", SPACE)
    ours = [pod for pod in pods if pod["metadata"]["labels"].get("app.kubernetes.io/component") == service]
    ready = [all(one["ready"] for one in pod["status"].get("containerStatuses", [{"ready": False}])) for pod in ours]
    return gone not in {pod["metadata"]["name"] for pod in ours} and len(ready) == 2 and all(ready)
