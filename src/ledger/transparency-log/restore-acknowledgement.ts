import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { canonical } from '../chain/index.ts'
import { publishObject } from './public.ts'
import type { RestoreRow, RestoreWord } from './restore.ts'
import { isTrueRestore, lossOf, sealRestore, withWord } from './restore.ts'
import { openRestores, updateRestore } from './restore-store.ts'

/** Whoever says it, by name or by a signer's key, and why. */
export type RestoreAcknowledgement = Omit<RestoreWord, 'at'>

/** What was found, as an order names it. @throws OperatorError where nothing waits */
export async function openRestoresInWords(db: Database): Promise<string> {
  const open = await transact(db, openRestores)
  if (open.length === 0) throw nothingFound()
  const all = open.map(({ origin, held, taken }) => `${origin}: ${held} of ${taken}`).join('; ')
  return all.length > mostText ? createHash('sha256').update(all).digest('hex') : all
}

const mostText = 400

/**
 * Operators say that this database goes on as it is. The second one within an hour lets it go on: that is public, as an entry of the
 * log.
 * @returns what to print. @throws OperatorError where nothing was found, or a row is not as this broker wrote it
 */
export async function acknowledgeRestore(
  db: Database,
  seals: RowSeals,
  sayings: readonly RestoreAcknowledgement[],
  now: Date,
): Promise<string[]> {
  return transact(db, async (tx) => {
    const open = await openRestores(tx)
    if (open.length === 0) throw nothingFound()
    if (!open.every((row) => isTrueRestore(seals, row)))
      throw new OperatorError(
        'What was found is not as this broker wrote it. A process that compares writes it again within a minute: then say so again.',
      )
    const at = now.toISOString()
    const said = open.map((row) => ({ row, ...withWords(row.words, sayings, at) }))
    // Each log needs the words of two: a later finding begins without any.
    const goesOn = said.every(({ isEnough }) => isEnough)
    for (const { row, words } of said)
      await keep(tx, seals, { ...row, words, wentOnAt: goesOn ? now : null })
    return [...open.map(lineOf), goesOn ? wentOnLine : waitsLine(sayings)]
  })
}

const wentOnLine =
  'It goes on. Whoever stopped something since is not known: tell people. The process that signs begins the next log of the year by itself.'
const waitsLine = (sayings: readonly RestoreAcknowledgement[]) =>
  `${sayings.map(({ operator }) => operator).join(', ')} has said so. Nothing goes on before another operator says so, too, within an hour.`

function nothingFound(): OperatorError {
  return new OperatorError(
    'This database was not found older than its log: there is nothing to let go on. A start, and each minute after it, compares.',
  )
}

// Each saying counts for itself: one operator twice is one operator.
function withWords(
  before: readonly RestoreWord[],
  sayings: readonly RestoreAcknowledgement[],
  at: string,
) {
  let words = before
  let isEnough = false
  for (const saying of sayings) ({ words, isEnough } = withWord(words, { ...saying, at }))
  return { words, isEnough }
}

function lineOf(row: RestoreRow): string {
  return `${row.origin}: found ${row.foundAt.toISOString()}; ${lossOf(row)}`
}

async function keep(tx: Transaction, seals: RowSeals, row: RestoreRow): Promise<void> {
  await updateRestore(tx, { ...row, seal: sealRestore(seals, row) })
  if (row.wentOnAt !== null) await announce(tx, row, row.wentOnAt)
}

// The names stay inside; whoever is shown them later can be shown that they are these.
async function announce(tx: Transaction, row: RestoreRow, now: Date): Promise<void> {
  await publishObject(
    tx,
    {
      kind: 'log-restored',
      origin: row.origin,
      held: row.held,
      taken: row.taken,
      known_to: row.knownTo,
      root: row.root?.toString('base64') ?? null,
      found_at: row.foundAt.toISOString(),
      went_on_at: now.toISOString(),
      words_sha256: digestOf(row.words),
    },
    now,
  )
}

function digestOf(words: readonly RestoreWord[]): string {
  return createHash('sha256').update(canonical(words)).digest('hex')
}
