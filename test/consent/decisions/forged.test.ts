import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'
import type { GrantedDetail } from '../../../src/consent/record/index.ts'
import { expireAll, settlePerson } from '../../../src/consent/record/index.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { partsNow, foldParts } from '../../../src/house/folds.ts'
import { beginWalk, nightlyFoldDuty } from '../../../src/ledger/fold/nightly-fold.ts'
import { uncheckedRegister } from '../../../src/registry/index.ts'
import { underLease } from '../../support/leases.ts'
import { differencesOf } from '../../support/fold.ts'
import { callTool } from '../../support/tool.ts'
import type { TwoSigners } from '../../support/two-signers.ts'
import { twoSigners } from '../../support/two-signers.ts'
import type { Log } from '../../../src/base/logging/log.ts'
import { recordRefusedToken } from '../../../src/consent/decisions/index.ts'
import { noteUnconfirmed } from '../../../src/consent/disclosures/index.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import { lawful, newKnown } from '../../support/law.ts'
import { putBack, wholePerson } from '../../support/put-back.ts'
import { reseal, resealHead } from '../../support/resealed.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  decisionRows,
  newSharer,
  portOf,
  reasonOf,
  stopAt,
  uuidOf,
  wholeTimeline,
} from '../../support/sharing-load.ts'
import type { Deciding } from '../../support/deciding.ts'
import { startDeciding } from '../../support/deciding.ts'
import type { Stage } from '../../support/sharing.ts'
import { decide, evaluation } from '../../support/sharing.ts'
import { makeVault, orderMapping, verifyTimeline } from '../../../src/ledger/chain/index.ts'

// I37: an attacker has the whole database and no key. A row that the broker did not write last permits nothing.

let deciding: Deciding
let stage: Stage
let load: Load
let token: string
let bodies: Bodies

beforeAll(async () => {
  deciding = await startDeciding()
  ;({ stage, load, token } = deciding)
  bodies = await bodiesOf(stage)
}, 180_000)

afterAll(() => deciding.close())

type Victim = Sharer & { readonly id: string }

async function victim(): Promise<Victim> {
  const sharer = await newSharer(load)
  return { ...sharer, id: uuidOf(sharer.consentId) }
}

function ask({ sub }: Sharer, change: Parameters<typeof evaluation>[1] = {}) {
  return deciding.ask(evaluation(sub, change))
}

const permit = [true, 'CONSENT_ACTIVE']
const untrusted = [false, 'RECORD_UNTRUSTED']
const notAsWritten = 'a été changé sans nous'

type Columns = Readonly<Record<string, unknown>>

async function copyOf(table: 'consentCurrent' | 'personHead', where: Columns) {
  const row: Columns = await load
    .db(table)
    .where(where as never)
    .first()
  const { known: _generated, ...columns } = row
  return columns
}

