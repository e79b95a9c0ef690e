import { fromBase64 } from '../../base/values/base64.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { PublishedKeys } from '../../base/keys/jws.ts'
import { readByPublishedKeys } from '../../base/keys/jws.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { holdsProof, readProof } from '../../base/tlog/log-proof.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { judgeTree } from '../../base/tlog/trusted-tree.ts'
import { commitmentTo, isLogEntry, logEntry } from '../../ledger/chain/index.ts'
import type { CheckedEvent, Dossier } from './shapes.ts'
import { dossier } from './shapes.ts'

// The check of a dossier, which needs its text, the published keys, and a policy of trust. Pure.

export type DossierCheck =
  | { readonly holds: true; readonly says: readonly string[] }
  | { readonly holds: false; readonly because: string }

/**
 * Checks the signature, that each event makes its entry, that they follow one another without a gap, and their places in the log.
 * @param policy undefined: places are not checked
 */
export async function checkDossier(
  jwt: string,
  published: PublishedKeys,
  policy: LogPolicy | undefined,
  now: Date,
): Promise<DossierCheck> {
  const claims = await readByPublishedKeys(published, 'audit-dossier+jwt', jwt)
  if (claims === undefined)
    return wrong('its signature does not hold: it was changed, or none of these keys signed it')
  const read = dossier.safeParse(claims)
  if (!read.success) return wrong('it does not have the members of a dossier')
  const { events } = read.data
  for (const [i, one] of events.entries()) {
    const because = faultOf(one, events[i - 1]) ?? placeFault(one, policy, now)
    if (because !== undefined) return wrong(`event ${one.person_seq}: ${because}`)
  }
  return { holds: true, says: [...headOf(read.data, policy), ...events.map(lineOf)] }
}

function faultOf(one: CheckedEvent, before: CheckedEvent | undefined): string | undefined {
  const entry = fromBase64(one.entry)
  if (entry === undefined || !isLogEntry(entry)) return 'it has no entry of a log'
  if (before !== undefined && one.person_seq !== before.person_seq + 1)
    return 'the one before it is missing'
  // Of what is erased the entry alone is left.
  return one.payload === undefined ? undefined : contentFault(one, one.payload, entry, before)
}

function contentFault(
  { person_seq: number, salt = '' }: CheckedEvent,
  payload: string,
  entry: Buffer,
  before: CheckedEvent | undefined,
): string | undefined {
  const key = fromBase64(salt)
  if (key === undefined || !logEntry(commitmentTo(key, payload)).equals(entry))
    return 'its salt and its payload make another entry'
  const { person_seq: seq, prev_commitment: previous } = membersIn(payload)
  if (seq !== number) return 'its payload has another number'
  const expected = before && fromBase64(before.entry)?.subarray(2).toString('base64')
  return expected === undefined || previous === expected
    ? undefined
    : 'it does not follow the one before it'
}

function placeFault(
  { entry, proof }: CheckedEvent,
  policy: LogPolicy | undefined,
  now: Date,
): string | undefined {
  if (policy === undefined || proof === undefined) return undefined
  return attempt(
    () => faultOfProof(proof, entry, policy, now),
    recoverFrom(NoteError, ({ message }) => `its proof ${message}`),
  )
}

/** @throws NoteError for a proof that is none */
function faultOfProof(
  proof: string,
  entry: string,
  policy: LogPolicy,
  now: Date,
): string | undefined {
  const proved = readProof(proof)
  const { isByLog, isQuorum } = judgeTree(proved.checkpoint, policy, now)
  if (!isByLog) return 'its tree is not signed by a log that you trust'
  if (!isQuorum) return 'too few witnesses have cosigned its tree'
  const held = fromBase64(entry)
  return held !== undefined && holdsProof(proved, held)
    ? undefined
    : 'its path does not lead to the signed tree'
}

function headOf(
  { iss, sub, from, to, order, signatures, operator, desk, events }: Dossier,
  policy: LogPolicy | undefined,
): string[] {
  const signed = signatures.map(({ office }) => `${office.fr} · ${office.en}`)
  const by = desk === undefined ? signed : [`two officers of ${desk.organisation}`]
  const proved = events.filter(({ proof }) => proof !== undefined).length
  const places =
    policy === undefined
      ? 'Not checked here: whether a public log holds them. To check it, give a policy of the log: --policy FILE|URL'
      : `A log that you trust holds ${proved} of them; the others had no signed tree yet.`
  return [
    `The signature holds. Signed by ${iss}, about ${order.about} (${sub}), from ${from} to ${to}.`,
    `Ordered by ${operator ?? by.join(' and ')}: ${order.reason.fr} · ${order.reason.en}`,
    `${events.length} events, each after the one before, none between them missing.`,
    places,
  ]
}

// What an auditor asks: who received what, under which text, when it was shown, stopped, acknowledged.
const told = [
  'holder',
  'recipient',
  'dataset',
  'categories_permitted',
  'categories_actual',
  'categories_received',
  'categories_granted',
  'categories',
  'legal_basis',
  'text',
  'agreement',
  'purpose',
  'decision_id',
  'consent_id',
  'occurred_at',
  'effect',
] as const

function lineOf({ person_seq: seq, payload }: CheckedEvent): string {
  if (payload === undefined) return `${seq}  its content is erased`
  const members = membersIn(payload)
  const facts = told.flatMap((name) => {
    const value = members[name]
    if (typeof value === 'string') return `${name}=${value}`
    return Array.isArray(value) && value.length > 0 ? `${name}=${value.join(',')}` : []
  })
  return [seq, members['recorded_at'], members['kind'], ...facts].join('  ')
}

function membersIn(payload: string): Readonly<Record<string, unknown>> {
  const read = attempt(
    (): unknown => JSON.parse(payload),
    recoverFrom(SyntaxError, () => null),
  )
  return typeof read === 'object' && read !== null ? { ...read } : {}
}

function wrong(because: string): DossierCheck {
  return { holds: false, because }
}
