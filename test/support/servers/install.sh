#!/usr/bin/env bash
# Installs the servers that the tests in test/servers talk to, with the ordinary clients of Debian, Python and Go.
#
#   install.sh [part ...]    parts: apt moto localstack tools vault kube (all of them by default)
#   install.sh --check       installs nothing; fails and names every server that is missing
#
# What is there already, in the version named in common.sh, is left alone. An empty machine with two cores takes about
# twelve minutes. VIBESECRETS_SERVERS_HOME says where to (default ~/.cache/vibesecrets-servers);
# VIBESECRETS_SERVERS_KEEP=1 keeps the caches of the Go builds, about 10 GB.
set -euo pipefail
. "$(dirname "$0")/common.sh"

BUILD=$SERVERS_HOME/build
export GOTOOLCHAIN=local CGO_ENABLED=0 GOCACHE=$BUILD/gocache GOMODCACHE=$BUILD/gomod
GO_FLAGS="-p=2 -buildvcs=false"

part() { # part NAME@VERSION function
  local began=$SECONDS
  if [ -e "$STAMPS/$1" ]; then say "$1: there already"; return 0; fi
  say "$1: installing"
  "$2"
  rm -f "$STAMPS/${1%%@*}"@*
  : > "$STAMPS/$1"
  say "$1: done in $((SECONDS - began)) s"
}

# Downloads fail now and then: three tries, with a pause that grows.
retry() {
  local try
  for try in 1 2 3; do
    "$@" && return 0
    [ "$try" = 3 ] && return 1
    say "failed, try $((try + 1)) of 3: $*"
    sleep $((try * 10))
  done
}

quietly() { # quietly LOG command...   shows the log only when the command fails
  local log=$1; shift
  "$@" >"$log" 2>&1 || { tail -20 "$log" >&2; return 1; }
}

