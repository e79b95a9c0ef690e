import type { FileHandle } from 'node:fs/promises'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { endOfDay, startOfDay } from '../../base/values/calendar.ts'
import { writeId } from '../../base/values/ids.ts'
import { intoNewFile } from '../../base/values/new-file.ts'
import { present } from '../../base/values/present.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import { lockAccount, tellOrdered } from '../../people/accounts/index.ts'
import type { AuthorizedOrder, OrderWords, Register } from '../../registry/index.ts'
import { authorizeOrder, isDraft } from '../../registry/index.ts'
import { permitForUpdate } from '../decisions/index.ts'
import type { PermitOfBody } from '../disclosures/index.ts'
import { categoriesIn } from '../record/index.ts'
import type { BreachObject, PeopleFound, FindingSpan } from './find-people.ts'
import { findTouched, touchedObject } from './find-people.ts'

// The list of people whom a breach touched: of a body, a service or an agreement, by the order of two signers. It names each by the
// identifier that this one body knows already, and no other; she reads in her activity that she is on it, by whose order and why.

export type BreachListAsked = {
  readonly kind: BreachObject['kind']
  readonly id: string
  /** Days in Québec, a year at most. */
  readonly from: string
  readonly to: string
  /** Absent, where only the order is written. */
  readonly into: string | undefined
  readonly words: OrderWords
}
export type BreachLister = {
  readonly vault: Vault
  readonly pairwise: Pairwise
  readonly issuer: string
  readonly register: Register
}

/**
 * `accord breach list`. An order makes one list: whoever is on it is told of the order, and of each order once.
 * @returns the lines to print. @throws OperatorError where it is not ordered, or cannot be made
 */
export async function listTouched(
  db: Database,
  { kind, id, from, to, into, words }: BreachListAsked,
  now: Date,
  open: () => Promise<BreachLister>,
): Promise<string[]> {
  const parts = await open()
  const { issuer, register } = parts
  const object = touchedObject(register, kind, id)
  const about = `${kind} ${id}`
  const ordered = await authorizeOrder(
    {
      issuer,
      deed: 'breach',
      about,
      details: { from, to },
      signers: register.signers,
      needed: 2,
      now,
    },
    words,
  )
  if (isDraft(ordered)) return [...ordered]
  const span: FindingSpan = { since: startOfDay(from), until: endOfDay(to), now }
  const found = await findTouched(db, register, object, span)
  const later = found.later === 0 ? [] : [saidOfLater(found.later)]
  if (found.people.size === 0)
    return ['Nobody whom it may name was touched; nothing was written.', ...later]
  const path = present(into, 'the file of a list')
  const head = { type: 'accord.touched.v1', issuer, about, from, to, made_at: now.toISOString() }
  const count = await intoNewFile(path, (file) =>
    write(db, parts, { found, object, ordered, head, file }),
  )
  return [
    `${count} people written to ${path}, to be read by its owner alone. Each reads that she is on it.`,
    'It tells nobody what happened: the notice is yours (docs/operate/incidents/breach-notice.en.md).',
    ...later,
  ]
}

function saidOfLater(count: number): string {
  return `${count} sendings are not on it: the law shows them to their people later. Ask again then.`
}

type Writing = {
  readonly found: PeopleFound
  readonly object: BreachObject
  readonly ordered: AuthorizedOrder
  readonly head: object
  readonly file: FileHandle
}

/** A line of JSON for each person, once she is told; the last one has their number, so that a list that was cut short is seen. */
async function write(
  db: Database,
  parts: BreachLister,
  { found, object, ordered, head, file }: Writing,
): Promise<number> {
  const { order, signatures, operator } = ordered
  const by = {
    order_reason: order.reason,
    offices: signatures.map(({ office }) => office),
    operator,
  }
  await put(file, { ...head, ...by })
  let people = 0
  for (const [personId, touched] of found.people) {
    const sendings = await transact(db, async (tx) => {
      // Of an access that was erased nothing tells who she was.
      if (!(await lockAccount(tx, personId))) return undefined
      await tellOrdered(tx, { vault: parts.vault, personId }, ordered)
      const told = []
      for (const permit of touched.permits) {
        const genuine = await permitForUpdate(tx, parts.vault, parts.register, permit.decisionId)
        told.push(sendingOf(parts.register, permit, genuine !== undefined))
      }
      return told
    })
    if (sendings === undefined) continue
    const sub = parts.pairwise.subject(personId, object.organisation)
    await put(file, { sub, sendings, services: touched.services })
    people += 1
  }
  await put(file, { people })
  await file.sync()
  return people
}

function sendingOf(register: Register, permit: PermitOfBody, isAsTold: boolean) {
  const { decisionId, evaluatedAt, dataset: no, permitted, status, agreement } = permit
  const dataset = register.datasetByNo(no)
  return {
    decision_id: writeId('dec', decisionId),
    permitted_at: evaluatedAt.toISOString(),
    agreement: register.agreementByNo(agreement)?.ref ?? null,
    categories: dataset === undefined ? [] : categoriesIn(dataset, permitted),
    // « recorded »: the holder says that it was sent.
    status,
    // Whether an event of her chain tells the same. False: somebody changed the row, or wrote it.
    as_told: isAsTold,
  }
}

async function put(file: FileHandle, line: object): Promise<void> {
  await file.write(`${JSON.stringify(line)}\n`)
}
