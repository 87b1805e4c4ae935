"""Companies whose events come to both replicas of every consumer."""

from collections.abc import Callable

from aiokafka.partitioner import DefaultPartitioner

from tests.e2e.outside import Company
from usher_contracts.topics import TOPICS

PARTITIONS = TOPICS[0].partitions


def on_every_partition_half(made: Callable[[], Company], at_least: int) -> list[Company]:
    """Companies on both halves of the partitions: of two replicas each has one of them."""
    companies: list[Company] = []
    while len(companies) < at_least or len({_half(company) for company in companies}) < 2:
        companies.append(made())
    return companies


def _half(company: Company) -> int:
    partitions = list(range(PARTITIONS))
    return DefaultPartitioner()(company.id.encode(), partitions, partitions) * 2 // PARTITIONS
