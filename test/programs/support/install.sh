#!/usr/bin/env bash
# Installs the programs that the tests in test/programs compare with, each into its own folder below
# $VIBESECRETS_PROGRAMS_HOME. A second run does nothing. Node and bash are taken as they are on the machine.
set -euo pipefail

home="${VIBESECRETS_PROGRAMS_HOME:-$HOME/.cache/vibesecrets-programs}"
python_dotenv=1.2.2
folder="$home/python-dotenv-$python_dotenv"

command -v bash >/dev/null || { echo 'programs: bash is missing' >&2; exit 1; }
command -v python3 >/dev/null || { echo 'programs: python3 is missing (Debian: apt-get install python3 python3-venv)' >&2; exit 1; }

if [ ! -f "$folder/.done" ]; then
  rm -rf "$folder"
  mkdir -p "$home"
  python3 -m venv "$folder"
  for attempt in 1 2 3; do
    "$folder/bin/pip" install --quiet --disable-pip-version-check "python-dotenv==$python_dotenv" && break
    [ "$attempt" = 3 ] && { echo 'programs: python-dotenv could not be installed' >&2; exit 1; }
    sleep 5
  done
  touch "$folder/.done"
fi
echo "programs: python-dotenv $python_dotenv in $folder"
