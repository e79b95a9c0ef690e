#!/bin/sh
# As /usr/local/bin/accord-rotate, by root: a new key of every purpose that this machine has, a step after each restart of its processes.
# Broken off at any moment, the same command goes on. Exit 0: every key is new, and the old ones are gone; 75: something waits, which is said:
# the same command again, a day later. --at-once where the old keys are known to others. Several machines: docs/operate.en.md#keys.
set -eu
began=/etc/accord/rotation-began
steps='1 2 3 4 5 6'
[ -s "$began" ] || { date -u +%FT%TZ > "$began.new" && mv "$began.new" "$began"; }
for step in $steps; do
  # First: whoever was broken off before may have left a step that no process has taken up.
  accord-restart
  said=$(accord keys rotate-all --since "$(cat "$began")" "$@")
  echo "$said"
  case $(echo "$said" | tail -n 1) in
    changed) ;;
    waits) exit 75 ;;
    done) rm "$began" && exit 0 ;;
    *) exit 1 ;;
  esac
done
exit 1
