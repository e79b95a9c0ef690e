import { randomInt, randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { FlowGate } from '../../base/values/gate.ts'
import type { Language } from '../../base/values/languages.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import { codeOfPerson, dropCode, putCode } from './store.ts'

// The eight digits that she tells to a desk. The database has a MAC of them alone: whoever reads it cannot try the hundred million.

export const helpCodeSeconds = 10 * 60
const digitCount = 8
/** Digits of two people at one body may be equal by chance. */
const mostDraws = 5

const markRow = sealedRow('digits of a help', 1, { orgId: 'text', digits: 'text' })

/** How the digits for a body stand in the table. */
export function codeMark(seals: RowSeals, organisation: string, digits: string): Buffer {
  return seals.seal(markRow, { orgId: organisation, digits })
}

/** Reads what an officer typed, with or without spaces and hyphens. @throws Refusal help.malformed (400) */
export function readDigits(typed: string): string {
  const digits = typed.normalize('NFKC').replaceAll(/[\s\p{Dash_Punctuation}]/gu, '')
  if (!/^[0-9]{8}$/.test(digits)) throw new Refusal('help.malformed', 400)
  return digits
}

export type HelpCodeMaker = {
  readonly personId: string
  readonly sessionUid: string
  /** `org_…` */
  readonly organisation: string
  readonly language: Language
}

/** Makes a code in the place of an earlier one. @returns the digits, which nobody reads again */
export async function makeHelpCode(
  tx: Transaction,
  seals: RowSeals,
  _gate: FlowGate,
  { organisation, ...who }: HelpCodeMaker,
  now: Date,
): Promise<{ readonly digits: string; readonly expiresAt: Date }> {
  const expiresAt = secondsAfter(now, helpCodeSeconds)
  for (let draw = 0; draw < mostDraws; draw++) {
    const digits = randomInt(10 ** digitCount)
      .toString()
      .padStart(digitCount, '0')
    const digitsMark = codeMark(seals, organisation, digits)
    const row = {
      ...who,
      helpId: randomUUID(),
      orgId: organisation,
      digitsMark,
      madeAt: now,
      expiresAt,
    }
    if (await putCode(tx, seals, row)) return { digits, expiresAt }
  }
  throw new Error('no digits are free at this body')
}

/** The code that waits, without its digits. */
export async function waitingHelpCode(
  db: Database,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<{ readonly organisation: string; readonly expiresAt: Date } | undefined> {
  const code = await codeOfPerson(db, seals, personId)
  if (code === undefined || code.expiresAt <= now) return undefined
  return { organisation: code.orgId, expiresAt: code.expiresAt }
}

/** She takes it back. */
export async function dropHelpCode(tx: Transaction, personId: string): Promise<void> {
  await dropCode(tx, { personId })
}
