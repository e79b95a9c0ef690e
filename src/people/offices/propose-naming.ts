import type { Transaction } from '../../base/database/database.ts'
import { earlierBy, endOfDay, isDay } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { MandateVault } from '../mandates/index.ts'
import { groundOf } from '../mandates/index.ts'
import { beginCode } from './codes.ts'
import { fourEyes } from './deeds.ts'
import { readEmployeeNumber } from './employee-number.ts'
import type { NamingContent } from './proposal-shapes.ts'
import type { DeskOfficer } from './proposals.ts'
import { propose } from './proposals.ts'
import { isRole } from './roles.ts'

// What a namer types, as a proposal.

export type NamingWords = {
  readonly number: string
  readonly role: string
  readonly until: string
  readonly keys: string
}

/** @throws Refusal desk.number, desk.role, desk.until, desk.keys (400) */
export function readTypedNaming(typed: NamingWords, now: Date): NamingContent {
  const { role, until, keys } = typed
  const number = readEmployeeNumber(typed.number)
  if (!isRole(role)) throw new Refusal('desk.role')
  if (!isLastDay(until, now)) throw new Refusal('desk.until')
  if (keys !== 'new' && keys !== 'kept') throw new Refusal('desk.keys')
  return { number, role, until, keys }
}

/** Whether an office that begins now may end with this day. */
export function isLastDay(day: string, now: Date): boolean {
  if (!isDay(day)) return false
  const end = endOfDay(day)
  const { longest = 'P0D' } = groundOf('office')
  return end > now && earlierBy(end, longest) <= now
}

export type NamingProposal = {
  readonly proposalId: string
  /** The half of the code for whoever proposed, as it is shown, once; undefined: the officer keeps his keys. */
  readonly half: string | undefined
}

/** @throws Refusal desk.act (403) */
export async function proposeNaming(
  tx: Transaction,
  vault: MandateVault,
  by: DeskOfficer,
  content: NamingContent,
  now: Date,
): Promise<NamingProposal> {
  const proposalId = await propose(tx, vault, by, { deed: 'office.name', content })
  if (content.keys === 'kept') return { proposalId, half: undefined }
  const expiresAt = secondsAfter(now, fourEyes['office.name'].hours * 3600)
  return { proposalId, half: await beginCode(tx, vault.seals, { namingId: proposalId, expiresAt }) }
}
