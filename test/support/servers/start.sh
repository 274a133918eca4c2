#!/usr/bin/env bash
# Starts what install.sh installed, waits until each server answers, and writes the addresses as KEY=value lines into
# $VIBESECRETS_SERVERS_RUN/env (default /tmp/vibesecrets-servers/env), where test/servers/support/env.ts reads them.
#
#   start.sh [server ...]    servers: moto localstack vault s3 toxiproxy postgres mariadb k8s (all of them by default)
#
# A server that runs already is left alone. They listen on 127.0.0.1 only, on VIBESECRETS_SERVERS_PORT (default 21000)
# and the ports after it. Their data lives beside the addresses and is thrown away at each start.
set -euo pipefail
cd "$(dirname "$0")"
. ./common.sh
. ./processes.sh

PATH=$PATH:$BIN
RUN=$SERVERS_RUN
PORT=${VIBESECRETS_SERVERS_PORT:-21000}
PATIENCE=180
MOTO_PORT=$PORT LOCALSTACK_PORT=$((PORT + 1)) S3_PORT=$((PORT + 3)) TOXIPROXY_PORT=$((PORT + 4))
POSTGRES_PORT=$((PORT + 5)) MARIADB_PORT=$((PORT + 6)) ETCD_PORT=$((PORT + 7)) ETCD_PEER_PORT=$((PORT + 8))
KUBE_PORT=$((PORT + 9)) KUBE_MANAGER_PORT=$((PORT + 13)) KUBE_SCHEDULER_PORT=$((PORT + 14))
# A development Vault takes the port after its own too.
VAULT_PORT=$((PORT + 20))

mkdir -p "$RUN/pids" "$RUN/logs"
chmod 755 "$RUN"
touch "$RUN/env"
chmod 600 "$RUN/env"

put() { # put KEY VALUE
  sed -i "/^$1=/d" "$RUN/env"
  printf '%s=%s\n' "$1" "$2" >>"$RUN/env"
}

await() { # await SERVER command...
  local name=$1 began=$SECONDS; shift
  until "$@" >/dev/null 2>&1; do
    if ! alive "$name"; then say "$name ended:"; tail -20 "$RUN/logs/$name" >&2; return 1; fi
    if [ $((SECONDS - began)) -ge $PATIENCE ]; then
      say "$name does not answer after $PATIENCE s:"; tail -20 "$RUN/logs/$name" >&2; return 1
    fi
    sleep 0.2
  done
  say "$name answers after $((SECONDS - began)) s"
}

get() { curl -fsS --noproxy '*' --max-time 5 "$@"; }

fresh() { # fresh FOLDER [OWNER]   an empty folder below $RUN
  rm -rf "${RUN:?}/$1"
  mkdir -p "$RUN/$1"
  if [ "$(id -u)" = 0 ] && [ -n "${2:-}" ]; then chown "$2" "$RUN/$1"; fi
}

# The databases refuse to run as root: root hands them to the user that their package made.
AS=()
become() { # become USER
  AS=()
  if [ "$(id -u)" = 0 ]; then AS=(setpriv "--reuid=$1" "--regid=$(id -g "$1")" --clear-groups); fi
}

start_moto() {
  launch moto "$SERVERS_HOME/venv-moto/bin/moto_server" -H 127.0.0.1 -p "$MOTO_PORT"
  await moto get "http://127.0.0.1:$MOTO_PORT/moto-api/data.json"
  put TEST_AWS_MOTO "http://127.0.0.1:$MOTO_PORT"
}

start_localstack() {
  fresh localstack
  launch localstack env GATEWAY_LISTEN="127.0.0.1:$LOCALSTACK_PORT" SERVICES=secretsmanager,kms,sts,iam \
    DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 DNS_ADDRESS=0 LOCALSTACK_VOLUME_DIR="$RUN/localstack" \
    FILESYSTEM_ROOT="$RUN/localstack" "$SERVERS_HOME/venv-localstack/bin/python" -m localstack.runtime.main
  await localstack get "http://127.0.0.1:$LOCALSTACK_PORT/_localstack/health"
  put TEST_AWS_LOCALSTACK "http://127.0.0.1:$LOCALSTACK_PORT"
}

start_vault() {
  fresh vault
  launch vault env HOME="$RUN/vault" "$BIN/vault" server -dev -dev-no-store-token -dev-root-token-id=root \
    -dev-listen-address="127.0.0.1:$VAULT_PORT"
  # It answers before its secret/ is mounted.
  await vault vault_api GET secret/config
  . ./vault.sh
  put TEST_VAULT_ADDR "http://127.0.0.1:$VAULT_PORT"
  put TEST_VAULT_TOKEN root
  put TEST_VAULT_BIN "$BIN/vault"
}

