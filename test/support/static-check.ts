import { spawn } from 'node:child_process'
import { join } from 'node:path'

// Types, rules and format (`check:static`) are read while the tests run: each waits for something now and then.

const root = join(import.meta.dirname, '../..')
const variable = 'STATIC'
export const staticCheck = ['npm', 'run', '--silent', 'check:static'] as const

export type Checking = {
  /** @throws Error with all that a red check said, whenever it ended */
  green(): Promise<void>
}

/** Whether this run is one that reads types, rules and format too; runs within it, of tests of the runner, do not. */
export function wantsStaticCheck(): boolean {
  const wanted = process.env[variable] === 'yes'
  delete process.env[variable]
  return wanted
}

/** @param tell is given what a red check says, once it has ended: minutes before the tests have */
export function startCheck(command: readonly string[], tell: (said: string) => void): Checking {
  const [file = '', ...words] = command
  const child = spawn(file, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const pieces: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece))
  const ended = new Promise<string | undefined>((resolve) => {
    const end = (why: Error | NodeJS.Signals | number | null) => {
      const said =
        why === 0 ? undefined : `The static check is red (${String(why)}):\n${pieces.join('')}`
      if (said !== undefined) tell(said)
      resolve(said)
    }
    child.on('error', end)
    child.on('close', (code, signal) => end(code ?? signal))
  })
  return {
    async green() {
      const said = await ended
      if (said !== undefined) throw new Error(said)
    },
  }
}
