import { createHash } from 'node:crypto'
import { lockAccount, personOf, tellOrdered } from '../../people/accounts/index.ts'
import type { OrderWords, RegisterSigner } from '../../registry/index.ts'
import { isDraft, authorizeOrder } from '../../registry/index.ts'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { retention, spanWords } from '../../base/values/retention.ts'
import { writeId } from '../../base/values/ids.ts'
import { NotProvedError, OperatorError } from '../../base/values/operator-error.ts'
import { rangeOf } from './certificate.ts'
import type { ChooseErasure, Eraser } from './erase.ts'
import { erase } from './erase.ts'
import { byOperator, finishErasures } from './finish.ts'
import type { Plan } from './plan.ts'
import { planByOrder } from './plan.ts'
import { certificateOf, heldContent } from './store.ts'

const nothing = ['There is nothing to erase up to then.']

/** What the command needs to erase, and who may order it. */
export type OrderedEraser = FinishingEraser & { readonly signers: readonly RegisterSigner[] }
/** What certifies erasures: the files of this database are written anew. */
export type FinishingEraser = Eraser & {
  readonly databaseUrl: string
  /** What tries again what waited too long, as it is typed. */
  readonly triesAgain: string
}

export type ErasureAsked = {
  readonly reference: string
  /** A year. */
  readonly through: number
  /** The code of what was shown; without it, it is only shown. */
  readonly confirm: string | undefined
  readonly words: OrderWords
}

/**
 * `accord person erase`: the code confirms exactly the erasure that was shown, and the order is over it.
 * @returns the lines to print. @throws OperatorError where the erasure is refused
 */
export async function eraseByOrder(
  db: Database,
  { reference, through, confirm, words }: ErasureAsked,
  now: Date,
  openEraser: () => Promise<OrderedEraser>,
): Promise<string[]> {
  const personId = await personOf(db, reference)
  if (personId === undefined) throw new OperatorError(`Nobody belongs to ${reference}.`)
  if (confirm === undefined) {
    const plan = planned(through)(await heldContent(db, personId), now)
    return plan === undefined ? nothing : said(plan, codeOf(reference, plan))
  }
  const eraser = await openEraser()
  const { issuer, signers, vault } = eraser
  const ordered = await authorizeOrder(
    {
      issuer,
      deed: 'erase',
      about: reference,
      details: { through: String(through), confirm },
      signers,
      needed: 1,
      now,
    },
    words,
  )
  if (isDraft(ordered)) return [...ordered]
  const confirmed: ChooseErasure = (held, at) => {
    const plan = planned(through)(held, at)
    if (plan !== undefined && codeOf(reference, plan) !== confirm)
      throw new OperatorError(
        'Nothing is erased: the code is of something else. Ask again without it.',
      )
    return plan
  }
  const erased = await transact(db, async (tx) => {
    await lockAccount(tx, personId)
    await tellOrdered(tx, { vault, personId }, ordered)
    const row = await erase(tx, eraser, personId, confirmed)
    if (row === undefined) throw new OperatorError(nothing.join(' '))
    return row
  })
  const event = writeId('evt', erased.eventId)
  const says = `Erased; ${event} says so.`
  await finish(db, eraser, [says])
  const certificate = await certificateOf(db, erased.eventId)
  if (certificate === null)
    throw new OperatorError(`${says} It has no certificate: ${eraser.triesAgain} tries again.`)
  return [says, inFiles, certificate]
}

const inBackups = `${spanWords(retention.backups, 'en')} more`
const inFiles = `No file of the database has it any more. Backups, and the log of writes with them, hold it for ${inBackups}.`

/**
 * Writes the files of the database anew where that waits, and certifies the erasures that wait for it.
 * @returns the lines to print. @throws NotProvedError where it waits too long for somebody
 */
export async function finishByOrder(
  db: Database,
  openEraser: () => Promise<FinishingEraser>,
): Promise<string[]> {
  const { certified, rewritten } = await finish(db, await openEraser(), [])
  return [
    `The files were written anew by ${rewritten.at.toISOString()}: what was erased before is in none of them.`,
    `Certified ${certified}; the log of writes up to ${rewritten.lsn} still has it, and backups for ${inBackups}.`,
  ]
}

async function finish(db: Database, eraser: FinishingEraser, lines: readonly string[]) {
  const finished = await finishErasures(db, eraser, {
    databaseUrl: eraser.databaseUrl,
    limits: byOperator,
    say: (line) => process.stderr.write(`${line}\n`),
  })
  if ('waitsFor' in finished)
    throw new NotProvedError(
      `Files of the database still have what was erased, and nothing is certified: it waits for ${finished.waitsFor}. ${eraser.triesAgain} tries again, as often as you like.`,
      { lines },
    )
  return finished
}

/** @throws OperatorError */
function planned(through: number): ChooseErasure {
  return (held, now) => {
    // This year's key still seals her next deeds.
    if (through >= now.getUTCFullYear())
      throw new OperatorError(`${through} is not over. Nothing is erased.`)
    const plan = planByOrder(held, through)
    if (plan === 'unfinished')
      throw new OperatorError(
        'A sharing that began by then is not over, or a question about it waits. Nothing is erased.',
      )
    return plan
  }
}

function said(plan: Plan, code: string): string[] {
  const { years, entries } = rangeOf(plan)
  return [
    `Sharings      ${plan.sharings}`,
    `Years         ${years === null ? '-' : `${years.from} to ${years.through}`}`,
    `Entries       ${entries === null ? '-' : `${entries.from} to ${entries.through}`}`,
    `Nothing is erased yet. It is, for good, with --confirm ${code}`,
  ]
}

function codeOf(reference: string, plan: Plan): string {
  const { consentIds } = plan
  const text = JSON.stringify([reference, rangeOf(plan), consentIds.toSorted()])
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
