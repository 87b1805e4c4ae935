"""Into which of COUNT partitions of a new topic at BOOTSTRAP confluent-kafka puts KEYs: a line for each setting."""

import sys
from uuid import uuid4

from confluent_kafka import Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, count, *keys = sys.argv[1:]
topic = f"interop-{uuid4()}"
admin = AdminClient({"bootstrap.servers": bootstrap})
admin.create_topics([NewTopic(topic, int(count))])[topic].result(120)
for name, settings in (("default", {}), ("partitioner=murmur2_random", {"partitioner": "murmur2_random"})):
    producer = Producer({"bootstrap.servers": bootstrap, **settings})
    found: dict[str, int] = {}

    def delivered(_: object, sent: Message, found: dict[str, int] = found) -> None:
        found[sent.key().decode()] = sent.partition()

    for key in keys:
        producer.produce(topic, b"", key=key, on_delivery=delivered)
    producer.flush(120)
    print(f"confluent-kafka {name}", *(found[key] for key in keys), sep="\t")
