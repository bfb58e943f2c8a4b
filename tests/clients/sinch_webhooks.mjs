// packages: @sinch/sdk-core@1.3.0
// Sinch's own SDK for Node: webhooks (which the one for Python leaves out), in two regions.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.CLIENT_HOME}/package.json`);
const { ConversationService } = require("@sinch/sdk-core");

const { services, settings } = JSON.parse(readFileSync(process.env.SANDBOX_ENDPOINTS, "utf8"));
const account = settings.sinchconversation;

const client = (region) =>
  new ConversationService({
    projectId: account.project_id,
    keyId: account.key_id,
    keySecret: account.key_secret,
    conversationRegion: region,
    authHostname: services["sinchconversation.auth"],
    conversationHostname: services[`sinchconversation.${region}`],
  });

const eu = client("eu");
const app = await eu.app.create({
  appCreateRequestBody: {
    display_name: "Node app",
    channel_credentials: [{ channel: "TELEGRAM", telegram_credentials: { token: "t" } }],
  },
});
const target = "https://login-eu.cc.sinch.com/acme/sms/sinchconversation/all";
const request = {
  app_id: app.id,
  target,
  target_type: "HTTP",
  secret: "hook-secret-0123456789",
  triggers: ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"],
};
const made = await eu.webhooks.create({ webhookCreateRequestBody: request });
assert.equal(made.secret, request.secret);
assert.deepEqual((await eu.webhooks.get({ webhook_id: made.id })).triggers, request.triggers);
await assert.rejects(eu.webhooks.create({ webhookCreateRequestBody: request }), "the same target");

const rotated = await eu.webhooks.update({
  webhook_id: made.id,
  update_mask: ["secret"],
  webhookUpdateRequestBody: { ...request, secret: "rotated" },
});
assert.deepEqual([rotated.secret, rotated.target], ["rotated", target]);
const list = await eu.webhooks.list({ app_id: app.id });
assert.deepEqual(list.webhooks.map((webhook) => webhook.id), [made.id]);
await assert.rejects(client("us").webhooks.get({ webhook_id: made.id }), "another region");

await eu.webhooks.delete({ webhook_id: made.id });
await assert.rejects(eu.webhooks.get({ webhook_id: made.id }));
await eu.app.delete({ app_id: app.id });
assert.ok(!(await eu.app.list({})).apps.some(({ id }) => id === app.id));
