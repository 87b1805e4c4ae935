"""Reads what stands in Kafka with confluent-kafka: BOOTSTRAP TOPIC:PARTITION:END ..., as every consumer here."""

import sys
from base64 import b64encode

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

ends = {(topic, int(number)): int(end) for topic, number, end in (one.split(":") for one in sys.argv[2:])}
consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "interop", "enable.auto.commit": False})
consumer.assign([TopicPartition(*place, OFFSET_BEGINNING) for place in ends])
left = set(ends)
while left:
    message = consumer.poll(300)
    if message is None:  # not `if not message`: a tombstone is falsy
        sys.exit(f"Nothing came for five minutes; waited for {left}.")
    if message.error():
        sys.exit(str(message.error()))
    place = (message.topic(), message.partition())
    headers = {name: value.decode() for name, value in message.headers() or ()}
    value = "tombstone" if message.value() is None else b64encode(message.value()).decode()
    if message.value() is None and message:
        sys.exit("A tombstone is no longer falsy: tell docs/subscribers.md.")
    if message.offset() < ends[place]:
        print(*place, message.offset(), headers.get("ce_type", ""), headers.get("ce_id", ""), value)
    if message.offset() == ends[place] - 1:
        left.remove(place)
consumer.close()
