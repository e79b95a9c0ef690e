import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import type { PresentationInput } from '../../../src/consent/asking/ask.ts'
import { recordPresentation } from '../../../src/consent/asking/ask.ts'
import { openRegister } from '../../../src/registry/index.ts'
import { formOf } from '../../support/browser.ts'
import { newKnown, vaultOf } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import type { Change } from '../../support/world.ts'
import type { Asked } from '../../support/sharing.ts'
import {
  answer,
  ask,
  askNewcomer,
  decide,
  evaluation,
  holderToken,
  press,
  share,
  shareAsNewcomer,
  stop,
} from '../../support/sharing.ts'

// The register moves while a person reads: what she answers is what she was shown, and what is in force (I7, I11).

const answers = ['consentRecord', 'consentCurrent']
const agreed = (...categories: string[]) => ({
  of: 'agr_2026-001',
  set: { datasets: [{ dataset_id: 'dst_avis-cotisation@1', categories }] },
})
const narrow = agreed('cat_revenu-net')
const whole = agreed('cat_revenu-net', 'cat_situation-familiale', 'cat_personnes-a-charge')

let stage: MovingStage
let asked: Asked
let before: Readonly<Record<string, number>>

beforeAll(async () => {
  stage = await startMovingStage()
})

afterAll(() => stage.stop())

beforeEach(async () => {
  asked = await askNewcomer(stage)
  before = await counts(stage, answers)
})

async function expectRefused(status: number): Promise<void> {
  const { action } = formOf(asked.page)
  expect(action).toContain('/partage/demande/')
  // At either process: one may have read the register since, the other not.
  for (const _ of stage.ports) {
    expect((await press(asked, 'autorisation')).status).toBeGreaterThanOrEqual(400)
  }
  expect((await asked.browser.get(asked.page.url)).status).toBe(status)
  expect(await counts(stage, answers)).toEqual(before)
}

test('an unrelated change of the register does not repeat the question', async () => {
  await stage.apply({ of: 'cat_revenu-net', as: 'cat_autre', set: {} })
  expect((await press(asked, 'autorisation')).status).toBe(200)
  expect(await counts(stage, ['consentRecord'])).toEqual({
    consentRecord: (before['consentRecord'] ?? 0) + 1,
  })
})

test('if the text changes while the page is open, a yes records nothing and the service asks again', async () => {
  await stage.apply({ of: 'txt_calcul-aide', set: { approved_on: '2026-11-20' } })

  await expectRefused(410)

  const again = await ask(stage, asked.browser)
  expect(again.page.status).toBe(200)
  expect(again.page.body).toContain('txt_calcul-aide@2')
  expect((await answer(again, 'autorisation')).searchParams.get('code')).not.toBeNull()
})

test('a refusal counts only for the text that was shown', async () => {
  await stage.apply({ of: 'txt_calcul-aide', set: { approved_on: '2026-11-21' } })
  expect((await press(asked, 'refus')).status).toBeGreaterThanOrEqual(400)
  expect(await counts(stage, answers)).toEqual(before)
})

describe('the question is neither shown nor answered', () => {
  const worse: [string, number, Change, Change][] = [
    [
      'a suspended agreement',
      410,
      { of: 'agr_2026-001', set: { status: 'suspended' } },
      { of: 'agr_2026-001', set: { status: 'in_force' } },
    ],
    [
      // Its service has no client any more: the visit itself is refused.
      'a suspended recipient',
      400,
      { of: 'org_aide-etudes', set: { status: 'suspended' } },
      { of: 'org_aide-etudes', set: { status: 'active' } },
    ],
    ['an agreement that lost a category', 410, narrow, whole],
  ]

  test.each(worse)('under %s', async (_, status, change, back) => {
    await stage.apply(change)
    try {
      await expectRefused(status)
    } finally {
      await stage.apply(back)
    }
  })
})

test('a consent under an agreement that has become narrower does not answer the question: she is asked again', async () => {
  const shared = await shareAsNewcomer(stage)
  await stage.apply(narrow)
  try {
    const less = { datatypes: ['cat_revenu-net'], optional_datatypes: undefined }
    const { page } = await ask(stage, shared.browser, less)
    expect([page.status, page.url]).toEqual([200, expect.stringContaining('/partage/demande/')])
  } finally {
    await stage.apply(whole)
  }
})

test('a consent suspended by a narrower agreement does not become live beside a newer consent', async () => {
  const shared = await shareAsNewcomer(stage)
  const token = await holderToken(stage, 'decide')
  await stage.apply(narrow)
  const less = { datatypes: ['cat_revenu-net'], optional_datatypes: undefined }
  const since = await share(stage, await ask(stage, shared.browser, less))
  await stage.apply(whole)

  await stop(shared.browser, since.consentId)

  // She stopped what she was shown as this sharing: nothing of it goes on.
  expect((await decide(stage, token, evaluation(shared.sub))).decision).toBe(false)
  expect((await stage.aid.refresh(String(shared.tokens['refresh_token']))).status).toBe(400)
})

test('a page that an earlier register made is not recorded as shown', async () => {
  const { personId } = await newKnown(stage)
  const vault = await vaultOf(stage)
  const register = (await openRegister(stage.db, vault.seals)).current()
  const earlier = { ...register, epoch: register.epoch - 1 }
  const showing = { row: { personId } } as PresentationInput // refused before more of it is read
  const shown = transact(stage.db, (tx) => recordPresentation(tx, vault, earlier, showing))
  await expect(shown).rejects.toMatchObject({ code: 'consent.changed' })
})
