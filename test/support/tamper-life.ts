import { actorOfOwnAccess } from '../../src/people/accounts/index.ts'
import { createHash, randomBytes } from 'node:crypto'
import { readNotice } from '../../src/consent/asking/details.ts'
import { recordNoticeRead } from '../../src/consent/asking/notice.ts'
import { eraseByTime } from '../../src/consent/erasure/index.ts'
import type { Keys } from '../../src/base/keys/keys.ts'
import { silence } from '../../src/consent/asking/repeat-after-refusal.ts'
import { readDetail } from '../../src/consent/asking/index.ts'
import { closeDays, sweepDenies } from '../../src/consent/decisions/index.ts'
import { countMonths } from '../../src/consent/figures/index.ts'
import { openDispute } from '../../src/consent/disputes/index.ts'
import {
  confirmConsent,
  pauseConsent,
  resumeConsent,
  revokeConsent,
} from '../../src/consent/record/index.ts'
import { dayAfter, dayOf } from '../../src/base/values/calendar.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { transact } from '../../src/base/database/database.ts'
import { openSession } from '../../src/base/database/db-session.ts'
import { writeId } from '../../src/base/values/ids.ts'
import { Refusal } from '../../src/base/values/refusal.ts'
import { auditBegin, auditEnd } from '../../src/base/observing/operator-audit-store.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { acr, amend, amr, narrow, registerOf } from '../consent/record/living.ts'
import { investigated, lawful } from './law.ts'
import { issuer } from './broker.ts'
import type { Bodies } from './reporting.ts'
import { bodiesOf } from './reporting.ts'
import { pass } from './time.ts'
import type { Load, Sharer } from './sharing-load.ts'
import { allowAgain, askingIn, currentRows } from './sharing-load.ts'
import { decide, detail, evaluation, holderToken } from './sharing.ts'
import type { Chance } from './tampering.ts'
import { pick } from './tampering.ts'
import { statementsBy } from './statements.ts'

// Random lives: their deeds make the rows that the tamper drill changes.

// The purpose of the demonstration allows four sendings a year.
const mostUses = 3
// Beyond them a consent of a year would outlast the agreements of the demonstration.
const daysPassed = 3 * 366 + 3
// A month, and the days until it is counted.
const daysUntilCounted = 42
const closingsOfDays = 4
// As src/base/jobs/sweep-jobs.ts has it.
const deniesKeptDays = 396

export type Life = {
  readonly load: Load
  /** Their tokens last minutes: others take their place when time passes. */
  bodies: Bodies
  readonly chance: Chance
  readonly keys: Keys
}

/** What happens once or twice in a life: refusals, of which the day is closed, and sendings that the law allows, one of them shown later. */
export async function beginLife({ load, bodies }: Life, sharers: readonly Sharer[]): Promise<void> {
  const token = await holderToken(load.stage, 'decide')
  for (const { sub } of sharers) {
    for (const categories of [['cat_revenu-net'], ['cat_situation-familiale']])
      await decide(
        load.stage,
        token,
        evaluation(sub, { categories, purpose: 'pur_preuve-residence@1' }),
      )
    await decide(load.stage, token, evaluation(sub, { purpose: 'pur_inconnue@1' }))
    for (const asked of [lawful(sub), investigated(sub)])
      await bodies.report(await decide(load.stage, token, asked))
  }
  for (const { personId } of sharers) await noteDeedAbout(load, personId)
  // A run closes the days of a year.
  for (let n = 0; n < closingsOfDays; n++)
    await closeDays(load.db, load.vault, secondsAfter(new Date(), 2 * 24 * 3600), openLog('silent'))
  for (const { personId } of sharers) await readNoticeOf(load, personId)
}

/** They stop everything, three years and some days pass, and what was over is erased, by time. */
export async function growOld(life: Life, sharers: readonly Sharer[]): Promise<void> {
  const { load, keys } = life
  for (const { personId } of sharers)
    for (const { consentId, state } of await currentRows(load, personId))
      if (state === 'active' || state === 'suspended')
        await transact(load.db, (tx) =>
          revokeConsent(tx, load.notary, { personId, consentId, acr }),
        )
  await pass(load.db, { days: daysUntilCounted })
  await countMonthsOf(load)
  await pass(load.db, { days: daysPassed - daysUntilCounted })
  await eraseByTime(
    load.db,
    { ...load, statements: statementsBy(keys), issuer },
    new Date(),
    openLog('silent'),
  )
  for (let n = 0; n < closingsOfDays; n++)
    await sweepDenies(load.db, secondsAfter(new Date(), -deniesKeptDays * 24 * 3600))
  life.bodies = await bodiesOf(load.stage)
}

async function countMonthsOf(load: Load): Promise<void> {
  const { session, close } = await openSession(load.stage.databaseUrl)
  try {
    await countMonths(load, session)
  } finally {
    await close()
  }
}

/** An operator looks at an access. */
export async function noteDeedAbout({ db, vault }: Load, personId: string): Promise<void> {
  const who = { operator: 'Anna', account: 'accord', signers: ['key'], instance: 'console' }
  const deed = { action: 'account-show', object: 'con_1', personId, reasonSha256: null } as const
  const begunNo = await auditBegin(db, vault.seals, { ...deed, ...who })
  const ended = { begunNo, phase: 'done' } as const
  await auditEnd(db, vault.seals, { ...deed, ...who }, ended)
}

