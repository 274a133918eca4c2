#!/usr/bin/env bash
# Ends the servers that start.sh started, and no other process. Their data is thrown away, so nothing waits long.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
. ./common.sh
. ./processes.sh

names=()
for file in "$SERVERS_RUN"/pids/*; do
  name=$(basename "$file")
  if [ -f "$file" ] && alive "$name"; then names+=("$name"); else rm -f "$file"; fi
done

# SIGINT is what PostgreSQL calls a fast shutdown; SIGTERM would wait for its clients.
for name in "${names[@]}"; do
  if [ "$name" = postgres ]; then signal "$name" INT; else signal "$name" TERM; fi
done
for _ in $(seq 1 50); do
  left=()
  for name in "${names[@]}"; do alive "$name" && left+=("$name"); done
  [ ${#left[@]} -eq 0 ] && break
  sleep 0.1
done
for name in "${left[@]:-}"; do [ -n "$name" ] && signal "$name" KILL; done
rm -f "$SERVERS_RUN"/pids/* "$SERVERS_RUN/env"
say "stopped: ${names[*]:-nothing was running}"
