// Reads what stands in Kafka with kafkajs: BOOTSTRAP TOPIC:PARTITION:END ..., as every consumer here.
import { Kafka, logLevel } from "kafkajs";

const [bootstrap, ...told] = process.argv.slice(2);
const ends = new Map(told.map((one) => [one.slice(0, one.lastIndexOf(":")), Number(one.split(":")[2])]));
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `interop-${process.pid}-${Date.now()}` });
let left = ends.size;

await consumer.connect();
await consumer.subscribe({ topics: [...new Set(told.map((one) => one.split(":")[0]))], fromBeginning: true });
await new Promise((done, failed) => {
  consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
  const eachMessage = async ({ topic, partition, message }) => {
    const end = ends.get(`${topic}:${partition}`) ?? 0;
    const header = (name) => message.headers[name]?.toString() ?? "";
    const value = message.value === null ? "tombstone" : message.value.toString("base64");
    if (Number(message.offset) < end)
      console.log(topic, partition, message.offset, header("ce_type"), header("ce_id"), value);
    if (Number(message.offset) === end - 1 && --left === 0) done();
  };
  consumer.run({ eachMessage }).catch(failed);
});
await consumer.disconnect();
