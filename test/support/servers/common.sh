# Sourced by install.sh, start.sh and stop.sh: where things are.
SERVERS_HOME=${VIBESECRETS_SERVERS_HOME:-$HOME/.cache/vibesecrets-servers}
SERVERS_RUN=${VIBESECRETS_SERVERS_RUN:-/tmp/vibesecrets-servers}
BIN=$SERVERS_HOME/bin
STAMPS=$SERVERS_HOME/stamps

# Every version is named here and nowhere else.
MOTO=5.2.5
LOCALSTACK=4.14.0
# The last Vault under the MPL, and the newest tagged sdk that it builds with.
VAULT=v1.14.1
VAULT_SDK=v0.9.2
KUBE=1.36.3
# Debian's 3.4 lacks the progress notices that this kube-apiserver waits for.
ETCD=v3.6.8
KWOK=v0.7.0
VERSITYGW=v1.8.0
TOXIPROXY=v2.5.0

say() { printf '[servers] %s\n' "$*" >&2; }

# Prints the folder that holds the programs of PostgreSQL, the newest one first.
postgres_bin() {
  local folder
  for folder in ${PGBIN:-} $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
    [ -x "$folder/initdb" ] && { echo "$folder"; return 0; }
  done
  return 1
}
