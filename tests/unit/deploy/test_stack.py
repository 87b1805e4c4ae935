"""What a stack is started with and what it says about itself, without starting one."""

import json
from pathlib import Path

import pytest

from deploy.devstack import checks, endpoints, keys
from deploy.devstack.command import read_brokers, read_replicas
from deploy.devstack.kafka import cluster
from deploy.devstack.options import Options, Overrides, Ports
from deploy.devstack.postgres import in_database
from deploy.devstack.replication import Replication, servers
from deploy.devstack.stack import Stack
from deploy.operate.endpoints import read as read_endpoints
from deploy.operate.errors import CommandError
from deploy.operate.services import SERVICES


def options(data: Path, **other: object) -> Options:
    return Options(data, Ports(9100), **other)  # pyright: ignore[reportArgumentType]


def test_services_have_the_ports_that_the_specification_names() -> None:
    ports = Ports(8000)
    assert [ports.service(name) for name in ("upload", "licensing", "validation", "notification")] == [
        8000,
        8001,
        8002,
        8003,
    ]


def test_no_port_is_used_twice(tmp_path: Path) -> None:
    used = options(tmp_path, replicas={"validation": 3, "upload": 2}).ports_used()
    assert len(used) == 4 + 3 + 7 and {"validation 3", "upload 2"} <= set(used.values())


def test_endpoints_name_every_part_as_programs_expect_them(tmp_path: Path) -> None:
    found = Stack(options(tmp_path)).endpoints()
    assert set(found) == {*SERVICES, "kafka", "postgres", "smtp", "mailbox", "issuer"}
    assert found["upload"]["url"] == "http://127.0.0.1:9100"
    assert found["smtp"] == {"host": "127.0.0.1", "port": 9107}
    assert {*SERVICES, "pid"} == set(found["postgres"])


def test_several_processes_of_a_service_are_all_named(tmp_path: Path) -> None:
    found = Stack(options(tmp_path, replicas={"validation": 2})).endpoints()
    assert [one["url"] for one in found["validation"]["processes"]] == [
        "http://127.0.0.1:9102",
        "http://127.0.0.1:9111",
    ]
    assert "processes" not in found["upload"]


def test_what_the_environment_sets_replaces_the_embedded_part(tmp_path: Path) -> None:
    replaced = Overrides.read(
        {
            "USHER_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
            "USHER_DATABASE_URL": "postgresql://usher@db/postgres",
            "USHER_SMTP_URL": "smtp://mail:25",
            "USHER_OIDC_ISSUER": "",
        }
    )
    stack = Stack(options(tmp_path, overrides=replaced))
    found = stack.endpoints()
    assert found["kafka"] == {"bootstrap": "kafka:9092", "pid": None}
    assert found["postgres"]["upload"] == "postgresql://usher@db/upload"
    assert "mailbox" not in found and stack.service_environment()["USHER_SMTP_URL"] == "smtp://mail:25"
    assert found["issuer"] == {"url": "http://127.0.0.1:9109"}
    assert set(stack.options.ports_used().values()) == {*SERVICES, "the issuer"}


def test_another_database_of_the_same_server_keeps_user_and_settings() -> None:
    url = in_database("postgresql://u:p@db:5433/postgres?sslmode=require", "upload")
    assert url == "postgresql://u:p@db:5433/upload?sslmode=require"


def test_a_reader_of_endpoints_sees_all_or_nothing(tmp_path: Path) -> None:
    endpoints.write(tmp_path, {"upload": {"url": "http://one"}})
    endpoints.write(tmp_path, {"upload": {"url": "http://two"}})
    assert read_endpoints(tmp_path) == {"upload": {"url": "http://two"}}
    assert [path.name for path in tmp_path.iterdir()] == ["endpoints.json"]
    assert json.loads((tmp_path / "endpoints.json").read_text())


def test_where_nothing_runs_it_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Start it with \./usher dev"):
        read_endpoints(tmp_path)


