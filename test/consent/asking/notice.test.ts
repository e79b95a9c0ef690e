import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makePairwise } from '../../../src/people/accounts/index.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import type { Vault } from '../../../src/ledger/chain/index.ts'
import { readTimeline } from '../../../src/ledger/chain/index.ts'
import { callbackOf, issuer, postAndFollow } from '../../support/broker.ts'
import { formOf, formsOf } from '../../support/browser.ts'
import { vaultOf } from '../../support/law.ts'
import { differencesOf } from '../../support/fold.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import type { Asked, Json } from '../../support/sharing.ts'
import {
  ask,
  askNewcomer,
  asking,
  decide,
  detail,
  evaluation,
  holderToken,
  redeem,
} from '../../support/sharing.ts'
import { untyped } from '../../support/database.ts'

// « La loi permet cet envoi »: told, never asked; and the token that says so (docs/design/domain.md#law).

const law: Json = {
  agreement: 'agr_2026-091',
  purpose: 'pur_residence',
  datatypes: ['cat_revenu-net'],
  optional_datatypes: undefined,
}
const written = ['noticeShown', 'renderedPage', 'ledgerEvent', 'consentRequest', 'consentRecord']

const presses = 8

let stage: MovingStage
let vault: Vault
beforeAll(async () => {
  stage = await startMovingStage()
  vault = await vaultOf(stage)
  await stage.apply(
    {
      of: 'pur_verification-loyer',
      as: 'pur_residence',
      set: { recipient_org_id: 'org_aide-etudes' },
    },
    {
      of: 'pur_verification-loyer',
      as: 'pur_enquete',
      set: { recipient_org_id: 'org_aide-etudes', frequency_limit: undefined },
    },
    {
      of: 'agr_2026-014',
      as: 'agr_2026-092',
      set: {
        recipient_org_id: 'org_aide-etudes',
        purposes: ['pur_enquete@1'],
        legal_basis_id: 'investigation_59',
        shown_after_days: 30,
      },
    },
    ...['agr_2026-091', 'agr_2026-093'].map((as) => ({
      of: 'agr_2026-014',
      as,
      set: {
        recipient_org_id: 'org_aide-etudes',
        purposes: ['pur_residence@1'],
      },
    })),
  )
})
afterAll(() => stage.stop())

/** « J'ai compris », and back at the service. */
async function understand({ browser, page }: Pick<Asked, 'browser' | 'page'>): Promise<URL> {
  const { action, fields } = formOf(page)
  return callbackOf(await postAndFollow(browser, action, fields))
}

function hints({ body }: Asked['page']): string[] {
  return [...body.matchAll(/<p class="hint">([^<]*)<\/p>/g)].map(([, said = '']) => said)
}

async function timelineOf(sub: string) {
  const { pairwise } = await openKeys(stage.keysDir)
  const people = await untyped(stage.db)<{ personId: string }>('persons').select('personId')
  const found = people.find(
    ({ personId }) => makePairwise(pairwise).subject(personId, 'org_agence-revenu') === sub,
  )
  return readTimeline(stage.db, vault, found?.personId ?? '', { after: 0, limit: 50 })
}

describe('at the push', () => {
  test.each<[string, readonly Json[], string]>([
    ['beside a question', [detail(law), detail()], 'name it alone in a request'],
    ['after a question', [detail(), detail(law)], 'name it alone in a request'],
    [
      'shown later',
      [detail({ ...law, agreement: 'agr_2026-092', purpose: 'pur_enquete' })],
      'nobody is informed ahead',
    ],
    [
      'wider than its agreement',
      [detail({ ...law, datatypes: ['cat_situation-familiale'] })],
      'is not in agr_2026-091@1',
    ],
    ['with a choice', [detail({ ...law, optional_datatypes: [] })], 'leaves nothing to choose'],
    ['with an end', [detail({ ...law, duration: { until: '2027-01-01' } })], 'nothing to choose'],
    [
      'for another purpose',
      [detail({ ...law, purpose: 'pur_calcul-aide' })],
      'not one of agr_2026',
    ],
    ['of another recipient', [detail({ ...law, agreement: 'agr_2026-014' })], 'not the recipient'],
  ])('a notice %s is refused', async (_, items, sentence) => {
    const pushed = await stage.aid.push({
      ...asking(),
      authorization_details: JSON.stringify(items),
    })
    expect(json(pushed)).toMatchObject({
      error: 'invalid_authorization_details',
      error_description: expect.stringContaining(sentence) as unknown,
    })
  })
})

