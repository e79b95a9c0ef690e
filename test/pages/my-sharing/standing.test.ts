import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer } from '../../support/browser.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import {
  ask,
  decide,
  evaluation,
  holderToken,
  share,
  shareAsNewcomer,
  startStage,
  stop,
} from '../../support/sharing.ts'
import { loan } from '../../support/together.ts'
import { pathOf, press } from './living.ts'

// Who has two sharings with one body reads what each deed leaves of both, and the bodies are answered the same.

let stage: Stage
let toDecide: string

beforeAll(async () => {
  stage = await startStage(undefined, undefined, undefined, { env: { ATTESTATION: 'no' } })
  toDecide = await holderToken(stage, 'decide')
})
afterAll(() => stage.stop())

/** The bursary with her income and her family situation, and the loan with her income. */
async function shareTwice(): Promise<{ readonly aid: Shared; readonly loan: Shared }> {
  const aid = await shareAsNewcomer(stage)
  return { aid, loan: await share(stage, await ask(stage, aid.browser, loan)) }
}

function said({ body }: Answer): string {
  return body
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', '’')
    .replaceAll(/\s+/g, ' ')
}

async function mayReceive({ sub }: Shared, purpose: string): Promise<boolean> {
  const asked = evaluation(sub, { purpose, categories: ['cat_revenu-net'] })
  return (await decide(stage, toDecide, asked)).decision
}

test('a stop says what the other sharing still allows, before and after, in both languages', async () => {
  const { aid } = await shareTwice()
  const before = said(await aid.browser.get(`${pathOf(aid.consentId)}/arret`))
  expect(before).toContain(
    'L’Aide aux études (démo) ne pourra plus recevoir votre situation familiale. Elle pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
  )
  const after = said(await stop(aid.browser, aid.consentId))
  expect(after).toContain(
    'L’Aide aux études (démo) ne peut plus recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
  )
  expect(after).not.toMatch(/plus rien/i)
  const english = said(await aid.browser.get(`/en${pathOf(aid.consentId)}?fait=arret`))
  expect(english).toContain(
    'Student Aid (demo) can no longer receive your family situation. It can still receive your net income, to set your loan repayment: you allowed it.',
  )
  expect(await mayReceive(aid, 'pur_remboursement-pret')).toBe(true)
  expect(await mayReceive(aid, 'pur_calcul-aide')).toBe(false)
})

test('a pause says the same while it lasts, and a stop beside it what the end of the pause would open', async () => {
  const { aid, loan: other } = await shareTwice()
  const paused = said(await press(aid.browser, aid.consentId, 'pause'))
  expect(paused).toContain(
    'Pendant la pause, l’Aide aux études (démo) ne peut pas recevoir votre situation familiale. Elle peut encore recevoir votre revenu net,',
  )
  const stopped = said(await stop(aid.browser, other.consentId))
  expect(stopped).toContain(
    'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Si vous reprenez le partage en pause, elle pourra de nouveau recevoir votre revenu net.',
  )
})

test('a last stop leaves nothing, and an address says of a sharing only what is so', async () => {
  const { aid, loan: other } = await shareTwice()
  const untrue = said(await aid.browser.get(`${pathOf(aid.consentId)}?fait=arret`))
  expect(untrue).not.toContain('Ce partage est arrêté.')
  await stop(aid.browser, other.consentId)
  const last = said(await stop(aid.browser, aid.consentId))
  expect(last).toContain(
    'L’Aide aux études (démo) ne peut plus recevoir votre revenu net ni votre situation familiale.',
  )
  expect(await mayReceive(aid, 'pur_remboursement-pret')).toBe(false)
})

test('of two ways for one datum the list says that stopping one leaves the other, in both languages', async () => {
  const { aid, loan: other } = await shareTwice()
  const list = said(await aid.browser.get('/mes-partages'))
  expect(list).toContain(
    'Elle peut recevoir votre revenu net pour deux raisons : arrêter l’une n’arrête pas l’autre.',
  )
  const english = said(await aid.browser.get('/en/mes-partages'))
  expect(english).toContain(
    'It can receive your net income for two reasons: stopping one does not stop the other.',
  )
  await press(aid.browser, aid.consentId, 'pause')
  const paused = said(await aid.browser.get('/mes-partages'))
  expect(paused).not.toContain('deux raisons')
  expect(paused).toMatch(
    /Aide aux études \(démo\) Peut recevoir de l’Agence du revenu \(démo\)\. .*Fixer le remboursement de votre prêt\. .*En pause .*Calculer votre bourse\./,
  )
  await stop(aid.browser, other.consentId)
  expect(said(await aid.browser.get('/mes-partages'))).toMatch(
    /Calculer votre bourse\. .*Terminé ou refusé \(1\)/,
  )
})
