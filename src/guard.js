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
// The first process of a container gets only those signals that it listens to. A process that stops in an orderly way listens too, and
// then decides; before that, and in commands that only work and end, a signal ends the process at once.
for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15 })) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(128 + number)
  })
}
// What was compiled once is read the next time: a start takes half as long. Beside the packages, and trusted as they are; where
// nothing can be written there, nothing is kept.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/accord', import.meta.url)))
