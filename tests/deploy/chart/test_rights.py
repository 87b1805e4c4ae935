"""What each service's user may do in Kafka, and where its pods may connect: what the code needs, and nothing else."""

from typing import Any

import pytest

from deploy.local.options import SERVICES
from tests.deploy.chart.chart import of_kind
from tests.unit.shared.test_subscribers import brokers, subscribers
from usher_contracts.topics import TOPICS

Object = dict[str, Any]

pytestmark = pytest.mark.anyio


def rights(service: str) -> set[tuple[str, str, str]]:
    """What a user may do: (operation, kind of resource, its name)."""
    user = of_kind("KafkaUser", "everything")[f"usher-{service}"]
    return {
        (operation, acl["resource"]["type"], acl["resource"]["name"])
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }


async def test_a_user_may_do_what_its_service_does_and_nothing_else() -> None:
    read = {
        service: {(str(s.group_id), s.topics[0].name) for s in subscribers(broker)} for service, broker in brokers()
    }
    assert set(read) == set(SERVICES)
    for service, subscriptions in read.items():
        own = {topic.name for topic in TOPICS if topic.owner == service}
        heard = {topic for _, topic in subscriptions}
        assert rights(service) == {
            *(("Write", "topic", topic) for topic in own),
            *(("Read", "topic", topic) for topic in heard),
            *(("Describe", "topic", topic) for topic in own | heard),
            *(("Read", "group", group) for group, _ in subscriptions),
        }


def test_no_right_is_for_more_than_one_name() -> None:
    for user in of_kind("KafkaUser", "everything").values():
        assert {acl["resource"]["patternType"] for acl in user["spec"]["authorization"]["acls"]} == {"literal"}


def test_topics_are_the_contracts() -> None:
    made = of_kind("KafkaTopic", "strimzi")
    assert set(made) == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        spec = made[topic.name]["spec"]
        assert spec["partitions"] == topic.partitions
        assert spec["config"] == {**topic.config, "min.insync.replicas": "2"}


async def test_scaling_looks_at_every_group_and_stops_at_the_partitions() -> None:
    scaled = of_kind("ScaledObject", "keda")
    fewest = min(topic.partitions for topic in TOPICS)
    for service, broker in brokers():
        spec = scaled[f"usher-{service}"]["spec"]
        groups = {
            t["metadata"]["consumerGroup"]: t["metadata"]["topic"] for t in spec["triggers"] if t["type"] == "kafka"
        }
        assert groups == {str(one.group_id): one.topics[0].name for one in subscribers(broker)}
        assert spec["maxReplicaCount"] <= fewest


def peers(policy: str, direction: str, name: str = "restricted-network") -> list[Object]:
    """All that a policy lets through in one direction, as single peers with their ports."""
    rules = of_kind("NetworkPolicy", name)[policy]["spec"].get(direction, [])
    side = "to" if direction == "egress" else "from"
    return [
        {"ports": [p["port"] for p in rule["ports"]], "peer": peer} for rule in rules for peer in rule.get(side, [None])
    ]


def test_nothing_is_open_that_was_not_named() -> None:
    policies = of_kind("NetworkPolicy", "restricted-network")
    found = [each["peer"] for policy in policies for way in ("ingress", "egress") for each in peers(policy, way)]
    assert None not in found
    assert policies["usher-deny"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policies["usher-deny"]["spec"] and "egress" not in policies["usher-deny"]["spec"]


@pytest.mark.parametrize(
    ("service", "ports"),
    [
        ("upload", {5432, 9093, 443, 8001, 4318}),
        ("licensing", {5432, 9093, 443, 4318}),
        ("validation", {5432, 9093, 443, 4318}),
        ("notification", {5432, 9093, 465, 4318}),
        ("migrate", {5432}),
    ],
)
def test_a_service_reaches_what_it_needs(service: str, ports: set[int]) -> None:
    assert {port for each in peers(f"usher-{service}", "egress") for port in each["ports"]} == ports


def test_only_upload_calls_licensing_and_nobody_but_prometheus_the_others() -> None:
    def callers(service: str) -> set[str]:
        found = [str(each["peer"]) for each in peers(f"usher-{service}", "ingress")]
        return {
            name for name in ("upload", "test", "ingress-nginx", "observability") if any(name in each for each in found)
        }

    assert callers("licensing") == {"upload", "test", "ingress-nginx", "observability"}
    assert callers("upload") == {"test", "ingress-nginx", "observability"}
    assert callers("validation") == callers("notification") == {"test", "observability"}


def test_every_pod_is_under_the_policy_that_denies() -> None:
    chosen = of_kind("NetworkPolicy", "minimal")["usher-deny"]["spec"]["podSelector"]["matchLabels"]
    for kind in ("Deployment", "Job"):
        for one in of_kind(kind, "minimal").values():
            assert chosen.items() <= one["spec"]["template"]["metadata"]["labels"].items()
    for pod in of_kind("Pod", "minimal").values():
        assert chosen.items() <= pod["metadata"]["labels"].items()
