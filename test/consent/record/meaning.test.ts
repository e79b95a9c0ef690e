import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Answer } from '../../support/browser.ts'
import { lawful, newKnown } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import { meResource, tokenFor } from '../../support/portal.ts'
import type { Service } from '../../support/service.ts'
import { json, makeService } from '../../support/service.ts'
import type { Decision, Json, Shared } from '../../support/sharing.ts'
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
  stop,
} from '../../support/sharing.ts'
import type { Change } from '../../support/world.ts'
import { csrfOf, pathOf } from '../../pages/my-sharing/living.ts'

// What she allowed keeps its meaning: a category or a body that becomes another thing is allowed by nobody (docs/design/domain.md#register, I11).

const accounts = { fr: 'tous vos comptes bancaires', en: 'all your bank accounts' }
const income = { fr: 'revenu net', en: 'net income' }
const relabelled: Change = { of: 'cat_revenu-net', set: { label: accounts } }
const back: Change = { of: 'cat_revenu-net', set: { label: income } }
const insurer = { fr: 'Assureur Untel (démo)', en: 'Insurer So-and-so (demo)' }
const reason = {
  fr: 'Le même revenu, nommé plus simplement.',
  en: 'The same income, more simply named.',
}
const wording = { reason, approved_on: '2026-01-05' }

const renamed = (before: string, now: string) =>
  `«\u00a0${before}\u00a0» se nomme maintenant «\u00a0${now}\u00a0»`

let stage: MovingStage
let portal: Service
let shared: Shared
let deciding: string

beforeAll(async () => {
  stage = await startMovingStage(async (site) => {
    const more = { first_party: true, grant_types: ['authorization_code'] }
    portal = await makeService(site, { clientId: 'portail', organisation: 'org_portail', more })
    return [portal]
  })
  deciding = await holderToken(stage, 'decide')
})
afterAll(() => stage.stop())

beforeEach(async () => {
  shared = await shareAsNewcomer(stage)
})

function asked(change: Parameters<typeof evaluation>[1] = {}): Promise<Decision> {
  return decide(stage, deciding, evaluation(shared.sub, change))
}

/** Applies changes for the time of a test. */
async function during(
  changes: readonly Change[],
  after: readonly Change[],
  deed: () => Promise<void>,
) {
  await stage.apply(...changes)
  try {
    await deed()
  } finally {
    await stage.apply(...after)
  }
}

async function read(path: string): Promise<Json> {
  const forMe = { resource: meResource, scope: 'openid me' }
  return json(await portal.read(path, await tokenFor(portal, shared.browser, forMe)))
}

function page(): Promise<Answer> {
  return shared.browser.get(pathOf(shared.consentId))
}

