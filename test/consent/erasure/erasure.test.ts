import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportJson } from '../../../src/api/me/index.ts'
import type { ExportContext } from '../../../src/api/me/head.ts'
import { eraseAccounts, legalHoldOf, actorOfOwnAccess } from '../../../src/people/accounts/index.ts'
import { narrowConsent } from '../../../src/consent/asking/index.ts'
import { openDispute } from '../../../src/consent/disputes/index.ts'
import {
  confirmConsent,
  expireAll,
  pauseConsent,
  resumeConsent,
  revokeConsent,
} from '../../../src/consent/record/index.ts'
import { closeDays, sweepDenies } from '../../../src/consent/decisions/index.ts'
import { erase as eraseOf } from '../../../src/consent/erasure/erase.ts'
import type { Eraser } from '../../../src/consent/erasure/index.ts'
import { erasuresOf, eraseByTime, forgetContent } from '../../../src/consent/erasure/index.ts'
import { erasureCommand, holdCommand } from '../../support/commands.ts'
import { twoSigners } from '../../support/two-signers.ts'
import { planByRetention } from '../../../src/consent/erasure/plan.ts'
import { join } from 'node:path'
import { forgets } from '../../../src/house/forgets.ts'
import { dayAfter, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import { secondsAfter, systemClock } from '../../../src/base/values/clock.ts'
import { transact } from '../../../src/base/database/database.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import { publicKeys, readByPublishedKeys } from '../../../src/base/keys/jws.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { auditDatabase } from '../../../src/ledger/transparency-log/audit.ts'
import type { RegisterSigner } from '../../../src/registry/index.ts'
import { registerLeaves } from '../../../src/registry/index.ts'
import { choose, confirm, consentOf } from '../../pages/my-sharing/living.ts'
import { differencesOf } from '../../support/fold.ts'
import { acr, amr, propose, registerOf } from '../record/living.ts'
import { issuer } from '../../support/broker.ts'
import type { Known } from '../../support/law.ts'
import { investigated, investigation, newKnown, newKnownOf } from '../../support/law.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  askingIn,
  allowAgain,
  newSharer,
  newSharers,
  openLoad,
  portOf,
  stopAt,
  uuidOf,
} from '../../support/sharing-load.ts'
import { newFolder } from '../../support/fault-process.ts'
import { decide } from '../../support/sharing.ts'
import { signLog } from '../../support/sign-log.ts'
import { letTimeMoveFrom, nextNoonOf, passUntil } from '../../support/time.ts'
import { untyped } from '../../support/database.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { setStanding } from '../../support/resealed-access.ts'
import { statementsBy } from '../../support/statements.ts'
import type { Trace } from '../../support/database-files.ts'
import { tracesIn } from '../../support/database-files.ts'
import { inUndone } from '../../support/tamper-looks.ts'
import { byOperator, finishByTime } from '../../../src/consent/erasure/finish.ts'

// After an erasure (I28) whoever has the whole database and every key reads nothing of it; everything else stands.

const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: (said: object) => failed.push(said) }
const failed: object[] = []
const words = 'Je n’ai rien demandé ce jour-là, monsieur.'
const daySeconds = 24 * 3600
const noSigners: readonly RegisterSigner[] = []
const verified = { recipient: 'org_logement-abordable', purpose: 'pur_verification-loyer@1' }

let stage: MovingStage
let load: Load
let bodies: Bodies
let eraser: Eraser
let began: Date
/** Of whom an order erased a year, and who allowed again after it. */
let again: Sharer
// What earlier tests expect of the last one's erasure.
const ending: (() => Promise<void>)[] = []

