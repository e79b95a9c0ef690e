import { isDeepStrictEqual } from 'node:util'
import type { Pairwise } from '../../people/accounts/index.ts'
import { accountKept, isKnownPerson } from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import { maskOf, registerEpoch } from '../record/index.ts'
import type { LawCase } from '../decisions/index.ts'
import type { Caller } from '../../base/web/caller.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newUuid, writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { Book, JsonValue, Vault } from '../../ledger/chain/index.ts'
import { commitmentAt, eventAt, openBook } from '../../ledger/chain/index.ts'
import type { Dataset, Register } from '../../registry/index.ts'
import { legalBasis } from '../../registry/index.ts'
import { setAnomalies } from './anomaly-store.ts'
import {
  countDeclared,
  declarationByReference,
  declarationsByIds,
  insertDeclared,
} from './declaration-store.ts'
import type { DeclaredLaw, DeclaredRow } from './rows.ts'
import type { DisclosureContext } from './report-rules.ts'
import { skewSeconds } from './report-rules.ts'

// Declarations (decision 0111): a recipient says by itself that it received something without a permit, and by which law. That is no
// disclosure: it refers to no permit and counts nowhere. It is an anomaly, which its person and the holder read.

export type DeclarationContext = DisclosureContext & { readonly pairwise: Pairwise }

/** A recipient's declaration. */
export type Declaration = {
  readonly key: string
  /** The recipient's identifier of the person. */
  readonly sub: string
  readonly dataset: string
  readonly categories: readonly string[]
  readonly legalBasisId: string
  readonly law: DeclaredLaw
  readonly lawCase: LawCase | undefined
  /** The recipient's own name of this declaration. */
  readonly reference: string
  readonly occurredAt: Date
  readonly recordCount: number | undefined
}

/** The law and the case that a declaration names. */
export type DeclaredCase = {
  readonly law: DeclaredLaw
  readonly lawCase: LawCase | undefined
}

export type RecordedDeclaration = {
  readonly isNew: boolean
  readonly declared: DeclaredRow
  readonly dataset: Dataset
  readonly commitment: Buffer
}

// A body that declares more than this about one person in a month has something to explain elsewhere, and cannot fill her chain.
const mostAMonth = 10
const monthSeconds = 30 * 24 * 3600

/**
 * Records a declaration once: the same again gets the same answer.
 * @throws Problem declared.unknown (404); report.key, report.differs, report.time, report.categories, report.too-many, declared.dataset,
 *   declared.case (422)
 */
export async function declare(
  context: DeclarationContext,
  caller: Caller,
  said: Declaration,
): Promise<RecordedDeclaration> {
  if (said.key !== '' && said.key !== said.reference)
    throw new Problem('report.key', 422, 'Idempotency-Key must be the reference')
  const register = await context.live.at(await registerEpoch(context.db))
  const parties = partiesOf(register, caller, said)
  const personId = context.pairwise.person(said.sub, caller.orgId)
  if (personId === undefined || !(await isKnownPerson(context.db, personId)))
    throw new Problem('declared.unknown', 404, 'sub: no identifier of yours')
  return transact(context.db, async (tx) => {
    const book = await openBook(tx, context.vault, personId)
    const { reference } = said
    const known = await declarationByReference(tx, {
      personId,
      recipient: parties.recipient.root,
      reference,
    })
    const declaring = { context, book, personId, said, ...parties }
    return known === undefined ? record(tx, declaring) : again(tx, declaring, known)
  })
}

type Parties = {
  readonly dataset: Dataset
  readonly holder: { readonly id: string; readonly root: number }
  readonly recipient: { readonly id: string; readonly root: number }
}
type Declaring = Parties & {
  readonly context: DeclarationContext
  readonly book: Book
  readonly personId: string
  readonly said: Declaration
}

/** The two bodies and what went between them, by the register of now. @throws Problem */
function partiesOf(register: Register, { orgId }: Caller, said: Declaration): Parties {
  const dataset = register.dataset(said.dataset)
  const holder = register.organisation(dataset?.holder ?? '')
  const recipient = register.organisation(orgId)
  if (
    dataset === undefined ||
    holder === undefined ||
    recipient === undefined ||
    holder === recipient
  )
    throw new Problem('declared.dataset', 422, 'dataset: one of another body, of the register')
  if (said.categories.some((id) => !dataset.categories.includes(id)))
    throw new Problem('report.categories', 422, 'categories: some of the dataset, at least one')
  const basis = present(legalBasis(said.legalBasisId), 'a legal basis')
  if (basis.demandsCase && said.lawCase === undefined)
    throw new Problem('declared.case', 422, `case: ${basis.id} demands a case or order, and a role`)
  return { dataset, holder, recipient }
}