install_apt() {
  local missing=() package
  postgres_bin >/dev/null || missing+=(postgresql)
  command -v mariadbd >/dev/null || missing+=(mariadb-server)
  for package in age openssl curl; do command -v "$package" >/dev/null || missing+=("$package"); done
  if [ ${#missing[@]} -eq 0 ]; then say "apt: there already"; return 0; fi
  if [ "$(id -u)" != 0 ]; then
    say "apt: these packages are missing and only root can install them: ${missing[*]}"
    say "  try: sudo apt-get install --no-install-recommends ${missing[*]}"
    return 1
  fi
  say "apt: installing ${missing[*]}"
  retry quietly "$BUILD/apt.log" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive retry quietly "$BUILD/apt.log" \
    apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

python_venv() { # python_venv NAME package...
  local folder=$SERVERS_HOME/venv-$1; shift
  rm -rf "$folder"
  python3 -m venv "$folder"
  retry "$folder/bin/pip" install -q --no-cache-dir --disable-pip-version-check "$@"
}

install_moto() { python_venv moto "moto[server]==$MOTO"; }

# Newer releases of these four break this version of LocalStack at its start.
install_localstack() {
  python_venv localstack "localstack-core[runtime]==$LOCALSTACK" \
    'cbor2<5.8' 'pyopenssl<25.2' 'cryptography<46' 'service-identity<25'
}

go_program() { # go_program PACKAGE@VERSION
  (cd "$BUILD" && GOFLAGS=$GO_FLAGS GOBIN=$BIN retry quietly "$BUILD/go.log" go install -trimpath -ldflags '-s -w' "$1")
}

install_toxiproxy() {
  go_program "github.com/Shopify/toxiproxy/v2/cmd/server@$TOXIPROXY"
  mv "$BIN/server" "$BIN/toxiproxy-server"
}
install_versitygw() { go_program "github.com/versity/versitygw/cmd/versitygw@$VERSITYGW"; }
install_kwok() { go_program "sigs.k8s.io/kwok/cmd/kwok@$KWOK"; }

fresh_module() { # fresh_module NAME import   an empty Go module that keeps one package in its requirements
  local folder=$BUILD/$1
  chmod -R u+w "$folder" 2>/dev/null || true
  rm -rf "$folder"
  mkdir -p "$folder"
  printf '//go:build keep\n\npackage keep\n\nimport _ "%s"\n' "$2" >"$folder/keep.go"
  echo "$folder"
}

go_build() { # go_build FOLDER argument...
  local folder=$1; shift
  (cd "$folder" && GOFLAGS="-mod=mod $GO_FLAGS" retry quietly "$folder/build.log" go build -trimpath "$@")
}

module_source() { # module_source MODULE VERSION   prints its folder in the module cache
  (cd "$BUILD" && GOFLAGS='' retry go mod download -json "$1@$2") | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p'
}

install_etcd() {
  local folder
  folder=$(fresh_module etcd go.etcd.io/etcd/server/v3)
  printf 'module keep\n\ngo 1.25.0\n\nrequire go.etcd.io/etcd/server/v3 %s\n' "$ETCD" >"$folder/go.mod"
  go_build "$folder" -ldflags '-s -w' -o "$BIN/etcd" go.etcd.io/etcd/server/v3
}

# Vault's go.mod names its own sdk by a path. The tagged sdk takes its place, without a check on plug-ins that this
# Vault does not pass yet.
install_vault() {
  local folder source sdk
  source=$(module_source github.com/hashicorp/vault "$VAULT")
  sdk=$(module_source github.com/hashicorp/vault/sdk "$VAULT_SDK")
  [ -n "$source" ] && [ -n "$sdk" ] || { say "vault: its modules cannot be downloaded"; return 1; }
  folder=$(fresh_module vault github.com/hashicorp/vault/command)
  cp -r "$sdk" "$folder/sdk"
  chmod -R u+w "$folder/sdk"
  sed -i '/panic(fmt.Sprintf("Pattern %v defines a CreateOperation but no ExistenceCheck"/d' \
    "$folder/sdk/framework/backend.go"
  sed -e 's#^module .*#module keep#' -e '/=> \.\//d' "$source/go.mod" >"$folder/go.mod"
  cat "$source/go.sum" >"$folder/go.sum"
  (cd "$folder" && go mod edit -require="github.com/hashicorp/vault@$VAULT" \
    -replace=github.com/hashicorp/vault/sdk=./sdk)
  go_build "$folder" -ldflags '-s -w' -o "$BIN/vault" github.com/hashicorp/vault
}

# The staging modules that go.mod names by path are published too: v1.36.3 of Kubernetes goes with v0.36.3 of them.
install_kube() { kube_programs kube-apiserver kube-controller-manager kube-scheduler; }
install_kubectl() { kube_programs kubectl; }

kube_programs() { # kube_programs NAME...
  local folder source version=k8s.io/component-base/version minor
  source=$(module_source k8s.io/kubernetes "v$KUBE")
  [ -n "$source" ] || { say "kube: its module cannot be downloaded"; return 1; }
  folder=$(fresh_module kube k8s.io/kubernetes/cmd/kube-apiserver)
  sed -e 's#^module .*#module keep#' -e "s#=> ./staging/src/\(k8s.io/[a-z0-9-]*\)#=> \1 v0.${KUBE#1.}#" \
    "$source/go.mod" >"$folder/go.mod"
  cat "$source/go.sum" >"$folder/go.sum"
  (cd "$folder" && go mod edit -require="k8s.io/kubernetes@v$KUBE")
  minor=$(echo "$KUBE" | cut -d. -f2)
  go_build "$folder" -o "$BIN" \
    -ldflags "-s -w -X $version.gitVersion=v$KUBE -X $version.gitMajor=1 -X $version.gitMinor=$minor" \
    "${@/#/k8s.io/kubernetes/cmd/}"
}

# One line for each server that start.sh would miss.
missing() {
  local name
  for name in moto@$MOTO localstack@$LOCALSTACK; do
    [ -e "$STAMPS/$name" ] && [ -x "$SERVERS_HOME/venv-${name%%@*}/bin/python" ] || echo "$name"
  done
  for name in toxiproxy@$TOXIPROXY:toxiproxy-server versitygw@$VERSITYGW:versitygw kwok@$KWOK:kwok etcd@$ETCD:etcd \
    vault@$VAULT:vault kube@$KUBE:kube-apiserver kube@$KUBE:kube-controller-manager kube@$KUBE:kube-scheduler; do
    [ -e "$STAMPS/${name%%:*}" ] && [ -x "$BIN/${name##*:}" ] || echo "${name%%:*} (${name##*:})"
  done
  postgres_bin >/dev/null || echo postgresql
  command -v kubectl >/dev/null || [ -x "$BIN/kubectl" ] || echo kubectl
  for name in mariadbd openssl curl; do command -v "$name" >/dev/null || echo "$name"; done
}

check() {
  local absent
  absent=$(missing)
  if [ -z "$absent" ]; then say "all servers are installed"; return 0; fi
  while read -r name; do say "missing: $name"; done <<<"$absent"
  say "  try: npm run servers:install"
  return 1
}

if [ "${1:-}" = --check ]; then check; exit $?; fi

mkdir -p "$BIN" "$BUILD" "$STAMPS"
[ $# -gt 0 ] || set -- apt moto localstack tools vault kube
for name in "$@"; do
  case $name in
  apt) install_apt ;;
  moto) part "moto@$MOTO" install_moto ;;
  localstack) part "localstack@$LOCALSTACK" install_localstack ;;
  tools)
    part "toxiproxy@$TOXIPROXY" install_toxiproxy
    part "versitygw@$VERSITYGW" install_versitygw
    part "kwok@$KWOK" install_kwok
    part "etcd@$ETCD" install_etcd
    ;;
  vault) part "vault@$VAULT" install_vault ;;
  kube)
    part "kube@$KUBE" install_kube
    command -v kubectl >/dev/null || part "kubectl@$KUBE" install_kubectl
    ;;
  *) say "no part is called $name"; exit 2 ;;
  esac
done

if [ "${VIBESECRETS_SERVERS_KEEP:-0}" != 1 ]; then
  chmod -R u+w "$BUILD" 2>/dev/null || true
  rm -rf "$BUILD"
fi
say "installed in $SECONDS s, $(du -sh "$SERVERS_HOME" | cut -f1) in $SERVERS_HOME"
