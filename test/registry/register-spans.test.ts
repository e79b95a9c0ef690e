import { expect, test } from 'vitest'
import { retention } from '../../src/base/values/retention.ts'
import { shelvesOf } from '../../src/registry/objects/object-index.ts'
import type { RegisterSetting } from '../../src/registry/objects/objects.ts'
import { spanFaults, spansIn } from '../../src/registry/register-spans.ts'
import type { StoredObject } from '../../src/registry/changes/store.ts'

type Said = Readonly<Record<string, string>> | undefined

function settingOf(said: Said, version = 1) {
  const content = { setting_id: 'set_register', version, cooling_days: 3 }
  return said === undefined ? content : { ...content, retention: said }
}

/** The register's spans after these versions of its settings. */
function spansAfter(...versions: readonly Said[]) {
  const objects = versions.map((said, at): StoredObject => {
    const content = settingOf(said, at + 1)
    const of = { kind: 'setting', id: 'set_register', version: at + 1, content } as const
    return { ...of, no: at + 1, root: 1, appliedAt: new Date(at) }
  })
  return spansIn(shelvesOf(objects))
}

test('a register that says nothing keeps what it keeps as long as the table says', () => {
  expect(spansAfter()).toEqual(retention)
  expect(spansAfter(undefined)).toEqual(retention)
})

test('the last version of its settings says what is kept for less', () => {
  const shorter = { activity: 'P6M', messages: 'P60D' }
  expect(spansAfter(undefined, shorter)).toEqual({ ...retention, ...shorter })
  expect(spansAfter(shorter, { messages: 'P30D' })).toEqual({ ...retention, messages: 'P30D' })
  expect(spansAfter(shorter, undefined)).toEqual(retention)
})

test.each([
  ['activity', 'P14M', false],
  ['activity', 'P5M', false],
  ['activity', 'P6M', true],
  ['activity', 'P13M', true],
  ['messages', 'P91D', false],
  ['messages', 'P29D', false],
  ['messages', 'P30D', true],
])('%s kept %s is judged before anybody signs it', (what, span, isAllowed) => {
  const said = { retention: { [what]: span } } as unknown as RegisterSetting
  expect(spanFaults(said).length === 0).toBe(isAllowed)
})

test('a register of another release that keeps something longer is not read, and the sentence says why', () => {
  expect(() => spansAfter({ messages: 'P120D' })).toThrow(
    'set_register@1: retention.messages must be P30D to P90D, and is P120D.',
  )
  expect(() => spansAfter({ activity: 'P1M' })).toThrow('retention.activity must be P6M to P13M')
  // What it said earlier binds nobody.
  expect(spansAfter({ messages: 'P120D' }, undefined)).toEqual(retention)
})
