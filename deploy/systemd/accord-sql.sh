#!/bin/bash
# As /usr/local/bin/accord-sql: « accord-sql -c STATEMENT », by root: psql at the database of the units. It only reads.
set -eu
url=$(sed -n 's/^DATABASE_URL=//p' "${ACCORD_ENV:-/etc/accord/accord.env}")
# Everybody on this machine may see the words of a command: the password is none of them.
user=${url#*://} user=${user%%@*}
if [[ $user == *:* ]]; then
  password=${user#*:}
  printf -v PGPASSWORD '%b' "${password//%/\\x}"
  export PGPASSWORD
  url=${url/":$password@"/@}
fi
PGOPTIONS='-c default_transaction_read_only=on' exec psql "$url" "$@"
