"""A cluster of one node: etcd, API server, scheduler, controllers, kubelet, kube-proxy, CoreDNS, and pods that run."""

from pathlib import Path

from tests.deploy.pods.node import Node
from tests.deploy.pods.stores import Stores


def test_what_usher_stands_on_is_ready_in_pods(on_a_node: Node, tmp_path: Path) -> None:
    """Kafka and PostgreSQL with TLS and passwords, the object store, the mailbox, the issuer: pods that keep to the
    restricted standard, found by their names. Their topics are made by a command of the image, in a pod too."""
    stores = Stores(on_a_node, tmp_path)
    stores.start()
    assert on_a_node.ready()
    assert on_a_node.waiting() == ""
