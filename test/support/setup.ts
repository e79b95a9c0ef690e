import { vi } from 'vitest'
import { runWithMachine } from '../../src/base/platform/clock.ts'
import { firstEnvironment } from './first-environment.ts'

// Before each test file: what the one before it may have changed in this process is as it was.

for (const name of Object.keys(process.env))
  if (!(name in firstEnvironment) && !name.startsWith('VITEST')) delete process.env[name]
for (const [name, value] of Object.entries(firstEnvironment))
  if (!name.startsWith('VITEST')) process.env[name] = value
vi.useRealTimers()
runWithMachine()
