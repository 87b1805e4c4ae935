// Calls Usher by the types that openapi-typescript makes: UPLOAD LICENSING NOTIFICATION TOKEN BATCH; says what it got as JSON.
import { createHash } from "node:crypto";

import createClient from "openapi-fetch";

import type { paths as Licensing } from "./licensing.js";
import type { paths as Notification } from "./notification.js";
import type { paths as Upload } from "./upload.js";

const told = process.argv.slice(2) as [string, string, string, string, string];
const [uploadUrl, licensingUrl, notificationUrl, token, batch_id] = told;
const headers = { Authorization: `Bearer ${token}` };
const upload = createClient<Upload>({ baseUrl: uploadUrl, headers });
const licensing = createClient<Licensing>({ baseUrl: licensingUrl, headers });
const notification = createClient<Notification>({ baseUrl: notificationUrl, headers });
const params = { path: { batch_id } };

function got<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}
const digest = (body: ArrayBuffer) => createHash("sha256").update(Buffer.from(body)).digest("hex");

const batch = got(await upload.GET("/api/v1/batches/{batch_id}", { params }));
const page = got(await upload.GET("/api/v1/batches/{batch_id}/rows", { params }));
const original = got(
  await upload.GET("/api/v1/batches/{batch_id}/original.xlsx", { params, parseAs: "arrayBuffer" }),
);
const team = got(await licensing.GET("/api/v1/team"));
const exported = got(await licensing.GET("/api/v1/team/export.csv", { parseAs: "arrayBuffer" }));
const webhooks = got(await notification.GET("/api/v1/webhooks"));

console.log(
  JSON.stringify({
    status: batch.status,
    rows: page.items.map((row) => [row.row, row.outcome, (row.errors ?? []).map((found) => found.code)]),
    team: team.items.map((user) => user.email),
    original: digest(original),
    export: digest(exported),
    webhooks: webhooks.items.map((webhook) => webhook.url),
  }),
);
