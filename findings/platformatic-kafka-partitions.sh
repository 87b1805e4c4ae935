#!/usr/bin/env bash
# @platformatic/kafka, version 1.35.0 (npm): its default partitioner is murmur2, but not into the Java client's partitions.
#
# Behaviour: murmur2 is ported from Kafka, and the hash is made unsigned (`>>> 0`) where Java clears its sign (`& 0x7fffffff`).
#   Where the number of partitions is a power of two nobody sees it; with 12, nearly half of the keys go elsewhere than with Java
#   or kafkajs 2.2.4, whose default agrees with Java. Topics that are joined by partition miss those keys silently.
# Seen: of 1000 keys in 12 partitions, default differs from kafkajs: 466, compatibilityPartitioner: 0
#       of 1000 keys in 16 partitions, default differs from kafkajs: 0, compatibilityPartitioner: 0
# Source: dist/clients/producer/partitioners.js of the package (both functions); docs/producer.md names neither as default;
#   Kafka's BuiltInPartitioner.partitionForKey: `Utils.toPositive(Utils.murmur2(serializedKey)) % numPartitions`.
# What to do: `new Producer({ partitioner: compatibilityPartitioner, ... })`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true, "type": "module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @platformatic/kafka@1.35.0 kafkajs@2.2.4
cat > compare.mjs <<'JS'
import { compatibilityPartitioner, defaultPartitioner } from "@platformatic/kafka";
import { Partitioners } from "kafkajs";

const java = Partitioners.DefaultPartitioner();
const keys = Array.from({ length: 1000 }, (_, number) => Buffer.from(`company-${number}`));
const differing = (partitioner, count) => {
  const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 1 }));
  const wanted = (key) => java({ topic: "any", partitionMetadata, message: { key } });
  return keys.filter((key) => partitioner({}, key) % count !== wanted(key)).length;
};
const seen = [12, 16].map((count) => [differing(defaultPartitioner, count), differing(compatibilityPartitioner, count)]);
for (const [place, count] of [12, 16].entries())
  console.log(`of 1000 keys in ${count} partitions, default differs from kafkajs: ${seen[place][0]}, compatibilityPartitioner: ${seen[place][1]}`);
if (!(seen[0][0] > 300 && seen[0][1] === 0 && seen[1][0] === 0 && seen[1][1] === 0)) throw new Error("the behaviour has changed");
JS
KAFKAJS_NO_PARTITIONER_WARNING=1 node compare.mjs
