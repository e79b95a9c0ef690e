import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { camel } from '../../../src/base/database/column-names.ts'
import { deedTable, lastDeedTable } from '../../../src/base/observing/operator-audit-store.ts'
import { markTable } from '../../../src/base/sealing/first-seals.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import type { RowSeals } from '../../../src/base/sealing/row-seal.ts'
import { answerTable } from '../../../src/consent/claims/seal.ts'
import { monthTable } from '../../../src/consent/figures/seal.ts'
import { stopTable } from '../../../src/consent/matching/seal.ts'
import { consentTable } from '../../../src/consent/record/tables.ts'
import { streamTable } from '../../../src/consent/signals/seal.ts'
import { headTable } from '../../../src/ledger/chain/head.ts'
import { restoreTable } from '../../../src/ledger/transparency-log/restore.ts'
import { contactTable, holdTable } from '../../../src/people/accounts/contact-seal.ts'
import { deviceTable } from '../../../src/people/accounts/device-store.ts'
import { accountTable } from '../../../src/people/accounts/person-standing.ts'
import { waysTable } from '../../../src/people/accounts/ways.ts'
import { vouchedTable } from '../../../src/people/identity/seal.ts'
import { requestTable } from '../../../src/provider/ciba/ciba-seal.ts'
import { secretTable } from '../../../src/provider/clients/client-secrets.ts'
import {
  artifactTable,
  authorizationTable,
  connectionTable,
  sessionTable,
} from '../../../src/provider/unit/tables.ts'
import { registerSeal, versionSeal } from '../../../src/registry/changes/seal.ts'
import {
  asideTable,
  codeTable,
  enrolmentTable,
  passwordTable,
  proposalTable,
  totpTable,
} from '../../../src/signin/factors/seal.ts'
import { attemptTable, givenPasswordTable } from '../../../src/signin/journey/seal.ts'
import {
  arrivalTable,
  errandTable,
  identityTable,
  upstreamSessionTable,
} from '../../../src/signin/upstream/seal.ts'
import {
  attestationTable,
  challengeTable,
  passkeyTable,
  metadataTable,
  userTable,
} from '../../../src/webauthn/seal.ts'
import type { Sample, SealedKind } from './sealed-samples.ts'
import { changed, columnsOf, samplesOf, samplesOfEach, sealedKinds } from './sealed-samples.ts'

// Seals stand in databases for years: what an earlier version sealed must hold, byte for byte. `earlier-seals.json` has, of each kind of
// row, the MACs of three hundred rows, made once, by the code at the commit that added it. It is never written again: a kind that comes
// later has a test of its own.

type Sealer = {
  seal(seals: RowSeals, row: Sample): Buffer
  holds(seals: RowSeals, row: Sample, seal: Buffer): boolean
}

const kept = JSON.parse(
  readFileSync(join(import.meta.dirname, 'earlier-seals.json'), 'utf8'),
) as Readonly<Record<SealedKind, string>>
const seals = makeRowSeals([Buffer.alloc(32, 'a key that seals test rows alone')])
const macBytes = 16

/** @param row what the seal covers, as its room declares it. @param names what the code calls a column otherwise */
function byValues(row: object, names: Readonly<Record<string, string>> = {}): Sealer {
  const named = (sample: Sample) =>
    Object.fromEntries(
      Object.entries(sample).map(([name, value]) => [names[name] ?? camel(name), value]),
    ) as never // the columns of the sample are the row's
  return {
    seal: (by, sample) => by.seal(row as never, named(sample)),
    holds: (by, sample, seal) => by.holds(row as never, named(sample), seal),
  }
}

/** Rows of units: instants are seconds, bytes are hex. */
function byUnit(row: object, names: Readonly<Record<string, string>> = {}): Sealer {
  const own = (name: string) => names[name] ?? name
  const inUnit = (sample: Sample) =>
    Object.fromEntries(
      Object.entries(sample).map(([name, value]) => [own(name), inJson(value)]),
    ) as never // the columns of the sample are the row's
  return {
    seal: (by, sample) => by.seal(row as never, inUnit(sample)),
    holds: (by, sample, seal) => by.holds(row as never, inUnit(sample), seal),
  }
}

function inJson(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  return Buffer.isBuffer(value) ? value.toString('hex') : value
}

const sealers: Readonly<Record<SealedKind, Sealer>> = {
  'operator deed 1': byValues(deedTable),
  'last operator deed 1': byValues(lastDeedTable),
  'first seals 1': byValues(markTable),
  'head 1': byValues(headTable, { person_id: 'chainId' }),
  'log restore 1': byValues(restoreTable),
  'register version 1': byValues(versionSeal),
  'register 1': byValues(registerSeal),
  'standing 1': byValues(accountTable),
  'known device 1': byValues(deviceTable),
  'ways in 1': byValues(waysTable),
  'contact 1': byValues(contactTable),
  'recovery hold 1': byValues(holdTable),
  'vouched values 1': byValues(vouchedTable),
  'passkey 1': byValues(passkeyTable),
  'webauthn user 1': byValues(userTable),
  'webauthn challenge 1': byValues(challengeTable),
  'key attestation 1': byValues(attestationTable),
  'fido metadata 1': byValues(metadataTable),
  'password 1': byValues(passwordTable),
  'totp 1': byValues(totpTable),
  'recovery code 2': byValues(codeTable),
  'factor set aside 1': byValues(asideTable),
  'totp enrolment 1': byValues(enrolmentTable),
  'password proposal 1': byValues(proposalTable),
  'sign-in attempt 1': byValues(attemptTable),
  'sign-in password 1': byValues(givenPasswordTable),
  'upstream identity 1': byValues(identityTable),
  'upstream errand 1': byValues(errandTable),
  'upstream arrival 2': byValues(arrivalTable),
  'upstream session 1': byValues(upstreamSessionTable),
  'service secret 1': byValues(secretTable),
  'artifact 1': byUnit(artifactTable, { session_uid: 'uid' }),
  'session 1': byUnit(sessionTable),
  'session authorization 1': byUnit(authorizationTable, {
    session_uid: 'uid',
    content: 'payload',
  }),
  'connection 1': byValues(connectionTable),
  'sign-in request 1': byValues(requestTable),
  'claim answer 1': byValues(answerTable),
  'matching stop 1': byValues(stopTable),
  'signal stream 1': byValues(streamTable),
  'counted month 1': byValues(monthTable),
  'consent 1': byValues(consentTable),
}

test.each(sealedKinds)(
  '%s: rows that earlier code sealed hold, and none with a column changed',
  (kind) => {
    const sealer = sealers[kind]
    const columns = columnsOf(kind)
    const macs = Buffer.from(kept[kind], 'base64')
    expect(macs).toHaveLength(samplesOfEach * macBytes)
    const faults = samplesOf(kind).flatMap((sample, n) => {
      const mac = macs.subarray(n * macBytes, (n + 1) * macBytes)
      const seal = Buffer.concat([seals.newestId, mac])
      const column = columns[n % columns.length]
      if (column === undefined) throw new Error(`${kind} covers nothing`)
      const other = { ...sample, [column.name]: changed(sample[column.name], column, n) }
      return [
        ...(sealer.holds(seals, sample, seal) ? [] : [`row ${n} does not hold`]),
        ...(sealer.seal(seals, sample).equals(seal) ? [] : [`row ${n} is sealed otherwise`]),
        ...(sealer.holds(seals, other, seal) ? [`row ${n} holds with another ${column.name}`] : []),
      ]
    })
    expect(faults).toEqual([])
  },
)
