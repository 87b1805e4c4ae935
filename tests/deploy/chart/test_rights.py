"""What each service's user may do in Kafka, and where its pods may connect: what the code needs, and nothing else."""

import json
from typing import Any

import pytest

from deploy.docgen.chart_files import SCHEMA
from deploy.operate.services import SERVICES
from tests.deploy.chart.chart import notes, of_kind
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
        ("upload", {5432, 9093, 443, 8001, 8003, 4318}),
        ("licensing", {5432, 9093, 443, 8000, 8002, 8003, 4318}),
        ("validation", {5432, 9093, 443, 4318}),
        ("notification", {5432, 9093, 465, 993, 4318, 443}),
        ("migrate", {5432}),
    ],
)
def test_a_service_reaches_what_it_needs(service: str, ports: set[int]) -> None:
    assert {port for each in peers(f"usher-{service}", "egress") for port in each["ports"]} == ports


def test_upload_calls_two_licensing_asks_all_of_a_person_and_prometheus_and_the_ingress_come_from_outside() -> None:
    """Nobody else calls a service."""

    def callers(service: str) -> set[str]:
        found = [str(each["peer"]) for each in peers(f"usher-{service}", "ingress")]
        known = (*SERVICES, "test", "ingress-nginx", "observability")
        return {name for name in known if any(f"'{name}'" in each for each in found)}

    assert callers("licensing") == {"upload", "test", "ingress-nginx", "observability"}
    assert callers("upload") == {"licensing", "test", "ingress-nginx", "observability"}
    assert callers("notification") == {"upload", "licensing", "test", "observability", "ingress-nginx"}
    assert callers("validation") == {"licensing", "test", "observability"}


@pytest.mark.parametrize("values", ["minimal", "everything", "restricted-network"])
def test_health_and_metrics_are_on_a_port_that_no_ingress_and_no_service_of_others_leads_to(values: str) -> None:
    ports = {name: one["spec"] for name, one in of_kind("Service", values).items()}
    for service in SERVICES:
        pod = of_kind("Deployment", values)[f"usher-{service}"]["spec"]["template"]["spec"]["containers"][0]
        named = {port["name"]: port["containerPort"] for port in pod["ports"]}
        assert {"name": "USHER_HEALTH_PORT", "value": str(named["health"])} in pod["env"]
        assert {pod[f"{probe}Probe"]["httpGet"]["port"] for probe in ("startup", "liveness", "readiness")} == {"health"}
        assert [port["name"] for port in ports[f"usher-{service}"]["ports"]] == ["http"]
        assert ports[f"usher-{service}-health"]["type"] == "ClusterIP"
    for ingress in of_kind("Ingress", values).values():
        assert "health" not in str(ingress)
    for monitor in of_kind("PodMonitor", values).values():
        assert [each["port"] for each in monitor["spec"]["podMetricsEndpoints"]] == ["health"]


def test_nobody_but_prometheus_and_the_test_reaches_the_port_of_health() -> None:
    for service in SERVICES:
        found = [str(each["peer"]) for each in peers(f"usher-{service}", "ingress") if each["ports"] == [8090]]
        assert ["test" in found[0], "observability" in found[1], len(found)] == [True, True, 2]


def test_validation_has_no_way_out_but_to_its_stores() -> None:
    more = ("networkPolicy.extraEgress[0].ports[0].port=8443", "tracing.endpoint=http://collector:4318")

    def reached(service: str) -> set[int]:
        rules = of_kind("NetworkPolicy", "minimal", *more)[f"usher-{service}"]["spec"]["egress"]
        return {port["port"] for rule in rules for port in rule["ports"]}

    assert reached("validation") == {5432, 9092, 9093, 9094, 443}
    assert reached("notification") >= {8443, 4318}


