// Verifies a delivery to a webhook, as docs/webhooks.md shows it: SECRET, then a JSON file with its headers and body.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const [secret, file] = process.argv.slice(2);
const { headers, body } = JSON.parse(readFileSync(file, "utf8"));
try {
  new Webhook(secret).verify(body, headers);
  console.log("good");
} catch {
  console.log("refused");
}