/** She reads what the law allows. */
async function readNoticeOf(load: Load, personId: string): Promise<void> {
  const register = await registerOf(load)
  const recipient = 'org_logement-abordable'
  const asked = detail({
    agreement: 'agr_2026-014',
    purpose: 'pur_verification-loyer',
    datatypes: ['cat_revenu-net'],
    optional_datatypes: undefined,
    recipient,
  })
  const noticed = readNotice(asked, { recipient, register, now: new Date() })
  if (noticed === undefined) throw new Error('the law allows nothing')
  const html = '<p>Les mots de la page.</p>'
  const region = { html, sha256: createHash('sha256').update(html).digest(), contacts: [] }
  const seen = { personId, noticed, register, language: 'fr', region, acr } as const
  await transact(load.db, (tx) => recordNoticeRead(tx, load, seen))
}

/** She wants not to be asked a question again. */
export async function silenceFor(load: Load, personId: string): Promise<void> {
  const register = await registerOf(load)
  const asking = { recipient: 'org_aide-etudes', register, now: new Date() }
  const no = { consentId: personId, answeredAt: new Date(), at: new Date() } as never // not looked at
  const items = [{ itemNo: 1, asked: readDetail(detail(), asking), no }]
  const silencing = { personId, acr, visit: randomBytes(32), items, register }
  await transact(load.db, (tx) => silence(tx, load.vault, silencing))
}

/** Does one more deed in this person's life, chosen by her state and by chance. A refused deed changes nothing. */
export async function liveOn(life: Life, sharer: Sharer): Promise<void> {
  try {
    await doNext(life, sharer)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

async function doNext(life: Life, sharer: Sharer): Promise<void> {
  const { load, chance } = life
  const { personId } = sharer
  const rows = await currentRows(load, personId)
  const live = rows.find(({ state }) => state === 'active' || state === 'suspended')
  if (live === undefined) {
    await allowAgain(load, personId)
    return
  }
  const by = { acr, amr, provedAt: new Date(), factorIds: [] }
  const deed = actorOfOwnAccess({ personId, consentId: live.consentId, ...by })
  if (live.state === 'suspended') {
    const ends = chance() < 0.7 ? resumeConsent : revokeConsent
    await transact(load.db, (tx) => ends(tx, load.notary, deed))
    return
  }
  if (live.uses < mostUses && chance() < 0.5) return send(life, sharer, live.consentId)
  const change = pick(chance, [pauseConsent, confirmConsent, revokeConsent, 'narrow', 'amend'])
  if (typeof change === 'function') {
    await transact(load.db, (tx) => change(tx, load.notary, deed))
    if (change === revokeConsent && chance() < 0.7) await tellEffect(life, live.consentId)
  } else if (change === 'amend') {
    const granted = chance() < 0.5
    await amend(load, personId, live.consentId, {
      lastDay: inMonths(5),
      withOptional: granted,
      granted,
    })
  } else
    await narrow(load, personId, live.consentId, {
      lastDay: inMonths(2),
      keep: [],
      times: mostUses,
    })
}

function inMonths(months: number): string {
  return dayAfter(dayOf(new Date()), `P${months}M`)
}

/** A sending; by chance also the two bodies' reports about it, and her question. */
async function send({ load, bodies, chance }: Life, sharer: Sharer, consentId: string) {
  const { personId } = sharer
  const queryId = `q-${Math.floor(chance() * 1e9)}`
  const isEarly = chance() < 0.3
  if (isEarly) await bodies.receive({ consent_id: writeId('con', consentId), query_id: queryId })
  const permit = await bodies.permit(sharer)
  const way = chance()
  if (way < 0.15) return
  if (way < 0.3) {
    await bodies.report(permit, { status: 'nil', categories: [] })
    return
  }
  await bodies.report(permit, { query_id: queryId, record_count: 2 })
  const decisionId = String(permit.context['decision_id'])
  if (!isEarly && chance() < 0.5)
    await bodies.receive({ decision_id: decisionId, record_count: pick(chance, [1, 2]) })
  if (chance() < 0.4) {
    const reason = { fr: 'Compté deux fois', en: 'Counted twice' }
    await bodies.report(permit, { status: 'corrected', record_count: 1, reason })
  }
  if (chance() < 0.4) {
    const question = { personId, acr, decisionId, text: 'Pourquoi ?' }
    const { disputeId } = await transact(load.db, (tx) => openDispute(tx, askingIn(load), question))
    const path = `/disclosures/disputes/${writeId('dsp', disputeId)}/answer`
    if (chance() < 0.8) await bodies.asHolder(path, { outcome: 'error', text: 'Par erreur.' })
  }
}

async function tellEffect({ bodies }: Life, consentId: string): Promise<void> {
  const effect = { consent_id: writeId('con', consentId), effect: 'kept_by_law', law: 'LAI, 73' }
  await bodies.asHolder('/disclosures/effects', effect)
  await bodies.asRecipient('/disclosures/effects', { ...effect, effect: 'pending', law: undefined })
}
