#!/usr/bin/env bash
# Tell LivOS that something happened: ./tell.sh disk.full '{"path": "/", "free": 0}'
# TELL_URL, TELL_SOURCE and TELL_SECRET are what `nexus events sources add` showed.
set -euo pipefail
type=$1 body=$2 key=${3:-$(uuidgen 2>/dev/null || cat /proc/sys/kernel/random/uuid)} now=$(date +%s)
signature=$(printf '%s\n%s\n%s\n%s' "$now" "$type" "$key" "$body" |
  openssl dgst -sha256 -hmac "$TELL_SECRET" | sed 's/.* //')
curl -sS --fail-with-body --retry 5 "$TELL_URL/api/events/$type" --data-binary "$body" \
  -H 'Content-Type: application/json' -H "Idempotency-Key: $key" -H "X-Nexus-Source: $TELL_SOURCE" \
  -H "X-Nexus-Timestamp: $now" -H "X-Nexus-Signature: sha256=$signature"
