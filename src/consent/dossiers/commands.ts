import { systemClock } from '../../base/values/clock.ts'
import { unlink, writeFile } from 'node:fs/promises'
import { endOfDay, startOfDay } from '../../base/values/calendar.ts'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { ReadingKey } from '../../base/keys/jwe.ts'
import { nameOfKey, newReadingKey, openWith, readingKeyOf, sealTo } from '../../base/keys/jwe.ts'
import type { StatementSigner } from '../../base/keys/jws.ts'
import { signStatement } from '../../base/keys/jws.ts'
import { requireProved, trustOf } from '../../base/tlog/policy-trust.ts'
import { present } from '../../base/values/present.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import { lockAccount, personOf, tellOrdered } from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { AuthorizedOrder, OrderWords, RegisterSigner } from '../../registry/index.ts'
import { isDraft, authorizeOrder } from '../../registry/index.ts'
import { publishedKeysFrom, readInputFile } from '../record/index.ts'
import { checkDossier } from './check.ts'
import type { Span } from './build-dossier.ts'
import { dossierClaims } from './build-dossier.ts'
import { privateReadingKey, readingKey } from './shapes.ts'

// A thousand events of a few kilobytes each.
const maxBytes = 32 * 1024 * 1024

/** What makes a dossier, and who may order one. */
export type DossierParts = {
  readonly vault: Vault
  readonly statements: StatementSigner
  readonly pairwise: Pairwise
  readonly issuer: string
  readonly signers: readonly RegisterSigner[]
}

export type DossierAsked = {
  readonly reference: string
  /** Days in Québec, a year at most. */
  readonly from: string
  readonly to: string
  /** Absent, where only the order is written. */
  readonly into: string | undefined
  readonly toKey: string | undefined
  readonly words: OrderWords
}

/**
 * `accord audit person`, by the order of two signers: one person a command, a year at most. She reads in her activity that it was made,
 * by whose order, and why.
 * @returns the lines to print. @throws OperatorError where it is not ordered, or cannot be made
 */
export async function makeDossier(
  db: Database,
  { reference, from, to, into, toKey, words }: DossierAsked,
  now: Date,
  open: () => Promise<DossierParts>,
): Promise<string[]> {
  const personId = await personOf(db, reference)
  if (personId === undefined) throw new OperatorError(`Nobody belongs to ${reference}.`)
  const parts = await open()
  const reader = toKey === undefined ? undefined : await readerIn(toKey)
  const key = reader === undefined ? 'none' : await nameOfKey(reader)
  const { issuer, signers } = parts
  const span = { from, to, since: startOfDay(from), until: endOfDay(to) }
  const details = { from, to, key }
  const ordered = await authorizeOrder(
    { issuer, deed: 'dossier', about: reference, details, signers, needed: 2, now },
    words,
  )
  if (isDraft(ordered)) return [...ordered]
  const at = present(into, 'the file of a dossier')
  const count = await write(db, parts, { personId, span, ordered, now, into: at, reader })
  const how = reader === undefined ? 'to be read by its owner alone' : `sealed to the key ${key}`
  return [`${count} bytes written to ${at}, ${how}. She reads that it was made.`]
}

type Writing = {
  readonly personId: string
  readonly span: Span
  readonly ordered: AuthorizedOrder
  readonly now: Date
  readonly into: string
  readonly reader: ReadingKey | undefined
}

/** The order and the message are noted in the transaction that reads: no dossier is made of which she does not learn. */
async function write(db: Database, parts: DossierParts, writing: Writing): Promise<number> {
  const { personId, span, ordered, now, into, reader } = writing
  const { vault, statements, pairwise, issuer } = parts
  let isFileMade = false
  try {
    return await transact(db, async (tx) => {
      await lockAccount(tx, personId)
      await tellOrdered(tx, { vault, personId }, ordered)
      await notify(tx, personId, 'dossier.made', now)
      const making = { vault, pairwise, issuer, personId, span, ordered, now }
      const signed = await signStatement(
        statements,
        'audit-dossier+jwt',
        await dossierClaims(tx, making),
      )
      const written = reader === undefined ? signed : await sealTo(reader, signed)
      await keepNew(into, `${written}\n`)
      isFileMade = true
      return written.length
    })
  } catch (error) {
    if (isFileMade) await unlink(into)
    throw error
  }
}

async function keepNew(path: string, content: string): Promise<void> {
  await writeFile(path, content, { flag: 'wx', mode: 0o600 }).catch((cause: unknown) => {
    throw new OperatorError(`${path} cannot be written, or is there already.`, { cause })
  })
}

async function readerIn(file: string): Promise<ReadingKey> {
  const read = readingKey.safeParse(parsed(await readInputFile(file)))
  if (read.success) return read.data
  throw new OperatorError(`${file} is no public key of « accord audit key ».`)
}

function parsed(content: string): unknown {
  return attempt(
    (): unknown => JSON.parse(content),
    recoverFrom(SyntaxError, () => undefined),
  )
}

type DossierChecked = {
  readonly file: string
  readonly key?: string
  readonly keys?: string
  readonly policy?: string
  readonly pin?: string
}

/** `accord audit verify`: it needs no database. @throws OperatorError where it does not hold, NotProvedError */
export async function verifyDossier(
  keysDir: string,
  { file, key, keys, policy, pin }: DossierChecked,
): Promise<string[]> {
  const content = (await readInputFile(file, maxBytes)).trim()
  const jwt = key === undefined ? content : await opened(content, key)
  const published = await publishedKeysFrom(keys, keysDir)
  const trust = (policy ?? pin) === undefined ? undefined : await trustOf({ policy, pin })
  const checked = await checkDossier(jwt, published, trust?.policy, systemClock())
  if (!checked.holds) throw new OperatorError(`The dossier does not hold: ${checked.because}.`)
  return trust === undefined ? [...checked.says] : requireProved(trust, [...checked.says])
}

/** `accord audit key` */
export async function makeReadingKey(file: string): Promise<string[]> {
  const key = await newReadingKey()
  await keepNew(file, `${JSON.stringify(key)}\n`)
  return [JSON.stringify(readingKeyOf(key))]
}

async function opened(sealed: string, keyFile: string): Promise<string> {
  const key = privateReadingKey.safeParse(parsed(await readInputFile(keyFile)))
  if (!key.success) throw new OperatorError(`${keyFile} is no key of « accord audit key ».`)
  const jwt = await openWith(key.data, sealed)
  if (jwt === undefined)
    throw new OperatorError('The dossier is sealed to another key, or was changed.')
  return jwt.trim()
}
