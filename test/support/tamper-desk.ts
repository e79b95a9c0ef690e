import { randomBytes, randomUUID } from 'node:crypto'
import type { Transaction } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import type { FlowGate } from '../../src/base/values/gate.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { recoverFrom } from '../../src/base/values/expected-errors.ts'
import { Refusal } from '../../src/base/values/refusal.ts'
import { makeHelpCode } from '../../src/people/helps/index.ts'
import { codeOfPerson, insertLook, takeLooks } from '../../src/people/helps/store.ts'
import type { MandateVault } from '../../src/people/mandates/index.ts'
import { isStanding, officesOf } from '../../src/people/mandates/index.ts'
import { beginCode, completeCode } from '../../src/people/offices/codes.ts'
import { insertWorkAccess } from '../../src/people/offices/naming-store.ts'
import { numbersOf } from '../../src/people/offices/officers.ts'
import { putDeskSession, readDeskSession } from '../../src/people/offices/session-store.ts'
import { insertProposal, lockProposal } from '../../src/people/offices/store.ts'
import { insertSearch, searchesSince } from '../../src/people/searches/store.ts'
import { cardOf, findCard } from '../../src/signin/factors/card-store.ts'
import { giveCard } from './cards.ts'
import type { OpenDeskHouse } from './officers.ts'
import { newOfficer, vaultOf } from './officers.ts'
import { door } from './tamper-doors.ts'
import { counted } from './tries.ts'

// The rows of a desk, and of what it gives: somebody who has one of each, and how each is looked at by the code that decides by it.

const orgId = 'org_aide-etudes'
const daySeconds = 24 * 3600

/** An officer with an office, a session, a search and a proposal; a code of another one; and of a person a card, digits and a look. */
export async function equipDesk(house: OpenDeskHouse, personId: string): Promise<void> {
  const { db } = house
  const vault = await vaultOf(house)
  const { seals } = vault
  const { officerId, passkeyId, offices } = await newOfficer(house, { body: orgId })
  const [officeId = ''] = offices
  const now = new Date()
  const [searchId, proposalId] = [randomUUID(), randomUUID()]
  await transact(db, async (tx) => {
    const [numberMark] = seals.digests(`number ${officerId}`)
    const number = { sealed: seals.seal('E4711', officerId), numberMark, openedAt: now }
    await insertWorkAccess(tx, seals.rows, { personId: officerId, orgId, ...number, endedAt: null })
    await putDeskSession(tx, seals.rows, {
      officerId,
      sessionSha256: randomBytes(32),
      orgId,
      passkeyId,
      sessionEpoch: 0,
      beganAt: now,
      seenAt: now,
    })
    await insertProposal(tx, seals.rows, {
      proposalId,
      orgId,
      deed: 'office.name',
      sealed: seals.seal('{}', proposalId),
      payloadSha256: randomBytes(32),
      madeBy: officerId,
      madeAt: now,
      expiresAt: secondsAfter(now, daySeconds),
      decidedBy: null,
      decidedAt: null,
      decision: null,
    })
    await beginCode(tx, seals, {
      namingId: randomUUID(),
      expiresAt: secondsAfter(now, daySeconds),
    })
    await insertSearch(tx, seals.rows, {
      searchId,
      officerId,
      officeId,
      orgId,
      reason: 'present',
      reference: 'sub',
      isFound: true,
      sealed: seals.seal('{}', searchId),
      at: now,
    })
    const maker = {
      personId,
      sessionUid: randomUUID(),
      organisation: orgId,
      language: 'fr',
    } as const
    await makeHelpCode(tx, seals.rows, { personId } as FlowGate, maker, now)
    await insertLook(tx, seals.rows, { helpId: randomUUID(), personId, what: 'sharings', at: now })
  })
  await giveCard(house, personId)
}

type Look = { readonly tx: Transaction; readonly now: Date }