beforeAll(async () => {
  // A consent lasts longer than the rest of the year, in whose last hour it is narrowed.
  letTimeMoveFrom(nextNoonOf('11-20'))
  stage = await startMovingStage()
  load = await openLoad(stage)
  bodies = await bodiesOf(stage)
  await stage.apply(...investigation(1))
  const keys = await openKeys(stage.keysDir)
  eraser = { vault: load.vault, pairwise: load.pairwise, statements: statementsBy(keys), issuer }
  began = new Date()
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** A sharing with all that may hang on it, stopped; and a consultation that is shown later. */
async function liveThrough(sharer: Sharer): Promise<{ readonly chainId: string }> {
  // The recipient reports before the holder: a contradiction about the reception, until the report names its query.
  await bodies.receive({ consent_id: sharer.consentId, query_id: 'early' })
  const permit = await bodies.permit(sharer)
  await bodies.report(permit, { query_id: 'early' })
  await bodies.receive({ decision_id: permit.context['decision_id'], record_count: 2 })
  await bodies.receive({ consent_id: sharer.consentId, query_id: 'never-permitted' })
  // What a law allows, reported by nobody, with a question of hers about it.
  const allowed = await bodies.permit(sharer, verified)
  const question = { personId: sharer.personId, acr, text: words }
  const decisionId = String(allowed.context['decision_id'])
  await transact(load.db, (tx) => openDispute(tx, askingIn(load), { ...question, decisionId }))
  const place = `/mes-partages/signalements/${String(permit.context['decision_id'])}`
  await sharer.browser.post(place, { csrf: sharer.csrf, texte: words })
  const { items } = json(await bodies.asHolder('/disclosures/disputes')) as {
    items: { dispute_id: string }[]
  }
  for (const { dispute_id: id } of items)
    await bodies.asHolder(`/disclosures/disputes/${id}/answer`, { outcome: 'error', text: words })
  const secret = investigated(sharer.sub)
  const permitted = json(
    await stage.revenue.api('/access/v1/evaluation', await tokenToDecide(), secret),
  ) as { context: { decision_id: string } }
  // A version replaced by a narrower one, and one that was looked at and not confirmed.
  const fin = dayOf(secondsAfter(systemClock(), 90 * daySeconds))
  const narrower = await choose(sharer.browser, sharer.consentId, { fin })
  const consentId = consentOf(await confirm(sharer.browser, narrower))
  expect(consentId).not.toBe(sharer.consentId)
  await choose(sharer.browser, consentId, {
    fin: dayOf(secondsAfter(systemClock(), 60 * daySeconds)),
  })
  await stopAt(sharer, consentId, portOf(stage, 0))
  for (const by of ['asHolder', 'asRecipient'] as const)
    await bodies[by]('/disclosures/effects', { consent_id: consentId, effect: 'stopped' })
  return { chainId: uuidOf(permitted.context.decision_id) }
}

/** Refuses what the person sees later, and closes that day. @returns the chain of its event */
async function closeRefusal({ personId, sub }: Sharer): Promise<string> {
  const categories = ['cat_revenu-net', 'cat_situation-familiale']
  const refused = investigated(sub, { categories })
  await stage.revenue.api('/access/v1/evaluation', await tokenToDecide(), refused)
  await passUntil(load.db, secondsAfter(endOfDay(dayOf(systemClock())), 3600))
  expect(await closeDays(load.db, load.vault, systemClock(), log)).toBe(1)
  const [day]: { eventId: string }[] = await load.db('refusedDay').where({ personId })
  return day?.eventId ?? ''
}

async function tokenToDecide(): Promise<string> {
  const answered = await stage.revenue.clientCredentials(`${issuer}/access`, 'decide')
  return String(json(answered)['access_token'])
}

const erase = () => eraseByTime(load.db, eraser, systemClock(), log)
const yearsOn = (years: number, more = daySeconds) => {
  const at = new Date(began)
  at.setUTCFullYear(at.getUTCFullYear() + years)
  return secondsAfter(at, more)
}

/** Everything in every table, as one text: what a superuser may dump. */
async function dump(): Promise<string> {
  const { rows: tables } = await load.db.raw<{ rows: { name: string }[] }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const texts = []
  for (const { name } of tables) {
    const { rows } = await load.db.raw<{ rows: { text: string | null }[] }>(
      `select string_agg(t::text, chr(10)) as text from ${name} t`,
    )
    texts.push(`${name}\n${rows[0]?.text ?? ''}`)
  }
  return texts.join('\n')
}

type Sealed = { readonly eventId: string; readonly personSeq: number; readonly body: Buffer }

async function sealedOf(chainId: string): Promise<Sealed[]> {
  return load
    .db('ledgerEvent')
    .select('eventId', 'personSeq', 'body')
    .where({ personId: chainId })
    .whereNot({ kind: 'content.erased' })
}

/** How many of these open with any data key of the database, whosever it is, of whichever year. */
async function opened(sealed: readonly Sealed[]): Promise<number> {
  const deks: { personId: string; year: number; wrappedKey: Buffer; kekId: Buffer }[] = await load
    .db('dek')
    .whereNotNull('wrappedKey')
  const keys = await Promise.all(deks.map((dek) => load.vault.unwrap(dek, dek)))
  return sealed.filter(({ body, ...place }) =>
    keys.some((key) => {
      try {
        return load.vault.open(key, body, place).text !== ''
      } catch {
        return false
      }
    }),
  ).length
}

async function findings(): Promise<readonly object[]> {
  const audit = {
    session: readingSession(load.db),
    issuer,
    ledgerDir: '',
    vkeys: [],
    vault: load.vault,
    publicLeaves: await registerLeaves(load.db),
  }
  return (await auditDatabase(audit)).findings
}

async function differing(...sharers: readonly Sharer[]): Promise<object[]> {
  const all = sharers.map(({ personId }) => differencesOf(load, personId))
  return (await Promise.all(all)).flat()
}

/** What a sharing of the year before still lives through, up to its stop: all of it speaks of a yes of that year. */
async function liveOn({ personId, consentId, sub }: Sharer, narrower: string): Promise<void> {
  bodies = await bodiesOf(stage)
  await bodies.receive({ consent_id: consentId, query_id: 'late' })
  const permit = await bodies.permit({ sub })
  await bodies.report(permit, { query_id: 'late' })
  await bodies.receive({ consent_id: consentId, query_id: 'never-permitted' })
  const question = { personId, acr, decisionId: String(permit.context['decision_id']), text: words }
  const { disputeId } = await transact(load.db, (tx) => openDispute(tx, askingIn(load), question))
  const asked = `/disclosures/disputes/${writeId('dsp', disputeId)}/answer`
  await bodies.asHolder(asked, { outcome: 'error', text: words })
  const by = { personId, acr, amr, factorIds: [] }
  const deed = (id: string) => actorOfOwnAccess({ ...by, consentId: id, provedAt: systemClock() })
  const first = deed(uuidOf(consentId))
  for (const move of [pauseConsent, resumeConsent, confirmConsent])
    await transact(load.db, (tx) => move(tx, load.notary, first))
  const register = await registerOf(load)
  const change = { ...first, presentationId: narrower }
  const last = await transact(load.db, (tx) => narrowConsent(tx, load.notary, register, change))
  await transact(load.db, (tx) => revokeConsent(tx, load.notary, deed(last)))
  const effect = { consent_id: writeId('con', last), effect: 'stopped' }
  for (const by of ['asHolder', 'asRecipient'] as const)
    expect((await bodies[by]('/disclosures/effects', effect)).status).toBe(201)
}

// Before the long one: the clock of this house only goes forward.
test('an order erases ended content early, only as it was shown, and never of the current year', async () => {
  const sharer = await newSharer(load)
  const { personId, consentId } = sharer
  const year = began.getUTCFullYear()
  const next = new Date(Date.UTC(year + 1, 0))
  const order = (through: number, ...more: string[]) =>
    erasureCommand(
      load.db,
      ['erase', consentId, '--through', String(through), ...more],
      systemClock(),
      () =>
        Promise.resolve({ ...eraser, signers: [], databaseUrl: stage.databaseUrl, triesAgain: '' }),
    )
  await expect(order(year)).rejects.toThrow(`${year} is not over`)
  await expect(order(year, '--confirm', 'x', ...byAnna)).rejects.toThrow(`${year} is not over`)

  await bodies.report(await bodies.permit(sharer))
  await passUntil(load.db, secondsAfter(next, -3600))
  const lastDay = dayOf(secondsAfter(systemClock(), 90 * daySeconds))
  const narrower = await propose(load, personId, uuidOf(consentId), { lastDay, keep: [] })
  await passUntil(load.db, next)
  await expect(order(year)).rejects.toThrow('not over, or a question')
  const nothing = 'There is nothing to erase up to then.'
  expect(await order(year - 1)).toEqual([nothing])
  await expect(order(year - 1, '--confirm', 'x', ...byAnna)).rejects.toThrow(nothing)
  await liveOn(sharer, narrower)

  const shown = (await order(year)) ?? []
  const code = /--confirm (\w{8})$/.exec(shown.at(-1) ?? '')?.[1] ?? ''
  expect(shown.join('\n')).toMatch(/Sharings +1\nYears +\d+ to \d+\n/)
  const throughSeq = Number(/Entries +1 to (\d+)/.exec(shown.join('\n'))?.[1])
  await expect(order(year, '--confirm', '00000000', ...byAnna)).rejects.toThrow(
    'code is of something else',
  )
  await hold('hold', consentId)
  await expect(order(year, '--confirm', code, ...byAnna)).rejects.toThrow('it is held until')
  await hold('release', consentId)
  const sealed = await sealedOf(personId)
  const out = join(newFolder(), 'order.json')
  const written = await order(year, '--confirm', code, '--out', out, ...byAnna.slice(2))
  expect(written?.at(-1)).toContain(`written to ${out}: nothing is done before it is signed`)
  expect(await opened(sealed)).toBe(sealed.length)

  const [said, files, certificate] = (await order(year, '--confirm', code, ...byAnna)) ?? []
  expect([said, files].join(' ')).toMatch(/^Erased; evt_\w+ says so\. No file .* 35 days more\.$/)
  // What happened to it after New Year can still be read.
  expect(await opened(sealed)).toBe(sealed.length - throughSeq)
  const [row] = await erasuresOf(load.db, personId)
  expect(row).toMatchObject({
    rule: 'order',
    fromYear: year,
    fromSeq: 1,
    throughSeq,
    certificate,
  })
  await expect(order(year)).rejects.toThrow('Nobody belongs to')
  const count = sealed.length + 2
  expect(await verifyTimeline(load.db, load.vault, personId)).toEqual({ holds: true, count })
  // Her export says of each what can no longer be read, and holds the certificate.
  const whole = await exportOf(personId)
  expect(whole.timeline.map(({ payload, salt }) => [payload === null, salt === null])).toEqual(
    Array.from({ length: count }, (_, n) => [n < throughSeq, n < throughSeq]),
  )
  expect(whole.erasures).toMatchObject([{ certificate }])
  // Those events speak of what is told by none any more, and no row is missing.
  expect(await differing(sharer)).toEqual([])
  // Her access goes on, and so does her chain.
  const consent = await allowAgain(load, personId)
  again = { ...sharer, consentId: consent }
  expect(await load.db('consentCurrent').where({ consentId: uuidOf(consent) })).toHaveLength(1)
  // A question that she never answers goes at its time, and what she allowed stays.
  const presentationId = await propose(load, personId, uuidOf(consent), { lastDay, keep: [] })
  ending.push(async () => {
    expect(await load.db('presentation').where({ presentationId })).toEqual([])
    expect(await load.db('consentRequest').where({ personId })).toHaveLength(1)
  })
})

type Exported = {
  readonly timeline: readonly { readonly payload: unknown; readonly salt: unknown }[]
  readonly erasures: readonly object[]
}

/** By the function itself: her session ended with the year. */
async function exportOf(personId: string): Promise<Exported> {
  const keys = await openKeys(stage.keysDir)
  const context = {
    foundation: { db: load.db, clock: systemClock, keys, config: { issuer } },
    live: load.live,
    notary: { vault: load.vault },
    sessions: { list: () => [] },
    signInRequests: { silences: () => [] },
  } as unknown as ExportContext
  let text = ''
  for await (const part of await exportJson(context, personId, 'person')) text += part
  return JSON.parse(text) as Exported
}

const byAnna = ['--operator', 'Anna', '--reason', 'ordre', '--reason-en', 'order']

/** `accord person hold|release`, for a month. */
function hold(word: 'hold' | 'release', consentId: string, by = byAnna, signers = noSigners) {
  const until = word === 'hold' ? ['--until', dayAfter(dayOf(systemClock()), 'P1M')] : []
  return holdCommand(load.db, [word, consentId, ...until, ...by], systemClock(), () =>
    Promise.resolve({ ...eraser, signers }),
  )
}

test('other words of an order are wrong usage', async () => {
  const through = ['--through', '2026']
  for (const words of [
    ['erase', ...through],
    ['show', 'con_x', ...through],
    ['erase', 'con_x', 'con_y', ...through],
    ['erase', 'con_x', '--through', '26'],
    ['erase', 'con_x', ...through, '--operator', 'Anna'],
  ]) {
    const answered = await erasureCommand(load.db, words, systemClock(), () =>
      Promise.reject(new Error('nothing is opened')),
    )
    expect([words, answered]).toEqual([words, undefined])
  }
})

test('an erasure that fails half-way erases nothing', async () => {
  const { personId } = await newSharer(load)
  await load.db('consentCurrent').where({ personId }).update({ state: 'revoked' })
  const far = new Date(Date.UTC(began.getUTCFullYear() + 5, 0, 2))
  const tables = ['erasure', 'ledgerEvent', 'dek', 'consentRecord', 'presentation', 'receipt']
  const rows = () =>
    Promise.all(
      tables.map((table) =>
        untyped(load.db)(table).where(table === 'presentation' ? {} : { personId }),
      ),
    )
  const before = await rows()
  await load.db.raw('alter table erasure add constraint shut check (false) not valid')
  const tried = transact(load.db, (tx) =>
    eraseOf(tx, eraser, personId, (held) => planByRetention(held, far)),
  )
  await expect(tried).rejects.toThrow('shut')
  await load.db.raw('alter table erasure drop constraint shut')
  expect(await rows()).toEqual(before)
})

test('a legal hold takes two, a year at most, and ends by itself: until then nothing that is over is erased; she is told', async () => {
  const { personId, consentId, browser } = await newSharer(load)
  await load.db('consentCurrent').where({ personId }).update({ state: 'revoked' })
  const two = await twoSigners()
  const [today, why] = [dayOf(systemClock()), byAnna.slice(2)]
  for (const by of [byAnna, ['--key', two.keys[0], ...why]])
    await expect(hold('hold', consentId, by, two.signers)).rejects.toThrow(/signers must/)
  const daysOf = (until: string) =>
    holdCommand(load.db, ['hold', consentId, '--until', until, ...byAnna], systemClock(), () =>
      Promise.resolve({ ...eraser, signers: [] }),
    )
  await expect(daysOf(dayAfter(today, 'P1Y1D'))).rejects.toThrow('more than 1 year from now')
  await expect(daysOf('2020-02-29')).rejects.toThrow('2020-02-29 is over')
  for (const until of ['2027-02-30', 'soon']) expect(await daysOf(until)).toBeUndefined()
  await expect(hold('release', consentId)).rejects.toThrow('Nothing of hers is held.')

  const order = two.file('hold.json')
  await hold('hold', consentId, ['--out', order, ...why], two.signers)
  await two.sign(order, ...two.keys)
  await hold('hold', consentId, ['--order', order], two.signers)
  await expect(hold('hold', consentId, ['--order', order], two.signers)).rejects.toThrow('before')

  const far = new Date(Date.UTC(began.getUTCFullYear() + 5, 0, 2))
  const retain = () =>
    inUndone(load, (tx) => eraseOf(tx, eraser, personId, (held) => planByRetention(held, far)))
  const sealed = await sealedOf(personId)
  expect([await retain(), await opened(sealed)]).toEqual([undefined, sealed.length])
  const ends = await legalHoldOf(load.db, load.vault, personId, systemClock())
  expect(ends).toEqual(endOfDay(dayAfter(today, 'P1M')))
  const at = (ms: number) =>
    legalHoldOf(load.db, load.vault, personId, new Date((ends?.getTime() ?? 0) + ms))
  expect([await at(-1), await at(0)]).toEqual([ends, undefined])

  const told = await load.db('notification').where({ personId, kind: 'data.held' })
  expect(told).toHaveLength(1)
  const { body } = await browser.get('/activite/impression?quoi=acces')
  expect(body).toContain('Ce que nous gardons sur vous ne s’efface pas pour l’instant, sur ordre.')
  const { body: closing } = await browser.get('/acces/fermeture')
  expect(closing).toContain('ce que la fermeture efface reste jusqu’au')
  await hold('release', consentId)
  expect(await legalHoldOf(load.db, load.vault, personId, systemClock())).toBeUndefined()
  expect(await retain()).toMatchObject({ rule: 'retention' })
  ending.push(async () => expect(await erasuresOf(load.db, personId)).not.toEqual([]))
  two.remove()
})

test('after an access is erased, the records that the law keeps are erased when their time comes', async () => {
  const { personId, consentId } = await newSharer(load)
  const nobody = await newKnown(stage)
  for (const one of [personId, nobody.personId])
    await setStanding(load.stage, one, { closedAt: began, eraseAt: began })
  await load.db('consentCurrent').where({ personId }).update({ state: 'revoked' })
  const now = systemClock()
  const guarded = { ...load, log: openLog('silent') }
  const closeDue = async () =>
    (await eraseAccounts(guarded, [forgetContent(eraser, now), ...forgets], now)).erased
  await hold('hold', consentId)
  expect([await closeDue(), await load.db('accounts').where({ personId })]).toMatchObject([1, [{}]])
  await hold('release', consentId)
  expect(await closeDue()).toBe(1)
  expect(await load.db('consentRecord').where({ personId })).toHaveLength(1)
  // Of whom nothing but her access was ever written, her chain alone is left.
  const { personId: alone } = nobody
  expect(await load.db('accounts').where({ personId: alone })).toEqual([])
  const hers = await load.db('ledgerEvent').where({ personId: alone })
  expect(hers.map(({ kind }: { kind: string }) => kind)).toEqual([
    'access.standing',
    'access.standing',
  ])
  const sealed = await sealedOf(personId)
  ending.push(async () => {
    expect(await load.db('consentRecord').where({ personId })).toEqual([])
    expect(await opened(sealed)).toBe(0)
    expect(await erasuresOf(load.db, personId)).not.toEqual([])
  })
})

test('content that ended three years ago is erased: rows, then keys; the rest stays', async () => {
  const [erased, kept] = (await newSharers(load, 2)) as [Sharer, Sharer]
  began = systemClock()
  bodies = await bodiesOf(stage)
  const { chainId } = await liveThrough(erased)
  await bodies.report(await bodies.permit(kept))
  const refusedChain = await closeRefusal(erased)
  await signLog(load.db, stage.keysDir)
  const { personId } = erased
  const sealed = [
    ...(await sealedOf(personId)),
    ...(await sealedOf(chainId)),
    ...(await sealedOf(refusedChain)),
  ]
  const timeline = await readTimeline(load.db, load.vault, personId, { after: 0, limit: 100 })
  expect(timeline.length).toBeGreaterThan(8)
  expect(await opened(sealed)).toBe(sealed.length)
  // Not the ids of permits: those are their entries' own, which stay.
  const ids = ['con', 'arr', 'pre', 'req', 'rcv', 'dsp']
  const traces = [
    uuidOf(erased.consentId),
    ...timeline.flatMap(({ salt }) => [salt?.toString('hex') ?? '']),
    ...(await namesIn(timeline, ids)),
  ]
  const text = await dump()
  expect(traces.filter((trace) => text.includes(trace)).length).toBeGreaterThan(4)
  const standing = await readTimeline(load.db, load.vault, kept.personId, { after: 0, limit: 100 })
  const lived = await values()

  await passUntil(load.db, yearsOn(3, -daySeconds))
  expect(await erase()).toBe(0)
  await passUntil(load.db, yearsOn(3, 3 * daySeconds))
  const others = ending.length + 1
  expect([await erase(), failed]).toEqual([others + 1, []])
  const [rowsGone] = await erasuresOf(load.db, personId)
  expect(rowsGone).toMatchObject({ rule: 'retention', fromYear: null, throughYear: null })
  expect(await opened(await sealedOf(chainId))).toBe(0)
  expect(await opened(await sealedOf(refusedChain))).toBe(0)
  expect(await opened(await sealedOf(personId))).toBe(timeline.length)
  expect(await load.db('refusedDay').where({ personId })).toEqual([])
  expect(await sweepDenies(load.db, secondsAfter(systemClock(), -396 * daySeconds))).toBe(1)
  expect(await load.db('decision').where({ personId })).toEqual([])
  // What went is what the event of the erasure tells; of the other nothing went (I1).
  expect(await differing(erased, kept, again)).toEqual([])

  // Four of them at once: it is erased once.
  await passUntil(load.db, new Date(Date.UTC(began.getUTCFullYear() + 4, 0, 2)))
  await passUntil(load.db, yearsOn(3, 4 * daySeconds))
  const all = await Promise.all([erase(), erase(), erase(), erase()])
  // Of whose sharing goes on no year is erased; of whom nothing but her access was written, the year of that.
  expect(all.reduce((sum, n) => sum + n)).toBe(others + 1)
  expect(await erase()).toBe(0)
  for (const expectIt of ending) await expectIt()

  expect(await opened(sealed)).toBe(0)
  const after = await dump()
  expect(traces.filter((trace) => after.includes(trace))).toEqual([])
  const left = await readTimeline(load.db, load.vault, personId, { after: 0, limit: 100 })
  expect(left.map(({ payload }) => payload?.['kind'])).toEqual([
    ...timeline.map(() => undefined),
    'content.erased',
    'content.erased',
  ])
  for (const { payload } of left.slice(-2)) expect(schemaProblems(payload ?? {})).toEqual([])
  expect(left.at(-1)?.payload).toMatchObject({
    years: { from: began.getUTCFullYear(), through: began.getUTCFullYear() },
    entries: { from: 1, through: timeline.length },
  })

  // The chains hold around the hole, and so does the log; nobody else lost a thing.
  const count = timeline.length + 2
  expect(await verifyTimeline(load.db, load.vault, personId)).toEqual({ holds: true, count })
  for (const chain of [chainId, refusedChain])
    expect(await verifyTimeline(load.db, load.vault, chain)).toMatchObject({ holds: true })
  expect([await findings(), await differing(erased, kept)]).toEqual([[], []])
  expect(await readTimeline(load.db, load.vault, kept.personId, { after: 0, limit: 100 })).toEqual(
    expect.arrayContaining(standing),
  )
  expect(await load.db('consentRecord').where({ personId: kept.personId })).not.toEqual([])

  await expectCertified(personId, lived)
})

/** No file has what went, and then it is certified. */
async function expectCertified(personId: string, lived: ReadonlyMap<string, string>) {
  // The certificate is ours, names nothing of what it was, and proves its own entry.
  const gone = await goneFrom(lived)
  const kinds = [...new Set(gone.map(({ name }) => name.split(' ')[0]))]
  expect(kinds).toEqual(
    expect.arrayContaining([
      'dek.wrapped_key',
      'dispute.body',
      'receipt.body',
      'consent_record.arrangement_id',
    ]),
  )
  // Until its files are written anew the database still has it all, and nothing is certified.
  expect(await erasuresOf(load.db, personId)).toMatchObject([
    { certificate: null },
    { certificate: null },
  ])
  expect((await inFiles(gone)).join('\n')).toContain('dek.wrapped_key')
  const finishing = { databaseUrl: stage.databaseUrl, limits: byOperator, say: quiet }
  await finishByTime(load.db, eraser, systemClock(), finishing)
  const live = await liveText()
  expect(
    (await inFiles(gone)).filter((found) => !live.includes(found.split(' ')[1] ?? '')),
  ).toEqual([])
  await expect(
    load.db('erasure').where({ personId }).update({ certificate: 'another' }),
  ).rejects.toThrow('certified once')
  const [certified] = await erasuresOf(load.db, personId)
  const { keys } = publicKeys(eraser.statements.keys)
  const claims = await readByPublishedKeys(
    { keys },
    'erasure-certificate+jwt',
    certified?.certificate ?? '',
  )
  expect(claims).toMatchObject({ rule: 'retention', event_kind: 'content.erased' })
  const rewrittenAt = certified?.rewrittenAt?.getTime() ?? 0
  expect(rewrittenAt).toBeGreaterThanOrEqual(certified?.erasedAt.getTime() ?? Infinity)
  expect(claims?.['files_rewritten_at']).toBe(new Date(rewrittenAt).toISOString())
  expect(claims?.['write_ahead_log_until']).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/)
  expect(Date.parse(String(claims?.['backups_until'])) - rewrittenAt).toBe(35 * daySeconds * 1000)
  expect(JSON.stringify(claims)).not.toMatch(/con_|cat_|agr_|pur_/)
  // Its signature vouches for the certificate, and for what it says of files.
  expect(await unnoticed(personId)).toEqual(['rewritten_at', 'wal_lsn', 'certificate'])
}

/** The columns of an erasure that the owner of the database may change without the fold saying so. */
async function unnoticed(personId: string): Promise<string[]> {
  const { rows } = await load.db.raw<{ rows: { column: string; other: string }[] }>(
    `select column_name as column, case data_type when 'uuid' then 'gen_random_uuid()'
       when 'text' then format('coalesce(%I, '''') || ''0''', column_name) when 'timestamp with time zone' then format('%I + interval ''1 ms''', column_name)
       else format('coalesce(%I, 0) + 1', column_name) end as other
     from information_schema.columns where table_name = 'erasure' order by ordinal_position`,
  )
  const silent: string[] = []
  for (const { column, other } of rows) {
    const found = await inUndone(load, async (tx) => {
      await tx.raw('set local session_replication_role = replica')
      await tx.raw(
        `do $$ begin execute (select string_agg(format('alter table erasure drop constraint %I', conname), '; ')
         from pg_constraint where conrelid = 'erasure'::regclass and contype = 'c'); end $$`,
      )
      await tx.raw(
        `update erasure set ${column} = ${other} where event_id = (select event_id from erasure where person_id = '${personId}' order by person_seq desc limit 1)`,
      )
      return differencesOf({ ...load, db: tx }, personId)
    })
    if (found.length === 0) silent.push(column)
  }
  return silent
}

// Shorter texts, bytes that are alike, and times stand in many places.
const shortestBytes = 12
const shortestText = 16

/** Each value of every row that would be recognised in a file, by its hex, with the column where it stands first. */
async function values(): Promise<Map<string, string>> {
  const { rows: tables } = await load.db.raw<{ rows: { name: string }[] }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')
     order by tablename <> 'consent_record', 1`,
  )
  const found = new Map<string, string>()
  for (const { name } of tables) {
    const { rows } = await load.db.raw<{ rows: { row: Record<string, unknown> }[] }>(
      `select to_jsonb(t) as row from ${name} t`,
    )
    const table = name.replace('public.', '')
    for (const { row } of rows)
      for (const [column, value] of Object.entries(row))
        for (const hex of hexesOf(value)) if (!found.has(hex)) found.set(hex, `${table}.${column}`)
  }
  return found
}

function hexesOf(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(hexesOf)
  if (typeof value !== 'string' || /^\d{4}-\d\d-\d\d[T ]/.test(value)) return []
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value))
    // As a name that people and bodies know, too.
    return [value.replaceAll('-', ''), Buffer.from(writeId('con', value).slice(4)).toString('hex')]
  if (/^\\x([\da-f]{2})*$/.test(value))
    return new Set(Buffer.from(value.slice(2), 'hex')).size >= shortestBytes ? [value.slice(2)] : []
  return value.length >= shortestText ? [Buffer.from(value.slice(0, 64)).toString('hex')] : []
}

/** Everything in every table, as the hex of its values. */
async function liveText(): Promise<string> {
  const text = await dump()
  return `${text.replaceAll('-', '')} ${Buffer.from(text).toString('hex')}`
}

/** What stood in a row, and stands in none any more, whole or in part. */
async function goneFrom(lived: ReadonlyMap<string, string>): Promise<Trace[]> {
  const [now, live] = [await values(), await liveText()]
  return [...lived].flatMap(([hex, column]) =>
    now.has(hex) || live.includes(hex)
      ? []
      : [{ name: `${column} ${hex}`, bytes: Buffer.from(hex, 'hex') }],
  )
}

/** Those that some file of this database still has; the write-ahead log is another folder. */
async function inFiles(traces: readonly Trace[]): Promise<string[]> {
  await load.db.raw('checkpoint')
  const { rows } = await load.db.raw<{ rows: { folder: string }[] }>(
    `select current_setting('data_directory') || '/' || regexp_replace(pg_relation_filepath('dek'), '/[^/]+$', '') as folder`,
  )
  return tracesIn([rows[0]?.folder ?? ''], traces)
}

/** The uuids of the things that a timeline names. */
async function namesIn(
  timeline: readonly { readonly payload: unknown }[],
  kinds: readonly string[],
): Promise<string[]> {
  const named = new RegExp(String.raw`\b(?:${kinds.join('|')})_[0-9A-Z]{26}\b`, 'g')
  const found = JSON.stringify(timeline.map(({ payload }) => payload)).match(named) ?? []
  return [...new Set(found)].map(uuidOf)
}

test('denies are deleted after thirteen months, except one with a person’s question', async () => {
  const { personId, sub } = await newKnown(stage)
  const ask = async () => {
    const request = investigated(sub, { categories: ['cat_situation-familiale'] })
    await stage.revenue.api('/access/v1/evaluation', await tokenToDecide(), request)
  }
  await ask()
  const [deny]: { decisionId: string }[] = await load.db('decision').where({ personId })
  expect(deny).toMatchObject({ outcome: 'deny' })
  expect(await sweepDenies(load.db, secondsAfter(systemClock(), -daySeconds))).toBe(0)
  const over = secondsAfter(systemClock(), 3 * daySeconds)
  const question = { disputeId: deny?.decisionId, personId, decisionId: deny?.decisionId }
  const sealed = {
    routedTo: 1,
    openedAt: over,
    dueAt: secondsAfter(over, 1),
    dekYear: 2026,
    body: 'x',
  }
  await untyped(load.db)('dispute').insert({ ...question, ...sealed })
  expect(await sweepDenies(load.db, over)).toBe(0)
  await load.db('dispute').where({ personId }).delete()
  expect(await sweepDenies(load.db, over)).toBe(1)
})

test('of a person with a delayed permit alone, time erases the permit, and the fold agrees', async () => {
  const people = await newKnownOf(stage, 2)
  const [waits, closes] = people as [Known, Known]
  const year = systemClock().getUTCFullYear()
  const permits = await Promise.all(
    people.map(async ({ sub }) => {
      const asked = investigated(sub)
      return decide(stage, await tokenToDecide(), asked)
    }),
  )
  expect(permits.map(({ decision }) => decision)).toEqual([true, true])
  const ids = permits.map(({ context }) => String(context['decision_id']))
  const [reference = ''] = ids
  expect(await load.db('personHead').where({ personId: waits.personId })).toEqual([])
  const sealed = (await Promise.all(ids.map((id) => sealedOf(uuidOf(id))))).flat()
  expect(await opened(sealed)).toBe(2)
  await passUntil(load.db, yearsOn(9))
  const words = ['erase', reference, '--through', String(year)]
  const shown = await erasureCommand(load.db, words, systemClock(), () =>
    Promise.reject(new Error('nothing is opened')),
  )
  // No year is hers: her own chain has no event.
  expect(shown?.join('\n')).toMatch(/Sharings +0\nYears +-\nEntries +-\n/)
  // With an access that ends its content goes at once, where its time has come.
  await transact(load.db, (tx) => forgetContent(eraser, systemClock())(tx, closes.personId))
  expect(await opened(sealed)).toBe(1)
  expect(await expireAll(load.db, load.vault, load.log)).toBe(2)
  await erase()
  expect(await opened(sealed)).toBe(0)
  for (const { personId } of people) {
    expect(await load.db('decision').where({ personId })).toEqual([])
    expect(await differencesOf(load, personId)).toEqual([])
  }
  // By now the year of the first order is erased, with the event of that order.
  expect(await erasuresOf(load.db, again.personId)).toHaveLength(3)
  expect(await differing(again)).toEqual([])
})
