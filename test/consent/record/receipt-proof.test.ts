import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { proofText } from '../../../src/base/tlog/log-proof.ts'
import {
  emptyFrontier,
  grow,
  hashRanges,
  inclusionRanges,
  leafHash,
  rootOf,
} from '../../../src/base/tlog/merkle.ts'
import { signNote, signerFrom } from '../../../src/base/tlog/note.ts'
import {
  checkDocument,
  publicDocumentIn,
} from '../../../src/consent/record/receipts/document-check.ts'
import { checkProof } from '../../../src/consent/record/receipts/receipt-check.ts'
import { entryClasses, logEntry } from '../../../src/ledger/chain/index.ts'

// Where a log holds an answer, the question and her key: each stands before what it made or signed. The logs are made here, so that
// every order can be tried.

const signer = (year: number) =>
  signerFrom(`log.test/${year}`, 'ed25519', Buffer.alloc(32, year % 100))
const policy = readPolicy(
  `log ${signer(2025).verifier.vkey}\nlog ${signer(2026).verifier.vkey}\nquorum none\n`,
)

const entries = Object.fromEntries(
  ['answer', 'key', 'older', 'question', 'stranger'].map((name) => [
    name,
    logEntry(createHash('sha256').update(name).digest()),
  ]),
)
type Name = 'answer' | 'key' | 'older' | 'question' | 'stranger'
const entryOf = (name: Name) => entries[name] ?? Buffer.alloc(0)

/** The proof of an entry in the log of this year that has these, in their order. @param origin the log that its checkpoint names */
async function proofIn(
  year: number,
  held: readonly Buffer[],
  entry: Buffer,
  origin = `log.test/${year}`,
  sign = (text: string) => signNote(text, [signer(year)]),
): Promise<string> {
  const nodes = new Map<string, Buffer>()
  const leaves = held.map((one) => leafHash(one))
  const tree = grow(emptyFrontier, leaves, ({ level, index }, hash) =>
    nodes.set(`${level}/${index}`, hash),
  )
  const text = checkpointText({ origin, size: held.length, root: rootOf(tree) })
  const index = held.indexOf(entry)
  const path = await hashRanges(inclusionRanges(index, held.length), ({ level, index: at }) =>
    Promise.resolve(nodes.get(`${level}/${at}`) ?? Buffer.alloc(0)),
  )
  return proofText({ index, path, checkpoint: sign(text) })
}

const at = { older: '2025-01-01', key: '2026-01-01', question: '2026-02-01' } as const

type Told = { readonly year?: number; readonly claims?: object }

/** A receipt whose answer a key signed: only what tells of entries. */
function receiptWith({ year = 2026, claims = {} }: Told = {}): string {
  const shown = (name: keyof typeof at, inYear = year) => ({
    origin: `log.test/${inYear}`,
    entry: entryOf(name).toString('base64'),
    payload: JSON.stringify({ recorded_at: at[name] }),
  })
  const told = {
    ledger: { origin: 'log.test/2026', entry: entryOf('answer').toString('base64') },
    presented: shown('question', 2026),
    signing_key: shown('key'),
    endorsing_keys: [shown('older')],
    ...claims,
  }
  return `x.${Buffer.from(JSON.stringify(told)).toString('base64url')}.x`
}

/** The file of proofs of one log: those of a receipt, in the order in which its file has them. */
async function fileIn(
  held: readonly Name[],
  proved: readonly Name[] = ['answer', 'question', 'key', 'older'],
  sign?: (text: string) => string,
): Promise<string> {
  const all = held.map(entryOf)
  const proofs = await Promise.all(
    proved.map((name) => proofIn(2026, all, entryOf(name), undefined, sign)),
  )
  return proofs.join('')
}

const inOrder: readonly Name[] = ['older', 'key', 'question', 'answer']

test('a log that holds the older key, the key, the question and the answer in this order proves them', async () => {
  const proved = checkProof(receiptWith(), await fileIn(inOrder), policy)
  expect(proved).toEqual({
    holds: true,
    says: [
      'Entry 3 of log.test/2026, in the signed tree of 4.',
      'Of its key: Entry 1 of log.test/2026, in the signed tree of 4.',
      'Of its key: Entry 0 of log.test/2026, in the signed tree of 4.',
    ],
  })
})