def test_peers_that_are_not_named_are_named_in_the_notes() -> None:
    assert "WARNING" not in notes("restricted-network")
    said = notes("minimal")
    for name in ("dns", "kafka", "postgres", "objectStore", "issuer", "smtp"):
        assert f"networkPolicy.{name}.to: pods may reach ANY address on port " in said
    assert "networkPolicy.ingressFrom: ANY pod" in said
    assert "Validation, which reads strangers' files, is among these pods." in said
    assert "networkPolicy.enabled is false" in notes("minimal", "networkPolicy.enabled=false")
    for part in ("kafka", "postgres"):
        assert f"networkPolicy.{part}.to" not in notes("everything"), "the operators' own are named by the chart"
    assert "USHER_TRUSTED_PROXIES does not name" in notes("minimal", "ingress.enabled=true")


def test_mail_servers_hand_over_what_comes_back_where_that_is_wanted() -> None:
    def rules(values: str, *given: str) -> dict[int, Any]:
        spec = of_kind("NetworkPolicy", values, *given)["usher-notification"]["spec"]
        rules = [*(("from", rule) for rule in spec["ingress"]), *(("to", rule) for rule in spec["egress"])]
        return {port["port"]: rule.get(side) for side, rule in rules for port in rule.get("ports", [])}

    assert not {2424, 993} & rules("minimal").keys()
    assert "usher-lmtp" not in of_kind("Service", "minimal")
    named = rules("restricted-network")
    assert named[2424] == [{"ipBlock": {"cidr": "10.7.0.0/24"}}]
    assert named[993] == [{"ipBlock": {"cidr": "10.6.0.0/24"}}]
    by_lmtp = ("bounces.domain=bounces.example", "bounces.lmtp.port=2424")
    assert 993 not in rules("minimal", *by_lmtp)
    assert "networkPolicy.lmtpFrom: ANY pod" in notes("minimal", *by_lmtp)
    by_imap = ("bounces.domain=bounces.example", "bounces.imap.name=folder")
    assert 2424 not in rules("minimal", *by_imap)
    assert "networkPolicy.imap.to: pods may reach ANY address on port 993" in notes("minimal", *by_imap)
    for service in SERVICES:
        if service != "notification":
            assert "2424" not in str(of_kind("NetworkPolicy", "restricted-network")[f"usher-{service}"])


def test_the_schema_says_what_an_empty_list_of_peers_means() -> None:
    policy = json.loads(SCHEMA.read_text())["properties"]["networkPolicy"]["properties"]
    for name in ("dns", "kafka", "postgres", "objectStore", "issuer", "smtp", "imap", "tracing"):
        assert "EMPTY: ANYWHERE" in policy[name]["properties"]["to"]["description"]
    assert (
        "EMPTY: ANYBODY" in policy["ingressFrom"]["description"]
        and "EMPTY: ANYBODY" in policy["metricsFrom"]["description"]
    )


def test_an_ingress_is_told_what_it_is_to_bear() -> None:
    annotations = of_kind("Ingress", "everything")["usher"]["metadata"]["annotations"]
    nginx = {name.removeprefix("nginx.ingress.kubernetes.io/"): value for name, value in annotations.items()}
    assert nginx["limit-connections"] == "50", "what is given goes before what the chart has"
    assert nginx["proxy-body-size"] == "36m" and nginx["proxy-buffering"] == nginx["proxy-request-buffering"] == "off"
    (plain,) = of_kind("Ingress", "minimal", "ingress.enabled=true", "ingress.className=other").values()
    assert "annotations" not in plain["metadata"]


def test_behind_the_ingress_connections_are_not_counted_by_address() -> None:
    def told(*given: str) -> str:
        pod = of_kind("Deployment", "minimal", *given)["usher-upload"]["spec"]["template"]["spec"]["containers"][0]
        return next(one["value"] for one in pod["env"] if one["name"] == "USHER_CONNECTIONS_PER_ADDRESS")

    assert told() == "0"
    assert told("settings.USHER_CONNECTIONS_PER_ADDRESS=7") == "7"


def test_every_pod_is_under_the_policy_that_denies() -> None:
    chosen = of_kind("NetworkPolicy", "minimal")["usher-deny"]["spec"]["podSelector"]["matchLabels"]
    for kind in ("Deployment", "Job"):
        for one in of_kind(kind, "minimal").values():
            assert chosen.items() <= one["spec"]["template"]["metadata"]["labels"].items()
    for pod in of_kind("Pod", "minimal").values():
        assert chosen.items() <= pod["metadata"]["labels"].items()
