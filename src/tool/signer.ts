import { isServed } from '../base/values/key-purposes.ts'
import type { ServedPurpose } from '../base/values/key-purposes.ts'
import { command, requiredText, text, withoutDatabase } from './command.ts'

/** Some thousand permits a second, each of which asks twice, and the walks of the night. */
const usualRate = 20_000
const mostRate = 1_000_000

type Asked = {
  readonly keysDir: string
  readonly socketPath: string
  readonly memory: string | undefined
  readonly purposes: readonly ServedPurpose[]
  readonly perSecond: number
}

const signerServe = command('signer serve PURPOSE…', {
  says: `holds the keys of these purposes (id-token, id-token-rsa, upstream, signals, decision, receipt, data, log) in a
process of its own, and signs and unwraps for those who have SIGNER_SOCKET=PATH. Restart it after « keys rotate »
and « keys retire »`,
  options: {
    keys: requiredText('DIR', 'the folder of these keys'),
    socket: requiredText('PATH', 'where it listens'),
    memory: text(
      'DIR',
      'with log, and only then: where it notes the last tree that it signed of each log; it signs none that does not contain it',
    ),
    rate: text(
      'N',
      `how many questions it answers in a second, of all who ask together (${usualRate})`,
    ),
  },
  asks({ PURPOSE: words, keys: keysDir, socket: socketPath, memory, rate = `${usualRate}` }) {
    const purposes = words.filter(isServed)
    if (purposes.length < words.length) return undefined
    // Without its memory it could sign two trees that contradict each other.
    if (purposes.includes('log') !== (memory !== undefined)) return undefined
    const perSecond = Number(rate)
    if (!Number.isSafeInteger(perSecond) || perSecond < 1 || perSecond > mostRate) return undefined
    return { keysDir, socketPath, memory, purposes, perSecond }
  },
  noted: withoutDatabase,
  run: serve,
})

export const commands = [signerServe]

/** Until SIGTERM. @throws StartError */
async function serve({ memory, ...serving }: Asked): Promise<string[]> {
  const { serveSigner } = await import('../base/keys/signer-service.ts')
  const { openLog } = await import('../base/logging/log.ts')
  const { shutdownSignal } = await import('../base/jobs/shutdown-signal.ts')
  const trees = memory === undefined ? undefined : await treeSignerIn(serving.keysDir, memory)
  const served = await serveSigner({ ...serving, log: openLog('info'), trees })
  const held = Object.entries(served.kids).map(([purpose, kid]) => `${purpose} ${kid}`)
  process.stdout.write(`signer ${serving.socketPath}: ${held.join(', ')}\n`)
  await shutdownSignal()
  await served.close()
  return []
}

// Only who signs trees needs the room of the log.
async function treeSignerIn(keysDir: string, memory: string) {
  const { openTreeSigner } = await import('../ledger/transparency-log/index.ts')
  return openTreeSigner(keysDir, memory)
}
