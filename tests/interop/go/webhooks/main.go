// Verifies a delivery to a webhook, as docs/webhooks.md shows it: SECRET, then a JSON file with its headers and body.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	var sent struct {
		Headers map[string]string
		Body    string
	}
	file, err := os.ReadFile(os.Args[2])
	if err == nil {
		err = json.Unmarshal(file, &sent)
	}
	if err != nil {
		panic(err)
	}
	headers := http.Header{}
	for name, value := range sent.Headers {
		headers.Set(name, value)
	}
	hook, err := standardwebhooks.NewWebhook(os.Args[1])
	if err != nil {
		panic(err)
	}
	if err := hook.Verify([]byte(sent.Body), headers); err != nil {
		fmt.Println("refused")
		return
	}
	fmt.Println("good")
}
