#!/bin/bash
# As /usr/local/bin/accord-sql: « accord-sql -c STATEMENT », by root: psql at the database of the units, by the role that only reads. ACCORD_ENV
# names another file of environment.
set -eu
url=$(sed -n 's/^DATABASE_URL=//p' "${ACCORD_ENV:-/etc/accord/accord-read.env}")
# Everybody on this machine may see the words of a command: the password is none of them.
user=${url#*://} user=${user%%@*}
if [[ $user == *:* ]]; then
  password=${user#*:}
  printf -v PGPASSWORD '%b' "${password//%/\\x}"
  export PGPASSWORD
  url=${url/":$password@"/@}
fi
PGOPTIONS='-c default_transaction_read_only=on' exec psql "$url" "$@"
