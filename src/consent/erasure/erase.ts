import { forgetReferences } from '../../base/observing/operator-audit-store.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import { legalHoldOf, personOf } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import { transact } from '../../base/database/database.ts'
import type { StatementSigner } from '../../base/keys/jws.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { rangeOf } from './certificate.ts'
import type { HeldContent, Plan } from './plan.ts'
import { oldestKept, planByRetention } from './plan.ts'
import type { ErasureRow } from './store.ts'
import {
  countErased,
  eraseHeld,
  heldContent,
  insertErasure,
  moveMark,
  nextPeople,
} from './store.ts'

/** The parts that an erasure needs: the vault that seals its event, the keys that sign its certificate. */
export type Eraser = {
  readonly vault: Vault
  readonly statements: StatementSigner
  readonly issuer: string
  readonly pairwise: Pairwise
}

const batch = 500
const unerased = 'what is over could not be erased'
const maxBatches = 50

/** Chooses what to erase of the content held at this instant; undefined: nothing. */
export type ChooseErasure = (held: HeldContent, now: Date) => Plan | undefined

/**
 * Erases the chosen content of a person, all or nothing, under her lock: it writes the event in her chain, destroys the data keys of the
 * years and of the separate chains, and deletes the rows. It is certified once no file has it any more (finish.ts).
 * @returns undefined where there is nothing to erase, or a legal hold lets it wait. @throws OperatorError where it holds an order back
 */
export async function erase(
  tx: Transaction,
  eraser: Eraser,
  personId: string,
  choose: ChooseErasure,
): Promise<ErasureRow | undefined> {
  const book = await openBook(tx, eraser.vault, personId)
  const plan = choose(await heldContent(tx, personId), book.now)
  if (plan === undefined) return undefined
  if (await isHeldBack(tx, eraser, personId, plan, book.now)) return undefined
  for (const id of plan.consentIds) book.note(id, undefined)
  book.count(-(await countErased(tx, personId, plan.consentIds)))
  const written = await book.append({
    kind: 'content.erased',
    actor: { type: 'broker' },
    fields: rangeOf(plan),
  })
  await eraseHeld(tx, personId, plan, written)
  // What operators typed about it leads nowhere from now on.
  await forgetReferences(tx, eraser.vault.seals, personId, async (object) => {
    const isHers = /^(con|dec)_/.test(object)
    return isHers && (await personOf(tx, object)) === undefined
  })
  const [first, last] = [plan.years.at(0), plan.years.at(-1)]
  const row: ErasureRow = {
    personId,
    eventId: written.eventId,
    personSeq: written.personSeq,
    rule: plan.rule,
    fromYear: first?.year ?? null,
    throughYear: last?.year ?? null,
    fromSeq: first?.fromSeq ?? null,
    throughSeq: last?.throughSeq ?? null,
    before: plan.before,
    erasedAt: book.now,
    rewrittenAt: null,
    certificate: null,
  }
  await insertErasure(tx, row)
  return row
}

/** Whether a legal hold lets it wait. @throws OperatorError where it is an order that would not */
async function isHeldBack(
  tx: Transaction,
  { vault }: Eraser,
  personId: string,
  { rule }: Plan,
  now: Date,
): Promise<boolean> {
  const until = await legalHoldOf(tx, vault, personId, now)
  if (until === undefined) return false
  if (rule === 'retention') return true
  throw new OperatorError(`Nothing is erased: it is held until ${until.toISOString()}.`)
}

/**
 * Erases content whose retention is over, person by person, each in a transaction of her own. A failure for one person does not hold up
 * the others. @returns how many people had content erased
 */
export async function eraseByTime(
  db: Database,
  eraser: Eraser,
  now: Date,
  log: Log,
): Promise<number> {
  let erased = 0
  const year = oldestKept(now).getUTCFullYear()
  for (let n = 0; n < maxBatches; n++) {
    const { people, reached, isOver } = await nextPeople(db, year, batch)
    const run = await isolateEach(people, log, unerased, (personId) =>
      eraseDue(db, eraser, personId, now),
    )
    erased += run.done
    await moveMark(db, reached)
    if (isOver) break
  }
  return erased
}

// Most people have nothing to erase: their lock is not taken.
async function eraseDue(
  db: Database,
  eraser: Eraser,
  personId: string,
  now: Date,
): Promise<boolean> {
  if (planByRetention(await heldContent(db, personId), now) === undefined) return false
  return transact(
    db,
    async (tx) => (await erase(tx, eraser, personId, planByRetention)) !== undefined,
  )
}

/** Erases, at the end of an account, the content whose retention is over. The rest is erased at its time. */
export function forgetContent(eraser: Eraser, now: Date) {
  return async (tx: Transaction, personId: string): Promise<void> => {
    if (planByRetention(await heldContent(tx, personId), now) !== undefined)
      await erase(tx, eraser, personId, planByRetention)
  }
}
