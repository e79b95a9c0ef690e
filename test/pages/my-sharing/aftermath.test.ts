import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf } from '../../support/reporting.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { newSharer, openLoad, portOf, stopAt, uuidOf } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'

// What a person reads of what followed: both bodies' words, and what does not fit.

let stage: Stage
let load: Load
let bodies: Bodies

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  bodies = await bodiesOf(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** The words of a page, one space between them. */
async function wordsOf({ browser, consentId }: Sharer): Promise<string> {
  const { body } = await browser.get(`/mes-partages/${consentId}`)
  return body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&#39;', '’')
}

test('after a stop the page shows each body’s report, and that the stop does not depend on it', async () => {
  const sharer = await newSharer(load)
  expect(await wordsOf(sharer)).not.toContain('Ce que disent les deux organismes')
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  const stopped = await wordsOf(sharer)
  expect(stopped).toContain('Ce que disent les deux organismes')
  expect(stopped.match(/pas encore confirmé\./g)).toHaveLength(2)
  expect(stopped.match(/L’arrêt vaut déjà, même sans cette confirmation/g)).toHaveLength(1)

  expect(stopped).not.toContain('Plus d’un jour a passé')
  await load.db.raw(
    `update revocation_delivery set queued_at = queued_at - interval '25 hours' where consent_id = ?`,
    [uuidOf(sharer.consentId)],
  )
  expect((await wordsOf(sharer)).match(/Plus d’un jour a passé/g)).toHaveLength(2)

  const of = { consent_id: sharer.consentId }
  await bodies.asHolder('/disclosures/effects', { ...of, effect: 'stopped' })
  await bodies.asRecipient('/disclosures/effects', {
    ...of,
    effect: 'kept_by_law',
    law: '<b>LAI</b> 73',
  })
  const told = await wordsOf(sharer)
  expect(told).toMatch(/Agence du revenu \(démo\) : confirmé le \d/)
  expect(told).toContain('&lt;b&gt;LAI&lt;/b&gt; 73')
  expect(told).not.toContain('pas encore confirmé')
  expect(told).not.toContain('Plus d’un jour a passé')
  expect(told).not.toContain('Même sans cette confirmation')
})

test('the page shows corrections with their reason, and contradictions between the two bodies', async () => {
  const sharer = await newSharer(load)
  const permit = await bodies.permit(sharer)
  await bodies.report(permit)
  await bodies.receive({ decision_id: permit.context['decision_id'], record_count: 2 })
  await bodies.receive({ consent_id: sharer.consentId, query_id: 'never-permitted' })
  const before = await wordsOf(sharer)
  expect(before).toContain('ne comptent pas le même nombre d’envois')
  expect(before).toContain('dit avoir reçu ceci de l’Agence du revenu (démo)')
  const reason = { fr: 'Compté une fois de moins', en: 'Counted one less' }
  await bodies.report(permit, { status: 'corrected', record_count: 2, reason })
  const after = await wordsOf(sharer)
  expect(after).not.toContain('ne comptent pas')
  expect(after).toContain('a corrigé sa confirmation. Raison donnée : Compté une fois de moins')
})

test('a permit without a report for a day is not shown as sent, whether the job has run or not', async () => {
  const sharer = await newSharer(load)
  await bodies.permit(sharer)
  const evaluatedAt = new Date(Date.now() - 25 * 3_600_000)
  const of = { personId: sharer.personId }
  await stage.db('decision').where(of).update({ evaluatedAt })
  const before = await wordsOf(sharer)
  expect(before).toContain('Envoi permis, jamais confirmé')
  await stage.db('decision').where(of).update({ status: 'unconfirmed' })
  expect(await wordsOf(sharer)).toBe(before)
})
