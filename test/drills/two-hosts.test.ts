import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { apart, apartEnv, whyNotApart } from '../support/apart.ts'
import { until } from '../support/fault-process.ts'

// The machines of drills, in short: two of them behind the balancer, one of which is cut off.

const program = join(import.meta.dirname, 'two-hosts.ts')
const command = apart()
const name = `accord-hosts-${crypto.randomUUID()}`

test.skipIf(command === undefined)(
  `a host that is cut off gets no more calls and comes back, and nothing stays of the hosts${command === undefined ? ` (${whyNotApart})` : ''}`,
  async () => {
    const [file, ...args] = [...(command ?? []), process.execPath, program, name]
    const child = spawn(file, args, {
      env: { ...process.env, ...apartEnv },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const words = once(child.stdout.setEncoding('utf8'), 'data')
      const [said] = (await Promise.race([words, once(child, 'exit')])) as [unknown]
      expect(JSON.parse(String(said))).toEqual({
        ports: [3001, 3002],
        before: { by: [3001, 3002], failed: 0 },
        isToldNothing: true,
        whileCut: { by: [3002], failed: 0 },
        after: { by: [3001, 3002], failed: 0 },
      })
      // Two servers and the program itself, the commands before it not counted.
      expect(ours().length).toBeGreaterThanOrEqual(3)
      expect(Object.keys(networkInterfaces())).not.toContain('accord')
      expect(existsSync(join('/dev/shm', name))).toBe(false)
    } finally {
      child.kill('SIGKILL')
    }
    await until('nothing of it runs', () => ours().length === 0)
  },
)

/** The processes that bear the name, in whatever namespace. */
function ours(): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(name))
}

function commandOf(pid: string): string {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8')
  } catch {
    return '' // It has just ended.
  }
}
