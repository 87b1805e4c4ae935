"""Values that the chart does not know, or that make no sense, are refused before anything is installed."""

import json

import pytest

from deploy.docgen.chart_files import CHART, SCHEMA
from tests.deploy.chart.chart import objects, objects_in, of_kind, run_helm, values_file
from tests.deploy.chart.programs import KUBERNETES

PASSED_ON = {"global", "affinity", "podSelector", "namespaceSelector", "valueFrom"}
"""Objects that Kubernetes itself looks at, or Helm."""


def refused(given: str, values: str = "minimal") -> str:
    """What Helm says when it is given one value more."""
    done = run_helm(
        "template",
        "usher",
        str(CHART),
        "--kube-version",
        KUBERNETES,
        "--values",
        str(values_file(values)),
        "--set",
        given,
    )
    assert done.returncode != 0, f"{given} was taken"
    return done.stderr


@pytest.mark.parametrize(
    ("given", "unknown"),
    [
        ("kafak.bootstrapServers=x", "kafak"),
        ("kafka.bootstrapServer=x", "bootstrapServer"),
        ("image.tags=x", "tags"),
        ("settings.USHER_WORKBOOK_ROWS=5", "USHER_WORKBOOK_ROWS"),  # validation's alone
        ("settings.USHER_PORT=5", "USHER_PORT"),  # the chart's
        ("settings.USHER_SESSION_KEY=secret", "USHER_SESSION_KEY"),  # secrets are named, never given
        ("services.billing.replicas=1", "billing"),
        ("services.upload.replica=1", "replica"),
        ("services.upload.settings.USHER_SANDBOX_SLOTS=2", "USHER_SANDBOX_SLOTS"),
        ("defaults.autoscaling.kinds=keda", "kinds"),
        ("networkPolicy.kafka.peers={}", "peers"),
        ("networkPolicy.kafka.to[0].cidr=10.0.0.0/8", "cidr"),
        ("monitoring.podMonitor.every=5s", "every"),
        ("externalSecrets.store.names=x", "names"),
    ],
)
def test_what_is_not_known_is_refused(given: str, unknown: str) -> None:
    assert unknown in refused(given)


@pytest.mark.parametrize(
    "given",
    [
        "defaults.autoscaling.kind=cron",
        "defaults.autoscaling.maxReplicas=13",
        "services.validation.settings.USHER_WORKBOOK_ROWS=0",
        "settings.USHER_LOG_LEVEL=loud",
        "publicUrl=usher.example",
        "objectStore.url=usher",
        "kafka.securityProtocol=TLS",
        "image.digest=sha256:abc",
        "defaults.resources.requests.cpus=1",
    ],
)
def test_what_makes_no_sense_is_refused(given: str) -> None:
    assert "at '/" in refused(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("kafka.bootstrapServers=", "Say where Kafka is"),
        ("postgres.host=", "Say where PostgreSQL is"),
        ("publicUrl=null", "publicUrl"),
        ("oidc.issuer=null", "issuer"),
    ],
)
def test_what_is_missing_is_said(given: str, said: str) -> None:
    assert said in refused(given)


def test_fewer_at_least_than_at_most() -> None:
    said = refused("services.upload.autoscaling.minReplicas=9,services.upload.autoscaling.maxReplicas=3", "keda")
    assert "minReplicas (9) is more than maxReplicas (3)" in said


def test_every_object_of_the_schema_refuses_what_it_does_not_name() -> None:
    document = json.loads(SCHEMA.read_text())
    names_fields = {path: schema for path, schema in objects_in(document) if "properties" in schema}
    within_another = {"$defs.service", "$defs.sharedSettings"}
    lax = [
        path
        for path, schema in names_fields.items()
        if schema.get("additionalProperties") is not False
        and schema.get("unevaluatedProperties") is not False
        and path not in within_another
    ]
    assert len(names_fields) > 50
    assert lax == []


def test_what_is_passed_on_unseen_is_for_kubernetes_to_judge() -> None:
    document = json.loads(SCHEMA.read_text())
    unseen = {
        path.rpartition(".")[2]
        for path, schema in objects_in(document)
        if schema.get("type") == "object" and not {"properties", "additionalProperties", "$ref"} & schema.keys()
    }
    assert unseen - {"items"} == PASSED_ON


def test_whole_numbers_arrive_as_they_were_written() -> None:
    upload = of_kind("Deployment", "everything")["usher-upload"]["spec"]["template"]["spec"]["containers"][0]
    notification = of_kind("Deployment", "everything")["usher-notification"]["spec"]["template"]["spec"]["containers"][
        0
    ]
    assert {"name": "USHER_UPLOAD_BYTES", "value": "36700160"} in upload["env"]
    assert {"name": "USHER_MAIL_RETRY_SECONDS", "value": "600.5"} in notification["env"]


def test_nothing_secret_stands_in_a_manifest() -> None:
    found = objects("everything") + objects("external-kafka-sasl-tls")
    assert [one for one in found if one["kind"] == "Secret"] == []
    secret = [
        "USHER_KAFKA_PASSWORD",
        "PGPASSWORD",
        "USHER_SMTP_URL",
        "USHER_INVITATION_KEY",
        "USHER_INVITATION_KEY_PREVIOUS",
        "USHER_SESSION_KEY",
        "USHER_SERVICE_KEY",
        "USHER_WEBHOOK_KEY",
        "USHER_WEBHOOK_KEY_PREVIOUS",
        "USHER_ERASURE_KEY",
        "USHER_ERASURE_KEY_PREVIOUS",
        "USHER_OIDC_CLIENT_SECRET",
    ]
    pods = [one for one in found if one["kind"] in ("Deployment", "Job")]
    given = [env for _, env in objects_in(pods) if env.get("name") in secret]
    assert {env["name"] for env in given} == set(secret)
    assert all("secretKeyRef" in env["valueFrom"] for env in given)