async function record(tx: Transaction, declaring: Declaring): Promise<RecordedDeclaration> {
  const { book, personId, said, dataset, holder, recipient } = declaring
  if (said.occurredAt > secondsAfter(book.now, skewSeconds))
    throw new Problem('report.time', 422, 'occurred_at is in the future')
  const since = secondsAfter(book.now, -monthSeconds)
  if ((await countDeclared(tx, { personId, recipient: recipient.root }, since)) >= mostAMonth)
    throw new Problem('report.too-many', 422, 'too much was declared about this person in a month')
  const declarationId = newUuid(book.now)
  const { commitment, personSeq } = await book.append({
    kind: 'disclosure.declared',
    actor: { type: 'organisation', organisation: recipient.id },
    fields: { declaration_id: writeId('dcl', declarationId), ...fieldsOf(declaring) },
  })
  const declared: DeclaredRow = {
    declarationId,
    personId,
    personSeq,
    holder: holder.root,
    recipient: recipient.root,
    dataset: dataset.no,
    legalBasisId: said.legalBasisId,
    law: said.law,
    reference: said.reference,
    occurredAt: said.occurredAt,
    recordedAt: book.now,
    categories: maskOf(dataset, said.categories),
    recordCount: said.recordCount ?? null,
  }
  await insertDeclared(tx, declared)
  const about = { about: declarationId, decisionId: null, consentId: null }
  const { holder: holderNo, recipient: recipientNo } = declared
  await setAnomalies(
    tx,
    { ...about, holder: holderNo, recipient: recipientNo },
    ['declared'],
    book.now,
  )
  await tell(tx, personId, book.now)
  return { isNew: true, declared, dataset, commitment }
}

// Nobody knows who reads the mailbox of somebody who is deceased.
async function tell(tx: Transaction, personId: string, now: Date): Promise<void> {
  const account = await accountKept(tx, personId)
  if (account?.status === 'active' && account.closedAt === null)
    await notify(tx, personId, 'disclosure.declared', now)
}

/** @throws Problem report.differs where the same reference was declared with something else */
async function again(
  tx: Transaction,
  declaring: Declaring,
  known: DeclaredRow,
): Promise<RecordedDeclaration> {
  const { context, personId, dataset } = declaring
  const event = await eventAt(tx, context.vault, personId, known.personSeq)
  const fields = fieldsOf(declaring)
  const isSame =
    event !== undefined &&
    Object.entries(fields).every(([name, value]) =>
      isDeepStrictEqual(event.payload[name], value),
    ) &&
    Object.hasOwn(event.payload, 'case') === Object.hasOwn(fields, 'case')
  if (!isSame) throw new Problem('report.differs', 422, 'something else was declared as reference')
  const commitment = await commitmentAt(tx, personId, known.personSeq)
  return { isNew: false, declared: known, dataset, commitment }
}

function fieldsOf({
  said,
  dataset,
  holder,
  recipient,
}: Parties & Pick<Declaring, 'said'>): Readonly<Record<string, JsonValue>> {
  const { lawCase, legalBasisId } = said
  const isKept = lawCase !== undefined && legalBasis(legalBasisId)?.demandsCase === true
  return {
    holder: holder.id,
    recipient: recipient.id,
    dataset: dataset.ref,
    categories: dataset.categories.filter((id) => said.categories.includes(id)),
    legal_basis: legalBasisId,
    law: { ...said.law },
    // Under another basis a case is not kept.
    ...(isKept ? { case: { number: lawCase.number, role: { ...lawCase.role } } } : {}),
    reference: said.reference,
    occurred_at: said.occurredAt.toISOString(),
    record_count: said.recordCount ?? null,
  }
}

/** The law of each declaration, by its id, with the case, which its sealed event alone says: one that is erased is left out. */
export async function caseDeclared(
  db: Database,
  vault: Vault,
  {
    personId,
    declarationIds,
  }: { readonly personId: string; readonly declarationIds: readonly string[] },
): Promise<ReadonlyMap<string, DeclaredCase>> {
  const found = new Map<string, DeclaredCase>()
  for (const { declarationId, personSeq, law } of await declarationsByIds(
    db,
    personId,
    declarationIds,
  )) {
    const event = await eventAt(db, vault, personId, personSeq)
    const isHers = event?.payload['declaration_id'] === writeId('dcl', declarationId)
    const lawCase = isHers ? (event.payload['case'] as LawCase | undefined) : undefined // as `fieldsOf` wrote it
    found.set(declarationId, { law, lawCase })
  }
  return found
}