describe('the page of a notice', () => {
  test('has one button, and records nothing when it is shown', async () => {
    const before = await counts(stage, written)
    const { page } = await askNewcomer(stage, law)
    const title =
      'La loi permet à l’Agence du revenu (démo) d’envoyer votre revenu net à l’Aide aux études (démo)'
    expect(page.body).toContain(`>${title}</h1>`)
    // The number of an agreement is nothing to read.
    expect(page.body).not.toContain('agr_')
    expect(page.body).toContain('article 68')
    expect(page.body).not.toMatch(/name="presentation"|\/refus"|\/report"/)
    expect(formsOf(page).filter(({ action }) => action.includes('/partage/'))).toHaveLength(1)
    const { ledgerEvent: _opened, ...after } = await counts(stage, written)
    const { ledgerEvent: _before, ...rest } = before
    expect(after).toEqual(rest)
  })

  test.each(['autorisation', 'refus', 'report', 'suite'])(
    'cannot be answered: %s',
    async (deed) => {
      const { browser, page } = await askNewcomer(stage, law)
      const before = await counts(stage, written)
      const { csrf = '' } = formOf(page).fields
      const presentation = 'pre_06f9zj5b2x8m4q7t1n3v5w9ykd'
      const path = new URL(page.url).pathname.replace('/information', '')
      await browser.post(`${path}/${deed}`, { csrf, presentation })
      expect(await counts(stage, written)).toEqual(before)
      expect((await browser.get(new URL(page.url).pathname)).body).toContain('La loi permet')
    },
  )

  test.each([
    ['without the page’s token', { csrf: '' }],
    ['of other words', { shown: 'A'.repeat(43) }],
    ['of no words', { shown: '' }],
  ])('records nothing by « J’ai compris » %s', async (_, change) => {
    const { browser, page } = await askNewcomer(stage, law)
    const before = await counts(stage, written)
    const { action, fields } = formOf(page)
    await browser.post(action, { ...fields, ...change })
    expect(await counts(stage, written)).toEqual(before)
  })

  test('is kept once as it was read, and is shown again only for a new version of the agreement', async () => {
    const asked = await askNewcomer(stage, { ...law, agreement: 'agr_2026-093' })
    const other = await ask(stage, asked.browser, { ...law, agreement: 'agr_2026-093' })
    const before = await counts(stage, written)
    const { action, fields } = formOf(asked.page)
    const sent = await Promise.all(
      Array.from({ length: presses }, () => asked.browser.post(action, fields)),
    )
    // Each press goes on to the same place, and it is kept once.
    expect(sent.map(({ status }) => status)).toEqual(Array(presses).fill(303))
    const [onward = '', ...others] = new Set(sent.map(({ location }) => location))
    expect(others).toEqual([])
    const shared = await redeem(stage, asked, callbackOf(await asked.browser.follow(onward)))
    expect(await counts(stage, ['noticeShown', 'ledgerEvent'])).toEqual({
      noticeShown: (before['noticeShown'] ?? 0) + 1,
      ledgerEvent: (before['ledgerEvent'] ?? 0) + 1,
    })
    const last = (await timelineOf(shared.sub)).at(-1)
    expect(last?.payload).toMatchObject({
      kind: 'notice.shown',
      agreement: 'agr_2026-093@1',
      categories: ['cat_revenu-net'],
      lang: 'fr-CA',
      actor: { type: 'person' },
    })
    expect(schemaProblems(last?.payload)).toEqual([])
    // Another tab shows it no more.
    const tab = await asked.browser.get(new URL(other.page.url).pathname)
    expect(
      callbackOf(await asked.browser.follow(tab.location ?? '')).searchParams.has('code'),
    ).toBe(true)
    const again = await ask(stage, asked.browser, { ...law, agreement: 'agr_2026-093' })
    expect(callbackOf(again.page).searchParams.has('code')).toBe(true)
    await stage.apply(
      { of: 'agr_2026-093', set: { periodicity: 'deux fois' } },
      { of: 'org_agence-revenu', set: { privacy_officer_contact: undefined } },
    )
    const anew = await ask(stage, asked.browser, { ...law, agreement: 'agr_2026-093' })
    expect(anew.page.body).toContain('La loi permet à ')
    // An officer is named where the register says how to reach that officer.
    const [officer, ...more] = hints(asked.page).filter((said) => said.includes('@agence-revenu'))
    expect([officer, more]).toEqual([expect.any(String), []])
    expect(hints(anew.page)).toEqual(hints(asked.page).filter((said) => said !== officer))
  })
})

describe('the token after a notice', () => {
  test('names the sharing by law, can be used for a decision, and ends with the agreement', async () => {
    const asked = await askNewcomer(stage, law)
    const shared = await redeem(stage, asked, await understand(asked))
    expect(shared.detail).toMatchObject({
      agreement: 'agr_2026-091@1',
      purpose: 'pur_residence@1',
      datatypes: ['cat_revenu-net'],
      legal_basis: 'agreement_68_1',
    })
    expect(shared.detail).not.toHaveProperty('consent_id')
    const seen = json(await stage.revenue.introspect(shared.accessToken))
    expect(seen).toMatchObject({ active: true, authorization_details: [shared.detail] })

    const { decision, context } = await decide(
      stage,
      await holderToken(stage, 'decide'),
      evaluation(shared.sub, {
        purpose: 'pur_residence@1',
        categories: ['cat_revenu-net'],
        agreement: 'agr_2026-091',
      }),
    )
    expect({ decision, ...context }).toMatchObject({
      decision: true,
      reason_codes: ['LAW_AGREEMENT'],
    })

    await stage.apply({ of: 'agr_2026-091', set: { status: 'suspended' } })
    expect(json(await stage.revenue.introspect(shared.accessToken))).toEqual({ active: false })
    expect(json(await stage.aid.introspect(shared.accessToken))).toEqual({ active: false })
  })

  test('is not issued if she leaves the page', async () => {
    await stage.apply({ of: 'agr_2026-091', set: { status: 'in_force' } })
    const { browser, page, errand } = await askNewcomer(stage, law)
    const visit = new URL(page.url).pathname.split('/').at(-2) ?? ''
    expect((await browser.get(`/connexion/${visit}`)).status).toBe(404)
    expect((await browser.get(`/partage/demande/${visit}/questions`)).status).toBe(410)
    const silent = await stage.aid.begin({ ...asking(law), prompt: 'none' })
    const refused = callbackOf(await browser.follow(silent.url))
    expect(refused.searchParams.get('error')).toBe('consent_required')
    expect(refused.origin).not.toBe(issuer)
    expect(errand.url).toContain('request_uri')
  })
})

test('the rows of these tests are as events tell them (I1)', async () => {
  expect(await differencesOf({ db: stage.db, vault })).toEqual([])
})
