"""Tell LivOS that something happened: python tell.py disk.full '{"path": "/", "free": 0}'"""

import hmac, os, sys, time, urllib.request, uuid

kind, body = sys.argv[1], sys.argv[2].encode()
key, now = (sys.argv[3] if len(sys.argv) > 3 else str(uuid.uuid4())), str(int(time.time()))
signed = f"{now}\n{kind}\n{key}\n".encode() + body
signature = hmac.digest(os.environ["TELL_SECRET"].encode(), signed, "sha256").hex()
headers = {"Content-Type": "application/json", "Idempotency-Key": key, "X-Nexus-Timestamp": now}
headers["X-Nexus-Source"] = os.environ["TELL_SOURCE"]
headers["X-Nexus-Signature"] = f"sha256={signature}"
url = f"{os.environ['TELL_URL']}/api/events/{kind}"
print(urllib.request.urlopen(urllib.request.Request(url, body, headers)).read().decode())
