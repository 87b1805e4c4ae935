// Into which of COUNT partitions the JavaScript clients put KEYs: a line of numbers for each client and setting.
import { compatibilityPartitioner, defaultPartitioner } from "@platformatic/kafka";
import { Partitioners } from "kafkajs";

const [count, ...keys] = process.argv.slice(2);
const partitionMetadata = Array.from({ length: Number(count) }, (_, partitionId) => ({ partitionId, leader: 1 }));
const kafkajs = (partitioner) => (key) => partitioner({ topic: "any", partitionMetadata, message: { key } });
const platformatic = (partitioner) => (key) => partitioner({}, key) % Number(count); // as its producer does

const say = (client, partition) => console.log([client, ...keys.map((key) => partition(Buffer.from(key)))].join("\t"));

say("kafkajs default", kafkajs(Partitioners.DefaultPartitioner()));
say("kafkajs LegacyPartitioner", kafkajs(Partitioners.LegacyPartitioner()));
say("@platformatic/kafka default", platformatic(defaultPartitioner));
say("@platformatic/kafka compatibilityPartitioner", platformatic(compatibilityPartitioner));
