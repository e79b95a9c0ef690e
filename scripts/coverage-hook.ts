import { takeCoverage } from 'node:v8'

// Loaded into each process of a run of `npm run coverage`. V8 writes what ran as a process ends by itself; a worker of vitest is
// ended from outside, so it writes meanwhile.

const paceMs = 10_000

if (/vitest\/dist\/workers/.test(process.argv[1] ?? '')) {
  setInterval(takeCoverage, paceMs).unref()
  process.on('disconnect', takeCoverage)
  process.on('message', takeIfLast)
  process.prependListener('SIGTERM', () => {
    takeCoverage()
    process.exit(143)
  })
}

function takeIfLast(told: unknown): void {
  if (typeof told === 'object' && told !== null && 'type' in told && told.type === 'stop')
    takeCoverage()
}