/** Whether the code decides by this row, as it reads it. */
function doorsOf(vault: MandateVault) {
  const { seals } = vault
  const stands = async (tx: Transaction, holderId: string | undefined, id: string, now: Date) => {
    const offices = holderId === undefined ? [] : await officesOf(tx, vault, holderId)
    return offices.some(
      (office) =>
        office.mandateId === id && isStanding(office, office.organisation, office.fromAt ?? now),
    )
  }
  return [
    door('mandate', 'mandateId', async ({ tx, now }, { mandateId, orgId: org }: MandateOf) => {
      const held = await tx('mandateHeld').select('holderId').where({ heldId: mandateId }).first()
      return org === orgId && stands(tx, held?.holderId, mandateId, now)
    }),
    door('mandate_held', 'heldId', ({ tx, now }, { heldId, holderId }: HeldOf) =>
      stands(tx, holderId, heldId, now),
    ),
    door('work_access', 'personId', async ({ tx }, { personId, orgId: org }: WorkOf) => {
      return org === orgId && (await numbersOf(tx, vault, [personId])).has(personId)
    }),
    door('desk_session', 'officerId', async ({ tx }, row: { sessionSha256: Buffer }) => {
      return (await readDeskSession(tx, seals.rows, row.sessionSha256)) !== undefined
    }),
    door('desk_code', 'namingId', async ({ tx, now }, { namingId }: { namingId: string }) => {
      const { personId } = await tx('persons').select('personId').first()
      return undone(tx, () =>
        completeCode(tx, seals, { namingId, personId }, now).then(
          () => true,
          recoverFrom(Refusal, () => false),
        ),
      )
    }),
    door('desk_search', 'searchId', async ({ tx }, row: { searchId: string; orgId: string }) => {
      const counts = await searchesSince(tx, seals.rows, row.orgId, new Date(0))
      return counts.some(({ searchId }) => searchId === row.searchId)
    }),
    door('proposal', 'proposalId', async ({ tx }, row: { proposalId: string }) => {
      const proposal = await lockProposal(tx, seals.rows, row.proposalId)
      return proposal?.decision === null
    }),
    door('card', 'cardId', async ({ tx }, row: { cardId: string; personId: string }) => {
      const card = await cardOf(tx, seals.rows, row.personId)
      return card?.isUntrusted === false && card.cardId === row.cardId
    }),
    door('card_code', 'proof', async ({ tx }, row: { cardId: string; proof: Buffer }) => {
      const card = await tx('card').select('numberMark').where({ cardId: row.cardId }).first()
      const marks = card === undefined ? [] : [card.numberMark]
      const shown = await findCard(counted, tx, seals.rows, { marks, proofs: [row.proof] })
      return shown?.isUntrusted === false && !shown.isUsed
    }),
    door('help_code', 'personId', async ({ tx }, row: { personId: string; helpId: string }) => {
      return (await codeOfPerson(tx, seals.rows, row.personId))?.helpId === row.helpId
    }),
    door('help_look', 'no', ({ tx }, { helpId, no }: { helpId: string; no: number }) =>
      undone(tx, async () =>
        (await takeLooks(tx, seals.rows, helpId)).some((one) => one.no === no),
      ),
    ),
  ]
}

type MandateOf = { readonly mandateId: string; readonly orgId: string }
type HeldOf = { readonly heldId: string; readonly holderId: string }
type WorkOf = { readonly personId: string; readonly orgId: string }

/** A deed that is looked at, and taken back. */
async function undone(tx: Transaction, deed: () => Promise<boolean>): Promise<boolean> {
  await tx.raw('savepoint tried')
  const done = await deed()
  await tx.raw('rollback to savepoint tried')
  return done
}

/** The tables of these rows. */
export const deskTables = [
  'mandate',
  'mandate_held',
  'work_access',
  'desk_session',
  'desk_code',
  'desk_search',
  'proposal',
  'card',
  'card_code',
  'help_code',
  'help_look',
] as const

/** Rows of a desk by which nothing is decided, though they are there. */
export async function shutDesk(vault: MandateVault, { tx, now }: Look): Promise<string[]> {
  const shut: string[] = []
  for (const looked of doorsOf(vault))
    shut.push(...(await looked({ tx, seals: vault.vault.seals, now })))
  return shut
}
