import './guard.js'
import type { Config } from './base/settings/config.ts'
import { readConfig } from './base/settings/config.ts'
import { exitStatuses, withExitStatus, OperatorError } from './base/values/operator-error.ts'

// A process is loaded when it is asked for: `migrate` needs no room, and a wrong word nothing.
const modes = {
  serve: async (config: Config) => (await import('./house/processes.ts')).runServe(config),
  work: async (config: Config) => (await import('./house/processes.ts')).runWork(config),
  migrate: async (config: Config) => (await import('./house/migration.ts')).runMigrate(config),
  demo: demonstrate,
}

function isMode(word: string | undefined): word is keyof typeof modes {
  return word !== undefined && Object.hasOwn(modes, word)
}

const [mode] = process.argv.slice(2)
if (!isMode(mode)) {
  process.stderr.write('Usage: node src/main.ts serve | work | migrate | demo\n')
  process.exit(2)
}
try {
  const isWeb = mode === 'serve' || mode === 'demo'
  const config = await withExitStatus(exitStatuses.settings, async () =>
    readConfig(process.env, isWeb),
  )
  await modes[mode](config)
} catch (thrown) {
  const { asOperatorError } = await import('./base/database/database-fault.ts')
  const error = asOperatorError(thrown)
  // An error that the operator can mend is one sentence; any other error is a bug and shows its trace.
  process.stderr.write(
    error instanceof OperatorError
      ? `${error.message}\n`
      : `${String(error instanceof Error ? error.stack : error)}\n`,
  )
  process.exit(error instanceof OperatorError ? (error.status ?? 1) : 1)
}

// A deployment has neither the files of the demonstration nor the packages that only it needs.
async function demonstrate(config: Config): Promise<void> {
  const { runDemonstration } = await import('./demonstration/demonstration.ts').catch(
    (cause: unknown) => {
      const isAbsent =
        cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
      throw isAbsent
        ? new OperatorError(
            'The demonstration is not installed here: « npm ci » brings it, in a whole copy of the files.',
            { cause },
          )
        : cause
    },
  )
  await runDemonstration(config)
}
