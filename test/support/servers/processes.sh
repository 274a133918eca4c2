# Sourced by start.sh and stop.sh: servers by their recorded process. A process id alone may have passed to a stranger,
# so the time of its start is kept with it.

started_at() { # started_at PID   nothing for a process that has ended
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

launch() { # launch NAME command...   in a session of its own
  local name=$1 pid; shift
  setsid "$@" >"$SERVERS_RUN/logs/$name" 2>&1 </dev/null &
  pid=$!
  echo "$pid $(started_at "$pid")" >"$SERVERS_RUN/pids/$name"
}

alive() { # alive NAME
  local pid start
  [ -f "$SERVERS_RUN/pids/$1" ] || return 1
  read -r pid start <"$SERVERS_RUN/pids/$1"
  [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ]
}

signal() { # signal NAME SIGNAL   to the server and what it started
  local pid
  read -r pid _ <"$SERVERS_RUN/pids/$1"
  kill "-$2" -- "-$pid" 2>/dev/null || true
}
