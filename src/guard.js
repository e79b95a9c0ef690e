// Plain JavaScript, loaded before anything else (package.json scripts): an old Node cannot even read the first type.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const major = Number(process.versions.node.split('.', 1)[0])
if (major < 24) {
  process.stderr.write(
    `Accord needs Node 24 or newer; this is ${process.versions.node}. ` +
      'Use the npm scripts (npm start, npm test): npm ci brings Node 24 along for them.\n',
  )
  process.exit(1)
}
// What was compiled once is read the next time: a start takes half as long. Beside the packages, and trusted as they are; where
// nothing can be written there, nothing is kept.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/accord', import.meta.url)))