describe('a changed row permits nothing', () => {
  test('a stopped consent that is set to active', async () => {
    const sharer = await victim()
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    expect(await ask(sharer)).toEqual([false, 'CONSENT_REVOKED'])
    await load.db('consentCurrent').where({ consentId: sharer.id }).update({ state: 'active' })
    expect(await ask(sharer)).toEqual(untrusted)
  })

  test.each<[string, string]>([
    ['with a declined category', 'categories = categories | 4'],
    ['with ten years more', "valid_until = valid_until + interval '10 years'"],
    ['with a frequency of a thousand', 'frequency_count = 1000'],
    ['without a frequency limit', 'frequency_count = null, frequency_per = null'],
    ['with other days', "lookback_from = date '1990-01-01', lookback_to = date '2090-01-01'"],
    ['with its uses set to zero', 'uses = 0, window_uses = 0'],
    ['with fewer uses given back', 'uses_returned = uses_returned - 1'],
    ['with an earlier start', "valid_from = valid_from - interval '1 year'"],
    ['with another sequence number', 'state_seq = state_seq + 1'],
    ['no seal', 'seal = null'],
    ['with an infinite term', "valid_until = 'infinity'"],
  ])('%s', async (_, change) => {
    const sharer = await victim()
    expect(await ask(sharer)).toEqual(permit)
    const isBelowZero = change.startsWith('uses_returned')
    await load.db.raw(
      `update consent_current set ${isBelowZero ? 'uses_returned = 1' : change} where consent_id = ?`,
      [sharer.id],
    )
    expect(await ask(sharer)).toEqual(untrusted)
  })

  test('a refusal that is turned into a yes', async () => {
    const sharer = await victim()
    await load.db('consentCurrent').where({ consentId: sharer.id }).update({ state: 'refused' })
    const { rows } = await load.db.raw<{ rows: { seal: Buffer }[] }>(
      `update consent_current set state = 'active', state_seq = 2 where consent_id = ? returning seal`,
      [sharer.id],
    )
    expect(rows[0]?.seal).toHaveLength(20)
    expect(await ask(sharer)).toEqual(untrusted)
  })

  test('a consent that is moved to another person', async () => {
    const [one, other] = [await victim(), await victim()]
    await stopAt(other, other.consentId, portOf(stage, 0))
    await load
      .db('consentCurrent')
      .where({ consentId: one.id })
      .update({ personId: other.personId })
    expect(await ask(other)).toEqual(untrusted)
  })

  test('a consent that is invented for a person who only looked at the page', async () => {
    const [one, other] = [await victim(), await victim()]
    await stopAt(other, other.consentId, portOf(stage, 0))
    const row = await copyOf('consentCurrent', { consentId: one.id })
    const record: Columns = await load.db('consentRecord').where({ consentId: one.id }).first()
    const [consentId, arrangementId] = [newUuid(new Date()), newUuid(new Date())]
    // She has a page of her own.
    const presentationId = newUuid(new Date())
    const page: Columns = await load
      .db('presentation')
      .where({ presentationId: record['presentationId'] } as never)
      .first()
    await load.db('presentation').insert({ ...page, presentationId } as never)
    await load.db('consentRecord').insert({
      ...record,
      consentId,
      arrangementId,
      presentationId,
      personId: other.personId,
    } as never)
    await load
      .db('consentCurrent')
      .insert({ ...row, consentId, arrangementId, personId: other.personId } as never)
    expect(await ask(other)).toEqual(untrusted)
  })
})

describe('an older row that is put back with its own seal permits nothing', () => {
  test('from before the stop', async () => {
    const sharer = await victim()
    const before = await copyOf('consentCurrent', { consentId: sharer.id })
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    await load
      .db('consentCurrent')
      .where({ consentId: sharer.id })
      .update(before as never)
    expect(await ask(sharer)).toEqual(untrusted)
    for (const path of ['/mes-partages', `/mes-partages/${sharer.consentId}`])
      expect((await sharer.browser.get(path)).body).toContain(notAsWritten)
  })

  test('from before its uses', async () => {
    const sharer = await victim()
    const before = await copyOf('consentCurrent', { consentId: sharer.id })
    expect(await ask(sharer)).toEqual(permit)
    await load
      .db('consentCurrent')
      .where({ consentId: sharer.id })
      .update(before as never)
    expect(await ask(sharer)).toEqual(untrusted)
  })

  test('together with the older end of her chain', async () => {
    const sharer = await victim()
    const { personId } = sharer
    const row = await copyOf('consentCurrent', { consentId: sharer.id })
    const head = await copyOf('personHead', { personId })
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    await load
      .db('consentCurrent')
      .where({ consentId: sharer.id })
      .update(row as never)
    await load
      .db('personHead')
      .where({ personId })
      .update(head as never)
    const [isPermit] = await ask(sharer).catch(() => [false])
    expect(isPermit).toBe(false)
    const permits = (await decisionRows(load, personId)).filter(
      ({ outcome }) => outcome === 'permit',
    )
    expect(permits).toEqual([])
  })

  test('together with her whole chain, at a process that saw more of it', async () => {
    const sharer = await victim()
    const before = await wholePerson(load.db, sharer)
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    for (const n of [0, 1]) await decide(stage, token, evaluation(sharer.sub), portOf(stage, n))
    await putBack(load.db, before)
    expect(await verifyTimeline(load.db, load.vault, sharer.personId)).toMatchObject({
      holds: true,
    })
    expect(await ask(sharer)).toEqual(untrusted)
  })

  test('together with her whole chain, at the process that took her stop and decided nothing since', async () => {
    const sharer = await victim()
    const before = await wholePerson(load.db, sharer)
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    await putBack(load.db, before)
    expect(await askAt(0, sharer)).toEqual(untrusted)
  })

  test('nor what another process wrote under the same number since', async () => {
    const sharer = await victim()
    const before = await wholePerson(load.db, sharer)
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    await putBack(load.db, before)
    expect(await askAt(1, sharer)).toEqual(permit)
    expect(await askAt(0, sharer)).toEqual(untrusted)
  })

  test('nor do deeds that follow it at the process that knows more, which make nothing genuine', async () => {
    const sharer = await victim()
    const before = await wholePerson(load.db, sharer)
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    await putBack(load.db, before)
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    for (const n of [0, 1]) expect(await askAt(n, sharer)).toEqual(untrusted)
  })

  test('nor a permit that was cut out, at the process that gave it', async () => {
    const sharer = await victim()
    const before = await wholePerson(load.db, sharer)
    const requestId = crypto.randomUUID()
    const given = await decide(
      stage,
      token,
      evaluation(sharer.sub, { requestId }),
      portOf(stage, 0),
    )
    expect(given.decision).toBe(true)
    await putBack(load.db, before)
    expect(await askAt(0, sharer)).toEqual(untrusted)
    expect(await askAt(0, sharer, { requestId })).toEqual(untrusted)
  })
})

