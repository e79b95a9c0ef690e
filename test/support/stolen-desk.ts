import type { Database } from '../../src/base/database/database.ts'
import { readTimeline } from '../../src/ledger/chain/index.ts'
import type { Answer, Browser } from './browser.ts'
import { allFormsOf } from './browser.ts'
import { untyped } from './database.ts'
import { inFlight, uuidOf } from './sharing-load.ts'
import type { Sharer } from './sharing-load.ts'
import { vaultOf } from './officers.ts'
import type { Comers, Visitor } from './who-enters.ts'
import { methodsAt } from './who-enters.ts'

// Somebody has the browser of an officer, and what stands on pages of a person: he sends all of it everywhere.

const atOnce = 12

type Fields = Readonly<Record<string, string>>
type Form = { readonly action: string; readonly fields: Fields }

/** Answers of pages and deeds, with what was asked. */
export type Tried = { readonly what: string; readonly answer: Answer }

/** The forms of all pages that somebody finds. */
async function formsFor(
  comers: Comers,
  { browser, port }: Visitor,
  consentId: string,
): Promise<readonly Form[]> {
  const pages = await inFlight([...comers.endpoints], atOnce, (endpoint) =>
    browser.clone().get(comers.pathOf(endpoint, consentId), { port }),
  )
  return pages.filter(({ status }) => status === 200).flatMap(allFormsOf)
}

// What a field may say that a page leaves to whoever types.
function typedFor({ consentId }: Sharer): Fields {
  return {
    numero: consentId,
    raison: 'present',
    mots: 'Elle est ici.',
    reference: consentId,
    reason: 'present',
    note: 'Elle est ici.',
    consent: consentId,
    id: consentId,
    choix: 'oui',
    answer: 'yes',
    granted: 'true',
    email: 'autre@exemple.test',
    password: 'trois huards dorment',
    code: '123456',
    name: 'Ma clé',
    text: 'Pourquoi ?',
    credential: '{}',
  }
}

/** What somebody sends, and in whose browser. */
export type Attempts = {
  readonly attacker: Visitor
  readonly sent: readonly Attempt[]
}
type Attempt = { readonly what: string; send(browser: Browser): Promise<Answer> }

/**
 * As this officer: each form of her pages as it stands and under his own token; and to every endpoint that takes a form or a document
 * every field that any page has. What ends her access, his help and his session comes last.
 */
export async function attemptsOf(
  comers: Comers,
  attacker: Visitor,
  { sharer, visitor }: { readonly sharer: Sharer; readonly visitor: Visitor },
): Promise<Attempts> {
  const { consentId } = sharer
  const own = await formsFor(comers, attacker, consentId)
  const hers = await formsFor(comers, visitor, consentId)
  const tokens = [...new Set(own.flatMap(({ fields }) => fields['csrf'] ?? []))]
  const herTokens = hers.flatMap(({ fields }) => fields['csrf'] ?? []).slice(0, 1)
  if (tokens.length === 0 || herTokens.length === 0) throw new Error('a page without a form')
  const typed = typedFor(sharer)
  const { port } = attacker
  const post = (action: string, fields: Fields): Attempt => ({
    what: `POST ${new URL(action, comers.stage.issuer).pathname}`,
    send: (browser) => browser.post(action, fields, { port }),
  })
  const sent = [
    ...hers.map(({ action, fields }) => post(action, fields)),
    ...hers.flatMap(({ action, fields }) =>
      tokens.map((csrf) => post(action, { ...typed, ...fields, csrf })),
    ),
    ...own.map(({ action, fields }) => post(action, { ...fields, ...typed })),
  ]
  const every = { ...fieldsOf([...own, ...hers]), ...typed }
  const headers = { 'content-type': 'application/json', authorization: bearer(attacker) }
  for (const endpoint of comers.endpoints) {
    const at = comers.pathOf(endpoint, consentId)
    for (const method of await methodsAt(comers, endpoint)) {
      const what = `${method} ${endpoint.path}`
      if (method === 'GET') sent.push({ what, send: (browser) => browser.get(at, { port }) })
      else if (endpoint.errors === 'page')
        sent.push(...[...tokens, ...herTokens].map((csrf) => post(at, { ...every, csrf })))
      else {
        const body = JSON.stringify(endpoint.path.endsWith('.json') ? jsonOf(typed) : every)
        sent.push({ what, send: (browser) => browser.post(at, body, { port, method, headers }) })
      }
    }
  }
  return { attacker, sent }
}

export async function tryAll({ attacker, sent }: Attempts): Promise<readonly Tried[]> {
  const answers: Tried[] = []
  for (const part of [0, 1, 2])
    answers.push(
      ...(await inFlight(
        sent.filter((one) => partOf(one) === part),
        atOnce,
        async ({ what, send }) => ({ what, answer: await send(attacker.browser.clone()) }),
      )),
    )
  return answers
}

function partOf({ what }: Attempt): number {
  if (what.endsWith('/guichet/fin')) return 2
  return /\/fin$|\/guichet\/suspension/.test(what) ? 1 : 0
}

function fieldsOf(forms: readonly Form[]): Fields {
  const found: Record<string, string> = {}
  for (const { fields } of forms)
    for (const [name, value] of Object.entries(fields)) found[name] ||= value
  return found
}

// The names that a desk takes over JSON, which refuses others.
function jsonOf({ reference = '', reason = '', note = '' }: Fields): object {
  return { reference, reason, note }
}

// A cookie is no token; somebody tries.
function bearer({ browser }: Visitor): string {
  return `Bearer ${browser.cookies().find(({ name }) => name === 'desk')?.value ?? ''}`
}

/** His own browser, which holds also a session of his access as if it were a person’s. */
export function withEveryCookie({ browser, port }: Visitor, planted: Visitor): Visitor {
  const own = browser.clone()
  own.take(...planted.browser.cookies())
  return { browser: own, port }
}

/** All rows of the database that name her or her sharing, by table. */
export async function rowsAbout(
  db: Database,
  { personId, consentId }: Sharer,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows: tables } = await untyped(db).raw<{ rows: { name: string }[] }>(
    `select tablename as name from pg_tables where schemaname = current_schema() order by 1`,
  )
  const found = new Map<string, readonly string[]>()
  for (const { name } of tables) {
    const { rows } = await untyped(db).raw<{ rows: { row: string }[] }>(
      `select to_jsonb(t)::text as row from ?? t
       where to_jsonb(t)::text like any (array[?, ?]) order by 1`,
      [name, `%${personId}%`, `%${uuidOf(consentId)}%`],
    )
    found.set(
      name,
      rows.map(({ row }) => row),
    )
  }
  return found
}

/** The tables of which a row about her is another one now, is new, or is gone. */
export function changedTables(
  before: ReadonlyMap<string, readonly string[]>,
  after: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return [...after].flatMap(([name, rows]) =>
    rows.join('\n') === before.get(name)?.join('\n') ? [] : [name],
  )
}

/** The kinds of the events of her chain, oldest first. */
export async function chainOf(
  { stage }: Pick<Comers, 'stage'>,
  { personId }: Sharer,
): Promise<readonly string[]> {
  const { vault } = await vaultOf(stage)
  const events = await readTimeline(stage.db, vault, personId, { after: 0, limit: 500 })
  return events.map(({ kind }) => kind)
}
