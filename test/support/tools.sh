#!/usr/bin/env bash
# Installs the small programs that the crash and program tests run: strace, age, jq, gpg, script. Idempotent.
set -euo pipefail

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); } # need PROGRAM PACKAGE
need strace strace
need age age
need jq jq
need gpg gnupg
need script bsdutils

[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "tools: missing: ${missing[*]} (Debian: apt-get install ${missing[*]})" >&2
  exit 1
fi
for attempt in 1 2 3; do
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
  echo "tools: attempt $attempt failed" >&2
  sleep $((attempt * 5))
done
exit 1