vault_api() { # vault_api METHOD PATH [JSON]
  get -X "$1" -H 'X-Vault-Token: root' ${3:+--data "$3"} "http://127.0.0.1:$VAULT_PORT/v1/$2"
}

start_s3() {
  fresh s3
  mkdir "$RUN/s3/data" "$RUN/s3/versions"
  launch s3 env ROOT_ACCESS_KEY=test ROOT_SECRET_KEY=test-secret "$BIN/versitygw" --port "127.0.0.1:$S3_PORT" \
    --health /health posix --versioning-dir "$RUN/s3/versions" "$RUN/s3/data"
  await s3 get "http://127.0.0.1:$S3_PORT/health"
  put TEST_S3 "http://127.0.0.1:$S3_PORT"
  put TEST_S3_KEY test
  put TEST_S3_SECRET test-secret
}

start_toxiproxy() {
  launch toxiproxy "$BIN/toxiproxy-server" -host 127.0.0.1 -port "$TOXIPROXY_PORT"
  await toxiproxy get "http://127.0.0.1:$TOXIPROXY_PORT/version"
  put TEST_TOXIPROXY "http://127.0.0.1:$TOXIPROXY_PORT"
}

start_postgres() {
  local bin
  bin=$(postgres_bin) || { say 'postgres: not installed'; return 1; }
  fresh postgres postgres
  (umask 077; echo admin-password >"$RUN/postgres-password")
  if [ "$(id -u)" = 0 ]; then chown postgres "$RUN/postgres-password"; fi
  become postgres
  "${AS[@]}" "$bin/initdb" -D "$RUN/postgres" -U postgres -A scram-sha-256 --pwfile="$RUN/postgres-password" -N \
    -E UTF8 --no-locale >"$RUN/logs/postgres-init" 2>&1 || { cat "$RUN/logs/postgres-init" >&2; return 1; }
  launch postgres "${AS[@]}" "$bin/postgres" -D "$RUN/postgres" -p "$POSTGRES_PORT" -k "$RUN/postgres" \
    -c listen_addresses=127.0.0.1 -c fsync=off -c log_statement=all -c max_connections=200
  await postgres env PGPASSWORD=admin-password "$bin/psql" -h 127.0.0.1 -p "$POSTGRES_PORT" -U postgres -qAtc 'select 1'
  put TEST_POSTGRES "postgres://postgres:admin-password@127.0.0.1:$POSTGRES_PORT/postgres"
  put TEST_POSTGRES_LOG "$RUN/logs/postgres"
}

start_mariadb() {
  local socket=$RUN/mariadb/socket user=()
  fresh mariadb mysql
  become mysql
  "${AS[@]}" mariadb-install-db --no-defaults --datadir="$RUN/mariadb" --auth-root-authentication-method=normal \
    --skip-test-db >"$RUN/logs/mariadb-init" 2>&1 || { cat "$RUN/logs/mariadb-init" >&2; return 1; }
  if [ "$(id -u)" = 0 ]; then user=(--user=mysql); fi
  launch mariadb mariadbd --no-defaults "${user[@]}" --datadir="$RUN/mariadb" --port="$MARIADB_PORT" \
    --bind-address=127.0.0.1 --skip-name-resolve --socket="$socket" --pid-file="$RUN/mariadb/pid" \
    --innodb-flush-log-at-trx-commit=2
  await mariadb mariadb-admin --no-defaults -u root -S "$socket" ping
  mariadb --no-defaults -u root -S "$socket" -e \
    "CREATE USER admin@'%' IDENTIFIED BY 'admin-password'; GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION"
  put TEST_MARIADB "mysql://admin:admin-password@127.0.0.1:$MARIADB_PORT/mysql"
  put TEST_MARIADB_SOCKET "$socket"
  put TEST_MARIADB_PORT "$MARIADB_PORT"
}

start_k8s() { . ./kube.sh; }

[ $# -gt 0 ] || set -- moto localstack vault s3 toxiproxy postgres mariadb k8s
for name in "$@"; do
  case $name in
  moto | localstack | vault | s3 | toxiproxy | postgres | mariadb) main=$name ;;
  k8s) main=kube-scheduler ;;
  *) say "no server is called $name"; exit 2 ;;
  esac
  if alive "$main"; then say "$name runs already"; else "start_$name"; fi
done
say "addresses: $RUN/env"