test('Ed25519’s key given to the attacker: an old receipt holds, and none in a tree that he signs', async () => {
  const lasting = signerFrom('log.test/2026', 'ml-dsa-44', Buffer.alloc(32, 7))
  const lines = [signer(2026), lasting].map(({ verifier }) => `log ${verifier.vkey}`)
  const until = readPolicy(`${lines.join('\n')}\n# classical-until 2035-01-01\nquorum none\n`)
  const [then, now] = [new Date('2034-01-01T00:00:00Z'), new Date('2036-01-01T00:00:00Z')]
  const both = (date: Date) => (text: string) =>
    signNote(text, [signer(2026), lasting], date.getTime() / 1000)
  const usual = ['answer', 'question', 'key', 'older'] as const

  const old = await fileIn(inOrder, usual, both(then))
  expect(checkProof(receiptWith(), old, until, now)).toMatchObject({ holds: true })
  const forged = await fileIn(inOrder)
  expect(checkProof(receiptWith(), forged, until, then)).toMatchObject({ holds: true })
  expect(checkProof(receiptWith(), forged, until, now)).toEqual({
    holds: false,
    because: 'its checkpoint is not signed by the log that it names',
  })
  // The log goes on; what a classical key signs from then on proves nothing, and a document does.
  const late = await fileIn(inOrder, usual, both(now))
  expect(checkProof(receiptWith(), late, until, now)).toEqual({
    holds: false,
    because:
      'its tree was signed after the day until which the policy counts signatures of Ed25519 and ES256',
  })
  const text = '{"kind":"agreement","id":"agr_x","version":3}'
  const entry = logEntry(createHash('sha256').update(text).digest(), entryClasses.register)
  const proof = await proofIn(2026, [entry], entry, undefined, both(now))
  const document = publicDocumentIn(text) ?? { text: '', called: '' }
  expect(checkDocument(document, proof, until, now)).toMatchObject({ holds: true })
})

test.each<[string, readonly Name[]]>([
  [
    'the event of its key comes after the answer, or after that of a key that it endorsed',
    ['older', 'question', 'answer', 'key'],
  ],
  [
    'the event of its key comes after the answer, or after that of a key that it endorsed',
    ['key', 'older', 'question', 'answer'],
  ],
  ['the question comes after the answer', ['older', 'key', 'answer', 'question']],
  [
    'the log has its key and the question in another order than the receipt',
    ['older', 'question', 'key', 'answer'],
  ],
])('%s: %j', async (because, held) => {
  expect(checkProof(receiptWith(), await fileIn(held), policy)).toEqual({ holds: false, because })
})

test('what the file does not prove is said, and what it proves too much is refused', async () => {
  const unproved = [
    'The proof does not show that the log had the event of its key before the answer.',
  ]
  for (const proved of [['answer'], ['answer', 'question'], ['answer', 'question', 'key']] as const)
    expect(checkProof(receiptWith(), await fileIn(inOrder, proved), policy)).toEqual({
      holds: true,
      says: ['Entry 3 of log.test/2026, in the signed tree of 4.', ...unproved],
    })
  const late = await fileIn(['answer', 'question'], ['answer', 'question'])
  expect(checkProof(receiptWith(), late, policy)).toMatchObject({ holds: false })
  const more = await fileIn(inOrder, ['answer', 'question', 'key', 'older', 'older'])
  expect(checkProof(receiptWith(), more, policy)).toMatchObject({
    because: 'it has more proofs than the receipt has events',
  })
  // A receipt from before the question was shown in it, and one of an answer that no key signed.
  const without = receiptWith({ claims: { presented: undefined, endorsing_keys: undefined } })
  expect(checkProof(without, await fileIn(inOrder, ['answer', 'key']), policy)).toMatchObject({
    says: [expect.any(String), 'Of its key: Entry 1 of log.test/2026, in the signed tree of 4.'],
  })
  const unsigned = receiptWith({ claims: { signing_key: undefined } })
  expect(checkProof(unsigned, await fileIn(inOrder, ['answer']), policy)).toMatchObject({
    says: ['Entry 3 of log.test/2026, in the signed tree of 4.'],
  })
})