describe('a category whose meaning changed', () => {
  test('is permitted to nobody by an old yes, and pages, tokens and APIs say so', async () => {
    expect((await asked()).decision).toBe(true)
    await during([relabelled], [back], async () => {
      const denied = await asked()
      expect(denied).toMatchObject({
        decision: false,
        context: {
          reason_codes: ['CONSENT_SUSPENDED'],
          suspended_by: 'meaning_changed',
          remedy: { kind: 'ask_consent' },
        },
      })
      // The category that did not change is not sent either: she allowed the whole.
      expect((await asked({ categories: ['cat_situation-familiale'] })).decision).toBe(false)
      expect(json(await stage.revenue.introspect(shared.accessToken))).toEqual({ active: false })
      const { body } = await page()
      expect(body).toContain('La demande a changé depuis votre réponse')
      expect(body).toContain(renamed(income.fr, accounts.fr))
      expect(body).toContain('Répondre de nouveau')
      expect(body).not.toContain('/reduction')
      expect(await read(`/me/consents/${shared.consentId}`)).toMatchObject({
        state: 'suspended',
        suspended_reasons: ['meaning_changed'],
        blocked_by: null,
        categories: [{ name: income }, {}],
        rewordings: [
          {
            kind: 'category',
            id: 'cat_revenu-net',
            member: 'label',
            before: income,
            now: accounts,
            material: true,
          },
        ],
      })
    })
    // Nothing was written about her: a category that means the same again is allowed again.
    expect((await asked()).decision).toBe(true)
  })

  test('is asked again on her page, and her new yes permits the new meaning', async () => {
    await during([relabelled], [back], async () => {
      const csrf = await csrfOf(shared.browser)
      const { location = '' } = await shared.browser.post(
        `${pathOf(shared.consentId)}/renouvellement`,
        { csrf },
      )
      const question = await shared.browser.follow(location)
      expect(question.body).toContain(renamed(income.fr, accounts.fr))
      expect(question.body).toContain('Si vous refusez, ce partage reste suspendu.')
      await press({ browser: shared.browser, page: question }, 'refus')
      expect((await asked()).decision).toBe(false)

      const again = await shared.browser.follow(
        (await shared.browser.post(`${pathOf(shared.consentId)}/renouvellement`, { csrf }))
          .location ?? '',
      )
      await press({ browser: shared.browser, page: again }, 'autorisation')
      expect((await asked()).decision).toBe(true)
    })
    // Her yes was to the new meaning, not to the meaning before.
    expect((await asked()).decision).toBe(false)
  })

  test('is asked again when the service asks, whatever her old yes', async () => {
    await during([relabelled], [back], async () => {
      const question = await ask(stage, shared.browser)
      expect(question.page.body).toContain('tous vos comptes bancaires')
      expect((await answer(question, 'autorisation')).searchParams.get('code')).not.toBeNull()
      expect((await asked()).decision).toBe(true)
    })
  })

  test('cannot be allowed on a page that was shown before the change', async () => {
    const open = await askNewcomer(stage)
    await during([relabelled], [back], async () => {
      const pressed = await press(open, 'autorisation')
      expect(pressed.status).toBe(409)
      expect(pressed.body).toContain('tous vos comptes bancaires')
    })
  })

  test('is found by its description or sensitivity too', async () => {
    const more = {
      plain_description: { fr: 'Tout ce que vous possédez.', en: 'All that you own.' },
    }
    const less = {
      plain_description: {
        fr: 'Le montant de votre revenu net, selon votre avis de cotisation.',
        en: 'The amount of your net income, according to your notice of assessment.',
      },
    }
    await during(
      [{ of: 'cat_revenu-net', set: more }],
      [{ of: 'cat_revenu-net', set: less }],
      async () => {
        expect((await asked()).decision).toBe(false)
      },
    )
  })

  test('may be one that she declined: her consent still permits', async () => {
    const other = { of: 'cat_personnes-a-charge', set: { label: accounts } }
    const as = {
      of: 'cat_personnes-a-charge',
      set: { label: { fr: 'personnes à charge', en: 'dependants' } },
    }
    await during([other], [as], async () => {
      expect((await asked()).decision).toBe(true)
    })
  })
})

describe('a body whose meaning changed', () => {
  test.each<[string, Json, Json]>([
    [
      'a name',
      { name: insurer, short_name: insurer, name_in_sentence: undefined },
      {
        name: { fr: 'Aide aux études (démo)', en: 'Student Aid (demo)' },
        short_name: { fr: 'Aide aux études', en: 'Student Aid' },
      },
    ],
    ['a kind', { kind: 'enterprise' }, { kind: 'public_body' }],
  ])('by %s gets nothing by an old yes, and may ask', async (_, set, was) => {
    await during(
      [{ of: 'org_aide-etudes', set }],
      [{ of: 'org_aide-etudes', set: was }],
      async () => {
        expect((await asked()).context['reason_codes']).toEqual(['CONSENT_SUSPENDED'])
        const { body } = await page()
        expect(body).toContain('La demande a changé depuis votre réponse')
        // She sees the body that she had allowed.
        expect(body).toMatch(/<h1>[^<]*Aide aux études \(démo\)/)
        const question = await ask(stage, shared.browser)
        expect(question.page.url).toContain('/partage/demande/')
        await answer(question, 'autorisation')
        expect((await asked()).decision).toBe(true)
      },
    )
  })

  test('gets nothing by law until a new version of the agreement names it', async () => {
    const { sub } = await newKnown(stage)
    expect((await decide(stage, deciding, lawful(sub))).decision).toBe(true)
    const name = { fr: 'Gérance Untel (démo)', en: 'Landlord So-and-so (demo)' }
    const landlord = { of: 'org_logement-abordable', set: { name } }
    await stage.apply(landlord)
    expect((await decide(stage, deciding, lawful(sub))).context['reason_codes']).toEqual([
      'AGREEMENT_NOT_IN_FORCE',
    ])
    await stage.apply({ of: 'agr_2026-014', set: { periodicity: 'une fois par an' } })
    const { sub: other } = await newKnown(stage)
    expect((await decide(stage, deciding, lawful(other))).decision).toBe(true)
  })
})

