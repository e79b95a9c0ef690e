import type { Pairwise } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import { newUuid } from '../../base/platform/ids.ts'
import type { StatementKeys } from '../../base/platform/jws.ts'
import { signStatement } from '../../base/platform/jws.ts'
import type { Log } from '../../base/platform/log.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { ownOrganisation } from '../../registry/index.ts'
import { certificateClaims, rangeOf } from './certificate.ts'
import type { HeldContent, Plan } from './plan.ts'
import { oldestKept, overBy } from './plan.ts'
import type { ErasureRow } from './store.ts'
import { eraseHeld, heldOf, insertErasure, moveMark, nextPeople } from './store.ts'

/** What an erasure needs: who seals that it happened, who signs it. */
export type Eraser = {
  readonly vault: Vault
  readonly keys: StatementKeys
  readonly issuer: string
  readonly pairwise: Pairwise
}

const batch = 500
const maxBatches = 50

/** What goes, of what is held at this instant; undefined: nothing. */
export type Choose = (held: HeldContent, now: Date) => Plan | undefined

/**
 * Erases what is chosen of a person: the event in her chain, the data keys of years and of chains of their own, the rows, the
 * certificate; all of it or nothing, under her lock. @returns undefined where nothing is
 */
export async function erase(
  tx: Transaction,
  eraser: Eraser,
  personId: string,
  choose: Choose,
): Promise<ErasureRow | undefined> {
  const book = await openBook(tx, eraser.vault, personId)
  const plan = choose(await heldOf(tx, personId), book.now)
  if (plan === undefined) return undefined
  const written = await book.append({
    kind: 'content.erased',
    actor: { type: 'broker' },
    fields: rangeOf(plan),
  })
  await eraseHeld(tx, personId, plan, written)
  const { issuer, keys, pairwise } = eraser
  const erasureId = newUuid(book.now)
  // As on a receipt.
  const subject = pairwise.subject(personId, ownOrganisation)
  const claims = certificateClaims({ issuer, erasureId, subject, plan, written })
  const [first, last] = [plan.years.at(0), plan.years.at(-1)]
  const row: ErasureRow = {
    erasureId,
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
    certificate: await signStatement(keys, 'erasure-certificate+jwt', claims),
  }
  await insertErasure(tx, row)
  return row
}

/**
 * Erases what is over for as long as it is kept, person by person, each in a transaction of her own. Whom it fails for keeps
 * nobody else waiting. @returns how many people it erased something of
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
    for (const personId of people) {
      try {
        if (await eraseDue(db, eraser, personId, now)) erased += 1
      } catch (error) {
        log.warn({ error }, 'what is over could not be erased')
      }
    }
    await moveMark(db, reached)
    if (isOver) break
  }
  return erased
}

// Most have nothing to erase: their lock is not asked for.
async function eraseDue(
  db: Database,
  eraser: Eraser,
  personId: string,
  now: Date,
): Promise<boolean> {
  if (overBy(await heldOf(db, personId), now) === undefined) return false
  return transact(db, async (tx) => (await erase(tx, eraser, personId, overBy)) !== undefined)
}

/** What the end of an account erases of content: what is over for as long as it is kept. The rest waits for its time. */
export function forgetContent(eraser: Eraser, now: Date) {
  return async (tx: Transaction, personId: string): Promise<void> => {
    if (overBy(await heldOf(tx, personId), now) !== undefined)
      await erase(tx, eraser, personId, overBy)
  }
}
