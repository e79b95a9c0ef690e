import { isServed } from '../base/values/key-purposes.ts'
import type { ServedPurpose } from '../base/values/key-purposes.ts'
import { systemClock } from '../base/values/clock.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import type { TreeSignerOptions } from '../ledger/transparency-log/index.ts'
import type { House } from './house.ts'
import { command, requiredText, text, withoutDatabase } from './command.ts'

/** Some thousand permits a second, each of which asks twice, and the walks of the night. */
const usualRate = 20_000
const mostRate = 1_000_000

type Asked = {
  readonly keysDir: string
  readonly socketsDir: string | undefined
  readonly issuer: string
  readonly memory: string | undefined
  readonly purposes: readonly ServedPurpose[]
  readonly perSecond: number
}

const signerServe = command('signer serve PURPOSE…', {
  says: `holds the keys of these purposes (id-token, id-token-rsa, upstream, signals, decision, receipt, data, log) in a
process of its own. It signs what its house says now, and unwraps, for those who may open the socket of a purpose and
name it in SIGNER_SOCKETS. Restart it after « keys rotate » and « keys retire »`,
  options: {
    keys: requiredText('DIR', 'the folder of these keys'),
    issuer: requiredText('URL', 'the house whose statements and logs it signs, as in ISSUER'),
    sockets: text(
      'DIR',
      'where it opens a socket for each purpose, which its own user alone may open; absent: whoever starts it hands them over, named by purpose',
    ),
    memory: text(
      'DIR',
      'with log, and only then: where it notes the last tree that it signed of each log; it signs none that does not contain it',
    ),
    rate: text(
      'N',
      `how many questions it answers in a second, of all who ask together (${usualRate})`,
    ),
  },
  asks({
    PURPOSE: words,
    keys: keysDir,
    sockets: socketsDir,
    issuer,
    memory,
    rate = `${usualRate}`,
  }) {
    const purposes = words.filter(isServed)
    if (purposes.length < words.length) return undefined
    if (!isIssuer(issuer)) return undefined
    // Without its memory it could sign two trees that contradict each other.
    if (purposes.includes('log') !== (memory !== undefined)) return undefined
    const perSecond = Number(rate)
    if (!Number.isSafeInteger(perSecond) || perSecond < 1 || perSecond > mostRate) return undefined
    return { keysDir, socketsDir, issuer, memory, purposes, perSecond }
  },
  noted: withoutDatabase,
  run: serve,
})

export const commands = [signerServe]

/** An origin as people see it: other spellings would be another house. */
function isIssuer(text: string): boolean {
  return (
    URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text
  )
}

/** Until SIGTERM. @throws OperatorError */
async function serve({ memory, socketsDir, ...serving }: Asked, { env }: House): Promise<string[]> {
  const { serveSigner } = await import('../base/keys/signer-service.ts')
  const { processLog } = await import('../base/settings/instance.ts')
  const { shutdownSignal } = await import('../base/jobs/shutdown-signal.ts')
  const { socketPlaces } = await import('../base/keys/signer-sockets.ts')
  const own = { ...serving, clock: systemClock }
  const release = memory === undefined ? undefined : await takeMemory(memory)
  const trees = memory === undefined ? undefined : await treeSignerIn({ ...own, memoryDir: memory })
  const sockets = socketPlaces(serving.purposes, { dir: socketsDir, env, pid: process.pid })
  const log = processLog({ logLevel: 'info', instance: env['INSTANCE'] || undefined })
  const served = await serveSigner({ ...own, sockets, log, trees })
  const held = Object.entries(served.kids).map(([purpose, kid]) => `${purpose} ${kid}`)
  process.stdout.write(`signer of ${serving.issuer}: ${held.join(', ')}\n`)
  await shutdownSignal()
  await served.close()
  release?.()
  return []
}

// Two signers with one memory would each sign a tree of one size: neither reads what the other notes.
async function takeMemory(memory: string): Promise<() => void> {
  const { FolderInUse, lockFolder, openFolder } = await import('../base/settings/data-folder.ts')
  try {
    return lockFolder(openFolder(memory))
  } catch (cause) {
    if (!(cause instanceof FolderInUse)) throw cause
    throw new OperatorError(
      `Another signer has the memory ${memory}: one alone signs trees by it.`,
      {
        cause,
      },
    )
  }
}

// Only who signs trees needs the room of the log.
async function treeSignerIn(options: TreeSignerOptions) {
  const { openTreeSigner } = await import('../ledger/transparency-log/index.ts')
  return openTreeSigner(options)
}
