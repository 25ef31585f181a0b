// Tell LivOS that something happened: node tell.mjs disk.full '{"path": "/", "free": 0}'
import { createHmac, randomUUID } from "node:crypto";
const { TELL_URL, TELL_SOURCE, TELL_SECRET } = process.env;
const [type, body, key = randomUUID()] = process.argv.slice(2);
const now = Math.floor(Date.now() / 1000);
const signature = createHmac("sha256", TELL_SECRET).update(`${now}\n${type}\n${key}\n${body}`).digest("hex");
const headers = { "Content-Type": "application/json", "Idempotency-Key": key, "X-Nexus-Source": TELL_SOURCE,
  "X-Nexus-Timestamp": String(now), "X-Nexus-Signature": `sha256=${signature}` };
const said = await fetch(`${TELL_URL}/api/events/${type}`, { method: "POST", headers, body });
console.log(await said.text());
if (!said.ok) process.exit(1);
