import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expireConsents } from '../../../src/consent/record/index.ts'
import { openDatabase, transact } from '../../../src/base/platform/database.ts'
import { enqueue } from '../../../src/base/platform/jobs.ts'
import { openLog } from '../../../src/base/platform/log.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { issuer } from '../../support/broker.ts'
import { until } from '../../support/fault-process.ts'
import { differencesOf } from '../../support/fold.ts'
import { openHouse } from '../../support/house.ts'
import { counts } from '../../support/moving-stage.ts'
import { housePatience } from '../../support/patience.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  at,
  currentRow,
  eventsOf,
  newSharers,
  openLoad,
} from '../../support/sharing-load.ts'
import type { Decision, Stage } from '../../support/sharing.ts'
import { decide, evaluation, holderToken, reportOf, startStage } from '../../support/sharing.ts'
import { letTimeMove, pass, passUntil } from '../../support/time.ts'

// The end of a consent is written into the ledger by a job, once, and nothing waits for it (decision 0028).

const log = openLog('silent')
const maxUses = 2

let stage: Stage
let load: Load

beforeAll(async () => {
  letTimeMove()
  stage = await startStage((object) => {
    if (object.id === 'agr_2026-001')
      return { ...object, content: { ...object.content, duration: { from: '2026-01-05' } } }
    if (object.id !== 'pur_calcul-aide') return object
    return { ...object, content: { ...object.content, max_uses: maxUses } }
  })
  load = await openLoad(stage)
})

afterAll(async () => {
  await load.close()
  await stage.stop()
})

const writeEnds = (db = load.db) => expireConsents(db, load.vault, log)

async function ask({ sub }: Sharer): Promise<Decision> {
  return decide(stage, await holderToken(stage, 'decide'), evaluation(sub))
}

async function reason(sharer: Sharer): Promise<unknown> {
  const { decision, context } = await ask(sharer)
  return decision ? 'permit' : context['reason_codes']
}

async function report(permit: Decision, status: 'recorded' | 'nil' | 'corrected'): Promise<void> {
  const sent = status === 'recorded'
  const nothing = { status, categories: [], record_count: 0, result: 'not_found' }
  const occurred_at = permit.context['evaluated_at']
  const body = reportOf(permit, { ...(sent ? {} : nothing), occurred_at })
  const answer = await stage.revenue.api('/disclosures', await holderToken(stage, 'report'), body)
  expect([answer.status, answer.body]).toEqual([201, expect.any(String)])
}

describe('an end at the last day', () => {
  test('is written once, by one of the processes, with the time of the end; decisions are the same before and after', async () => {
    const sharers = await newSharers(load, 4)
    const { validUntil } = await currentRow(load, at(sharers, 0).consentId)
    await pass(stage.db, { seconds: Math.floor((validUntil.getTime() - Date.now()) / 1000) - 60 })
    expect(await writeEnds()).toBe(0)
    await passUntil(stage.db, validUntil)
    const before = await Promise.all(sharers.map(reason))
    const stranger = openDatabase(stage.databaseUrl, housePatience)
    const many = [writeEnds(), writeEnds(stranger), writeEnds(), writeEnds(stranger)]

    const written = await Promise.all(many)

    await stranger.destroy()
    expect(written.reduce((sum, n) => sum + n)).toBe(sharers.length)
    expect(await writeEnds()).toBe(0)
    expect(await Promise.all(sharers.map(reason))).toEqual(before)
    expect(before).toEqual(sharers.map(() => ['CONSENT_EXPIRED']))
    for (const { personId, consentId } of sharers) {
      const told = await eventsOf(load, personId, 'consent.expired')
      expect(told).toEqual([
        expect.objectContaining({
          actor: { type: 'broker' },
          consent_id: consentId,
          because: 'term',
          expired_at: validUntil.toISOString(),
        }),
      ])
      expect(await currentRow(load, consentId)).toMatchObject({
        state: 'expired',
        stateAt: validUntil,
        stateSeq: 2,
      })
      expect(await verifyTimeline(load.db, load.vault, personId)).toMatchObject({ holds: true })
      expect(await differencesOf(load, personId)).toEqual([])
    }
  })

  test('leaves no receipt, because the receipt of the yes names the day', async () => {
    const [sharer] = await newSharers(load, 1)
    const { validUntil } = await currentRow(load, sharer?.consentId ?? '')
    await passUntil(stage.db, validUntil)
    const before = await counts(stage, ['receipt'])
    expect(await writeEnds()).toBe(1)
    expect(await counts(stage, ['receipt'])).toEqual(before)
  })

  test('is written for other people although one person’s content is erased', async () => {
    const sharers = await newSharers(load, 3)
    const { validUntil } = await currentRow(load, at(sharers, 0).consentId)
    await passUntil(stage.db, validUntil)
    // In the order of their ids: the first is met first.
    const [erased = '', ...others] = sharers.map(({ personId }) => personId).toSorted()
    await stage.db.raw(
      `insert into dek (person_id, year, kek_id, created_at, destroyed_at, destroy_event_id)
       values (:erased, :year, decode('0011223344556677', 'hex'), now(), now(), gen_random_uuid())`,
      { erased, year: new Date().getUTCFullYear() },
    )
    expect(await writeEnds()).toBe(others.length)
    expect(await eventsOf(load, erased, 'consent.expired')).toEqual([])
    await stage.db('dek').where({ personId: erased, year: new Date().getUTCFullYear() }).delete()
    expect(await writeEnds()).toBe(1)
  })
})

