import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { StatementSigner } from '../../base/keys/jws.ts'
import type { Clock } from '../../base/values/clock.ts'
import { writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { MandateVault } from '../../people/mandates/index.ts'
import { everOffices, lockOffices, officesOf } from '../../people/mandates/index.ts'
import type {
  DecidedDeed,
  DeskOfficer,
  HolderOf,
  IncidentKind,
  LiftReason,
  OpenProposal,
  ProposalDecision,
  StopReason,
} from '../../people/offices/index.ts'
import {
  decideProposal,
  noteDeed,
  officeFor,
  propose,
  waitingProposals,
} from '../../people/offices/index.ts'
import type { Brake } from '../objects/brakes.ts'
import { brakeOn } from '../objects/brakes.ts'
import type { LiveRegister } from '../objects/live-register.ts'
import type { WitnessedOrder } from './desk-order.ts'
import { witnessOrder } from './desk-order.ts'
import { writeDeskBrake } from './desk-brake-write.ts'
import { watchEpoch } from './store.ts'

// Incident officers of a body suspend what is their body’s by the brakes of signers: one for a day, two for thirty days, and two let it go
// on. What signers suspended they do not touch.

export type DeskBraking = {
  readonly db: Database
  readonly clock: Clock
  readonly live: LiveRegister
  readonly issuer: string
  readonly vault: MandateVault
  readonly statements: StatementSigner
}
type BrakedObject = { readonly kind: IncidentKind; readonly id: string }
/** That it stay suspended, or that it go on. */
export type BrakeWanted =
  | { readonly deed: 'incident.hold'; readonly reason: StopReason }
  | { readonly deed: 'incident.lift'; readonly reason: LiftReason }
type BrakeProposal = Extract<OpenProposal, { readonly deed: `incident.${string}` }>

/**
 * Suspends a service or an agreement of the officer’s own body, for 24 hours, alone and at once.
 * @throws Refusal desk.act (403), desk.brake-none (404), desk.brake-stands and desk.brake-again (409)
 */
export async function stopAtDesk(
  parts: DeskBraking,
  by: DeskOfficer,
  { kind, id, reason }: BrakedObject & { readonly reason: StopReason },
): Promise<Brake> {
  const { db, clock, vault } = parts
  const { officerId, organisation } = by
  const before = await officesOf(db, vault, officerId)
  const office = officeFor(by, 'incident', new Map([[officerId, before]]), clock()).mandateId
  const order = { deed: 'brake', kind, id, organisation, offices: [office], reason } as const
  const witnessed = await witnessOrder(parts, order, clock())
  return transact(db, async (tx) => {
    const { now, offices } = await lockOffices(tx, vault, [officerId])
    if (officeFor(by, 'incident', offices, now).mandateId !== office)
      throw new Refusal('desk.act', 403)
    const beginners = (await everOffices(tx, officerId)).map((one) => writeId('man', one))
    const { brake, sha256 } = await writeDeskBrake(tx, writing(parts), witnessed, {
      organisation,
      beginners,
    })
    await noteDeed(tx, vault.vault, {
      officerId,
      office,
      deed: 'incident.stop',
      about: `${kind} ${id}`,
      sha256,
    })
    return brake
  })
}

/**
 * Proposes that it stay suspended for thirty days, or that it go on.
 * @returns the id of the proposal. @throws Refusal desk.act (403), desk.brake-none (404)
 */
export async function proposeBrake(
  { db, clock, live, vault }: DeskBraking,
  by: DeskOfficer,
  { kind, id, ...wanted }: BrakedObject & BrakeWanted,
): Promise<string> {
  // Another process may have stopped it a moment ago.
  const { brakes } = await live.at(await watchEpoch(db))
  const brake = brakeOn(brakes, kind, id, clock())
  if (brake?.desk !== by.organisation) throw new Refusal('desk.brake-none', 404)
  const of = { kind, id, begun: brake.begunAt.toISOString() }
  const proposed =
    wanted.deed === 'incident.hold'
      ? { deed: wanted.deed, content: { ...of, reason: wanted.reason } }
      : { deed: wanted.deed, content: { ...of, reason: wanted.reason } }
  return transact(db, (tx) => propose(tx, vault, by, proposed))
}

/**
 * Decides such a proposal. @returns the brake as it is then; undefined: the proposal is refused
 * @throws Refusal desk.decided and desk.brake-moved (409), desk.act (403)
 */
export async function decideBrake(
  parts: DeskBraking,
  by: DeskOfficer,
  deciding: ProposalDecision,
  proposer: HolderOf,
): Promise<Brake | undefined> {
  const { db, vault } = parts
  const asked = await openBrakeProposal(parts, by, deciding.proposalId)
  const witnessed =
    deciding.decision === 'done' ? await witnessBoth(parts, by, asked, proposer) : undefined
  return transact(db, async (tx) => {
    const decided = await decideProposal(tx, vault, by, deciding, (id) => proposer(tx, id))
    if (decided === undefined) return undefined
    if (witnessed === undefined || !isOfOrder(witnessed.order, decided))
      throw new Refusal('desk.decided', 409)
    const { organisation, offices, deed, content } = decided as DecidedDeed<BrakeProposal['deed']> // as the order says
    const { brake, sha256 } = await writeDeskBrake(tx, writing(parts), witnessed, { organisation })
    const about = `${content.kind} ${content.id}`
    const both = [asked.madeBy, by.officerId] as const
    for (const officerId of both.toSorted()) {
      const office = offices[both.indexOf(officerId)] ?? ''
      await noteDeed(tx, vault.vault, { officerId, office, deed, about, sha256 })
    }
    return brake
  })
}

async function openBrakeProposal(
  { db, clock, vault }: DeskBraking,
  { organisation }: DeskOfficer,
  proposalId: string,
): Promise<BrakeProposal> {
  const waiting = await waitingProposals(db, vault, organisation, clock())
  const found = waiting.find((one) => one.proposalId === proposalId)
  if (found?.deed !== 'incident.hold' && found?.deed !== 'incident.lift')
    throw new Refusal('desk.decided', 409)
  return found
}

/** The order as both offices stand now: the transaction refuses it where they stand otherwise then. */
async function witnessBoth(
  parts: DeskBraking,
  by: DeskOfficer,
  { madeBy, deed, content }: BrakeProposal,
  proposer: HolderOf,
): Promise<WitnessedOrder> {
  const { db, clock, vault } = parts
  const { organisation } = by
  const holder = await transact(db, (tx) => proposer(tx, madeBy))
  const maker = { officerId: madeBy, organisation, holder }
  const offices: string[] = []
  for (const one of [maker, by]) {
    const own = await officesOf(db, vault, one.officerId)
    const office = officeFor(one, 'incident', new Map([[one.officerId, own]]), clock())
    offices.push(office.mandateId)
  }
  const brakeDeed = deed === 'incident.hold' ? 'brake-confirm' : 'brake-release'
  return witnessOrder(parts, { ...content, deed: brakeDeed, organisation, offices }, clock())
}

function isOfOrder(
  { details: { organisation, office, second, begun }, about }: WitnessedOrder['order'],
  decided: DecidedDeed,
): boolean {
  if (decided.deed !== 'incident.hold' && decided.deed !== 'incident.lift') return false
  const { content, offices } = decided
  const [first, other] = offices.map((one) => writeId('man', one))
  return (
    about === `${content.kind} ${content.id}` &&
    begun === content.begun &&
    organisation === decided.organisation &&
    office === first &&
    second === other
  )
}

function writing({ vault, statements }: DeskBraking) {
  return { seals: vault.seals.rows, statements }
}
