import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { createMissingKeys, openKeys } from '../../../src/base/keys/keys.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import type { Verifier } from '../../../src/base/tlog/note.ts'
import { openNote, readVkey, signNote } from '../../../src/base/tlog/note.ts'
import { auditDatabase } from '../../../src/ledger/transparency-log/audit.ts'
import { policyText } from '../../../src/ledger/transparency-log/api.ts'
import { signersOf } from '../../../src/ledger/transparency-log/signers.ts'
import { makeAskWitnesses } from '../../../src/ledger/transparency-log/witnesses.ts'
import type { RunningWitness } from '../../../src/ledger/witness/index.ts'
import { newFolder } from '../../support/fault-process.ts'
import { freePorts } from '../../support/house.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage, serveStageWitness } from './stage.ts'
import { signNow } from '../../support/leases.ts'
import { callTool } from '../../support/tool.ts'

// The log's key, from one to the next, as an operator, a witness and whoever checks live through it. One test follows another.

let stage: LogStage
let keysDir: string
let witness: RunningWitness
let old: Verifier
/** Whom the witness trusts: what its operator was told. */
let told: Verifier[]

beforeAll(async () => {
  keysDir = join(newFolder(), 'keys')
  await createMissingKeys(keysDir)
  const keys = await openKeys(keysDir)
  stage = await openLogStage(keys.log, keys)
  told = [old] = await verifiers()
  const port = await freePorts(1)
  witness = await serveStageWitness(stage, port, () => told)
  stage.desk.log.warn = () => undefined
  await grow()
})
afterAll(async () => {
  await witness.close()
  await stage.close()
  rmSync(join(keysDir, '..'), { recursive: true })
})

async function verifiers(): Promise<[Verifier, ...Verifier[]]> {
  const { log } = await openKeys(keysDir)
  const [first, ...more] = signersOf(log, stage.origin).map(({ verifier }) => verifier)
  if (first === undefined) throw new Error('no key')
  return [first, ...more]
}

/** One entry more, signed as a process that has just been started signs. @returns who signed: names of keys */
async function grow(): Promise<string[]> {
  const person = await stage.newPerson()
  await stage.write(person, 1)
  await stage.sequence()
  const { log: secrets } = await openKeys(keysDir)
  const outbound = [new URL(`http://${readPort()}`).host]
  const askWitnesses = makeAskWitnesses(outbound, stage.desk.log)
  await signNow(stage.session, { ...stage.desk, secrets, askWitnesses })
  const { log } = await openKeys(keysDir)
  const known = [...signersOf(log, stage.origin).map(({ verifier }) => verifier), old]
  const { signatures } = openNote(note(), [...new Set(known), readVkey(witness.vkey)])
  return [...new Set(signatures.map(({ verifier }) => verifier.vkey))]
}

const readPort = () =>
  /localhost:[0-9]+/.exec(readFileSync(join(stage.ledgerDir, 'witnesses'), 'utf8'))?.[0] ?? ''
const note = () => readFileSync(join(stage.folder, 'checkpoint'), 'utf8')
const lines = () => readFileSync(join(keysDir, 'log'), 'utf8').trimEnd().split('\n')

const accord = (...args: string[]) => accordWith(keysDir, ...args)
const accordWith = (folder: string, ...args: string[]) =>
  callTool(['keys', ...args], {
    DATABASE_URL: stage.databaseUrl,
    KEYS_DIR: folder,
    LEDGER_DIR: stage.ledgerDir,
    ISSUER: issuer,
  })

test('a rotation puts a new key before the old one and prints its verifier keys', async () => {
  const [before] = lines()
  const ran = await accord('rotate', 'log')
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(lines()).toHaveLength(2)
  expect(lines()[1]).toBe(before)
  expect(statSync(join(keysDir, 'log')).mode & 0o777).toBe(0o600)
  expect(ran.out).toContain((await verifiers())[0].vkey)
  for (const secret of lines()) expect(ran.out).not.toContain(secret)
  // One rotation at a time.
  expect(await accord('rotate', 'log')).toMatchObject({ code: 1, out: '' })
  expect(lines()).toHaveLength(2)
  for (const args of [
    ['rotate', 'pairwise'],
    ['rotate', 'log', 'x'],
    ['retire'],
    ['retire', 'log', 'x'],
  ])
    expect((await accord(...args)).code).toBe(2)
})

