import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { countRefusals } from '../../../src/consent/record/index.ts'
import { brakeByOrder, openRegister } from '../../../src/registry/index.ts'
import { makeBrowser } from '../../support/browser.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { investigated, investigatedCase, investigation, lawful } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import { sealsOf } from '../../support/seals.ts'
import type { Shared } from '../../support/sharing.ts'
import {
  answer,
  askNewcomer,
  decide,
  holderToken,
  reportOf,
  shareAsNewcomer,
} from '../../support/sharing.ts'

// « Mes partages » shows what the law permits beside what she allows: what, why, by which section, and no way to stop it.

const page = '/mes-partages/loi/agr_2026-014/pur_verification-loyer'

let stage: MovingStage
let shared: Shared

beforeAll(async () => {
  stage = await startMovingStage()
  await stage.apply(...investigation(30))
  shared = await shareAsNewcomer(stage)
  const token = await holderToken(stage, 'decide')
  const permitted = await decide(stage, token, lawful(shared.sub))
  const reportToken = await holderToken(stage, 'report')
  await stage.revenue.api('/disclosures', reportToken, reportOf(permitted))
  await decide(stage, token, investigated(shared.sub))
})
afterAll(() => stage.stop())

test('the list shows what the law permits beside what she allowed, with a way to its reason and rights', async () => {
  const block = blockOf('Logement abordable (démo)', await shared.browser.get('/mes-partages'))
  expect(block).toMatch(/La loi le permet[^]*Revenu net[^]*Vérifier votre loyer\./)
  expect(block).toContain(`href="${page}"`)
  expect(block).toContain('Pourquoi, et quoi faire')
  expect(block).not.toMatch(/<form|arret|pause/)
  const { body } = await shared.browser.get(page)
  expect(body).toContain('Loi sur l’accès (A-2.1), article 68 (1)')
  expect(body).toContain('pour faire ce que la loi lui confie')
})

test('one sentence says who may receive something, a block each body, and the picture is a page beside', async () => {
  const list = await shared.browser.get('/mes-partages')
  expect(list.body).toContain(
    'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé et parce que la loi le permet.',
  )
  // It has received what it may in a year.
  expect(list.body).toMatch(
    /Logement abordable \(démo\) ne peut pas recevoir votre revenu net avant le [^:]+: la seule fois permise est déjà comptée/,
  )
  expect(blockOf('Logement abordable (démo)', list)).toMatch(
    /Ne peut pas recevoir de l’Agence du revenu \(démo\) pour le moment\.[^]*Limite atteinte, pas avant le /,
  )
  const aid = blockOf('Aide aux études (démo)', list)
  expect(aid).toMatch(/Vous l’avez autorisé[^]*Calculer votre bourse\.[^]*Jusqu’au /)
  expect(aid).toMatch(/La loi le permet[^]*Résidence au Québec[^]*Jamais servi/)
  // Turned, the same is said; an unknown way to turn it is none.
  const portrait = beadsOf(await shared.browser.get('/mes-partages/portrait?par=x'))
  expect(portrait).toEqual([
    'choice Revenu net, vous l’avez autorisé',
    'choice Situation familiale, vous l’avez autorisé',
    'law Résidence au Québec, la loi le permet, n’a jamais servi',
    expect.stringMatching(/^waits Revenu net, pas avant le /),
  ])
  const turned = beadsOf(await shared.browser.get('/mes-partages/portrait?par=renseignement'))
  expect(turned.toSorted()).toEqual([
    'choice Aide aux études (démo), vous l’avez autorisé',
    'choice Aide aux études (démo), vous l’avez autorisé',
    'law Aide aux études (démo), la loi le permet, n’a jamais servi',
    expect.stringMatching(/^waits Logement abordable \(démo\), pas avant le /),
  ])
})