test('of two years the log of the earlier one is older', async () => {
  const keys = [entryOf('older'), entryOf('key')]
  const ofKeys = await Promise.all(
    (['key', 'older'] as const).map((name) => proofIn(2025, keys, entryOf(name))),
  )
  const own = await fileIn(['question', 'answer'], ['answer', 'question'])
  const file = [own, ...ofKeys].join('')
  expect(checkProof(receiptWith({ year: 2025 }), file, policy)).toMatchObject({ holds: true })
  // The same, were the answer of the year before.
  const moved = { ledger: { origin: 'log.test/2025', entry: entryOf('answer').toString('base64') } }
  const early = await proofIn(2025, [entryOf('answer')], entryOf('answer'))
  const later = [early, ...(await fileIn(inOrder)).split(/(?=^c2sp)/m).slice(1)].join('')
  expect(checkProof(receiptWith({ claims: moved }), later, policy)).toMatchObject({
    because: expect.stringContaining('comes after the answer'),
  })
})

describe('a place is not shown by', () => {
  const [own, stranger] = [entryOf('answer'), entryOf('stranger')]
  test.each<[string, () => Promise<string>, string]>([
    ['no proof', () => Promise.resolve('rubbish'), 'it is no proof of a log'],
    [
      'the proof of another log',
      () => proofIn(2025, [own], own),
      'it is of another log than the receipt',
    ],
    [
      'a checkpoint that one log signed in the name of the other',
      () => proofIn(2025, [own], own, 'log.test/2026'),
      'its checkpoint is not signed by the log that it names',
    ],
    [
      'the proof of another entry',
      () => proofIn(2026, [own, stranger], stranger),
      'its path does not lead from the entry of the receipt to the root',
    ],
  ])('%s', async (_, proof, because) => {
    expect(checkProof(receiptWith(), await proof(), policy)).toEqual({ holds: false, because })
  })

  test('a proof of her key that is none, and the fault says that it is of her key', async () => {
    const first = await fileIn(inOrder, ['answer', 'question'])
    const file = `${first}c2sp.org/tlog-proof@v1\nindex x\n\n`
    expect(checkProof(receiptWith(), file, policy)).toEqual({
      holds: false,
      because: 'of its key: it is no proof of a log',
    })
  })

  test('any proof, of a text that is no receipt', async () => {
    for (const text of ['', 'no receipt', 'x.*.x', 'x.AAAA.x', 'x.W10.x'])
      expect(checkProof(text, await fileIn(inOrder, ['answer']), policy)).toMatchObject({
        holds: false,
        because: 'it is of another log than the receipt',
      })
  })
})

describe('a document of the public register', () => {
  const text = '{"kind":"agreement","id":"agr_x","version":3}'
  const entryOfText = logEntry(createHash('sha256').update(text).digest(), entryClasses.register)

  test('is in the log by its bytes, in the log of any year', async () => {
    const document = publicDocumentIn(text) ?? { text: '', called: '' }
    const proof = await proofIn(2025, [entryOf('stranger'), entryOfText], entryOfText)
    expect(checkDocument(document, proof, policy)).toMatchObject({
      holds: true,
      says: [
        expect.stringContaining('A document of the public log: agreement agr_x@3.'),
        'Entry 1 of log.test/2025, in the signed tree of 2.',
      ],
    })
    const changed = { ...document, text: text.replace('3', '4') }
    expect(checkDocument(changed, proof, policy)).toEqual({
      holds: false,
      because: 'its path does not lead from the entry of the document to the root',
    })
    expect(checkDocument(document, 'rubbish', policy)).toEqual({
      holds: false,
      because: 'it is no proof of a log',
    })
  })

  test.each<[string, string | undefined]>([
    ['{"kind":"organisation","id":"org_x","version":1}', 'organisation org_x@1'],
    ['{"kind":"digest","id":"2026-11-01"}', 'digest'],
    ['{"kind":7}', undefined],
    ['{"kind"', undefined],
    ['["kind"]', undefined],
    ['eyJ0eXAi.e30.x', undefined],
  ])('%s is called %s', (given, called) => {
    expect(publicDocumentIn(given)?.called).toBe(called)
  })
})
