import { expect, test } from 'vitest'
import type { StatusSetting, StatusSource } from '../../../src/pages/status/service-standing.ts'
import { serviceStanding } from '../../../src/pages/status/service-standing.ts'
import { renderSamples } from '../../support/sample-site.ts'
import { parsePlannedWork } from '../../../src/pages/status/planned-work.ts'

// What works and what is late; and the file of planned work.

const now = new Date('2026-11-24T15:00:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const known: StatusSetting = { now, permitsNothing: false, hasMessages: true }
const well = {
  servedSince: ago(86_400),
  lastDay: { minutes: 1440, served: 1440 },
  log: {
    waitingSince: ago(2),
    signedAt: ago(3600),
    quorumAt: ago(3600),
    aloneSince: undefined,
  },
  messages: { waitingSince: ago(30), failingSince: null },
}

function statesOf(seen: StatusSource, given: Partial<StatusSetting> = {}) {
  const { state, parts } = serviceStanding(seen, { ...known, ...given })
  return [state, Object.fromEntries(parts.map((part) => [part.name, part.state]))]
}

const works = { 'sign-in': 'works', decisions: 'works', log: 'works', messages: 'works' }

test('a house whose log is idle for an hour, and whose messages wait for seconds, works', () => {
  expect(statesOf(well)).toEqual(['works', works])
})

const log = (change: object): StatusSource => ({
  ...well,
  log: { ...well.log, ...change },
})
const messages = (change: object): StatusSource => ({
  ...log({}),
  messages: { ...well.messages, ...change },
})

test.each<readonly [string, StatusSource, Partial<StatusSetting>, string, object]>([
  [
    'an entry waits longer than it may',
    log({ waitingSince: ago(61) }),
    {},
    'late',
    { log: 'late' },
  ],
  ['an entry waits as long as it may', log({ waitingSince: ago(60) }), {}, 'works', {}],
  [
    'trees are signed without a witness for ten minutes',
    log({ signedAt: ago(1), quorumAt: ago(9000), aloneSince: ago(601) }),
    {},
    'late',
    { log: 'late' },
  ],
  [
    'the first tree without a witness is young',
    log({ quorumAt: ago(9000), aloneSince: ago(599) }),
    {},
    'works',
    {},
  ],
  ['no witness is asked', log({ quorumAt: undefined }), {}, 'works', {}],
  ['a message waits', messages({ waitingSince: ago(601) }), {}, 'late', { messages: 'late' }],
  ['no e-mail leaves', messages({ failingSince: ago(5) }), {}, 'late', { messages: 'down' }],
  [
    'no message is ever sent',
    messages({ waitingSince: ago(601) }),
    { hasMessages: false },
    'works',
    { messages: 'off' },
  ],
  ['the database was put back', log({}), { permitsNothing: true }, 'down', { decisions: 'down' }],
])('%s', (_, seen, given, state, changed) => {
  expect(statesOf(seen, given)).toEqual([state, { ...works, ...changed }])
})

test('without its database nothing works, since it went away', () => {
  const { state, parts } = serviceStanding({ awaySince: ago(20) }, known)
  expect(state).toBe('down')
  expect(parts.map((part) => [part.state, part.since])).toEqual(parts.map(() => ['down', ago(20)]))
})

const work = {
  from: '2026-11-29T02:00:00-05:00',
  until: '2026-11-29T03:00:00-05:00',
  what: { fr: 'Nous changeons un serveur.', en: 'We are replacing a server.' },
}

test('work that begins and ends on one day says that day once', async () => {
  const pages = await renderSamples('status.status.works')
  expect(pages.get('status.status.works.fr')).toContain(
    'Le 29\u00a0novembre 2026, de 2\u00a0h à 3\u00a0h',
  )
  expect(pages.get('status.status.works.en')).toContain(
    'On November\u00a029, 2026, from 2:00\u00a0a.m. to 3:00\u00a0a.m.',
  )
})

test('planned work is read in the order of time', () => {
  const sooner = {
    ...work,
    from: '2026-11-28T02:00:00Z',
    until: '2026-11-28T02:30:00Z',
    parts: ['log'],
  }
  expect(parsePlannedWork(JSON.stringify([work, sooner]), 'planned.json')).toEqual([
    { ...sooner, from: new Date(sooner.from), until: new Date(sooner.until) },
    { ...work, from: new Date(work.from), until: new Date(work.until), parts: [] },
  ])
})

test.each([
  ['{', 'planned.json is no JSON.'],
  [JSON.stringify(work), 'the file: Invalid input: expected array'],
  [JSON.stringify([{ ...work, what: { fr: 'Un serveur.' } }]), '0.what.en: Invalid input'],
  [JSON.stringify([{ ...work, until: work.from }]), '0.until: must be later than from'],
  [JSON.stringify([{ ...work, from: 'demain' }]), '0.from: Invalid ISO datetime'],
  [JSON.stringify([{ ...work, parts: ['e-mail'] }]), '0.parts.0: Invalid option'],
  [JSON.stringify([{ ...work, note: '' }]), '0: Unrecognized key: "note"'],
  [' '.repeat(70_000), 'is longer than 65536 bytes.'],
])('a file such as %.60s is refused, and what is wrong is named', (text, says) => {
  expect(() => parsePlannedWork(text, 'planned.json')).toThrow(says)
})
