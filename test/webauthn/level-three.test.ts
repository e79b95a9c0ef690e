import 'reflect-metadata' // before @peculiar/x509, which needs it
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { BasicConstraintsExtension, Extension } from '@peculiar/x509'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import type { CountedTry } from '../../src/base/web/limits/tries.ts'
import { makeRowSeals } from '../../src/base/sealing/row-seal.ts'
import {
  attesterOf,
  certify,
  listOf,
  rootOf,
  signerOf,
} from '../../src/demonstration/fido-metadata.ts'
import { openLevelThree } from '../../src/webauthn/index.ts'
import { standingOfChain } from '../../src/webauthn/revocation.ts'
import { metadataTable } from '../../src/webauthn/seal.ts'
import type { LevelThree } from '../../src/webauthn/index.ts'
import { readRegistration } from '../../src/webauthn/index.ts'
import type { AttestingModel, Forgery } from '../support/authenticator.ts'
import { makeAuthenticator } from '../support/authenticator.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase, patience } from '../support/database.ts'
import { callTool } from '../support/tool.ts'
import type { Fido, Put } from '../support/fido.ts'
import { dayFrom, makeFido, modelOf } from '../support/fido.ts'

// The operator's signed file of models, and keys whose maker attests them: what is believed, and what is not.

const origin = 'http://accord.localhost'
const seals = makeRowSeals([Buffer.alloc(32, 7)])

let database: FreshDatabase
let db: Database
let fido: Fido
let three: LevelThree
let said: string[] = []
// It only goes on, as clocks do.
let now = new Date()
// Where certificates say that revocation lists are.
let asked = 0
const listServer = createServer((_, answer) => {
  asked++
  answer.end()
})

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, patience)
  await new Promise<void>((resolve) => listServer.listen(0, '127.0.0.1', resolve))
  const { port } = listServer.address() as AddressInfo // it listens on a port
  fido = await makeFido(`http://127.0.0.1:${port}/list.crl`)
  await fido.list(fido.root, [])
  await fido.list(fido.maker, [])
  three = await openedWith()
})
beforeEach(async () => {
  await fido.list(fido.root, [])
  await fido.list(fido.maker, [])
})
afterAll(async () => {
  await three.close()
  fido.stop()
  listServer.close()
  await db.destroy()
  await database.drop()
})

function openedWith(settings = fido.settings): Promise<LevelThree> {
  said = []
  const note = ({ why = '' }: { why?: string }) => void said.push(why)
  const log = { debug: note, info: note, warn: note, error: note }
  return openLevelThree(settings, { db, seals, clock: () => now, log })
}

/** Puts a file in the place of the one before, as if no file was ever seen, and lets it be looked at. */
async function put(what: Put = {}): Promise<LevelThree> {
  await db('fidoMetadata').delete()
  said = []
  await change(what)
  return three
}

/** Files are looked at once a minute. */
async function change(what: Put): Promise<void> {
  fido.put(what)
  await minutesLater()
}

async function minutesLater(): Promise<void> {
  now = new Date(now.getTime() + 120_000)
  await three.trouble()
}

// Nothing is guessed here that could be counted.
function attest(given: Parameters<LevelThree['attest']>[1]) {
  return three.attest({} as CountedTry, given)
}

function registrationOf(model: AttestingModel | undefined, forgery: Forgery = {}) {
  const authenticator = makeAuthenticator({ origin, ...(model && { model }) })
  const options = {
    challenge: 'c2FtcGxl',
    rp: { id: 'accord.localhost' },
    user: { id: 'AAAA' },
    attestation: 'direct',
  }
  const response = readRegistration(authenticator.create(JSON.stringify(options), forgery))
  return { response, challenge: options.challenge, origin, rpId: 'accord.localhost' }
}

function daysOn(days: number): Date {
  return new Date(now.getTime() + days * 86_400_000)
}

test('a key that the maker of a certified model attests is believed, and nobody is asked', async () => {
  await put()
  expect(await three.trouble()).toBeUndefined()

  const { attested, registration } = await attest(registrationOf(fido.model))

  expect(attested).toMatchObject({ aaguid: fido.aaguid, format: 'packed', metadataNo: 7 })
  expect(registration.credentialDeviceType).toBe('singleDevice')
  expect(await three.judge(attested)).toBe('stands')
  expect(three.nameOf(fido.aaguid)).toBe('Clé bleue 3')
  expect(asked).toBe(0)
})