def test_a_data_directory_is_one_stacks_at_a_time(tmp_path: Path) -> None:
    with checks.claim(tmp_path), pytest.raises(CommandError, match=r"runs on .* already"):
        checks.claim(tmp_path)
    checks.claim(tmp_path).close()


def test_secrets_stay_the_same_and_are_nobody_elses(tmp_path: Path) -> None:
    first = keys.load(tmp_path)
    assert keys.load(tmp_path) == first and len(set(first.values())) == len(keys.NAMES)
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_replicas_are_read() -> None:
    assert read_replicas(["validation=2", "upload=3"]) == {"validation": 2, "upload": 3}


@pytest.mark.parametrize("given", ["validation", "validation=0", "kafka=2", "upload=x", "upload=12"])
def test_replicas_that_make_no_sense_are_refused(given: str) -> None:
    with pytest.raises(CommandError, match="SERVICE=N"):
        read_replicas([given])


def test_brokers_and_standbys_have_ports_of_their_own_behind_replicas(tmp_path: Path) -> None:
    used = options(tmp_path, replicas={"upload": 2}, brokers=3, standbys=1).ports_used()
    assert len(used) == 4 + 1 + 7 + 2 * 2 + 1
    assert {"Kafka 3", "Kafka's controller 3", "Postgres 2"} <= set(used.values())


def test_clients_are_told_of_every_broker(tmp_path: Path) -> None:
    stack = Stack(options(tmp_path, brokers=3))
    assert stack.kafka_bootstrap == "127.0.0.1:9104,127.0.0.1:9111,127.0.0.1:9113"


def test_a_record_stands_on_three_brokers_and_is_acknowledged_by_two(tmp_path: Path) -> None:
    brokers = cluster(options(tmp_path, brokers=3))
    settings = brokers[1]._settings()  # pyright: ignore[reportPrivateUsage]
    assert (settings["node.id"], settings["offsets.topic.replication.factor"], settings["min.insync.replicas"]) == (
        2,
        3,
        2,
    )
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:9105,2@127.0.0.1:9112,3@127.0.0.1:9114"
    assert len({broker.folder for broker in brokers}) == 3


def test_data_of_one_broker_is_not_taken_for_that_of_three(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    assert len(cluster(options(tmp_path))) == 1
    with pytest.raises(CommandError, match="another number of Kafka brokers"):
        cluster(options(tmp_path, brokers=3))


@pytest.mark.parametrize("given", [0, 2, 4, 7])
def test_a_number_of_brokers_that_bears_no_more_losses_is_refused(given: int) -> None:
    with pytest.raises(CommandError, match="--brokers"):
        read_brokers(given)


def test_services_are_told_of_every_database_server_and_to_find_the_one_that_takes_writes(tmp_path: Path) -> None:
    url = Stack(options(tmp_path, standbys=1)).service_database("upload")
    assert url == ("postgresql://upload_service@127.0.0.1:9106,127.0.0.1:9111/upload?target_session_attrs=read-write")


def test_the_server_that_takes_writes_is_the_one_that_follows_nobody(tmp_path: Path) -> None:
    for name in ("postgres", "postgres-2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "PG_VERSION").touch()
    (tmp_path / "postgres" / "standby.signal").touch()

    async def start(*_: object) -> None: ...

    found = Replication(servers(options(tmp_path, standbys=1)), start, print, synchronous=True)
    assert found.primary.node.number == 2


def test_mails_come_back_where_the_environment_says(tmp_path: Path) -> None:
    given = Overrides.read({"USHER_LMTP_PORT": "2424", "USHER_BOUNCE_DOMAIN": "back.example"})
    replaced = options(tmp_path, overrides=given)
    assert (replaced.lmtp_port, given.bounce_domain) == (2424, "back.example")
    assert 2424 in replaced.ports_used()
    assert options(tmp_path).lmtp_port == Ports(9100).lmtp


def test_a_port_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(CommandError, match="USHER_LMTP_PORT is 'lmtp'"):
        Overrides.read({"USHER_LMTP_PORT": "lmtp"})