test('words that she looks for leave the rows that have them, without regard to accents', async () => {
  const found = mainOf(
    (await shared.browser.get('/mes-partages?mots=VERIFIER%20votre%20loyer')).body,
  )
  expect(found).toContain('Vérifier votre loyer.')
  expect(found).not.toContain('Calculer votre bourse')
  expect(found).toContain('Un organisme peut recevoir')
  const body = mainOf((await shared.browser.get('/mes-partages?mots=aide+aux')).body)
  expect(body).toContain('Calculer votre bourse.')
  expect(body).not.toContain('Vérifier votre loyer')
  const none = mainOf((await shared.browser.get(`/mes-partages?mots=${'<b>'.repeat(99)}`)).body)
  expect(none).toContain('Aucun partage ne contient ces mots.')
  expect(none).not.toContain('<b>')
  for (const all of ['', '%20', '&mots=x']) {
    const { body: whole, status } = await shared.browser.get(`/mes-partages?mots=${all}`)
    expect(status).toBe(200)
    for (const why of ['Vérifier votre loyer', 'Calculer votre bourse'])
      expect(whole).toContain(why)
  }
})

/** How each bead of the picture looks, and what it says. */
function beadsOf({ body }: { readonly body: string }): readonly string[] {
  const [, picture = ''] = body.split('<ul class="portrait')
  return [...picture.matchAll(/<li class="bead (\w+)">(.*?)<\/li>/gs)].map(
    ([, look = '', said = '']) => `${look} ${said.replaceAll(/<[^>]+>/g, '').trim()}`,
  )
}

/** The block of one body. */
function blockOf(name: string, { body }: { readonly body: string }): string {
  const blocks = mainOf(body).split('<section class="body wide"')
  return blocks.find((block) => block.includes(`>${name}</h2>`))?.split('</section>')[0] ?? ''
}

function mainOf(body: string): string {
  return body.slice(body.indexOf('<main'), body.indexOf('</main>'))
}

test('the page of a sharing by law shows each sending, and no button', async () => {
  const { status, body } = await shared.browser.get(page)
  expect(status).toBe(200)
  expect(body).toContain('Envoyé par l’Agence du revenu (démo) à Logement abordable (démo)')
  expect(mainOf(body)).not.toMatch(/<form|<button|arret|pause/)
})

test('a delayed sending is shown nowhere', async () => {
  const { body } = await shared.browser.get('/mes-partages')
  expect(body).not.toContain('agr_2026-090')
  const hidden = await shared.browser.get('/mes-partages/loi/agr_2026-090/pur_enquete')
  expect(hidden.status).toBe(404)
  // As if there were no such agreement.
  const none = await shared.browser.get('/mes-partages/loi/agr_none/pur_none')
  expect(none.status).toBe(404)
  expect(strip(hidden.body)).toBe(strip(none.body))
})

test('another person sees that the law allows the sharing, and no sending', async () => {
  const other = await shareAsNewcomer(stage)
  const { status, body } = await other.browser.get(page)
  expect(status).toBe(200)
  expect(body).toContain('Aucun envoi de cette sorte n’a été permis à votre sujet.')
  expect(body).not.toContain('Envoyé par')
  const list = await other.browser.get('/mes-partages')
  expect(blockOf('Logement abordable (démo)', list)).toMatch(
    /Peut recevoir de l’Agence du revenu \(démo\)\.[^]*La loi le permet[^]*Jamais servi/,
  )
  const stranger = await makeBrowser(stage).get(page)
  expect(stranger.body).not.toContain('Envoyé par')
})

test('a person who refused everything still sees the sharings by law, before and after their use', async () => {
  const asked = await askNewcomer(stage)
  await answer(asked, 'refus')
  const { body } = await asked.browser.get('/mes-partages')
  expect(body).toContain('Logement abordable (démo), parce que la loi le permet')
  expect(body).not.toContain('parce que vous l’avez autorisé')
  expect(blockOf('Logement abordable (démo)', { body })).toContain('La loi le permet')
  expect(body).not.toContain('Aucun organisme')
  // Until the register says otherwise: then a decision says no, and the page with it.
  const anybody = await makeBrowser(stage).get('/')
  expect(anybody.body).toContain('la loi permet à 2 organismes de recevoir des renseignements')
  expect(anybody.body).toContain('Vous pouvez arrêter ce que vous avez autorisé.')
  expect(anybody.body).not.toContain('tout arrêter')
})

test('refusals are counted by person, for the recipient and what she was asked for', async () => {
  const register = (await openRegister(stage.db, await sealsOf(stage.keysDir))).current()
  const dataset = register.dataset('dst_avis-cotisation')
  if (dataset === undefined) throw new Error('the register is not the demonstration')
  const count = (org: string, ...categories: string[]) =>
    countRefusals(stage.db, {
      recipient: register.organisation(org)?.root ?? 0,
      data: [{ dataset, categories }],
    })
  expect(await count('org_aide-etudes', 'cat_revenu-net', 'cat_situation-familiale')).toBe(1)
  expect(await count('org_logement-abordable', 'cat_revenu-net')).toBe(0)
  expect(await count('org_aide-etudes')).toBe(0)
})

