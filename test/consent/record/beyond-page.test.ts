import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWithinPage } from '../../../public/js/verifier.js'
import { beyondPage } from '../../../src/consent/record/beyond-page.ts'

// Three hands wrote the rule by which an answer says no more than its page: ours, the page’s that anybody may keep, and Python’s.

const oneOf = (...values: readonly unknown[]) => fc.constantFrom(...values)
const limits = {
  max_uses: oneOf(null, 1, 2),
  frequency_limit: oneOf(null, { count: 4, per: 'P1Y' }, { count: 5, per: 'P1Y' }),
  lookback: oneOf(null, { from: '2025-01-01', to: '2025-12-31' }),
}
const days = {
  valid_until: oneOf('2027-09-02T04:00:00.000Z', '2027-09-03T04:00:00.000Z'),
  valid_until_local: oneOf('2027-09-01', '2027-09-02'),
}
const about = {
  consent_id: 'con_1',
  request_id: 'req_1',
  presentation_id: 'pre_1',
  holder: 'org_a',
  recipient: 'org_b',
  agreement: 'agr_a@1',
  purpose: 'pur_a@1',
  dataset: 'dst_a@1',
  rendered_sha256: 'ab'.repeat(32),
}
const page = fc.record({
  kind: fc.constant('consent.presented'),
  ...limits,
  ...days,
  categories_required: fc.subarray(['cat_a', 'cat_b']),
  categories_optional: fc.subarray(['cat_c', 'cat_d']),
})
const pair = page.chain((shown) =>
  fc.record({
    shown: fc.constant({ ...about, ...shown }),
    // Most members as on the page, so that each rule is met and missed.
    answer: fc.record({
      kind: oneOf('consent.granted', 'consent.granted', 'consent.refused'),
      changed: fc.subarray(Object.keys({ ...about, ...limits, ...days }), { maxLength: 1 }),
      other: fc.record({ ...limits, ...days }),
      granted: fc.subarray(['cat_a', 'cat_b', 'cat_c', 'cat_d']),
      isAsked: fc.boolean(),
    }),
  }),
)

function answerOf({ shown, answer }: ReturnType<typeof pair.generate>['value']) {
  const { changed, other, isAsked, granted, kind } = answer
  const own = {
    ...shown,
    ...Object.fromEntries(changed.map((name) => [name, valueIn(other, name)])),
  }
  const { categories_required: required, categories_optional: optional } = shown
  return { ...own, kind, categories_granted: isAsked ? [...required, ...optional] : granted }
}

function valueIn(other: Readonly<Record<string, unknown>>, name: string): unknown {
  return name in other ? other[name] : 'another'
}

test('the three agree on a thousand pairs, and most rules are met and missed', () => {
  const pairs = fc
    .sample(pair, { numRuns: 1000, seed: 44 })
    .map((one) => [answerOf(one), one.shown] as const)
  const beyond = pairs.map(([answer, shown]) => beyondPage(answer, shown))
  const isWithin = beyond.map((name) => name === undefined)
  expect(pairs.map(([answer, shown]) => isWithinPage(answer, shown))).toEqual(isWithin)
  expect(new Set(beyond).size).toBeGreaterThan(12)
  const dir = mkdtempSync(join(tmpdir(), 'accord-pages-'))
  const file = join(dir, 'pairs.json')
  writeFileSync(file, JSON.stringify(pairs))
  const { stdout } = spawnSync('python3', [join(import.meta.dirname, 'judge-pages.py'), file], {
    encoding: 'utf8',
  })
  rmSync(dir, { recursive: true })
  expect(stdout.trim().split('\n')).toEqual(isWithin.map((is) => (is ? 'within' : 'beyond')))
})

test('what is no page holds nothing', () => {
  const answer = { ...about, kind: 'consent.refused' }
  expect(beyondPage(answer, answer)).toBe('kind')
})