describe('an end by the last use', () => {
  test('is written when no use can be given back any more; decisions are the same before and after', async () => {
    const [sharer] = await newSharers(load, 1)
    if (sharer === undefined) throw new Error('nobody')
    const permits = [await ask(sharer), await ask(sharer)]
    expect(await reason(sharer)).toEqual(['USES_EXHAUSTED'])
    await report(at(permits, 0), 'recorded')
    // The second may still be reported as nothing sent.
    expect(await writeEnds()).toBe(0)
    await report(at(permits, 1), 'recorded')
    expect(await writeEnds()).toBe(1)
    expect(await reason(sharer)).toEqual(['USES_EXHAUSTED'])
    expect(await eventsOf(load, sharer.personId, 'consent.expired')).toEqual([
      expect.objectContaining({
        because: 'uses',
        expired_at: at(permits, 1).context['evaluated_at'],
      }),
    ])
    // What she allows anew is another arrangement, and is used from the beginning.
    const before = await currentRow(load, sharer.consentId)
    const again = await currentRow(load, await allowAgain(load, sharer.personId))
    expect(again).toMatchObject({ state: 'active', uses: 0 })
    expect(again.arrangementId).not.toBe(before.arrangementId)
    expect(await reason(sharer)).toBe('permit')
  })

  test.each([true, false])(
    'is final: a correction to nothing sent does not revive the consent, whether the job has run (%s) or not',
    async (hasCome) => {
      const [sharer] = await newSharers(load, 1)
      if (sharer === undefined) throw new Error('nobody')
      const permits = [await ask(sharer), await ask(sharer)]
      for (const permit of permits) await report(permit, 'recorded')
      if (hasCome) expect(await writeEnds()).toBe(1)
      await report(at(permits, 1), 'corrected')
      expect(await writeEnds()).toBe(0)
      expect(await reason(sharer)).toEqual(['USES_EXHAUSTED'])
      const { personId, consentId } = sharer
      expect(await currentRow(load, consentId)).toMatchObject({ state: 'expired', uses: 1 })
      expect(await differencesOf(load, personId)).toEqual([])
    },
  )

  test('does not happen if the last use is given back', async () => {
    const [sharer] = await newSharers(load, 1)
    if (sharer === undefined) throw new Error('nobody')
    const permits = [await ask(sharer), await ask(sharer)]
    await report(at(permits, 0), 'recorded')
    await report(at(permits, 1), 'nil')
    expect(await writeEnds()).toBe(0)
    expect(await reason(sharer)).toBe('permit')
  })
})

test('the job writes the ends, by the broker’s clock', async () => {
  const [sharer] = await newSharers(load, 1)
  if (sharer === undefined) throw new Error('nobody')
  const { validUntil } = await currentRow(load, sharer.consentId)
  const dataDir = dirname(stage.keysDir)
  const env = { TRUSTED_PROXIES: '1', WORK: 'yes' }
  const worker = await openHouse(stage.databaseUrl, dataDir, issuer, env)
  try {
    await passUntil(stage.db, validUntil)
    await transact(load.db, (tx) =>
      enqueue(tx, { name: 'consent.expire', payload: {}, maxAttempts: 1 }),
    )
    await until('the end is written', async () => {
      const { state } = await currentRow(load, sharer.consentId)
      return state === 'expired'
    })
  } finally {
    await worker.stop()
  }
})
