import { randomBytes } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { randomBase32, readBase32 } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { MandateSeals } from '../mandates/index.ts'
import type { CodeRead } from './naming-store.ts'
import { codesOfBrowser, insertCode, lockCode, tryCodes, writeCode } from './naming-store.ts'
import type { DeskCodeRow } from './tables.ts'
import { deskCodeTable } from './tables.ts'

// By a code a new officer makes his keys, and by nothing else. It has two halves: whoever proposed him has one, whoever decided it has the
// other, and each gives his half to the officer himself. So neither of the two alone ever holds what opens somebody’s access.

const halfLength = 8
export const codeSeconds = 7 * 24 * 3600
/** How long a browser in which the code was given makes keys by it. Afterwards it is given again. */
export const browserSeconds = 3600
/** Of somebody who has one half, and guesses the other. */
export const mostTries = 10

type Halves = { readonly one: string; readonly two: string }

function newHalf(): string {
  const drawn = randomBase32(halfLength)
  return `${drawn.slice(0, halfLength / 2)}-${drawn.slice(halfLength / 2)}`
}

function marksOf(seals: MandateSeals, half: string) {
  return seals.digests(`half of a desk code ${readBase32(half)}`)
}
function browserMarks(seals: MandateSeals, token: string) {
  return seals.digests(`browser of a desk code ${token}`)
}

const nobodyGaveIt = { browserMark: null, givenAt: null, usedAt: null } as const

/** The half of whoever proposes. @returns it as it is shown, once */
export async function beginCode(
  tx: Transaction,
  seals: MandateSeals,
  code: Pick<DeskCodeRow, 'namingId' | 'expiresAt'>,
): Promise<string> {
  const half = newHalf()
  const [firstMark] = marksOf(seals, half)
  const undecided = { personId: null, secondMark: null, ...nobodyGaveIt }
  await insertCode(tx, seals.rows, { ...code, firstMark, ...undecided })
  return half
}

type Whose = { readonly namingId: string; readonly personId: string }

/** The half of whoever decides. @returns as `beginCode`. @throws Refusal desk.decided (409) where there is no first half */
export async function completeCode(
  tx: Transaction,
  seals: MandateSeals,
  { namingId, personId }: Whose,
  now: Date,
): Promise<string> {
  const row = await lockCode(tx, namingId)
  if (row === undefined || !isOurs(seals, row) || row.personId !== null)
    throw new Refusal('desk.decided', 409)
  const half = newHalf()
  const [secondMark] = marksOf(seals, half)
  const expiresAt = secondsAfter(now, codeSeconds)
  await writeCode(tx, seals.rows, { ...coveredOf(row), personId, secondMark, expiresAt })
  return half
}

/** Both halves at once, for an order of two signers. */
export async function wholeCode(
  tx: Transaction,
  seals: MandateSeals,
  { namingId, personId }: Whose,
  now: Date,
): Promise<Halves> {
  const expiresAt = secondsAfter(now, codeSeconds)
  const one = await beginCode(tx, seals, { namingId, expiresAt })
  return { one, two: await completeCode(tx, seals, { namingId, personId }, now) }
}

/** Whose keys a browser may make, by which code; `token`: what the browser keeps. */
export type GivenCode = {
  readonly namingId: string
  readonly personId: string
  readonly expiresAt: Date
}

type Giving = {
  readonly db: Database
  readonly seals: MandateSeals
  readonly beginsAnew: (tx: Transaction, officerId: string) => Promise<unknown>
}

/**
 * Both halves, in either order. The try is counted in the row of a right half, whatever stands beside it. The code is given again for as
 * long as no two keys were made by it: the browser of before makes none then.
 * @param beginsAnew in its transaction: what a browser of before made by this code goes
 * @throws Refusal desk.code-refused, the same for every reason
 */
export async function giveCode(
  _: CountedTry,
  { db, seals, beginsAnew }: Giving,
  { one, two }: Halves,
  now: Date,
): Promise<GivenCode & { readonly token: string }> {
  const token = randomBytes(32).toString('base64url')
  const given = await transact(db, async (tx) => {
    const halves = [one, two].map((half) => marksOf(seals, half))
    const tried = await tryCodes(tx, halves.flat())
    const row = tried.find((code) => isWhole(code, halves))
    // The count of a wrong try is kept: the transaction ends well.
    if (row?.personId === undefined || row.personId === null) return undefined
    const isRight =
      isOurs(seals, row) && row.tries <= mostTries && now < row.expiresAt && row.usedAt === null
    if (!isRight) return undefined
    const [browserMark] = browserMarks(seals, token)
    await writeCode(tx, seals.rows, { ...coveredOf(row), browserMark, givenAt: now })
    await beginsAnew(tx, row.personId)
    return { namingId: row.namingId, personId: row.personId, expiresAt: row.expiresAt }
  })
  if (given === undefined) throw new Refusal('desk.code-refused')
  return { ...given, token }
}

function isWhole(
  { firstMark, secondMark }: CodeRead,
  [one = [], two = []]: readonly (readonly Buffer[])[],
): boolean {
  return (
    (has(one, firstMark) && has(two, secondMark)) || (has(two, firstMark) && has(one, secondMark))
  )
}

function has(marks: readonly Buffer[], mark: Buffer | null): boolean {
  return mark !== null && marks.some((each) => each.equals(mark))
}

/** The code that was given in a browser, locked; undefined: it makes no keys, or no more. */
export async function codeOfBrowser(
  tx: Transaction,
  seals: MandateSeals,
  token: string,
  now: Date,
): Promise<GivenCode | undefined> {
  const [row] = await codesOfBrowser(tx, browserMarks(seals, token))
  if (row === undefined || !isOurs(seals, row)) return undefined
  const { namingId, personId, expiresAt, givenAt, usedAt } = row
  const isOpen = usedAt === null && now < expiresAt && givenAt !== null
  if (!isOpen || personId === null || secondsAfter(givenAt, browserSeconds) <= now) return undefined
  return { namingId, personId, expiresAt }
}

/** Both keys are made: the code makes no more. */
export async function useUpCode(
  tx: Transaction,
  seals: MandateSeals,
  namingId: string,
  now: Date,
): Promise<void> {
  const row = await lockCode(tx, namingId)
  if (row === undefined || !isOurs(seals, row)) throw new Refusal('desk.code-refused')
  await writeCode(tx, seals.rows, { ...coveredOf(row), usedAt: now })
}

function isOurs({ rows }: MandateSeals, row: CodeRead): boolean {
  return rows.holds(deskCodeTable, row, row.seal)
}

function coveredOf({ seal: _seal, tries: _tries, ...row }: CodeRead): DeskCodeRow {
  return row
}
