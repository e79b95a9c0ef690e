#!/bin/sh
# As /usr/local/bin/accord: « accord COMMAND… », by root, with the user and the environment of the units.
# ACCORD_ENV names another file of environment, ACCORD_USER another user: root, for keys in the folder of a signer. ACCORD_ROLE=owner or read
# takes the role of /etc/accord/accord-owner.env or accord-read.env.
# What is done is noted under the name of who came to this machine.
exec systemd-run --quiet --pipe --wait --collect -p "User=${ACCORD_USER:-accord}" -p "Group=${ACCORD_USER:-accord}" -p UMask=0077 -p LimitCORE=0 \
  -p WorkingDirectory=/opt/accord -p "EnvironmentFile=${ACCORD_ENV:-/etc/accord/accord.env}" \
  ${ACCORD_ROLE:+-p "EnvironmentFile=/etc/accord/accord-$ACCORD_ROLE.env"} \
  --setenv=MALLOC_ARENA_MAX=1 --setenv="SUDO_USER=$(logname 2> /dev/null || echo "${SUDO_USER:-$(id -un)}")" \
  /usr/bin/node --max-semi-space-size=16 --heap-growing-percent=80 --disable-sigusr1 --import ./src/guard.js src/accord.ts "$@"
