"""The chart on a real node: pods of the image, ready by their own probes, and work that goes on whatever befalls them.

In the order in which it would be lived through; each test stands on those before.
"""

from deploy.operate.services import SERVICES
from tests.deploy.pods.release import SPACE, Usher
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


def test_an_upgrade_and_a_rollback_go_unnoticed(usher: Usher) -> None:
    before = usher.pods()
    with usher.work().going_on() as work:
        usher.roll_out("upgrade", "--set", "image.tag=next")
        upgraded = usher.pods()
        usher.helm("rollback", "usher", "--wait", "--timeout", "20m")
    assert not set(before) & set(upgraded)
    assert not set(upgraded) & set(usher.pods())
    nothing_lost(usher, work)


def nothing_lost(usher: Usher, work: Work) -> None:
    """No request failed; every batch that began was completed; everybody had one mail and is one user."""
    assert work.failed == []
    assert work.invited
    assert len(work.completed) * PEOPLE == len(work.invited)
    assert {email: len(usher.mails(email)) for email in work.invited} == dict.fromkeys(work.invited, 1)
    print(f"{len(work.completed)} batches, {work.requests} requests, {len(work.invited)} people")
