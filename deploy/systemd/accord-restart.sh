#!/bin/sh
# As /usr/local/bin/accord-restart, by root: every process of this machine. Those for the web one after the other, each once the one before is
# ready; beside them those that work, in the same way: nobody's request goes to these.
set -eu
tries=1200 # of a tenth of a second
host=$(sed -n 's|^ISSUER=https://||p' /etc/accord/accord.env)

replace() {
  port=${1#accord-*@}
  systemctl restart "$1" || return 1
  try=0
  until curl -fsS -m 2 -o /dev/null -H "Host: $host" -H 'X-Forwarded-Proto: https' "http://127.0.0.1:${port%.service}/readyz" 2> /dev/null; do
    try=$((try + 1))
    [ "$try" -lt "$tries" ] || { echo "$1 is not ready: journalctl -u $1" >&2; return 1; }
    sleep 0.1
  done
  echo "$1 is ready"
}

each() {
  for unit in $(systemctl list-units --plain --no-legend "$1" | cut -d ' ' -f 1); do replace "$unit" || return 1; done
}

each 'accord-work@*' &
work=$!
status=0
each 'accord-web@*' || status=1
wait "$work" || status=1
exit "$status"
