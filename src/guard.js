// Plain JavaScript, loaded before anything else (package.json scripts): an old Node cannot even read the first type.
const major = Number(process.versions.node.split('.', 1)[0])
if (major < 24) {
  process.stderr.write(
    `Accord needs Node 24 or newer; this is ${process.versions.node}. ` +
      'Use the npm scripts (npm start, npm test): npm ci brings Node 24 along for them.\n',
  )
  process.exit(1)
}
