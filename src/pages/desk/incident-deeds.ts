import { readId, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { standingHolder } from '../../people/offices/index.ts'
import type { Brake, DeskBraking } from '../../registry/index.ts'
import { decideBrake, proposeBrake, stopAtDesk } from '../../registry/index.ts'
import type { DeskRoom } from './desk-room.ts'
import type { AskedDecision, AskedProposal, AskedStop } from './incident-shapes.ts'

// What incident officers do, the same from a form and over JSON.

export function stopByOfficer(
  context: DeskRoom,
  officer: OfficerSession,
  asked: AskedStop,
): Promise<Brake> {
  return stopAtDesk(brakingOf(context), officer, asked)
}

/** @returns `pro_…` */
export async function proposeByOfficer(
  context: DeskRoom,
  officer: OfficerSession,
  asked: AskedProposal,
): Promise<string> {
  return writeId('pro', await proposeBrake(brakingOf(context), officer, asked))
}

/** @returns the brake as it is then; undefined: the proposal is refused, or taken back */
export async function decideByOfficer(
  context: DeskRoom,
  officer: OfficerSession,
  { proposal, seen, decision }: AskedDecision,
): Promise<Brake | undefined> {
  const proposalId = readId('pro', proposal)
  if (proposalId === undefined) throw new Refusal('desk.decided', 409)
  const deciding = { proposalId, decision, seen: Buffer.from(seen, 'hex') }
  return decideBrake(brakingOf(context), officer, deciding, (tx, id) =>
    standingHolder(tx, context.vault, id),
  )
}

function brakingOf({ foundation, live, vault }: DeskRoom): DeskBraking {
  const { db, clock, config, keys, signer } = foundation
  return { db, clock, live, vault, issuer: config.issuer, statements: { keys, signer } }
}
