import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { check } from '../../../../public/js/verifier.js'
import type { PublishedKeys } from '../../../../src/base/keys/jws.ts'
import { publicKeys, signStatement } from '../../../../src/base/keys/jws.ts'
import type { Keys } from '../../../../src/base/keys/keys.ts'
import { createMissingKeys, openKeys } from '../../../../src/base/keys/keys.ts'
import { checkReceipt, stillWords } from '../../../../src/consent/record/receipts/receipt-check.ts'
import type { ReceiptClaims } from '../../../../src/consent/record/index.ts'
import { receiptProblems } from '../../../support/receipts.ts'
import { statementsBy } from '../../../support/statements.ts'

// The published receipts of stops hold by the command, the page that verifies, and Python, and say the same; nothing that is changed does.

type Still = NonNullable<ReceiptClaims['still']>
type Vector = {
  readonly says: string
  readonly still: Still | null
  readonly words: readonly string[]
  readonly jwt: string
}
type Vectors = PublishedKeys & { readonly vectors: readonly Vector[] }

const path = join(import.meta.dirname, '../../../../docs/vectors/stop-receipts.json')
const judge = join(import.meta.dirname, '../judge-stops.py')
const published = JSON.parse(readFileSync(path, 'utf8')) as Vectors
const { vectors } = published

let dir: string
let keys: Keys
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'accord-stops-'))
  await createMissingKeys(dir)
  keys = await openKeys(dir)
})
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})

/** By the command, and by the page: the steps that do not hold. */
async function verdicts(jwt: string, by: PublishedKeys): Promise<unknown[]> {
  const { holds } = await checkReceipt(jwt, by)
  const steps = await check(jwt, '', { keys: by.keys, policy: '' })
  return [holds, steps.filter((one) => !one.holds).map(({ step }) => step)]
}

function byPython(given: object): readonly string[] {
  const file = join(dir, 'given.json')
  writeFileSync(file, JSON.stringify(given))
  return execFileSync('python3', [judge, file]).toString().trimEnd().split('\n')
}

/** The facts of what is left, as Python prints them. */
function facts(still: Still | null): readonly string[] {
  return (still?.data ?? []).map(({ pii_type: type, ways, waits }) => {
    const left = ways.map(({ right, purpose_id: purpose, lookback }) =>
      [right, purpose, ...(lookback ? [`${lookback.from}/${lookback.to}`] : [])].join(' '),
    )
    const kept = waits.map(({ right, because, from }) =>
      [right, because, ...(from === undefined ? [] : [from])].join(' '),
    )
    return `  ${type}: ${left.join(', ')} | ${kept.join(', ')}`
  })
}

function claimsOf(jwt: string): ReceiptClaims {
  return jose.decodeJwt<ReceiptClaims>(jwt)
}

test.each(vectors)('$says: it holds, and says what its member says', async (vector) => {
  const { jwt, still, words } = vector
  expect(await verdicts(jwt, published)).toEqual([true, []])
  expect(claimsOf(jwt).still ?? null).toEqual(still)
  expect(receiptProblems(claimsOf(jwt))).toEqual([])
  expect(stillWords(jwt)).toEqual(words)
})

test('they have every right, every wait, days, a datum that nothing lets be sent, and a receipt without the member', () => {
  const data = vectors.flatMap(({ still }) => still?.data ?? [])
  const ways = data.flatMap((datum) => datum.ways)
  expect(new Set(ways.map(({ right }) => right))).toEqual(new Set(['choice', 'law']))
  expect(ways.some(({ lookback }) => lookback !== undefined)).toBe(true)
  expect(new Set(data.flatMap((datum) => datum.waits.map(({ because }) => because)))).toEqual(
    new Set(['paused', 'held', 'limit']),
  )
  expect(data.some((datum) => datum.ways.length + datum.waits.length === 0)).toBe(true)
  expect(vectors.some(({ still }) => still === null)).toBe(true)
})

test('Python, which shares nothing with us, finds the same facts in each', () => {
  expect(byPython(published)).toEqual(vectors.flatMap(({ still }) => ['holds', ...facts(still)]))
})

test('with a fact of what is left changed, none of the three takes one', async () => {
  const changed = vectors.flatMap(({ jwt, still }) =>
    (still?.data ?? []).flatMap((datum, n) =>
      [
        { ...datum, pii_type: 'cat_other' },
        { ...datum, ways: datum.ways.length === 0 ? [{ right: 'law' }] : [] },
        { ...datum, waits: datum.waits.length === 0 ? [{ right: 'law', because: 'held' }] : [] },
      ].map((other) => {
        const [head = '', , end = ''] = jwt.split('.')
        const claims = {
          ...claimsOf(jwt),
          still: { ...still, data: still?.data.with(n, other as never) },
        }
        const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
        return { jwt: [head, body, end].join('.') }
      }),
    ),
  )
  expect(changed.length).toBeGreaterThan(20)
  for (const { jwt } of changed) expect((await verdicts(jwt, published))[0]).toBe(false)
  expect(new Set(byPython({ ...published, vectors: changed }))).toEqual(
    new Set(['refused: signature']),
  )
})

test('who has the key of receipts cannot make one say what is left of other data, or of no stop', async () => {
  const own = publicKeys(keys)
  const [{ jwt } = { jwt: '' }] = vectors
  const claims = claimsOf(jwt)
  const [datum] = claims.still?.data ?? []
  const forged = await Promise.all(
    [
      {},
      { still: { ...claims.still, data: [{ ...datum, pii_type: 'cat_other' }] } },
      { still: null },
    ].map((change) =>
      signStatement(statementsBy(keys), 'consent-receipt+jwt', { ...claims, ...change }),
    ),
  )
  const found = await Promise.all(forged.map((one) => verdicts(one, own)))
  expect(found).toEqual([
    [true, []],
    [false, ['event']],
    [false, ['event']],
  ])
  const said = byPython({ keys: own.keys, vectors: forged.map((one) => ({ jwt: one })) })
  expect(said.filter((line) => !line.startsWith(' '))).toEqual([
    'holds',
    'refused: still',
    'refused: still',
  ])
})