async function askAt(n: number, { sub }: Sharer, change: Parameters<typeof evaluation>[1] = {}) {
  const decision = await decide(stage, token, evaluation(sub, change), portOf(stage, n))
  return [decision.decision, reasonOf(decision)]
}

describe('the end of a chain', () => {
  test.each([
    ['another time, so that a new window begins', "updated_at = updated_at + interval '2 years'"],
    ['another list of living rows', "live = ''"],
    ['no seal', 'seal = null'],
  ])('that was changed permits nothing: %s', async (_, change) => {
    const sharer = await victim()
    await load.db.raw(`update person_head set ${change} where person_id = ?`, [sharer.personId])
    expect(await ask(sharer)).toEqual(untrusted)
  })

  test('that is gone permits nothing', async () => {
    const sharer = await victim()
    await load.db('personHead').where({ personId: sharer.personId }).delete()
    expect(await ask(sharer)).toEqual(untrusted)
  })

  test('that was changed is not made genuine by a deed', async () => {
    const sharer = await victim()
    const { personId } = sharer
    await load
      .db('personHead')
      .where({ personId })
      .update({ live: Buffer.alloc(0) })
    await allowAgain(load, personId).catch(() => undefined)
    const events = await wholeTimeline(load, personId)
    expect(events.at(-1)?.kind).toBe('consent.presented')
    expect(await ask(sharer)).toEqual(untrusted)
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    expect(await ask(sharer)).toEqual(untrusted)
  })
})

async function permitted(sharer: Sharer) {
  const requestId = crypto.randomUUID()
  const permit = await decide(stage, token, evaluation(sharer.sub, { requestId }))
  expect(permit.decision).toBe(true)
  return { requestId, permit, decisionId: uuidOf(String(permit.context['decision_id'])) }
}

describe('a permit that was given earlier', () => {
  test.each([
    ['longer', `valid_until = valid_until + interval '2 years'`],
    ['with another category', 'permitted = permitted | 4, asked = asked | 4'],
    ['for another recipient', 'recipient = holder'],
    [
      'under a law',
      "consent_id = null, legal_basis_id = 'agreement_68_1', reason_code = 'LAW_AGREEMENT'",
    ],
    ['under another number', 'person_seq = person_seq - 1'],
  ])('and changed is not repeated, and nothing is reported on it: %s', async (_, change) => {
    const sharer = await victim()
    const { requestId, permit, decisionId } = await permitted(sharer)
    await load.db.raw(`update decision set ${change} where decision_id = ?`, [decisionId])
    expect(await ask(sharer, { requestId })).toEqual(untrusted)
    const before = await wholeTimeline(load, sharer.personId)
    const answer = await bodies.report(permit)
    expect([answer.status, json(answer)['code']]).toEqual([409, 'decision.untrusted'])
    const named = { decision_id: permit.context['decision_id'] }
    expect((await bodies.receive(named)).status).toBe(404)
    await noteUnconfirmed(load, new Date(Date.now() + 25 * 3_600_000))
    expect(await wholeTimeline(load, sharer.personId)).toEqual(before)
  })

  test('of another question, of another person or of no person answers no request', async () => {
    const [sharer, other] = [await victim(), await victim()]
    const categories = ['cat_situation-familiale']
    const requestId = crypto.randomUUID()
    await decide(stage, token, evaluation(sharer.sub, { requestId, categories }))
    const [own] = await decisionRows(load, sharer.personId)
    const elsewhere = await permitted(other)
    const { requestId: asked, decisionId } = await permitted(sharer)
    const invented = newUuid(new Date())
    const row = await load.db('decision').where({ decisionId }).first()
    await load.db('decision').insert({ ...row, decisionId: invented } as never)
    for (const one of [String(own?.['decisionId']), elsewhere.decisionId, invented]) {
      await load.db.raw('update decision_key set decision_id = ? where decision_id = any(?)', [
        one,
        [decisionId, String(own?.['decisionId']), elsewhere.decisionId, invented],
      ])
      expect(await ask(sharer, { requestId: asked })).toEqual(untrusted)
    }
  })

  test('is repeated as it was, until its consent is gone', async () => {
    const sharer = await victim()
    const { requestId, permit } = await permitted(sharer)
    expect(await ask(sharer, { requestId })).toEqual([true, 'CONSENT_ACTIVE'])
    expect((await bodies.report(permit)).status).toBe(201)
    await forge(`delete from consent_current where consent_id = '${sharer.id}'`)
    expect(await ask(sharer, { requestId })).toEqual([false, 'REQUEST_ID_REUSED'])
  })
})

