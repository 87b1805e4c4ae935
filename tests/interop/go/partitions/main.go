// Into which of COUNT partitions the Go clients put KEYs: a line of numbers for each client and setting.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/IBM/sarama"
	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	all := make([]int, count)
	for number := range all {
		all[number] = number
	}
	franz := kgo.UniformBytesPartitioner(64<<10, true, true, nil).ForTopic("any").(kgo.TopicBackupPartitioner)
	say("franz-go default", func(key []byte) int {
		return franz.PartitionByBackup(&kgo.Record{Key: key}, count, nil) // the last is asked for records without a key
	})
	bySarama := func(partitioner sarama.Partitioner) func([]byte) int {
		return func(key []byte) int {
			number, _ := partitioner.Partition(&sarama.ProducerMessage{Key: sarama.ByteEncoder(key)}, int32(count))
			return int(number)
		}
	}
	say("sarama default", bySarama(sarama.NewConfig().Producer.Partitioner("any")))
	say("sarama NewMurmur2Partitioner", bySarama(sarama.NewMurmur2Partitioner("any")))
	byKafkaGo := func(balancer kafkago.Balancer) func([]byte) int {
		return func(key []byte) int { return balancer.Balance(kafkago.Message{Key: key}, all...) }
	}
	say("kafka-go default", byKafkaGo(&kafkago.RoundRobin{})) // what a Writer without a Balancer takes
	say("kafka-go Murmur2Balancer", byKafkaGo(kafkago.Murmur2Balancer{}))
}

func say(client string, partition func(key []byte) int) {
	fmt.Print(client)
	for _, key := range os.Args[2:] {
		fmt.Print("\t", partition([]byte(key)))
	}
	fmt.Println()
}
