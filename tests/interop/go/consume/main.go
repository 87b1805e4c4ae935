// Reads what stands in Kafka with franz-go: BOOTSTRAP TOPIC:PARTITION:END ..., as every consumer here.
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	ends := map[string]map[int32]int64{}
	from := map[string]map[int32]kgo.Offset{}
	for _, one := range os.Args[2:] {
		part := strings.Split(one, ":")
		number, _ := strconv.ParseInt(part[1], 10, 32)
		end, _ := strconv.ParseInt(part[2], 10, 64)
		if ends[part[0]] == nil {
			ends[part[0]], from[part[0]] = map[int32]int64{}, map[int32]kgo.Offset{}
		}
		ends[part[0]][int32(number)] = end
		from[part[0]][int32(number)] = kgo.NewOffset().AtStart()
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(os.Args[1]), kgo.ConsumePartitions(from))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	patience, done := context.WithTimeout(context.Background(), 5*time.Minute)
	defer done()
	for left := len(os.Args[2:]); left > 0; {
		fetched := client.PollFetches(patience)
		for _, failed := range fetched.Errors() {
			log.Fatal(failed.Err)
		}
		fetched.EachRecord(func(record *kgo.Record) {
			end := ends[record.Topic][record.Partition]
			if record.Offset < end {
				say(record)
			}
			if record.Offset == end-1 {
				left--
			}
		})
	}
}

func say(record *kgo.Record) {
	headers := map[string]string{}
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	value := "tombstone"
	if record.Value != nil {
		value = base64.StdEncoding.EncodeToString(record.Value)
	}
	fmt.Println(record.Topic, record.Partition, record.Offset, headers["ce_type"], headers["ce_id"], value)
}
