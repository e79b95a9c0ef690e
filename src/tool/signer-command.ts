import { openLog } from '../base/logging/log.ts'
import type { ServedPurpose, Serving } from '../base/keys/signer-service.ts'
import { servedPurposes, serveSigner } from '../base/keys/signer-service.ts'
import { toldToStop } from '../base/jobs/shutdown-signal.ts'
import { wordsIn } from '../base/values/parse-words.ts'

/** Some thousand permits a second, each of which asks twice, and the walks of the night. */
const usualRate = 20_000
const mostRate = 1_000_000

/** `accord signer serve`: until SIGTERM. @returns undefined: wrong usage. @throws StartError */
export async function signerCommand(args: readonly string[]): Promise<string[] | undefined> {
  const asked = readArguments(args)
  if (asked === undefined) return undefined
  const { memory, ...serving } = asked
  const trees = memory === undefined ? undefined : await treeSignerIn(asked.keysDir, memory)
  const served = await serveSigner({ ...serving, trees })
  const held = Object.entries(served.kids).map(([purpose, kid]) => `${purpose} ${kid}`)
  process.stdout.write(`signer ${asked.socketPath}: ${held.join(', ')}\n`)
  await toldToStop()
  await served.close()
  return []
}

// Only who signs trees needs the room of the log.
async function treeSignerIn(keysDir: string, memory: string): Promise<Serving['trees']> {
  const { openTreeSigner } = await import('../ledger/transparency-log/index.ts')
  return openTreeSigner(keysDir, memory)
}

function readArguments(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = { keys: text, socket: text, rate: text, memory: text }
  return wordsIn(args, options, (values, [deed, ...words]) => {
    const { keys: keysDir, socket: socketPath, memory } = values
    const purposes = words.filter(isServed)
    if (deed !== 'serve' || keysDir === undefined || socketPath === undefined) return undefined
    if (purposes.length === 0 || purposes.length < words.length) return undefined
    // Without its memory it could sign two trees that contradict each other.
    if (purposes.includes('log') !== (memory !== undefined)) return undefined
    const perSecond = Number(values.rate ?? usualRate)
    if (!Number.isSafeInteger(perSecond) || perSecond < 1 || perSecond > mostRate) return undefined
    return { keysDir, socketPath, memory, purposes, perSecond, log: openLog('info') }
  })
}

function isServed(word: string): word is ServedPurpose {
  return (servedPurposes as readonly string[]).includes(word)
}
