import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { makePairwise } from '../../../src/people/accounts/index.ts'
import { endOffice } from '../../../src/people/mandates/index.ts'
import type { DeskRole } from '../../../src/people/offices/index.ts'
import type { Broker } from '../../support/broker.ts'
import { signUp, startBroker } from '../../support/broker.ts'
import type { Browser } from '../../support/browser.ts'
import { formsOf } from '../../support/browser.ts'
import type { Fido } from '../../support/fido.ts'
import { makeFido } from '../../support/fido.ts'
import {
  atDesk,
  bodyWithDesk,
  deskHours as hours,
  newOfficer,
  vaultOf,
} from '../../support/officers.ts'
import { letTimeMove, pass } from '../../support/time.ts'

// A desk asks by telephone, and two words are read on both sides.

let fido: Fido
let broker: Broker
let subOf: (personId: string, body?: string) => string

beforeAll(async () => {
  letTimeMove()
  fido = await makeFido()
  const bodies = [bodyWithDesk('org_desk', { hours }), bodyWithDesk('org_other', { hours })]
  broker = await startBroker(undefined, bodies, undefined, fido.env)
  const pairwise = makePairwise((await openKeys(broker.keysDir)).pairwise)
  subOf = (personId, body = 'org_desk') => pairwise.subject(personId, body)
})
afterAll(async () => {
  await broker.stop()
  fido.stop()
})

const person = () => signUp(broker, broker.services.library)

async function officer(role: DeskRole = 'telephone', body = 'org_desk') {
  const own = await newOfficer(broker, { fido, roles: [role], body })
  return { ...own, browser: await atDesk(broker, own) }
}

async function press(browser: Browser, path: string, action: string, more: object = {}) {
  const form = formsOf(await browser.get(path)).find((one) => one.action.endsWith(action))
  if (form === undefined) throw new Error(`no form to ${action}`)
  return browser.post(form.action, { ...form.fields, ...more })
}
const ask = (desk: Browser, numero: string) =>
  press(desk, '/guichet/aide', '/guichet/aide/demande', { numero })
const approve = (hers: Browser) => press(hers, '/acces/aide', '/acces/aide/demande')
const wordsIn = (body: string) => /<p class="said-aloud"><strong[^>]*>([^<]+)</.exec(body)?.[1]

async function asked() {
  const [helped, at] = [await person(), await officer()]
  const answer = await ask(at.browser, subOf(helped.personId))
  return { helped, at, answer }
}

test('both read the same two words, her yes opens the help, and he sees her sharings', async () => {
  const { helped, at, answer } = await asked()
  const words = wordsIn(answer.body)
  expect(words).toMatch(/^\S+ \S+$/)
  const page = await helped.browser.get('/acces/aide')
  expect([wordsIn(page.body), page.body]).toEqual([words, expect.stringContaining('org_desk')])
  expect((await helped.browser.get('/activite')).body).toContain('a cherché')
  expect((await at.browser.get('/guichet/aide')).body).not.toContain('Une aide est en cours')

  expect((await approve(helped.browser)).location).toContain('/acces/aide')
  expect((await helped.browser.get('/acces/aide')).body).toContain('que vous avez laissée voir')
  const opening = await at.browser.get('/guichet/aide')
  const path = /href="(\/guichet\/aide\/man_[^"]+)"/.exec(opening.body)?.[1] ?? ''
  expect((await at.browser.get(`${path}/partages`)).status).toBe(200)
  const { personId } = helped
  const line = await broker.db('activity').select('reason').where({ personId, kind: 'help.opened' })
  expect(line).toEqual([{ reason: 'org_desk approval' }])
  // The next page has no question to answer again.
  expect(
    formsOf(await helped.browser.get('/acces/aide')).map(({ action }) => action),
  ).not.toContain('/acces/aide/demande')
})

test('her no ends the request, and the desk reads nothing of it', async () => {
  const { helped, at } = await asked()
  await press(helped.browser, '/acces/aide', '/acces/aide/demande/fin')
  expect(await broker.db('helpRequest').where({ personId: helped.personId })).toEqual([])
  expect((await at.browser.get('/guichet/aide')).body).not.toContain('Une aide est en cours')
})

test.each<[string, (it: Awaited<ReturnType<typeof asked>>) => Promise<unknown>]>([
  ['after five minutes', () => pass(broker.db, { seconds: 301 })],
  [
    'once his office ended',
    async ({ at }) => {
      const office = { officerId: at.officerId, mandateId: at.offices[0] ?? '' }
      const vault = await vaultOf(broker)
      await transact(broker.db, (tx) => endOffice(tx, vault, office, 'body', { type: 'broker' }))
    },
  ],
  ['once his session ended', ({ at }) => press(at.browser, '/guichet', '/guichet/fin')],
  [
    'of a row that somebody changed',
    ({ helped }) =>
      broker
        .db('helpRequest')
        .where({ personId: helped.personId })
        .update({ expiresAt: new Date(Date.now() + 86_400_000) }),
  ],
  [
    'of another person',
    async ({ helped }) => {
      const { personId } = await person()
      await broker.db('helpRequest').where({ personId: helped.personId }).update({ personId })
    },
  ],
])('a yes %s opens nothing', async (_what, change) => {
  const it = await asked()
  const [form] = formsOf(await it.helped.browser.get('/acces/aide')).filter(({ action }) =>
    action.endsWith('/aide/demande'),
  )
  await change(it)
  const answer = await it.helped.browser.post(form?.action ?? '', { ...form?.fields })
  expect([answer.status, answer.body]).toEqual([
    409,
    expect.stringContaining('Cette demande n’attend plus'),
  ])
  expect(await broker.db('mandate').where({ principalId: it.helped.personId })).toEqual([])
})

test('of two who press at once, one opens it; a second request takes the place of the first', async () => {
  const { helped, at } = await asked()
  await ask(at.browser, subOf(helped.personId))
  const answers = await Promise.all([approve(helped.browser), approve(helped.browser)])
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 409])
  expect(await broker.db('mandate').where({ principalId: helped.personId })).toHaveLength(1)
})

test('a number of another body, and one of nobody, ask nobody; at a counter there is no such form', async () => {
  const [helped, at, counter] = [await person(), await officer(), await officer('counter')]
  const foreign = await ask(at.browser, subOf(helped.personId, 'org_other'))
  expect([wordsIn(foreign.body), foreign.body]).toEqual([
    undefined,
    expect.stringContaining('Aucun accès'),
  ])
  expect((await ask(at.browser, 'Anna Tremblay')).status).toBe(400)
  await expect(ask(counter.browser, subOf(helped.personId))).rejects.toThrow('no form')
  const { csrf = '' } = formsOf(await counter.browser.get('/guichet/aide'))[0]?.fields ?? {}
  const forced = { csrf, numero: subOf(helped.personId) }
  expect((await counter.browser.post('/guichet/aide/demande', forced)).status).toBe(404)
  expect(await broker.db('helpRequest').where({ personId: helped.personId })).toEqual([])
})
