"""How far a consumer is behind."""

from shared.messaging.lag import lag
from shared.messaging.topic_reader import Extent

EXTENTS = {("t", 0): Extent(0, 10), ("t", 1): Extent(5, 20), ("t", 2): Extent(7, 7), ("other", 0): Extent(0, 99)}


def test_lag_is_what_is_on_kafka_and_not_dealt_with_in_all_partitions_of_the_topic() -> None:
    assert lag("t", EXTENTS, {("t", 0): 4, ("t", 1): 20}) == 6


def test_a_consumer_that_has_read_nothing_is_behind_by_all_that_is_kept() -> None:
    assert lag("t", EXTENTS, {}) == 10 + 15


def test_what_kafka_has_deleted_is_not_waited_for_and_a_read_beyond_the_end_is_no_credit() -> None:
    assert lag("t", EXTENTS, {("t", 0): 11, ("t", 1): 2}) == 15