const whileLookedInto =
  'Une de vos réponses a été changée sans nous. Tant que nous vérifions, nous ne permettons aucun envoi prévu par la loi.'

function byLaw({ sub }: Sharer) {
  return deciding.ask(lawful(sub))
}

describe('a sharing that the law allows', () => {
  test('is permitted while all her answers are there', async () => {
    const sharer = await victim()
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    await allowAgain(load, sharer.personId)
    expect(await byLaw(sharer)).toEqual([true, 'LAW_AGREEMENT'])
  })

  test.each([
    ['gone', 'delete from consent_current where consent_id = ?'],
    ['moved to another body', 'update consent_current set recipient = holder where consent_id = ?'],
    [
      'moved to another person',
      'update consent_current set person_id = consent_id where consent_id = ?',
    ],
  ])('is denied when an answer of hers is %s, because it may have been a no', async (_, change) => {
    const sharer = await victim()
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    const other = await allowAgain(load, sharer.personId)
    expect(await byLaw(sharer)).toEqual([true, 'LAW_AGREEMENT'])
    await load.db.transaction(async (tx) => {
      await tx.raw('set local session_replication_role = replica')
      await tx.raw(change, [sharer.id])
    })
    expect(await byLaw(sharer)).toEqual(untrusted)
    // The law permits nothing about her while that is looked into. It is not over, and no page says so.
    const law = '/mes-partages/loi/agr_2026-014/pur_verification-loyer'
    for (const path of ['/mes-partages', law, `/mes-partages/${other}/arret`]) {
      const { body } = await sharer.browser.get(path)
      expect([path, body]).toEqual([path, expect.stringContaining(whileLookedInto)])
      expect(body).not.toContain('La loi ne permet plus')
    }
  })
})

/** The detail of a token, as far as it is read. */
function used(consentId: string): GrantedDetail {
  const detail = { consent_id: consentId, datatypes: ['cat_revenu-net', 'cat_x'] }
  return detail as unknown as GrantedDetail
}

describe('a person with a forged row', () => {
  test('sees the refusal and may stop; every other deed is refused, and the stop does not make the row genuine', async () => {
    const sharer = await victim()
    await load.db.raw(
      'update consent_current set categories = categories | 4 where consent_id = ?',
      [sharer.id],
    )
    expect(await ask(sharer)).toEqual(untrusted)
    const page = await sharer.browser.get(`/mes-partages/${sharer.consentId}`)
    expect(page.body).toContain(notAsWritten)
    const pause = await sharer.browser.post(`/mes-partages/${sharer.consentId}/pause`, {
      csrf: sharer.csrf,
    })
    expect(pause.status).toBe(409)
    expect((await stopAt(sharer, sharer.consentId, portOf(stage, 0))).status).toBe(303)
    const row = await copyOf('consentCurrent', { consentId: sharer.id })
    expect(row).toMatchObject({ state: 'revoked', seal: null })
    await load.db('consentCurrent').where({ consentId: sharer.id }).update({ state: 'active' })
    expect(await ask(sharer)).toEqual(untrusted)
  })

  test('is told of a token that was used, and so is the operator; of a sound or unknown sharing nothing is told', async () => {
    const { id, consentId, personId } = await victim()
    const told: unknown[] = []
    const log = { error: (...of: unknown[]) => told.push(of) } as unknown as Log // no other deed of a log is called
    const unknown = [used('con_1'), used(writeId('con', crypto.randomUUID()))]
    const record = () =>
      recordRefusedToken({ ...load, log }, personId, [...unknown, used(consentId)])
    await record()
    expect([await decisionRows(load, personId), told]).toEqual([[], []])
    await load.db('consentCurrent').where({ consentId: id }).update({ seal: null })
    await record()
    expect(await decisionRows(load, personId)).toMatchObject([
      { outcome: 'deny', reasonCode: 'RECORD_UNTRUSTED', asked: '1' },
    ])
    expect(told).toHaveLength(1)
  })

  test('is left alone by the job that writes ends', async () => {
    const sharer = await victim()
    await load.db.raw(
      `update consent_current set valid_until = valid_from + interval '1 millisecond' where consent_id = ?`,
      [sharer.id],
    )
    await expireAll(load.db, load.vault, load.log)
    expect(await copyOf('consentCurrent', { consentId: sharer.id })).toMatchObject({
      state: 'active',
    })
  })

  test('rows that the broker wrote permit, deed after deed', async () => {
    const sharer = await victim()
    for (let n = 0; n < 3; n++) expect(await ask(sharer)).toEqual(permit)
    await resealHead(load.db, load.vault, sharer.personId)
    expect(await ask(sharer)).toEqual(permit)
    expect(writeId('con', sharer.id)).toBe(sharer.consentId)
  })
})