describe('a declared rewording', () => {
  test('keeps her consent in force, and her history shows both wordings', async () => {
    const set = {
      label: { fr: 'revenu après impôt', en: 'income after tax' },
      wording_change: wording,
    }
    await during(
      [{ of: 'cat_revenu-net', set }],
      [{ of: 'cat_revenu-net', set: { label: income, wording_change: wording } }],
      async () => {
        expect((await asked()).decision).toBe(true)
        expect(json(await stage.revenue.introspect(shared.accessToken))).toMatchObject({
          active: true,
        })
        const { body } = await page()
        expect(body).toContain(renamed(income.fr, set.label.fr))
        expect(body).toContain(reason.fr)
        expect(body).not.toContain('La demande a changé depuis votre réponse')
        expect(await read(`/me/consents/${shared.consentId}`)).toMatchObject({
          state: 'active',
          suspended_reasons: [],
          rewordings: [{ before: income, now: set.label, material: false, reason }],
        })
      },
    )
  })
})

test('leaves earlier sendings in the words of their time', async () => {
  const permit = await asked()
  const reporting = await holderToken(stage, 'report')
  expect(
    (await stage.revenue.api('/disclosures', reporting, reportOf(permit))).status,
  ).toBeLessThan(300)
  const insured = { of: 'org_aide-etudes', set: { name: insurer, name_in_sentence: undefined } }
  const same = { name: { fr: 'Aide aux études (démo)', en: 'Student Aid (demo)' } }
  await during([relabelled, insured], [back, { of: 'org_aide-etudes', set: same }], async () => {
    const sent = (await page()).body.split('<h2>').find((part) => part.includes('Envoyé par')) ?? ''
    expect(sent).toContain('revenu net')
    expect(sent).toContain('Aide aux études (démo)')
    expect(sent).not.toContain('comptes bancaires')
    const activity = await shared.browser.get('/activite/impression?quoi=envois')
    expect(activity.body).toMatch(/Envoyé par [^<]* à (?:l’)?Aide aux études \(démo\)/)
    expect(activity.body).not.toMatch(/<li>[^<]*comptes bancaires/)
    const [line] = (await read('/me/disclosures'))['items'] as Json[]
    expect(line).toMatchObject({ recipient: { name: same.name }, asked: [{ name: income }] })
    const csv = await shared.browser.get('/activite.csv')
    expect(csv.body).not.toContain('comptes bancaires')
    // Her stop is told in the names that she had allowed.
    const stopped = await stop(shared.browser, shared.consentId)
    const told = await shared.browser.get('/activite/impression?quoi=partages')
    expect(told.body).toMatch(
      /arrêté[^<]*Aide aux études \(démo\)|Aide aux études \(démo\)[^<]*arrêté/i,
    )
    expect(told.body).not.toMatch(/<li>[^<]*comptes bancaires/)
    const receipt = /href="([^"]*\/recus\/[^"]+)"/.exec(stopped.body)?.[1] ?? ''
    const { body } = await shared.browser.get(`${receipt}/jwt`)
    const claims = decodeJwt(body)
    expect(claims).toMatchObject({
      purposes: [{ pii_information: [{ pii_label: income }, {}, {}] }],
      parties: [{}, { party_name: same.name }],
    })
  })
})
