// Calls Usher by the clients that oapi-codegen makes: UPLOAD LICENSING NOTIFICATION TOKEN BATCH; says what it got as JSON.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/google/uuid"

	"usher.example/interop/licensing"
	"usher.example/interop/notification"
	"usher.example/interop/upload"
)

func main() {
	told := context.Background()
	signed := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+os.Args[4])
		return nil
	}
	batches, err := upload.NewClientWithResponses(os.Args[1], upload.WithRequestEditorFn(signed))
	must(err)
	team, err := licensing.NewClientWithResponses(os.Args[2], licensing.WithRequestEditorFn(signed))
	must(err)
	hooks, err := notification.NewClientWithResponses(os.Args[3], notification.WithRequestEditorFn(signed))
	must(err)
	id := uuid.MustParse(os.Args[5])

	batch, err := batches.BatchApiV1BatchesBatchIdGetWithResponse(told, id)
	must(err)
	page, err := batches.RowsApiV1BatchesBatchIdRowsGetWithResponse(told, id, nil)
	must(err)
	original, err := batches.OriginalApiV1BatchesBatchIdOriginalXlsxGetWithResponse(told, id)
	must(err)
	users, err := team.TeamApiV1TeamGetWithResponse(told, nil)
	must(err)
	export, err := team.AsCsvApiV1TeamExportCsvGetWithResponse(told, nil)
	must(err)

	webhooks, err := hooks.WebhooksApiV1WebhooksGetWithResponse(told)
	must(err)

	rows := [][]any{}
	for _, row := range page.JSON200.Items {
		codes := []string{}
		if row.Errors != nil {
			for _, found := range *row.Errors {
				codes = append(codes, found.Code)
			}
		}
		rows = append(rows, []any{row.Row, row.Outcome, codes})
	}
	emails := []string{}
	for _, user := range users.JSON200.Items {
		emails = append(emails, user.Email)
	}
	urls := []string{}
	for _, webhook := range webhooks.JSON200.Items {
		urls = append(urls, webhook.Url)
	}
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"status": batch.JSON200.Status, "rows": rows, "team": emails,
		"original": digest(original.Body), "export": digest(export.Body),
		"webhooks": urls,
	}))
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
