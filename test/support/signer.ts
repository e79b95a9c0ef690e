import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { launch, newFolder, until } from './fault-process.ts'
import type { Launched } from './fault-process.ts'
import { noteKeys } from './secrets.ts'

/** A signer in a process of its own, that may end and begin again. */
export type TestSigner = {
  readonly keysDir: string
  readonly socketPath: string
  /** Starts it, if it does not run, and waits until it listens. */
  begin(): Promise<void>
  end(signal?: NodeJS.Signals): Promise<void>
  readonly drop: () => Promise<void>
}

const program = ['--import', './src/guard.js', './src/accord.ts', 'signer', 'serve']

export async function makeSignerProcess(purposes: readonly string[]): Promise<TestSigner> {
  const folder = newFolder()
  const [keysDir, socketPath] = [join(folder, 'keys'), join(folder, 'signer')]
  await createMissingKeys(keysDir, { rsa: true, upstream: true, signals: true })
  noteKeys(keysDir)
  let running: Launched | undefined
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    await running?.end(signal)
    running = undefined
  }
  return {
    keysDir,
    socketPath,
    async begin() {
      const words = [...program, '--keys', keysDir, '--socket', socketPath, ...purposes]
      const started = (running ??= launch(words, { env: {} }))
      await until('the signer listens', () => {
        if (started.process.exitCode !== null) throw new Error(started.output())
        return started.output().includes(`signer ${socketPath}:`)
      })
    },
    end,
    async drop() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
