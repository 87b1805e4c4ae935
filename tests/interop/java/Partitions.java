import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/** Into which of COUNT partitions the Java client puts KEYs. */
public class Partitions {
    public static void main(String[] told) {
        StringBuilder line = new StringBuilder("Java default");
        for (int number = 1; number < told.length; number++) {
            byte[] key = told[number].getBytes(StandardCharsets.UTF_8);
            line.append('\t').append(BuiltInPartitioner.partitionForKey(key, Integer.parseInt(told[0])));
        }
        System.out.println(line);
    }
}
