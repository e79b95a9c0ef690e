import { afterAll, vi } from 'vitest'
import { readDuration, moveDateAhead, runWithMachine } from '../../src/base/values/clock.ts'
import { removeFolders } from './fault-process.ts'
import { firstEnvironment } from './first-environment.ts'
import { keepCodeAnswers } from './known-code.ts'

// Runs before each test file and restores everything that the file before it may have changed in this process.

for (const name of Object.keys(process.env))
  if (!(name in firstEnvironment) && !name.startsWith('VITEST')) delete process.env[name]
for (const [name, value] of Object.entries(firstEnvironment))
  if (!name.startsWith('VITEST')) process.env[name] = value
vi.useRealTimers()
runWithMachine()
// Where the whole run is as on a later day (`npm run drill -- calendar`), each file begins then.
moveDateAhead(readDuration(process.env['CLOCK_OFFSET'] ?? 'P0D') ?? 0)
keepCodeAnswers()
// After all else that the file does at its end.
afterAll(removeFolders)
