import type { References } from './references.ts'
import type { AuditedRow } from './store.ts'

// A line is an event of the Elastic Common Schema. Every value in it is a word of ours, an id of the register, a number, or a reference:
// what a person or an operator typed is in none.

const ecsVersion = '8.17.0'

/** ECS wants words of its own lists in these three. */
type Kind = {
  readonly dataset: string
  readonly category: readonly string[]
  readonly type: readonly string[]
}
const kinds: Readonly<Record<AuditedRow['source'], Kind>> = {
  deed: { dataset: 'accord.deed', category: ['configuration'], type: ['admin'] },
  migration: { dataset: 'accord.deed', category: ['database'], type: ['change'] },
  register: { dataset: 'accord.register', category: ['configuration'], type: ['change'] },
  'matching-stop': { dataset: 'accord.refusal', category: ['api'], type: ['denied'] },
  activity: { dataset: 'accord.refusal', category: ['authentication'], type: ['info'] },
  decision: { dataset: 'accord.refusal', category: ['api'], type: ['access', 'denied'] },
}
// Deeds about an access, or about what is kept of a person.
const aboutPeople = /^(account|person|dossier|matching)-/

/** What a line is told apart by: it comes once. */
export type AuditLine = { readonly at: string; readonly id: string; readonly text: string }

/** @param isLate it was written when later lines stood there already */
export function lineOf(row: AuditedRow, references: References, isLate = false): AuditLine {
  const { source, action, outcome, more } = row
  const id = references.of('row', `${source} ${row.id}`)
  const kind = kinds[source]
  const person = row.personId === null ? undefined : references.of('person', row.personId)
  const event = {
    '@timestamp': row.at,
    ecs: { version: ecsVersion },
    event: {
      kind: 'event',
      category: source === 'deed' && aboutPeople.test(action) ? ['iam'] : kind.category,
      type: kind.type,
      action,
      outcome,
      reason: word(row.reason),
      id,
      sequence: source === 'deed' ? more['deed_no'] : undefined,
      dataset: kind.dataset,
    },
    service: {
      name: 'accord',
      node: given({ name: word(more['instance']) }),
      origin: given({ id: word(row.serviceId) }),
    },
    organization: given({ id: word(row.orgId) }),
    user: userOf(row, references, person),
    related: given({ hash: person === undefined ? undefined : [person] }),
    http: given({ request: given({ id: word(more['request_id']) }) }),
    source: given({ address: networkIn(more['network']) }),
    accord: given({ ...accordOf(row, references), late: isLate ? true : undefined }),
  }
  return { at: row.at, id, text: JSON.stringify(event) }
}

// Of a deed the user is the operator, and the person is the target; she is the target of a disclosure, too.
function userOf(
  { source, more }: AuditedRow,
  references: References,
  person: string | undefined,
): object | undefined {
  const target = given({ hash: person })
  if (source === 'activity') return target
  if (source !== 'deed') return given({ target })
  const who =
    referenceTo(references, 'operator', more['operator']) ??
    referenceTo(references, 'account', more['account'])
  return given({ hash: who, target })
}

function accordOf({ source, more }: AuditedRow, references: References): Record<string, unknown> {
  return {
    object: objectIn(more['object']),
    begun: source === 'deed' ? numberIn(more['begun_no']) : undefined,
    account: referenceTo(references, 'account', more['account']),
    reason_hash: referenceTo(references, 'reason', more['reason_sha256']),
    signers: wordsIn(more['signers']),
    signed_by: wordsIn(more['signed_by']),
    recipient: word(more['recipient']),
    purpose: word(more['purpose']),
    agreement: word(more['agreement']),
  }
}

function referenceTo(
  references: References,
  kind: Parameters<References['of']>[0],
  value: unknown,
): string | undefined {
  return typeof value === 'string' ? references.of(kind, value) : undefined
}

/** Words of our own lists and ids have these characters; nothing that somebody typed in sentences has. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:@/-]{1,120}$/.test(value) ? value : undefined
}

function objectIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:@/-]{1,120}( [\w.:@/-]{1,120})?$/.test(value)
    ? value
    : undefined
}

function networkIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\da-f.:]{2,39}\/\d{1,3}$/.test(value) ? value : undefined
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function wordsIn(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const found = value.map(word).filter((one) => one !== undefined)
  return found.length === 0 ? undefined : found
}

/** Without the members that are not there; undefined where none is. */
function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const there = Object.entries(values).filter(([, value]) => value !== undefined)
  return there.length === 0 ? undefined : Object.fromEntries(there)
}

/** The line that ends an hour. */
export function digestLine(until: string, jws: string, lines: number): string {
  return JSON.stringify({
    '@timestamp': until,
    ecs: { version: ecsVersion },
    event: { kind: 'state', action: 'audit-digest', dataset: 'accord.digest' },
    service: { name: 'accord' },
    accord: { digest: { lines, jws } },
  })
}

/** The signature in a line that ends an hour; undefined: it is another line. */
export function digestIn(line: unknown): string | undefined {
  const { accord } = line as { accord?: { digest?: { jws?: unknown } } } // each member is looked at
  return typeof accord?.digest?.jws === 'string' ? accord.digest.jws : undefined
}
