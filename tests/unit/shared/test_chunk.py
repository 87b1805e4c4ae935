"""Where a message goes."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.producer_batch import partition_of


@given(st.binary(max_size=80), st.integers(1, 50))
def test_a_key_goes_to_the_partition_where_every_producer_puts_it(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)
