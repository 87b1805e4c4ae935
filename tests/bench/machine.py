"""The machine and the versions that figures belong to."""

import os
import platform
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.devstack.kafka import LOCK
from deploy.devstack.postgres import binaries


@dataclass(frozen=True)
class Machine:
    """What was measured on. `load` is that of the last minute before."""

    processor: str
    cores: int
    memory_gb: int
    system: str
    python: str
    postgres: str
    kafka: str
    load: float

    @property
    def sentence(self) -> str:
        """For people."""
        return (
            f"{self.processor}, {self.cores} cores, {self.memory_gb} GB, {self.system}; Python {self.python}, "
            f"{self.postgres}, Apache Kafka {self.kafka}; load {self.load} before"
        )


def described() -> Machine:
    """This machine, now."""
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 0,
        memory_gb=round(psutil.virtual_memory().total / 2**30),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        postgres=_postgres(),
        kafka=_kafka(),
        load=round(os.getloadavg()[0], 1),
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor()


def _postgres() -> str:
    said = subprocess.run((str(binaries() / "postgres"), "--version"), capture_output=True, text=True, check=True)
    return said.stdout.strip().replace("postgres (PostgreSQL)", "PostgreSQL")


def _kafka() -> str:
    locked = tomllib.loads(LOCK.read_text())["dependencies"]
    return next(str(d["version"]) for d in locked if d["artifactId"].startswith("kafka_"))
