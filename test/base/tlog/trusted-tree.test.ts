import { describe, expect, test } from 'vitest'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import type { Signer } from '../../../src/base/tlog/note.ts'
import { openNote, signatureLine, signerFrom, signNote } from '../../../src/base/tlog/note.ts'
import { hasMlDsa } from '../../../src/base/tlog/signature-types.ts'
import { judgeTree } from '../../../src/base/tlog/trusted-tree.ts'
import { openByPolicy, readPolicy as readInBrowser } from '../../../public/js/verifier.js'

// Whoever has broken Ed25519 and P-256 signs as the log and its witness. By the day of the policy, trees of before hold, and his do not:
// for the command and for the page, which share no code.

const origin = 'journal.exemple.test/log/2026/p0'
const log = signerFrom(origin, 'ed25519', Buffer.alloc(32, 1))
const lasting = signerFrom(origin, 'ml-dsa-44', Buffer.alloc(32, 2))
const witness = signerFrom('temoin.exemple.test/1', 'cosignature', Buffer.alloc(32, 3))
const latticeWitness = signerFrom('temoin.exemple.test/2', 'ml-dsa-44', Buffer.alloc(32, 4))

const lines = [
  ...[log, lasting].map(({ verifier }) => `log ${verifier.vkey} https://${origin}`),
  `witness one ${witness.verifier.vkey}`,
  `witness two ${latticeWitness.verifier.vkey}`,
  'group either any one two',
  'quorum either',
]
const day = '2035-01-01'
const policyText = [...lines, `# classical-until ${day}`, ''].join('\n')
const policy = readPolicy(policyText)
const at = (instant: string) => Math.floor(Date.parse(instant) / 1000)
const before = at('2034-06-01T00:00:00Z')
const after = at('2036-06-01T00:00:00Z')
const now = new Date('2036-07-01T00:00:00Z')

const textOf = (size: number, fill = 5) =>
  checkpointText({ origin, size, root: Buffer.alloc(32, fill) })
const signed = (text: string, signers: readonly Signer[], time: number) =>
  signNote(text, signers, time)

/** By the command, and by the page. */
async function judged(note: string, by = policyText, when = now) {
  const { isByLog, isQuorum, holdsClassical } = judgeTree(note, readPolicy(by), when)
  const inBrowser = await readInBrowser(by)
  const opened = await openByPolicy({ note, origin }, inBrowser, when.getTime())
  expect(
    opened && [
      opened.isByLog,
      inBrowser.isMet(opened.signatures.map(vkeyOf)),
      opened.holdsClassical,
    ],
  ).toEqual([isByLog, isQuorum, holdsClassical])
  return { isByLog, isQuorum, holdsClassical }
}

function vkeyOf({ vkey }: { readonly vkey: string }): string {
  return vkey
}

const all = { isByLog: true, isQuorum: true, holdsClassical: true }

test('Ed25519’s key given to the attacker: a tree of before holds, with all that classical keys signed below it', async () => {
  const old = signed(textOf(3), [log, lasting, witness], before)
  expect(await judged(old)).toEqual(all)
  // Whether or not he cosigns it once more.
  expect(await judged(old + signatureLine(witness, textOf(3), after))).toEqual(all)
})

describe('a tree that he forges', () => {
  const forged = textOf(4, 6)
  const his = signerFrom(origin, 'ml-dsa-44', Buffer.alloc(32, 9))
  const oldLasting = signatureLine(lasting, textOf(3), before).trimEnd()

  test.each<[string, string]>([
    ['with the keys of Ed25519 alone', signed(forged, [log, witness], before)],
    [
      'dated before, with a key of ML-DSA-44 of his own',
      signed(forged, [log, his, witness], before),
    ],
    ['with the classical key twice', signed(forged, [log, log, witness], before)],
  ])('%s does not hold', async (_, note) => {
    expect(await judged(note)).toEqual({ isByLog: false, isQuorum: false, holdsClassical: false })
    // Until the day is over it does: the day is what a policy is for.
    expect(await judged(note, policyText, new Date('2035-01-01T23:59:59Z'))).toEqual(all)
    expect(await judged(note, lines.join('\n'))).toEqual(all)
  })

  test('with the line of ML-DSA-44 of another tree is no note of the log', async () => {
    const note = `${signed(forged, [log, witness], before)}${oldLasting}\n`
    expect(() => judgeTree(note, policy, now)).toThrow('does not hold')
    expect(await openByPolicy({ note, origin }, await readInBrowser(policyText), 0)).toBeUndefined()
  })
})

test('a tree of after the day holds by ML-DSA-44 alone, and below it no signature of a classical key counts', async () => {
  const note = signed(textOf(5), [log, lasting, witness], after)
  expect(await judged(note)).toEqual({ isByLog: true, isQuorum: false, holdsClassical: false })
  const cosigned = note + signatureLine(latticeWitness, textOf(5), after)
  expect(await judged(cosigned)).toEqual({ isByLog: true, isQuorum: true, holdsClassical: false })
  // A witness of before seals nothing: its key may be anybody's, and the log's own counts.
  const byWitness = signed(textOf(5), [log, witness], before)
  const sealed = byWitness + signatureLine(latticeWitness, textOf(5), before)
  expect(await judged(sealed)).toMatchObject({ isByLog: false, holdsClassical: false })
})

test('the day is the whole day, the earlier of two, and no word that can be overread', async () => {
  expect(policy.classicalUntil).toEqual(new Date('2035-01-02T00:00:00Z'))
  const two = readPolicy(`${policyText}  #classical-until\t2033-05-05 \n`)
  expect(two.classicalUntil).toEqual(new Date('2033-05-06T00:00:00Z'))
  expect(readPolicy(lines.join('\n')).classicalUntil).toBeUndefined()
  expect(
    readPolicy(`${lines.join('\n')}\n# not classical-until 2030-01-01`).classicalUntil,
  ).toBeUndefined()
  for (const word of ['soon', '2035', '2035-13-01', '2035-1-1'])
    expect(() => readPolicy(`# classical-until ${word}\n${lines.join('\n')}`)).toThrow('line 1')
})

test('a program without ML-DSA counts the line as absent, and says so', () => {
  expect([
    hasMlDsa('3.0.15+quic'),
    hasMlDsa('3.4.9'),
    hasMlDsa('3.5.0'),
    hasMlDsa('4.0.0'),
  ]).toEqual([false, false, true, true])
  const without = { ...lasting.verifier, key: undefined }
  const note = signed(textOf(3), [log, lasting, witness], before)
  const poor = {
    ...policy,
    logs: policy.logs.map((one) =>
      one.verifier.vkey === without.vkey ? { ...one, verifier: without } : one,
    ),
  }
  const judgement = judgeTree(note, poor, new Date(before * 1000))
  expect(judgement).toMatchObject({ isByLog: true, isQuorum: true, holdsClassical: true })
  expect(judgement.says).toEqual([
    `A signature of ${origin} is by ML-DSA-44, which this program cannot check (Node 24 can): it counts as absent.`,
  ])
  // After the day it cannot tell, and so nothing counts.
  expect(judgeTree(note, poor, now)).toMatchObject({ isByLog: false, holdsClassical: false })
  expect(() => openNote(signed(textOf(3), [lasting], before), [without])).toThrow('cannot check')
})