test.each<[string, () => Promise<Put>, string]>([
  [
    'by another root',
    async () => ({
      signers: [await signerOf(await rootOf('CN=Root of metadata'), fido.settings.signer)],
    }),
    'path',
  ],
  [
    'by a certificate of another host, of the same root',
    async () => ({ signers: [await fido.signerFor('shop.exemple.test')] }),
    'not of metadata',
  ],
  [
    'by a key that no root certified',
    async () => ({ signers: [await rootOf('CN=Root of metadata')] }),
    'path',
  ],
  ['and then changed', async () => Promise.resolve({ tamper: changedEntry }), 'signature'],
  [
    'without a signature',
    async () => Promise.resolve({ tamper: (text: string) => text.replace(/[^.]*$/, '') }),
    '',
  ],
  ['with the header of none', async () => Promise.resolve({ tamper: ofNone }), ''],
  ['with a malformed number', async () => Promise.resolve({ no: -1 }), 'malformed'],
  [
    'as nobody can read',
    async () => Promise.resolve({ tamper: () => '<html>' }),
    'metadata.jwt shows no chain of its signer',
  ],
  [
    'by a chain without end',
    async () => {
      const signer = await fido.signerFor(fido.settings.signer)
      return { signers: Array.from({ length: 9 }, () => signer) }
    },
    'metadata.jwt shows no chain of its signer',
  ],
])('a file that was signed %s gives level 3 to nobody', async (_, what, words) => {
  await put(await what())

  expect([await three.trouble(), said.join(' ')]).toEqual([
    'unusable',
    expect.stringContaining(words),
  ])
  await expect(attest(registrationOf(fido.model))).rejects.toThrow('level-three.unavailable')
})

function changedEntry(text: string): string {
  const [head = '', body = '', signature = ''] = text.split('.')
  const payload = Buffer.from(body, 'base64url')
    .toString()
    .replace('FIDO_CERTIFIED_L1', 'FIDO_CERTIFIED_L3')
  return [head, Buffer.from(payload).toString('base64url'), signature].join('.')
}

function ofNone(text: string): string {
  const [head = '', body = ''] = text.split('.')
  const header = {
    ...(JSON.parse(Buffer.from(head, 'base64url').toString()) as object),
    alg: 'none',
  }
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), body, ''].join('.')
}

test('a file whose roots are missing gives it to nobody', async () => {
  const { metadata } = fido.settings
  const none = await openedWith({ ...fido.settings, roots: metadata })
  expect([await none.trouble(), said.join(' ')]).toEqual([
    'unusable',
    `FIDO_ROOTS: 0 certificates in ${metadata}`,
  ])
  await none.close()
})

test('a file that is too large, and lists that are none or too many, give it to nobody, and are named', async () => {
  await put()
  const lists = fido.settings.lists ?? ''
  const wrong = join(lists, 'wrong.crl')
  const trouble = async (make: () => void) => {
    make()
    await minutesLater()
    rmSync(wrong, { force: true })
    return [await three.trouble(), said.at(-1)]
  }
  expect(await trouble(() => writeFileSync(wrong, 'no list'))).toEqual([
    'unusable',
    `FIDO_CRLS: ${wrong} is no revocation list`,
  ])
  const most = 8 * 1024 * 1024
  const large = () => {
    writeFileSync(wrong, '')
    truncateSync(wrong, most + 1)
  }
  expect((await trouble(large))[1]).toBe(`${wrong} has ${most + 1} bytes, more than ${most}`)
  const many = Array.from({ length: 199 }, (_, n) => join(lists, `${n}.crl`))
  const lay = () => {
    for (const path of many) writeFileSync(path, '')
  }
  expect((await trouble(lay))[1]).toBe(`FIDO_CRLS: 201 lists in ${lists}`)
  for (const path of many) rmSync(path)
  await minutesLater()
  expect(await three.trouble()).toBeUndefined()
})

test('a file that is not there any more gives it to nobody', async () => {
  await put()
  const { attested } = await attest(registrationOf(fido.model))
  rmSync(fido.settings.metadata)
  await minutesLater()
  expect([await three.trouble(), await three.judge(attested)]).toEqual(['unusable', 'unavailable'])
})

test('after its last day a file gives it to nobody, until a newer one comes', async () => {
  await put({ nextUpdate: daysOn(1).toISOString().slice(0, 10) })
  const { attested } = await attest(registrationOf(fido.model))
  expect(await three.judge(attested)).toBe('stands')

  now = daysOn(2)
  expect(await three.judge(attested)).toBe('unavailable')
  expect(await three.trouble()).toBe('over')
  await expect(attest(registrationOf(fido.model))).rejects.toThrow('level-three.unavailable')

  await change({ no: 8 })
  expect(await three.judge(attested)).toBe('stands')
})