test('both keys sign, policy and keys name both, and a witness with the old key only goes on', async () => {
  const [newer] = await verifiers()
  expect(await grow()).toEqual([newer.vkey, old.vkey, witness.vkey])
  const text = await policyText(stage.db, { issuer })
  expect(
    readPolicy(text)
      .logs.map(({ verifier }) => verifier.vkey)
      .toSorted(),
  ).toEqual([newer.vkey, old.vkey].toSorted())
  expect(text).not.toContain('signs no more')
  // Whoever trusts either, and whoever trusts what the house says, opens the note.
  for (const known of [[newer], [old], readPolicy(text).logs.map(({ verifier }) => verifier)])
    expect(openNote(note(), known).signatures).toHaveLength(known.length)
})

test('the old key can be retired after thirty days, or at once if it leaked', async () => {
  const early = await accord('retire', 'log')
  expect(early).toMatchObject({ code: 1, out: '' })
  expect(early.err).toContain('0 days, of 30')
  expect(lines()).toHaveLength(2)
  const both = readFileSync(join(keysDir, 'log'))
  expect(await accord('retire', 'log', '--at-once')).toMatchObject({ code: 0 })
  expect(lines()).toHaveLength(1)
  writeFileSync(join(keysDir, 'log'), both)
  await stage.tamper(`update key_check set state = 'used' where purpose = 'log'`)
  await stage.tamper(`update log_key set first_at = first_at - interval '31 days'`)
  expect(await accord('retire', 'log')).toMatchObject({ code: 0 })
  expect(lines()).toEqual([both.toString().split('\n')[0]])
  expect(await accord('retire', 'log')).toMatchObject({ code: 1 })
  const elsewhere = join(keysDir, '../without')
  cpSync(keysDir, elsewhere, { recursive: true })
  rmSync(join(elsewhere, 'log'))
  const without = await accordWith(elsewhere, 'retire', 'log')
  expect(without).toMatchObject({ code: 1, out: '' })
  expect(without.err).toContain('This machine does not sign: it has no key `log`.')
})

test('after that the new key signs alone, a witness without it refuses, and the old key’s last tree is published', async () => {
  const [newer] = await verifiers()
  const { size } = await signed()
  expect(await grow()).toEqual([newer.vkey])
  told = [newer]
  expect(await grow()).toEqual([newer.vkey, witness.vkey])
  const text = await policyText(stage.db, { issuer })
  expect(text).toContain(
    `log ${old.vkey} http://${stage.origin}\n# that key signed up to ${size} entries, and signs no more\n`,
  )
  const rows: unknown[] = await stage.db('logKey').select('vkey', 'lastSize').orderBy('lastSize')
  expect(rows).toEqual([
    { vkey: old.vkey, lastSize: String(size) },
    { vkey: newer.vkey, lastSize: null },
  ])
})

test('a signature of a retired key under a later tree is found', async () => {
  expect(await audit()).toEqual([])
  const { size, root } = await signed()
  const secrets = stage.desk.secrets.filter((secret) => Buffer.isBuffer(secret))
  await stage.tamper('update log_key set vkey = :vkey where vkey = :old', {
    vkey: signersOf(secrets, stage.origin)[0]?.verifier.vkey,
    old: old.vkey,
  })
  const text = checkpointText({ origin: stage.origin, size, root })
  const forged = signNote(text, signersOf(secrets, stage.origin))
  await stage.tamper('update checkpoint set note = :forged where tree_size = :size', {
    forged,
    size,
  })
  expect(await audit()).toContain(
    `the checkpoint of ${size} entries is signed only by keys that had ended`,
  )
})

async function signed() {
  const known = [...(await verifiers()), old]
  const text = openNote(note(), known).text.split('\n')
  return { size: Number(text[1]), root: Buffer.from(text[2] ?? '', 'base64') }
}

async function audit(): Promise<string[]> {
  const { findings } = await auditDatabase({
    session: stage.session,
    issuer,
    ledgerDir: stage.ledgerDir,
    vkeys: [],
    vault: undefined,
    publicLeaves: [],
  })
  return findings.map(({ because }) => because)
}
