import { driveAgainst } from './against.ts'
import { writeDocuments, writeProcesses } from './documents.ts'
import { measureEverything } from './everything.ts'
import type { Options } from './options.ts'
import { help, readOptions, UsageError } from './options.ts'
import { measureProcesses } from './processes.ts'
import { processesReport } from './processes-report.ts'
import { table } from './report.ts'
import { profileOperations } from './profile.ts'
import { makeStops, say } from './stops.ts'
import { compareVariants } from './variants.ts'

const stops = makeStops()
let isInterrupted = false

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    isInterrupted = true
    say('stopping what was started')
    // Work under way then fails below, and a server that is still starting is stopped as soon as it has started.
    void stops.all()
  })
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') process.stdout.write(help)
  else await run(options)
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1
  if (!isInterrupted) say(describe(error))
}
await stops.all()
if (isInterrupted) process.exit(130)

async function run(options: Options): Promise<void> {
  if (options.against !== undefined) {
    process.stdout.write(await driveAgainst(options.against, options, stops))
    return
  }
  if (options.variants !== undefined) {
    process.stdout.write(await compareVariants(options.variants, options, stops))
    return
  }
  if (options.profile !== undefined) {
    process.stdout.write(await profileOperations(options.profile, options, stops))
    return
  }
  if (options.processes !== undefined) {
    const processes = await measureProcesses(options, stops)
    process.stdout.write(processesReport(processes))
    if (options.only === undefined) await writeProcesses(processes)
    return
  }
  const results = await measureEverything(options, stops)
  process.stdout.write(table(results))
  if (options.only === undefined) await writeDocuments(results)
}

// An error of a run often hides what the server answered in its cause.
function describe(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}; npm run bench -- --help shows how`
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\n  because: ${describe(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
