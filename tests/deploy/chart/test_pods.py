"""What the pods of the chart are: what they wait for, what they may write, how they end."""

import os
from importlib import import_module
from typing import Any, get_type_hints

import pytest

from deploy.docgen.chart_files import CHART
from deploy.operate.services import SERVICES
from tests.deploy.chart.chart import KUBERNETES, VALUES, of_kind, pod_specs, run_helm, secrets, values_file

Object = dict[str, Any]


def deployment(service: str, values: str = "minimal", *given: str) -> Object:
    """A service's pod."""
    return of_kind("Deployment", values, *given)[f"usher-{service}"]["spec"]["template"]["spec"]


def environment(container: Object) -> dict[str, Any]:
    """Its variables: what they are, or where they stand."""
    return {env["name"]: env.get("value") or env["valueFrom"].get("secretKeyRef") for env in container["env"]}


@pytest.mark.parametrize("values", VALUES)
def test_nothing_but_tmp_can_be_written(values: str) -> None:
    for name, pod in pod_specs(values).items():
        for container in (*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])):
            assert container["securityContext"]["readOnlyRootFilesystem"], name
            writable = {m["mountPath"] for m in container.get("volumeMounts", []) if not m.get("readOnly")}
            assert writable <= {"/tmp"}, name
            assert container["resources"]["limits"]["memory"], name


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_waits_for_its_schema_with_no_more_rights_than_its_own(service: str) -> None:
    pod = deployment(service)
    (first,) = pod["initContainers"]
    assert first["args"] == ["migrate", service, "--wait"]
    assert environment(first)["PGPASSWORD"]["name"] == f"usher-{service}-database"
    assert "owner" not in str(pod)


