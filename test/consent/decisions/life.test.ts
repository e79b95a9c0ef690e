import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stage } from '../../support/sharing.ts'
import {
  answer,
  ask,
  askNewcomer,
  decide,
  evaluation,
  holderToken,
  press,
  reportOf,
  shareAsNewcomer,
  startStage,
  stop,
} from '../../support/sharing.ts'
import { json } from '../../support/service.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

test('a consent is allowed, used, reported and stopped, and no old token works again', async () => {
  const shared = await shareAsNewcomer(stage, {}, [])
  expect(shared.detail).toMatchObject({
    datatypes: ['cat_revenu-net', 'cat_situation-familiale'],
    declined: ['cat_personnes-a-charge'],
    status: 'active',
    agreement: 'agr_2026-001@1',
  })
  const [toDecide, toReport] = [
    await holderToken(stage, 'decide'),
    await holderToken(stage, 'report'),
  ]
  const permit = await decide(stage, toDecide, evaluation(shared.sub))
  expect(permit).toMatchObject({
    decision: true,
    context: { consent_id: shared.consentId, uses_left: 3 },
  })
  const reported = await stage.revenue.api('/disclosures', toReport, reportOf(permit))
  expect(reported.status).toBe(201)
  const list = await shared.browser.get(`/mes-partages/${shared.consentId}`)
  expect(list.status).toBe(200)
  const stopped = await stop(shared.browser, shared.consentId)
  expect(stopped.status).toBe(200)
  const denied = await decide(stage, toDecide, evaluation(shared.sub))
  expect(denied).toMatchObject({ decision: false, context: { reason_codes: ['CONSENT_REVOKED'] } })
  expect(json(await stage.revenue.introspect(shared.accessToken))).toEqual({ active: false })
  const refreshed = await stage.aid.refresh(String(shared.tokens['refresh_token']))
  expect(refreshed.status).toBe(400)
  expect(json(refreshed)['error']).toBe('invalid_grant')
  const again = await ask(stage, shared.browser)
  const callback = await answer(again, 'autorisation')
  expect(callback.searchParams.get('code')).not.toBeNull()
  expect(json(await stage.revenue.introspect(shared.accessToken))).toEqual({ active: false })
  expect((await stage.aid.refresh(String(shared.tokens['refresh_token']))).status).toBe(400)
})

test('a refusal is answered to the service as access_denied', async () => {
  const asked = await askNewcomer(stage)
  const callback = await answer(asked, 'refus')
  expect(callback.searchParams.get('error')).toBe('access_denied')
})

test('a no in one window after a yes in another to the same question stops the sharing', async () => {
  const yes = await askNewcomer(stage)
  const no = await ask(stage, yes.browser)
  await press(yes, 'autorisation')
  const refused = await press(no, 'refus')
  expect(refused.status).toBe(200)
  const list = await yes.browser.get('/mes-partages')
  expect(list.body).not.toContain('/arret"')
})

test('the Idempotency-Key of a report must be its decision, or be missing', async () => {
  const shared = await shareAsNewcomer(stage)
  const permit = await decide(stage, await holderToken(stage, 'decide'), evaluation(shared.sub))
  const token = await holderToken(stage, 'report')
  const key = String(permit.context['decision_id'])
  const send = (idempotencyKey: string) =>
    stage.revenue.api('/disclosures', token, reportOf(permit), {
      headers: { 'idempotency-key': idempotencyKey },
    })
  expect(json(await send('another'))).toMatchObject({ status: 422, code: 'report.key' })
  expect((await send(key)).status).toBe(201)
})
