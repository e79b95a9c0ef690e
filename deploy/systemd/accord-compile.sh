#!/bin/sh
# As /usr/local/bin/accord-compile: « accord-compile FOLDER », by root, after each « npm ci » and each new Node. What web, work and migrate
# load is compiled once, by their user and with their flags, or they would not take it; then it belongs to root, and they only read it.
set -e
cd "${1:-/opt/accord}"
KEPT=node_modules/.cache/accord
rm -rf "$KEPT"
install -d -m 0755 node_modules/.cache && install -d -m 0755 -o accord -g accord "$KEPT"
runuser -u accord -- /usr/bin/node --max-semi-space-size=16 --heap-growing-percent=80 --disable-sigusr1 --import ./src/guard.js --input-type=module --eval \
  "for (const each of ['base/settings/config', 'house/migration', 'house/processes', 'house/app']) await import('./src/' + each + '.ts')
   for (const later of ['graphile-worker', 'nodemailer']) await import(later)"
chown -R root:root "$KEPT" && chmod -R go=rX "$KEPT"