test('an older file than one that was seen is refused, and so is a note that was changed', async () => {
  await put({ no: 9 })
  expect(await three.trouble()).toBeUndefined()
  await change({ no: 8 })
  expect([await three.trouble(), said]).toEqual(['older', ['a newer file was seen before']])
  await change({ no: 9 })
  expect(await three.trouble()).toBeUndefined()
  // Another process has seen a newer one meanwhile: what this one holds is older now.
  const seen = { no: 10, nextUpdate: dayFrom(30), seenAt: now }
  await db('fidoMetadata').update({ ...seen, seal: seals.seal(metadataTable, seen) })
  await minutesLater()
  expect(await three.trouble()).toBe('older')

  await db('fidoMetadata').update({ no: 1 })
  await change({ no: 11 })
  expect(await three.trouble()).toBe('changed-mark')
})

test.each<[string, Put, string]>([
  ['a model that was revoked', { reports: [{ status: 'REVOKED' }] }, 'level-three.model-refused'],
  [
    'a model that is not certified',
    { reports: [{ status: 'NOT_FIDO_CERTIFIED' }] },
    'level-three.model-refused',
  ],
  ['a model that is not in the file', { entries: [] }, 'level-three.unknown-model'],
  [
    'a model without a root',
    { statement: { attestationRootCertificates: [] } },
    'level-three.model-refused',
  ],
])('no key of %s is added', async (_, what, code) => {
  await put(what)
  await expect(attest(registrationOf(fido.model))).rejects.toThrow(code)
})

test.each<[string, () => Promise<Parameters<typeof registrationOf>>, string]>([
  [
    'says nothing of its model',
    async () => Promise.resolve([undefined]),
    'level-three.no-attestation',
  ],
  [
    'vouches for itself',
    async () =>
      Promise.resolve([
        undefined,
        { format: 'packed', statement: selfSaid(), aaguid: fido.aaguid },
      ]),
    'level-three.no-attestation',
  ],
  [
    'is none, though it says so',
    async () => Promise.resolve([fido.model, { withoutKey: true }]),
    'passkey.refused',
  ],
  [
    'is of a form that we do not know',
    async () => Promise.resolve([fido.model, { format: 'gold' }]),
    'level-three.unknown-model',
  ],
  [
    'is of the form of U2F',
    async () => Promise.resolve([fido.model, { format: 'fido-u2f' }]),
    'level-three.unknown-model',
  ],
  [
    'is of the form of Apple',
    async () => Promise.resolve([fido.model, { format: 'apple' }]),
    'level-three.unknown-model',
  ],
  [
    'says that it is attested by a TPM, and is not',
    async () => Promise.resolve([fido.model, { format: 'tpm' }]),
    'passkey.refused',
  ],
  [
    'says that it is attested by Android, and is not',
    async () => Promise.resolve([fido.model, { format: 'android-key' }]),
    'passkey.refused',
  ],
  [
    'is attested by a maker of its own',
    async () => [
      modelOf(fido.aaguid, await attesterOf(await rootOf('CN=Root of keys'), fido.aaguid)),
    ],
    'passkey.refused',
  ],
  [
    'is attested by the certificate of another model',
    async () => [modelOf(fido.aaguid, await attesterOf(fido.maker, crypto.randomUUID()))],
    'passkey.refused',
  ],
  [
    'was signed for by another key than the certificate’s',
    async () => [{ ...fido.model, privateKey: modelOf('', await rootOf('CN=X')).privateKey }],
    'passkey.refused',
  ],
  [
    'can be copied from device to device',
    async () => Promise.resolve([fido.model, { isBackupEligible: true }]),
    'level-three.synchronised',
  ],
  [
    'did not verify its user',
    async () => Promise.resolve([fido.model, { isVerified: false }]),
    'passkey.refused',
  ],
  [
    'was made for another site',
    async () => Promise.resolve([fido.model, { origin: 'https://accord.example' }]),
    'passkey.refused',
  ],
])('a key is not added that %s', async (_, key, code) => {
  await put()
  await expect(attest(registrationOf(...(await key())))).rejects.toThrow(code)
  expect(asked).toBe(0)
})

function selfSaid(): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ['alg', -7],
    ['sig', new Uint8Array(70)],
  ])
}

test('revocation lists come from files, and one that is missing or over is no permission', async () => {
  await put()
  const { attested } = await attest(registrationOf(fido.model))

  await fido.list(fido.maker, [fido.attester])
  await minutesLater()
  expect(await three.judge(attested)).toBe('withdrawn')
  await expect(attest(registrationOf(fido.model))).rejects.toThrow('level-three.model-refused')

  await fido.list(fido.maker, [], daysOn(1))
  await minutesLater()
  expect(await three.judge(attested)).toBe('stands')
  now = daysOn(1.1)
  expect(await three.judge(attested)).toBe('unavailable')
  await expect(attest(registrationOf(fido.model))).rejects.toThrow('level-three.unavailable')

  const none = await openedWith({ ...fido.settings, lists: undefined })
  expect(await none.trouble()).toBe('unusable')
  expect(said.join(' ')).toContain('FIDO_CRLS')
  await none.close()
  expect(asked).toBe(0)
})

