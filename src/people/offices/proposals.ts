import { createHash, randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { DeskAct } from '../../base/values/desk-acts.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { MandateFacts, MandateVault, Office } from '../mandates/index.ts'
import { lockOffices, mayAct, officeFacts } from '../mandates/index.ts'
import type { ContentOf, DeedToDecide } from './deeds.ts'
import { rulesOf } from './deeds.ts'
import type { DeskProposalRow, ProposedDeed } from './tables.ts'
import { insertProposal, lockProposal, openProposals, writeDecision } from './store.ts'

// Four eyes: one officer proposes, another one decides what he has seen. Both are judged at the instant of the deed, under the locks of
// both: an office that ended in between decides nothing.

/** An officer as his session says who he is. */
export type DeskOfficer = {
  readonly officerId: string
  /** `org_…` */
  readonly organisation: string
  readonly holder: MandateFacts['holder']
}

const made: unique symbol = Symbol('by decideProposal alone')

/** That two officers want a deed. A function that does it takes this: nothing else makes one. */
export type DecidedDeed<Deed extends ProposedDeed = ProposedDeed> = Wanted &
  Extract<DeedToDecide, { readonly deed: Deed }>

type Wanted = {
  readonly [made]: true
  /** The deed’s rows bear this id: what was decided once is not done twice, whatever somebody puts back. */
  readonly proposalId: string
  readonly organisation: string
  /** The instant at which both were judged. */
  readonly at: Date
  /** The offices of the two, who proposed it first. */
  readonly offices: readonly [proposing: string, deciding: string]
}

/** How somebody at a desk stands at an instant. */
export type HolderOf = (tx: Transaction, officerId: string) => Promise<MandateFacts['holder']>

/** The bytes that whoever decides has seen. */
export function payloadHash(content: ContentOf<ProposedDeed>): Buffer {
  return createHash('sha256').update(canonical(content)).digest()
}

/** @throws Refusal desk.act (403) */
export async function propose(
  tx: Transaction,
  vault: MandateVault,
  by: DeskOfficer,
  { deed, content }: DeedToDecide,
): Promise<string> {
  const { proposes, hours } = rulesOf(deed)
  const { now, offices } = await lockOffices(tx, vault, [by.officerId])
  officeFor(by, proposes, offices, now)
  const proposalId = randomUUID()
  const row: DeskProposalRow = {
    proposalId,
    orgId: by.organisation,
    deed,
    sealed: vault.seals.seal(JSON.stringify(content), proposalId),
    payloadSha256: payloadHash(content),
    madeBy: by.officerId,
    madeAt: now,
    expiresAt: secondsAfter(now, hours * 3600),
    decidedBy: null,
    decidedAt: null,
    decision: null,
  }
  await insertProposal(tx, vault.seals.rows, row)
  return proposalId
}

export type ProposalDecision = {
  readonly proposalId: string
  readonly decision: 'done' | 'refused'
  /** What whoever decides has seen. */
  readonly seen: Buffer
}

/**
 * Decides a proposal in the transaction of its deed, which the caller does with what comes back.
 * @param proposer how who proposed it stands now
 * @returns undefined: it is refused, and nothing is done
 * @throws Refusal desk.decided (409): it is decided, over, changed or one’s own; desk.act (403)
 */
export async function decideProposal(
  tx: Transaction,
  vault: MandateVault,
  by: DeskOfficer,
  { proposalId, decision, seen }: ProposalDecision,
  proposer: (officerId: string) => Promise<MandateFacts['holder']>,
): Promise<DecidedDeed | undefined> {
  const row = await lockProposal(tx, vault.seals.rows, proposalId)
  if (row?.orgId !== by.organisation) throw new Refusal('desk.decided', 409)
  const { proposes, decides, about } = rulesOf(row.deed)
  const proposed = proposedIn(vault, row)
  const { content } = proposed
  const others = await about({ tx, vault, organisation: row.orgId, content })
  const people = [row.madeBy, by.officerId, ...others]
  const { now, offices } = await lockOffices(tx, vault, people)
  const isOpen = row.decision === null && now < row.expiresAt && row.payloadSha256.equals(seen)
  // Whoever proposed it may take it back, and nobody does it alone.
  const isOwn = row.madeBy === by.officerId
  if (!isOpen || (isOwn && decision === 'done')) throw new Refusal('desk.decided', 409)
  const deciding = officeFor(by, isOwn ? proposes : decides, offices, now)
  const written = { ...row, decidedBy: by.officerId, decidedAt: now, decision }
  if (!(await writeDecision(tx, vault.seals.rows, written))) throw new Refusal('desk.decided', 409)
  if (decision === 'refused') return undefined
  const maker = { ...by, officerId: row.madeBy, holder: await proposer(row.madeBy) }
  const proposing = officeFor(maker, proposes, offices, now)
  return {
    [made]: true,
    ...proposed,
    proposalId,
    organisation: row.orgId,
    at: now,
    offices: [proposing.mandateId, deciding.mandateId],
  }
}

/** @throws Refusal desk.decided (409) where it is not what was proposed */
function proposedIn({ seals }: MandateVault, row: DeskProposalRow): DeedToDecide {
  const content: unknown = JSON.parse(seals.open(row.sealed, row.proposalId))
  const read = rulesOf(row.deed).read(content)
  if (read === undefined || !payloadHash(read).equals(row.payloadSha256))
    throw new Refusal('desk.decided', 409)
  return { deed: row.deed, content: read } as DeedToDecide // read by the rules of its deed
}

/** The office by which an officer may do this at this instant. @throws Refusal desk.act (403) */
export function officeFor(
  by: DeskOfficer,
  act: DeskAct,
  offices: ReadonlyMap<string, readonly Office[]>,
  now: Date,
): Office {
  const found = officesWith(by, act, offices.get(by.officerId) ?? [], now)[0]
  if (found === undefined) throw new Refusal('desk.act', 403)
  return found
}

/** Those of his offices by which he may do this at this instant. */
export function officesWith(
  { organisation, holder }: DeskOfficer,
  act: DeskAct,
  own: readonly Office[],
  now: Date,
): readonly Office[] {
  const about = { organisation, isSensitive: false, isPutToHolder: false }
  return own.filter((office) => mayAct({ act, about }, officeFacts(office, holder), now).may)
}

/** A proposal as the desk shows it. */
export type OpenProposal = Pick<DeskProposalRow, 'proposalId' | 'madeBy' | 'madeAt' | 'expiresAt'> &
  DeedToDecide & { readonly seen: Buffer }

/** What waits at the desk of a body: rows that are as this broker wrote them, the oldest first. */
export async function waitingProposals(
  db: Database,
  vault: MandateVault,
  organisation: string,
  now: Date,
): Promise<readonly OpenProposal[]> {
  const rows = await openProposals(db, vault.seals.rows, organisation, now)
  return rows.map((row) => ({ ...row, ...proposedIn(vault, row), seen: row.payloadSha256 }))
}
