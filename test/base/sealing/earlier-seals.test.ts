import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { camel } from '../../../src/base/database/column-names.ts'
import {
  deedSeal,
  headSeal as lastDeedSeal,
} from '../../../src/base/observing/operator-audit-store.ts'
import { markSeal } from '../../../src/base/sealing/first-seals.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import type { RowSeals } from '../../../src/base/sealing/row-seal.ts'
import { answerSeal } from '../../../src/consent/claims/seal.ts'
import { monthSeal } from '../../../src/consent/figures/seal.ts'
import { stopSeal } from '../../../src/consent/matching/seal.ts'
import { consentSeal } from '../../../src/consent/record/seal.ts'
import { streamSeal } from '../../../src/consent/signals/seal.ts'
import { headSeal } from '../../../src/ledger/chain/head.ts'
import { restoreSeal } from '../../../src/ledger/transparency-log/restore.ts'
import { contactSeal, holdSeal } from '../../../src/people/accounts/contact-seal.ts'
import { deviceSeal } from '../../../src/people/accounts/device-store.ts'
import { standingSeal } from '../../../src/people/accounts/standing.ts'
import { listSeal } from '../../../src/people/accounts/ways.ts'
import { vouchedSeal } from '../../../src/people/identity/seal.ts'
import { requestSeal } from '../../../src/provider/ciba/ciba-seal.ts'
import { secretSeal } from '../../../src/provider/clients/client-secrets.ts'
import {
  connectionSeal,
  sealOfArtifact,
  sealOfAuthorization,
  sealOfSession,
  trustedArtifact,
  trustedAuthorization,
  trustedSession,
} from '../../../src/provider/unit/seals.ts'
import { registerSeal, versionSeal } from '../../../src/registry/changes/seal.ts'
import {
  asideSeal,
  codeSeal,
  enrolmentSeal,
  passwordSeal,
  proposalSeal,
  totpSeal,
} from '../../../src/signin/factors/seal.ts'
import { attemptSeal, givenPasswordSeal } from '../../../src/signin/journey/seal.ts'
import {
  arrivalSeal,
  errandSeal,
  identitySeal,
  sessionSeal as upstreamSessionSeal,
} from '../../../src/signin/upstream/seal.ts'
import {
  attestationSeal,
  challengeSeal,
  keySeal,
  metadataSeal,
  userSeal,
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
function byUnit<Row>(
  seal: (by: RowSeals, row: Row) => Buffer,
  trusted: (by: RowSeals, row: Row & { seal: Buffer }) => { readonly kind: string },
  names: Readonly<Record<string, string>> = {},
): Sealer {
  const inUnit = (sample: Sample) =>
    Object.fromEntries(
      Object.entries(sample).map(([name, value]) => [names[name] ?? name, inJson(value)]),
    ) as Row // the columns of the sample are the row's
  return {
    seal: (by, sample) => seal(by, inUnit(sample)),
    holds: (by, sample, bytes) =>
      trusted(by, { ...inUnit(sample), kind: 'as read', seal: bytes }).kind === 'as read',
  }
}

function inJson(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  return Buffer.isBuffer(value) ? value.toString('hex') : value
}

const sealers: Readonly<Record<SealedKind, Sealer>> = {
  'operator deed 1': byValues(deedSeal),
  'last operator deed 1': byValues(lastDeedSeal),
  'first seals 1': byValues(markSeal),
  'head 1': byValues(headSeal, { person_id: 'chainId' }),
  'log restore 1': byValues(restoreSeal),
  'register version 1': byValues(versionSeal),
  'register 1': byValues(registerSeal),
  'standing 1': byValues(standingSeal),
  'known device 1': byValues(deviceSeal),
  'ways in 1': byValues(listSeal),
  'contact 1': byValues(contactSeal),
  'recovery hold 1': byValues(holdSeal),
  'vouched values 1': byValues(vouchedSeal),
  'passkey 1': byValues(keySeal),
  'webauthn user 1': byValues(userSeal),
  'webauthn challenge 1': byValues(challengeSeal),
  'key attestation 1': byValues(attestationSeal),
  'fido metadata 1': byValues(metadataSeal),
  'password 1': byValues(passwordSeal),
  'totp 1': byValues(totpSeal),
  'recovery code 2': byValues(codeSeal),
  'factor set aside 1': byValues(asideSeal),
  'totp enrolment 1': byValues(enrolmentSeal),
  'password proposal 1': byValues(proposalSeal),
  'sign-in attempt 1': byValues(attemptSeal),
  'sign-in password 1': byValues(givenPasswordSeal),
  'upstream identity 1': byValues(identitySeal),
  'upstream errand 1': byValues(errandSeal),
  'upstream arrival 2': byValues(arrivalSeal),
  'upstream session 1': byValues(upstreamSessionSeal),
  'service secret 1': byValues(secretSeal),
  'artifact 1': byUnit(sealOfArtifact, trustedArtifact as never, { session_uid: 'uid' }),
  'session 1': byUnit(sealOfSession, trustedSession as never),
  'session authorization 1': byUnit(sealOfAuthorization, trustedAuthorization as never, {
    session_uid: 'uid',
    content: 'payload',
  }),
  'connection 1': byValues(connectionSeal),
  'sign-in request 1': byValues(requestSeal),
  'claim answer 1': byValues(answerSeal),
  'matching stop 1': byValues(stopSeal),
  'signal stream 1': byValues(streamSeal),
  'counted month 1': byValues(monthSeal),
  'consent 1': byValues(consentSeal),
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
