import { describe, expect, test } from 'vitest'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import type { EventKind, NewEvent, SignalMapping } from '../../../src/ledger/chain/index.ts'
import { orderMapping, readOnlyMapping } from '../../../src/ledger/chain/index.ts'
import { eventKinds } from '../../../src/ledger/chain/event.ts'

const consent = '0190b0c4-0000-7000-8000-000000000001'
const consent_id = writeId('con', consent)
const content = (state: string, reasons: readonly string[] = []) => ({
  consent_id: consent,
  state,
  reasons,
})
const both = (kind: string, state: string, reasons: readonly string[] = []) => [
  { to: 'parties', kind, consent, content: content(state, reasons) },
  { to: 'token', kind: 'token-claims-change', consent, content: content(state, reasons) },
]

function signalsOf(kind: EventKind, fields: NewEvent['fields']) {
  const signals = signalMapping.ofEvents[kind]
  return signals === 'nobody' ? signals : signals(fields)
}

function listOf(kind: EventKind, fields: NewEvent['fields']) {
  const signals = signalsOf(kind, fields)
  return signals === 'nobody' ? [] : signals
}

test('a kind of event that says nothing does not compile', () => {
  const { 'consent.revoked': _left, ...others } = signalMapping.ofEvents
  // @ts-expect-error: consent.revoked says nothing
  const forgotten: SignalMapping['ofEvents'] = others
  const invented: SignalMapping['ofEvents'] = {
    ...signalMapping.ofEvents,
    // @ts-expect-error: there is no such kind
    'consent.paused': 'nobody',
  }
  expect(Object.keys(forgotten)).toHaveLength(Object.keys(invented).length - 2)
})

describe('what an event tells', () => {
  test('a stop tells the two bodies, and the recipient what its tokens say from now on', () => {
    const fields = { consent_id, revoked_at: '2026-05-03T12:00:00.000Z' }
    expect(signalsOf('consent.revoked', fields)).toEqual(both('consent-revoked', 'revoked'))
  })

  test('a pause says why, and a resumption with another cause left tells nobody', () => {
    const suspended_reasons = ['person', 'incident']
    const pause = signalsOf('consent.suspended', { consent_id, suspended_reasons })
    expect(pause).toEqual(both('consent-suspended', 'suspended', suspended_reasons))
    const resumed = (left: readonly string[]) =>
      signalsOf('consent.resumed', { consent_id, suspended_reasons: left })
    expect(resumed([])).toEqual(both('consent-resumed', 'active'))
    expect(resumed(['incident'])).toEqual([])
  })

  test('an end by its term tells that instant, not the one at which it is written', () => {
    const at = '2026-05-03T12:00:00.000Z'
    const told = listOf('consent.expired', { consent_id, expired_at: at })
    expect(told.map((one) => one['at'])).toEqual([at, at])
  })

  test('a yes tells tokens only where it takes the place of another, and what it replaces tells none', () => {
    const [, token] = listOf('consent.granted', { consent_id })
    expect(token).toMatchObject({ to: 'token', replacing: true })
    const superseded = listOf('consent.superseded', { consent_id })
    expect(superseded.map(({ to }) => to)).toEqual(['parties'])
  })

  test('a no tells nobody; an event that does not say what it must is not written', () => {
    expect(signalsOf('consent.refused', { consent_id })).toBe('nobody')
    const lacking = [{}, { consent_id: 'con_x' }, { consent_id, suspended_reasons: 'person' }]
    for (const fields of lacking)
      expect(() => signalsOf('consent.suspended', fields)).toThrow(Error)
  })
})

test.each([
  ['active', 'suspended', ['person-status-changed', 'account-disabled']],
  ['active', 'closed', ['person-status-changed', 'account-disabled']],
  ['closed', 'suspended', ['person-status-changed']],
  ['suspended', 'closed', ['person-status-changed']],
  ['suspended', 'active', ['person-status-changed', 'account-enabled']],
  ['active', 'active', []],
] as const)('of an access that was %s and is %s', (was, is, kinds) => {
  const told = listOf('access.standing', standing(was, is))
  expect(told.map(({ kind }) => kind)).toEqual(kinds)
  if (kinds.length > 0) expect(told[0]).toMatchObject({ to: 'person', content: { status: is } })
})

test('an access that is erased is told as that, and a death to nobody by itself', () => {
  const erased = listOf('access.standing', { ...standing('closed', 'closed'), status: 'erased' })
  expect(erased.map(({ kind }) => kind)).toEqual(['person-status-changed', 'account-purged'])
  expect(erased[0]).toMatchObject({ content: { status: 'erased' } })
  const died = listOf('access.standing', { ...standing('active', 'active'), status: 'deceased' })
  expect(died).toEqual([])
})

const now = '2026-11-24T15:04:11.402Z'
const standing = (was: string, is: string) => ({
  was,
  status: 'active',
  suspended_at: is === 'suspended' ? now : null,
  closed_at: is === 'active' ? null : now,
  erase_at: null,
})

test('a vault of a command that only reads writes no event', () => {
  expect(() => readOnlyMapping.ofEvents).toThrow('makes no signal')
})

test('a vault of a command that carries out an order writes what tells nobody, and nothing else', () => {
  const { ofEvents } = orderMapping
  const quiet = ['access.ordered', 'content.erased', 'rows.differed', 'rows.settled'] as const
  expect(quiet.filter((kind) => ofEvents[kind] === 'nobody')).toEqual(quiet)
  const others = eventKinds.filter((kind) => ofEvents[kind] !== 'nobody')
  expect(others).toHaveLength(eventKinds.length - quiet.length)
  for (const kind of others) expect(ofEvents[kind]).toThrow('makes no signal')
})