describe('an agreement that somebody inserted, and the epoch with it', () => {
  const category = 'cat_situation-familiale'

  test('permits nothing by the law that it names, and ends nothing that was right', async () => {
    const { sub } = await newKnown(stage)
    const asked = lawful(sub, { categories: [category] })
    expect((await deciding.ask(asked))[0]).toBe(false)
    await forge(
      `insert into register_objects (kind, id, version, content, applied_at)
       select kind, 'agr_forged', 1, jsonb_set(jsonb_set(content, '{datasets,0,categories}', '["${category}"]'),
         '{agreement_id}', '"agr_forged"'), applied_at from register_objects where id = 'agr_2026-014' order by version limit 1`,
      'update register_state set epoch = epoch + 1',
    )
    try {
      // No process goes over to such a register, and none decides by the one that it holds while the epoch is another.
      expect(await deciding.ask(asked)).toEqual([false, 'RECORD_UNTRUSTED'])
      expect(await deciding.ask(lawful(sub))).toEqual([false, 'RECORD_UNTRUSTED'])
    } finally {
      await forge(
        `delete from register_objects where id = 'agr_forged'`,
        'update register_state set epoch = epoch - 1',
      )
    }
    expect(await deciding.ask(lawful(sub))).toEqual([true, 'LAW_AGREEMENT'])
  })
})

/** SQL of a superuser: triggers do not hinder him. */
async function forge(...statements: readonly string[]): Promise<void> {
  await load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    for (const sql of statements) await tx.raw(sql)
  })
}

