import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountCommand } from '../../src/accounts/index.ts'
import { StartError } from '../../src/foundation/start-error.ts'
import { formOf, makeBrowser } from '../support/browser.ts'
import type { Stage } from '../support/sharing.ts'
import { decide, evaluation, holderToken, shareAsNewcomer, startStage } from '../support/sharing.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

const run = (...args: string[]) => accountCommand(stage.db, args, new Date())

async function answerFor(sub: string): Promise<unknown> {
  const { decision, context } = await decide(
    stage,
    await holderToken(stage, 'decide'),
    evaluation(sub),
  )
  return decision ? 'permit' : context['reason_codes']
}

test('a suspended access signs nobody in, by any session or key; its sharings go on; it is restored', async () => {
  const { browser, authenticator, consentId, sub } = await shareAsNewcomer(stage)
  expect((await browser.get('/acces')).status).toBe(200)

  await run('suspend', consentId)

  expect((await browser.get('/acces')).status).toBe(303)
  const stranger = makeBrowser(stage)
  const form = formOf(await stranger.follow((await stage.services.library.begin()).url))
  const credential = authenticator.get(form.options)
  const refused = await stranger.post(form.action, { ...form.fields, credential })
  expect(refused.status).toBeGreaterThanOrEqual(400)
  expect(refused.body).not.toContain('suspendu')
  expect(await answerFor(sub)).toBe('permit')
  await run('restore', consentId)
  expect((await browser.get('/acces')).status).toBe(200)
})

test('of a person who has died nothing is sent and nobody is signed in', async () => {
  const { browser, consentId, sub } = await shareAsNewcomer(stage)
  const shown = await run('deceased', consentId, '--json')
  expect(JSON.parse(shown?.[0] ?? '')).toMatchObject({ person: 'deceased', closed_at: null })
  expect(await answerFor(sub)).toEqual(['PERSON_DECEASED'])
  expect((await browser.get('/acces')).status).toBe(303)
})

test('an access is found by the number of a sending too, and shows nothing of its person', async () => {
  const { consentId, sub } = await shareAsNewcomer(stage)
  const { context } = await decide(stage, await holderToken(stage, 'decide'), evaluation(sub))
  const bySending = await run('show', String(context['decision_id']))
  expect(bySending).toEqual(await run('show', consentId))
  expect(bySending?.join('\n')).toMatch(/^person +active$/m)
  expect(bySending?.join('\n')).not.toContain(sub)
})

test.each([[['show']], [['show', 'con_1', '--verbose']], [['erase', 'con_1']], [[]]])(
  'wrong usage %j is answered with the usage',
  async (args) => {
    expect(await run(...args)).toBeUndefined()
  },
)

test.each(['con_01M89000000000000000000000', 'marie@exemple.test', "con_' or 1=1"])(
  'a reference that leads nowhere, %s, is one sentence',
  async (reference) => {
    await expect(run('show', reference)).rejects.toThrow(StartError)
  },
)