@pytest.mark.parametrize("service", SERVICES)
def test_a_migration_is_the_owners_and_knows_nothing_else(service: str) -> None:
    (job,) = [one for name, one in of_kind("Job", "minimal").items() if f"-migrate-{service}-" in name]
    assert "annotations" not in job["metadata"], "a hook would wait for what waits for it"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["migrate", service]
    told = environment(container)
    assert told["PGPASSWORD"]["name"] == f"usher-{service}-database-owner"
    assert set(told) == {"USHER_DATABASE_URL", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT"}


def test_a_stop_has_time_for_what_is_held() -> None:
    pod = deployment("upload", "minimal", "defaults.shutdownSeconds=90")
    sleep = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert environment(pod["containers"][0])["USHER_SHUTDOWN_SECONDS"] == "90"
    assert pod["terminationGracePeriodSeconds"] > 90 + sleep
    assert environment(deployment("upload")["containers"][0])["USHER_SHUTDOWN_SECONDS"] == "45"


@pytest.mark.parametrize("service", SERVICES)
def test_pods_stay_in_their_service_while_a_broker_is_replaced(service: str) -> None:
    """Kafka and PostgreSQL are everybody's: without them no pod is ready, and people would find nobody at all, where a
    pod answers what it can. Another broker or server leads within 15 s (docs/guarantees.md)."""
    probe = pod_specs("minimal")[f"Deployment/usher-{service}"]["spec"]["containers"][0]["readinessProbe"]
    assert probe["periodSeconds"] * (probe["failureThreshold"] - 1) > 15


def test_keys_are_given_to_those_who_need_them() -> None:
    keys = {service: environment(deployment(service)["containers"][0]) for service in SERVICES}
    holders = {
        name: {service for service, told in keys.items() if name in told}
        for name in (
            "USHER_SESSION_KEY",
            "USHER_SERVICE_KEY",
            "USHER_INVITATION_KEY",
            "USHER_WEBHOOK_KEY",
            "USHER_ERASURE_KEY",
            "USHER_SMTP_URL",
            "USHER_BLOB_URL",
        )
    }
    assert holders == {
        "USHER_SESSION_KEY": {"upload"},
        "USHER_SERVICE_KEY": set(SERVICES),
        "USHER_INVITATION_KEY": {"licensing", "notification"},
        "USHER_WEBHOOK_KEY": {"notification"},
        "USHER_ERASURE_KEY": set(SERVICES),
        "USHER_SMTP_URL": {"notification"},
        "USHER_BLOB_URL": {"upload", "licensing", "validation"},
    }


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("service", SERVICES)
def test_production_misses_nothing_in_what_a_service_is_told(
    service: str, values: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What production refuses to start without, keys above all, is given by the chart: else a pod would find it out."""
    for name in [name for name in os.environ if name.startswith("USHER_")]:
        monkeypatch.delenv(name)
    secrets_of = {"USHER_SMTP_URL": "smtps://mail.example", "USHER_BOUNCE_IMAP_URL": "imaps://a:b@mail.example/INBOX"}
    for name, given in environment(deployment(service, values)["containers"][0]).items():
        secret = secrets_of.get(name, f"what is secret of {name} is long enough")
        monkeypatch.setenv(name, given if isinstance(given, str) else secret)
    kind = get_type_hints(import_module(f"services.{service}.main").build)["settings"]
    assert kind().production


def test_notification_is_told_where_invitations_come_back_to() -> None:
    (container,) = deployment("notification", "everything")["containers"]
    told = environment(container)
    assert told["USHER_BOUNCE_DOMAIN"] == "bounces.company.example"
    assert told["USHER_LMTP_PORT"] == "2424"
    assert told["USHER_BOUNCE_IMAP_URL"] == {"name": "usher-bounces", "key": "url"}
    assert {"name": "lmtp", "containerPort": 2424} in container["ports"]
    service = of_kind("Service", "everything")["usher-lmtp"]["spec"]
    assert service["type"] == "LoadBalancer" and service["ports"] == [
        {"name": "lmtp", "port": 2424, "targetPort": "lmtp"}
    ]
    for other in SERVICES:
        assert other == "notification" or "BOUNCE" not in str(deployment(other, "everything"))
    (plain,) = deployment("notification")["containers"]
    assert not {"USHER_BOUNCE_DOMAIN", "USHER_LMTP_PORT", "USHER_BOUNCE_IMAP_URL"} & environment(plain).keys()
    assert [port["name"] for port in plain["ports"]] == ["http", "health"]


def test_a_way_back_without_a_domain_is_refused() -> None:
    done = run_helm(
        "template",
        "usher",
        str(CHART),
        "--kube-version",
        KUBERNETES,
        "--values",
        str(values_file("minimal")),
        "--set",
        "bounces.lmtp.port=2424",
    )
    assert done.returncode != 0 and "bounces.domain" in done.stderr


def test_kafka_and_postgres_are_reached_with_tls_and_their_authorities() -> None:
    pod = deployment("upload", "external-kafka-sasl-tls")
    told = environment(pod["containers"][0])
    assert told["USHER_KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
    assert told["USHER_KAFKA_CA_FILE"] == "/etc/usher/kafka/ca.crt"
    assert told["USHER_KAFKA_USERNAME"] == "upload"
    assert told["USHER_KAFKA_PASSWORD"] == {"name": "kafka-upload", "key": "secret"}
    assert (told["PGSSLMODE"], told["PGSSLROOTCERT"]) == ("verify-full", "/etc/usher/postgres/ca.crt")
    authorities = {v["name"]: v["secret"]["items"][0] for v in pod["volumes"] if "secret" in v}
    assert authorities == {
        "postgres-authority": {"key": "postgres.pem", "path": "ca.crt"},
        "kafka-authority": {"key": "kafka.pem", "path": "ca.crt"},
    }


def test_every_secret_that_pods_name_is_one_that_external_secrets_or_an_operator_makes() -> None:
    named = {name for pod in pod_specs("everything").values() for name in secrets(pod)}
    external = set(of_kind("ExternalSecret", "everything"))
    strimzi = {f"usher-{service}" for service in SERVICES} | {"events-cluster-ca-cert"}
    assert named - external == strimzi | {"usher-postgres-ca", "registry"}
    roles = of_kind("Cluster", "everything")["usher-postgres"]["spec"]["managed"]["roles"]
    assert {role["passwordSecret"]["name"] for role in roles} <= external