// Whoever has the key of seals too permits until a check looks; what it found then stays found.
describe('what a check found about a person stays found', () => {
  test('by her own page, once, at both processes, until two settle it', async () => {
    const sharer = await revived()
    const other = await revived()
    const hands = await twoSigners()
    await expect(settle(sharer, hands, ...hands.keys)).rejects.toThrow('No check found anything')
    // Two looks at once find it, and one notes it.
    for (const page of await Promise.all([chain(sharer), chain(sharer)]))
      expect(page.body).toContain(saysNothingIsSent)
    expect(await told(sharer)).toEqual(['rows.differed'])
    const elsewhere = await decide(stage, token, evaluation(sharer.sub), portOf(stage, 1))
    expect([elsewhere.decision, reasonOf(elsewhere)]).toEqual(untrusted)
    expect(await ask(sharer)).toEqual(untrusted)
    expect(await ask(other)).toEqual(permit)
    const sharings = await sharer.browser.get(`/mes-partages/${sharer.consentId}`)
    expect(sharings.body).toContain('Ce partage ne permet plus d’envoi.')

    // Who takes it from the end of her chain makes it differ from her events: the next check says it again.
    await resealHead(load.db, load.vault, sharer.personId)
    await chain(sharer)
    expect(await told(sharer)).toEqual(['rows.differed', 'rows.differed'])
    expect(await ask(sharer)).toEqual(untrusted)

    const [one, two] = hands.keys
    await expect(settle(sharer, hands, one)).rejects.toThrow('two signers must sign it, and 1 did')
    const putBack = await changeReceipts(sharer)
    await expect(settle(sharer, hands, one, two)).rejects.toThrow('Nothing is settled')
    expect(await ask(sharer)).toEqual(untrusted)
    await putBack()
    const said = await settle(sharer, hands, one, two)
    expect(said.join('\n')).toContain(`${sharer.consentId} is written as her events tell it.`)
    expect(await ask(sharer)).toEqual([false, 'CONSENT_REVOKED'])
    expect(await told(sharer)).toEqual(['rows.differed', 'rows.differed', 'rows.settled'])
    expect(await differencesOf(load, sharer.personId)).toEqual([])
    const after = (await chain(sharer)).body
    expect(after).not.toContain(saysNothingIsSent)
    expect(after).toContain('La différence trouvée est réglée')
    hands.remove()
  })

  test('by the fold of the night, of whatever is kept of her, and she may stop her sharing', async () => {
    const sharer = await victim()
    await changeReceipts(sharer)
    expect(await ask(sharer)).toEqual(permit)
    const { session, close } = await openSession(stage.databaseUrl)
    const { vault, db, live } = load
    const duty = nightlyFoldDuty({
      vault,
      db,
      log: load.log,
      clock: () => new Date(),
      partsNow: () => partsNow({ db, live }),
    })
    await beginWalk(db, new Date())
    while (await underLease(session, 'ledger.fold', (lease) => duty.turn(session, lease)));
    await close()
    expect(await told(sharer)).toEqual(['rows.differed'])
    expect(await ask(sharer)).toEqual(untrusted)
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    expect((await eventsOf(sharer)).at(-1)).toBe('consent.revoked')
    expect(await ask(sharer)).toEqual(untrusted)
  })

  test('by `ledger verify`, which says so', async () => {
    const sharer = await revived()
    const env = { DATABASE_URL: stage.databaseUrl, KEYS_DIR: stage.keysDir, CLOCK_OFFSET: 'P0D' }
    const { code, err } = await callTool(['ledger', 'verify'], env)
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/people: nothing is permitted about them until two settle it/),
    ])
    expect(await told(sharer)).toEqual(['rows.differed'])
    expect(await ask(sharer)).toEqual(untrusted)
  })
})

/** A stopped sharing that somebody with SQL and the key `seal` lets go on. */
async function revived(): Promise<Victim> {
  const sharer = await victim()
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  await load.db('consentCurrent').where({ consentId: sharer.id }).update({ state: 'active' })
  await reseal(load.db, load.vault, sharer.id)
  expect(await ask(sharer)).toEqual(permit)
  return sharer
}
const chain = ({ browser }: Sharer) => browser.get('/acces/rien-ne-manque')
const eventsOf = ({ personId }: Sharer): Promise<string[]> =>
  load.db('ledgerEvent').where({ personId }).orderBy('personSeq').pluck('kind')
const told = async (sharer: Sharer) =>
  (await eventsOf(sharer)).filter((kind) => kind.startsWith('rows.'))
/** @returns what puts them back */
async function changeReceipts({ personId }: Sharer): Promise<() => Promise<void>> {
  const change = `update receipt set jwt_sha256 = sha256(jwt_sha256) where person_id = '${personId}'`
  const kept: { receiptId: string; jwtSha256: Buffer }[] = await load
    .db('receipt')
    .where({ personId })
    .select('receiptId', 'jwtSha256')
  await forge(change)
  return () =>
    forge(
      ...kept.map(
        ({ receiptId, jwtSha256 }) =>
          `update receipt set jwt_sha256 = '\\x${jwtSha256.toString('hex')}' where receipt_id = '${receiptId}'`,
      ),
    )
}
const saysNothingIsSent = 'Rien n’est envoyé pour le moment'

async function settler() {
  const keys = await openKeys(stage.keysDir)
  return {
    vault: makeVault(keys, orderMapping),
    issuer: load.notary.issuer,
    parts: foldParts(await uncheckedRegister(load.db)),
  }
}

let orders = 0
async function settle(sharer: Sharer, hands: TwoSigners, ...by: readonly string[]) {
  const file = hands.file(`${++orders}.json`)
  const settling = await settler()
  const open = () => Promise.resolve({ ...settling, signers: hands.signers })
  const asked = (words: object) => ({ reference: sharer.consentId, words })
  const why = { reason: 'vu au registre', 'reason-en': 'seen in the record' }
  await settlePerson(load.db, asked({ out: file, ...why }), new Date(), open)
  await hands.sign(file, ...by)
  return settlePerson(load.db, asked({ order: file }), new Date(), open)
}
