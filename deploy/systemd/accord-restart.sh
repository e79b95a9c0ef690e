#!/bin/sh
# As /usr/local/bin/accord-restart, by root: every process of this machine, one after the other, each once the one before is ready.
set -eu
host=$(sed -n 's|^ISSUER=https://||p' /etc/accord/accord.env)
for unit in $(systemctl list-units --plain --no-legend 'accord-web@*' 'accord-work@*' | cut -d ' ' -f 1); do
  case $unit in
    accord-web@*) port=${unit#accord-web@} ;;
    *) port=${unit#accord-work@} ;;
  esac
  port=${port%.service}
  systemctl restart "$unit"
  curl -fsS -o /dev/null --retry 120 --retry-delay 1 --retry-all-errors -H "Host: $host" -H 'X-Forwarded-Proto: https' "http://127.0.0.1:$port/readyz" 2> /dev/null ||
    { echo "$unit is not ready: journalctl -u $unit" >&2; exit 1; }
  echo "$unit is ready"
done