test('a list that somebody else signed is no list', async () => {
  await put()
  const { attested } = await attest(registrationOf(fido.model))
  await fido.list({ ...fido.maker, privateKey: fido.root.privateKey }, [fido.attester])
  await minutesLater()
  expect(await three.judge(attested)).toBe('unavailable')
})

test('a list with a critical extension speaks of a part of the certificates, and is no list', async () => {
  await put()
  const { attested } = await attest(registrationOf(fido.model))
  // IssuingDistributionPoint (RFC 5280, section 5.2.5), an empty one.
  const part = new Extension('2.5.29.28', true, Buffer.from([0x30, 0]))
  const bytes = await listOf(fido.maker, [], daysOn(9), [part])
  writeFileSync(join(fido.settings.lists ?? '', 'maker.crl'), bytes)
  await minutesLater()
  expect(await three.judge(attested)).toBe('unavailable')
})

test('a chain may have a certificate between, and an unknown one beside it is not believed', async () => {
  await put()
  const between = await certify({
    subject: 'CN=Between',
    by: fido.maker,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  const leaf = await attesterOf(between, fido.aaguid)
  const { attested } = await attest(registrationOf(modelOf(fido.aaguid, leaf, between)))
  expect(attested.certificates).toHaveLength(2)
  expect(await three.judge(attested)).toBe('stands')
  await expect(attest(registrationOf(modelOf(fido.aaguid, leaf)))).rejects.toThrow(
    'passkey.refused',
  )
  // A root that is shown too.
  const whole = [...attested.certificates, fido.maker.certificate.toString('base64')]
  expect(await standingOfChain(whole, [], [], now)).toBe('stands')
  await fido.list(fido.maker, [between])
  await minutesLater()
  expect(await three.judge(attested)).toBe('withdrawn')
})

test('where the thread ended another is begun, and until then nothing is believed', async () => {
  await put()
  const asked = attest(registrationOf(fido.model))
  await Promise.all([expect(asked).rejects.toThrow('level-three.unavailable'), three.close()])
  await expect(attest(registrationOf(fido.model))).rejects.toThrow('level-three.unavailable')
  await minutesLater()
  expect((await attest(registrationOf(fido.model))).attested.aaguid).toBe(fido.aaguid)
})

test('a file whose signer was revoked gives it to nobody', async () => {
  const signer = await fido.signerFor(fido.settings.signer)
  await put({ signers: [signer] })
  expect(await three.trouble()).toBeUndefined()
  await fido.list(fido.root, [signer])
  await minutesLater()
  expect([await three.trouble(), said.at(-1)]).toEqual([
    'unusable',
    'the certificate of its signer was revoked',
  ])
})

test('the operator reads a file before it is laid in its place', async () => {
  await put()
  const env = { ...fido.env, DATA_DIR: '/nowhere' }
  const good = await callTool(['models', fido.aaguid], env)
  expect(good).toMatchObject({ code: 0, err: '' })
  expect(good.out).toContain('number 7, until')
  expect(good.out).toContain(`1 of 1 models suffice\n${fido.aaguid} stands  Clé bleue 3`)
  const chosen = await callTool(['models'], { ...env, FIDO_MODELS: crypto.randomUUID() })
  expect(chosen.out).toContain('0 of 1 models suffice')

  await put({ tamper: changedEntry })
  const changed = await callTool(['models'], env)
  expect([changed.code, changed.err]).toEqual([1, expect.stringContaining('cannot be used')])
  await put({ nextUpdate: '2026-01-01' })
  expect((await callTool(['models'], env)).err).toContain('is over since 2026-01-01')
  expect((await callTool(['models'], {})).err).toContain('FIDO_METADATA is absent')
})

test('a model that is withdrawn later takes the level from its keys', async () => {
  await put()
  const { attested } = await attest(registrationOf(fido.model))

  const certified = { status: 'FIDO_CERTIFIED_L1', effectiveDate: '2026-01-01' }
  await change({ no: 8, reports: [certified, { status: 'REVOKED', effectiveDate: '2026-11-01' }] })
  expect(await three.judge(attested)).toBe('withdrawn')
  // Whatever the file says, who signs in below the level comes in.
  await change({ no: 9, statement: { attestationRootCertificates: ['', 'AAAA'] } })
  expect(await three.judge(attested)).toBe('unavailable')
  await change({ no: 10, entries: [] })
  expect([await three.judge(attested), three.nameOf(fido.aaguid)]).toEqual(['withdrawn', ''])
  const chain = Array.from({ length: 9 }, () => attested.certificates[0] ?? '')
  expect(await standingOfChain(chain, [], [], now)).toBe('unknown')
})