test('what the law allows to a body that is suspended is not said to be over', async () => {
  await stage.apply({ of: 'org_logement-abordable', set: { status: 'suspended' } })
  const suspended = 'Suspendu : un des deux organismes ne peut pas échanger'
  for (const path of [page, '/mes-partages']) {
    const { body } = await shared.browser.get(path)
    expect(body.replaceAll('\u00A0', ' ')).toContain(suspended)
    expect(body).not.toContain('La loi ne permet plus')
    expect(body).not.toContain('La loi permettait')
  }
  const list = await shared.browser.get('/mes-partages')
  expect(blockOf('Logement abordable (démo)', list)).toMatch(/Suspendu[^]*Vérifier votre loyer\./)
  await stage.apply({ of: 'org_logement-abordable', set: { status: 'active' } })
})

test('a sharing by law under a brake waits with the others, until when it says, and is not called ended', async () => {
  const why = { operator: 'Anna', reason: 'Un essai', 'reason-en': 'A trial' }
  const asked = { deed: 'brake', kind: 'agreement', id: 'agr_2026-014', words: why } as const
  const given = { seals: await sealsOf(stage.keysDir), issuer: stage.issuer }
  await brakeByOrder(stage.db, given, asked, new Date())
  const list = await vi.waitUntil(async () => {
    const shown = await shared.browser.get('/mes-partages')
    return shown.body.includes('suspendu d’urgence') ? shown : undefined
  })
  expect(blockOf('Logement abordable (démo)', list)).toMatch(
    /Suspendu[^]*Vérifier votre loyer\.[^]*Cet envoi est suspendu d’urgence depuis le /,
  )
})

test('a sharing by law that is no longer in force says so, and is not counted', async () => {
  await stage.apply({ of: 'agr_2026-014', set: { status: 'suspended' } })
  const { body } = await shared.browser.get(page)
  expect(body).toContain('La loi ne permet plus cet envoi')
  const { body: list } = await shared.browser.get('/mes-partages')
  expect(list).toContain('La loi ne permet plus cet envoi')
  expect(list).not.toContain('Logement abordable (démo), parce que la loi le permet')
})

test('she reads which law the agreement names, and for which case the body asked; the case stands in no row', async () => {
  const purpose = { of: 'pur_verification-loyer', as: 'pur_loi', set: {} }
  const set = { legal_basis_id: 'law_67', purposes: ['pur_loi@1'] }
  await stage.apply(purpose, {
    of: 'agr_2026-014',
    as: 'agr_2026-095',
    set: { ...set, status: 'in_force' },
  })
  const token = await holderToken(stage, 'decide')
  const asked = lawful(shared.sub, { purpose: 'pur_loi@1' })
  expect((await decide(stage, token, asked)).context['reason_codes']).toEqual(['CASE_MISSING'])
  const named = lawful(shared.sub, { purpose: 'pur_loi@1', lawCase: investigatedCase })
  const { context } = await decide(stage, token, named)
  expect(context['reason_codes']).toEqual(['LAW_PROVISION'])
  const { body } = await shared.browser.get('/mes-partages/loi/agr_2026-095/pur_loi')
  expect(body).toContain(
    'Dossier ou ordonnance E-2026-114. Rôle de qui a demandé\u00A0: enquêtrice.',
  )
  expect(body).toMatch(
    /<a class="act" href="https:[^"]+\/fr\/[^"]+">Loi sur l’accès \(A-2\.1\), article 68<\/a>/,
  )
  const [row] = await stage
    .db('decision')
    .where({ decisionId: readId('dec', String(context['decision_id'])) })
  expect(JSON.stringify(row)).not.toContain('E-2026')
})

// A page names its request, and links to itself in the other language.
function strip(body: string): string {
  return body
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|req_\w+|[\w-]{20,}/g, '')
    .replaceAll(/agr_[\w-]+|pur_[\w-]+/g, '')
    .replaceAll(/<code translate="no">[0-9A-F]{8}</g, '')
}
