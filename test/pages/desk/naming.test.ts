import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayAfter, dayOf } from '../../../src/base/values/calendar.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import type { Broker } from '../../support/broker.ts'
import { startBroker } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formsOf } from '../../support/browser.ts'
import type { Fido } from '../../support/fido.ts'
import { makeFido } from '../../support/fido.ts'
import type { Officer } from '../../support/officers.ts'
import { atDesk, bodyWithDesk, deskHours, newOfficer } from '../../support/officers.ts'

// How somebody becomes an officer at the pages of a desk, and stops being one.

const until = dayAfter(dayOf(new Date()), 'P200D')

let fido: Fido
let broker: Broker
let officers: readonly Officer[]
let one: Browser
let two: Browser
let counter: Browser

beforeAll(async () => {
  fido = await makeFido()
  const body = bodyWithDesk('org_desk', { hours: deskHours })
  broker = await startBroker(undefined, [body], undefined, fido.env)
  officers = [
    await newOfficer(broker, { fido, roles: ['namer'] }),
    await newOfficer(broker, { fido, roles: ['namer'] }),
    await newOfficer(broker, { fido }),
  ]
  const [first, second, third] = officers as [Officer, Officer, Officer]
  one = await atDesk(broker, first)
  two = await atDesk(broker, second)
  counter = await atDesk(broker, third)
})
afterAll(async () => {
  await broker.stop()
  fido.stop()
})

const at = (browser: Browser, path: string) => browser.get(`/guichet${path}`)
const formWith = (answer: Answer, name: string) => {
  const found = formsOf(answer).find(({ fields }) => name in fields)
  if (found === undefined) throw new Error(`no form with ${name}: ${answer.status}`)
  return found
}

async function propose(browser: Browser, more: Record<string, string> = {}) {
  const page = await at(browser, '/nommer')
  const form = formsOf(page).find(({ action }) => action.endsWith('/nommer'))
  const typed = { number: 'E 4711', role: 'counter', until, keys: 'new', ...more }
  return browser.post(form?.action ?? '', { ...form?.fields, ...typed })
}

async function decide(browser: Browser, decision: string, more = {}) {
  const { action, fields } = formWith(await at(browser, '/decisions'), 'seen')
  return browser.post(action, { ...fields, decision, ...more })
}

const halfIn = ({ body }: Answer) => /<code class="code">([0-9A-Z-]{9})<\/code>/.exec(body)?.[1]
const livingOf = async () => (await broker.db('mandate').where({ endedAt: null })).length

test('one proposes, another decides what she reads, and each is shown one half of the code', async () => {
  const before = await livingOf()
  const proposed = await propose(one)
  expect([proposed.status, proposed.body]).toEqual([200, expect.stringContaining('E4711')])
  const own = await at(one, '/decisions')
  expect(own.body).toContain('Reprendre ma proposition')
  expect(own.body).not.toContain('value="done"')
  // A form of one’s own making decides nothing alone.
  expect((await decide(one, 'done')).status).toBe(409)
  expect((await decide(two, 'done', { seen: 'ab'.repeat(32) })).status).toBe(409)
  expect(await livingOf()).toBe(before)

  expect((await at(two, '/decisions')).body).toContain('Numéro E4711')
  const decided = await decide(two, 'done')
  expect(decided.body).toContain('La personne est nommée')
  const halves = [halfIn(proposed), halfIn(decided)]
  expect(new Set(halves).size).toBe(2)
  expect(halves).not.toContain(undefined)
  expect(await livingOf()).toBe(before + 1)
  expect((await at(one, '/decisions')).body).toContain('Rien n’attend.')
})

test('what is typed wrongly is said at its field, and nothing is proposed', async () => {
  const wrong = await propose(one, { number: 'é' })
  expect([wrong.status, wrong.body]).toEqual([400, expect.stringContaining('number-error')])
  expect(wrong.body).toContain('value="é"')
  expect((await propose(one, { role: 'director' })).status).toBe(400)
  expect((await propose(one, { until: '2020-01-01' })).status).toBe(400)
  expect((await propose(one, { keys: '' })).body).toContain('keys-error')
  const { csrf = '' } = formWith(wrong, 'number').fields
  const unchosen = await one.post('/guichet/nommer', { csrf, number: 'E-1' })
  expect([unchosen.status, unchosen.body]).toEqual([400, expect.stringContaining('role-error')])
  expect((await at(one, '/decisions')).body).toContain('Rien n’attend.')
})

test('the other one refuses, and one takes back her own', async () => {
  const before = await livingOf()
  for (const browser of [one, two]) {
    await propose(one)
    const refused = await decide(browser, 'refused')
    expect([refused.status, refused.location]).toEqual([
      303,
      expect.stringContaining('fait=refused'),
    ])
    expect((await at(browser, '/decisions')).body).toContain('Rien n’attend.')
  }
  expect(await livingOf()).toBe(before)
})

test('nobody finds these pages whose office does not name', async () => {
  for (const path of ['/nommer', '/decisions', '/fonctions'])
    expect((await at(counter, path)).status).toBe(404)
  const { fields } = formWith(await at(counter, ''), 'csrf')
  const [office = ''] = officers[0]?.offices ?? []
  for (const path of ['/nommer', '/decisions', '/fonctions/fin']) {
    const answer = await counter.post(`/guichet${path}`, { ...fields, office })
    expect(answer.status).toBe(404)
  }
})

test('one namer ends an office: the session of the officer is over at his next step', async () => {
  expect((await at(counter, '')).status).toBe(200)
  const page = await at(two, '/fonctions')
  expect(page.body).toContain('C’est votre fonction.')
  const { action, fields } =
    formsOf(page).find((form) => form.action.endsWith('/fonctions/fin')) ?? {}
  const theirs = [...page.body.matchAll(/name="office" value="(\w+)"/g)].map(([, id = '']) => id)
  const before = await livingOf()
  const office = writeId('man', officers[2]?.offices[0] ?? '')
  expect(theirs).toContain(office)
  const ending = () => two.post(action ?? '', { ...fields, office })
  expect((await ending()).status).toBe(303)
  expect((await at(counter, '')).status).toBe(404)
  expect(await livingOf()).toBe(before - 1)
  expect((await ending()).status).toBe(409)
})
