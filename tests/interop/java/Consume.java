import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what stands in Kafka as a member of a group: PROTOCOL BOOTSTRAP TOPIC:PARTITION:END ... */
public class Consume {
    public static void main(String[] told) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (String one : Arrays.copyOfRange(told, 2, told.length)) {
            String[] part = one.split(":");
            ends.put(new TopicPartition(part[0], Integer.parseInt(part[1])), Long.parseLong(part[2]));
        }
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", told[1], "group.id", "interop-java-" + System.nanoTime(), "group.protocol", told[0],
            "auto.offset.reset", "earliest", "enable.auto.commit", false);
        Set<TopicPartition> left = new HashSet<>(ends.keySet());
        var bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaConsumer<byte[], byte[]>(settings, bytes, bytes)) {
            consumer.subscribe(ends.keySet().stream().map(TopicPartition::topic).collect(Collectors.toSet()));
            while (!left.isEmpty()) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    var place = new TopicPartition(record.topic(), record.partition());
                    if (record.offset() < ends.getOrDefault(place, 0L)) say(record);
                    if (record.offset() == ends.getOrDefault(place, 0L) - 1) left.remove(place);
                }
            }
        }
    }

    private static void say(ConsumerRecord<byte[], byte[]> record) {
        String value = record.value() == null ? "tombstone" : Base64.getEncoder().encodeToString(record.value());
        System.out.println(String.join(" ", record.topic(), "" + record.partition(), "" + record.offset(),
            header(record, "ce_type"), header(record, "ce_id"), value));
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
