import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  Inventory,
  RetentionRule,
  Reader,
  ColumnSubject,
  RowSubject,
} from '../src/base/database/plain-table.ts'
import type { Language } from '../src/base/values/languages.ts'
import { retention, spansInWords } from '../src/base/values/retention.ts'
import { renewalsOf } from '../src/house/renewals.ts'
import { ended, forgotten, keptByLaw } from '../test/support/kept-lists.ts'
import { schemaFile } from './schema.ts'
import { declaredTables, sealedTables } from '../src/house/sealed-tables.ts'
import { guarded, listed, sealed } from '../test/support/tamper-lists.ts'

// docs/operate/inventory.md and its English pair: every table and column of migrations/schema.sql, by what its room declares. What
// protects a column follows from its name and type, what deletes a row from the code, who notices a change from the tamper drill's lists.

const root = join(import.meta.dirname, '..')

/** What the rooms declare, table by table. */
export const entries: Entries = Object.fromEntries(
  declaredTables.map(({ table, inventory }) => [table, inventory]),
)

export type Column = { readonly name: string; readonly type: string }
export type Table = { readonly name: string; readonly columns: readonly Column[] }
export type Entries = Readonly<Record<string, Inventory>>

/** The tables of a schema as `npm run schema` writes it. */
export function tablesOf(schema: string): Table[] {
  return [...schema.matchAll(/^create (?:unlogged )?table (\w+) \(\n([^]*?)^\)/gm)].map(
    ([, name = '', body = '']) => ({
      name,
      columns: [
        ...body.matchAll(
          /^ {2}"?([a-z]\w*)"? ([a-z][\w ]*?(?:\[\])?)(?=,?$| not null| default| generated|\()/gm,
        ),
      ]
        .map(([, column = '', type = '']) => ({ name: column, type }))
        .filter(({ name: column }) => column !== 'constraint'),
    }),
  )
}

export type Protection = 'encrypted' | 'wrapped' | 'hashed' | 'seal' | 'clear'

const encrypted = [
  'accounts.nickname',
  'contact_point.sealed',
  'dispute.answer_body',
  'dispute.body',
  'kept_pepper.sealed',
  'ledger_event.body',
  'notification.sealed_address',
  'password_proposals.sealed',
  'passwords.sealed',
  'mandate.sealed',
  'mandate_held.sealed',
  'proposal.sealed',
  'desk_search.sealed',
  'help_request.sealed',
  'receipt.body',
  'sign_in_request.ping',
  'signal_stream.authorization_sealed',
  'totp_enrolments.sealed',
  'totp_factors.sealed',
  'upstream_arrivals.vouched',
  'vouched_values.sealed',
  'work_access.sealed',
]
// Digests by other names: of the numbers of tokens and visits (SHA-256), of passwords and codes (HMAC), of the log (RFC 6962).
const hashed = [
  'asked_again.visit',
  'checkpoint.root',
  'consent_request.visit',
  'held_tries.name',
  'ledger_event.commitment',
  'ledger_pending.commitment',
  'ledger_position.commitment',
  'log.frontier',
  'log.root',
  'log_node.hash',
  'log_restore.root',
  'log_signing.root',
  'oidc_artifacts.id',
  'oidc_artifacts.parent_id',
  'oidc_replays.id',
  'oidc_sessions.id',
  'password_proposals.proof',
  'passwords.proof',
  'person_head.head_commitment',
  'rate_limits.key',
  'recovery_codes.proof',
  'card.number_mark',
  'card_code.proof',
  'session_ending.id',
  'sign_in_request.artifact_id',
  'signin_passwords.tries_key',
]
const inClear = [
  'kept_pepper.key_id',
  'ledger_pending.record',
  'operator_deed.about_salt',
  'passkeys.credential_id',
  'passkeys.public_key',
  'person_head.live',
  'webauthn_challenges.challenge',
  'webauthn_challenges.user_handle',
  'webauthn_users.user_handle',
]

/** What protects a column; undefined for bytes of which nothing says it. */
export function protectionOf(table: string, { name, type }: Column): Protection | undefined {
  const place = `${table}.${name}`
  if (encrypted.includes(place)) return 'encrypted'
  if (hashed.includes(place) || /(?:sha256|digest|_mark)$/.test(name)) return 'hashed'
  if (name === 'seal') return 'seal'
  if (name === 'wrapped_key') return 'wrapped'
  if (type !== 'bytea' || name === 'kek_id' || inClear.includes(place)) return 'clear'
  return undefined
}

/** What a rule of keeping demands of the code: who may delete rows of such a table. */
type Deleting = 'the sweep' | 'the erasure' | 'a deed' | 'nobody'
const deleting: Readonly<Record<RetentionRule, readonly Deleting[]>> = {
  content: ['the erasure'],
  decided: ['the erasure', 'a deed'],
  unreadable: ['nobody'],
  closing: ['the sweep', 'a deed', 'nobody'], // by the deletions of `src/house/forgets.ts`, which the list `forgotten` names
  ended: ['the sweep', 'a deed'],
  second: ['a deed'],
  window: ['the sweep'],
  drafts: ['the sweep'],
  day: ['the sweep'],
  night: ['a deed'],
  over: ['the sweep'],
  messages: ['the sweep', 'a deed'],
  signals: ['the sweep', 'a deed'],
  activity: ['the sweep'],
  traces: ['the sweep'],
  counts: ['the sweep'],
  walks: ['a deed'],
  silent: ['a deed'],
  deed: ['a deed'],
  now: ['nobody'],
  ever: ['nobody'],
  tree: ['a deed'],
}

/** What stands wrong in the list, held against the schema and the code: empty where each table and column has its place. */
export function faultsOf(
  tables: readonly Table[],
  list: Entries,
  sources: readonly string[],
): string[] {
  const names = new Set(tables.map(({ name }) => name))
  const unknown = [...Object.keys(list), ...Object.keys(keptByLaw), ...forgotten, ...ended]
    .filter((name) => !names.has(name))
    .map((name) => `${name} is no table`)
  return [
    ...unknown,
    ...tables.flatMap((table) => {
      const entry = list[table.name]
      if (entry === undefined) return [`${table.name} has no entry`]
      return [
        ...columnFaults(table, entry),
        ...keptFaults(table.name, entry, deletingOf(table.name, sources)),
      ]
    }),
  ]
}

function columnFaults({ name, columns }: Table, entry: Inventory): string[] {
  const said = wordsOf(Object.values(entry.columns).join(' '))
  const known = columns.map((column) => column.name)
  return [
    ...known.filter((one) => !said.includes(one)).map((one) => `${name}.${one} has no entry`),
    ...said.filter((one) => !known.includes(one)).map((one) => `${name}.${one} is no column`),
    ...said
      .filter((one, at) => said.indexOf(one) !== at)
      .map((one) => `${name}.${one} has two entries`),
    ...columns
      .filter((column) => protectionOf(name, column) === undefined)
      .map((column) => `${name}.${column.name}: nothing says what protects it`),
    ...(entry.whose === 'nobody' && known.includes('person_id')
      ? [`${name} has a person and says that it is nobody’s`]
      : []),
  ]
}

function keptFaults(name: string, { kept }: Inventory, found: readonly Deleting[]): string[] {
  const isForgotten = forgotten.includes(name)
  return [
    ...(deleting[kept].some((one) => found.includes(one))
      ? []
      : [`${name} is kept as « ${kept} », and rows are deleted by ${found.join(' and ')}`]),
    ...(kept === 'closing' && !isForgotten ? [`${name} is not among what a closing forgets`] : []),
    ...(keptByLaw[name] !== undefined && isForgotten ? [`${name} is kept and forgotten`] : []),
    ...((kept === 'ever' || kept === 'now') && isForgotten ? [`${name} goes with an access`] : []),
  ]
}

/** Who deletes rows of a table, read from the code: sources are the texts of src and of the files of functions. */
export function deletingOf(table: string, sources: readonly string[]): Deleting[] {
  const found = new Set<Deleting>()
  for (const text of sources) {
    if (isSwept(table, text)) found.add('the sweep')
    for (const { index } of text.matchAll(new RegExp(`delete\\s+from\\s+${table}\\b`, 'gi')))
      found.add(isErasure(text.slice(0, index)) ? 'the erasure' : 'a deed')
    if (builds(table, text)) found.add('a deed')
  }
  return found.size === 0 ? ['nobody'] : [...found]
}

function isSwept(table: string, text: string): boolean {
  if (new RegExp(`(?:delete|take)Batch(?:<[^(]*>)?\\(\\s*(?:db|tx),\\s*'${table}'`).test(text))
    return true
  const isList = /deleteBatch\(db, table,/.test(text)
  return isList && new RegExp(`\\[[^\\]]*'${table}'[^\\]]*\\]`).test(text)
}

// The functions that erase by time have names of their own: `erase_…`, and `delete_…` of what is empty then.
function isErasure(before: string): boolean {
  const named = [...before.matchAll(/create or replace function (\w+)/gi)].at(-1)?.[1] ?? ''
  return /^(?:erase_|delete_(?:empty_)?(?:person|head))/.test(named)
}

function builds(table: string, text: string): boolean {
  const camel = table.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const chain = `\\b(?:db|tx|trx)(?:<[^()]*>)?\\(\\s*'${camel}'\\s*\\)(?:(?!\\b(?:db|tx|trx)(?:<[^()]*>)?\\(|\\n}|\\n\\n)[^]){0,400}?\\.(?:del|delete)\\(`
  return new RegExp(chain).test(text)
}

export function wordsOf(text = ''): string[] {
  return text.split(' ').filter((word) => word !== '')
}

/** The texts in which rows may be deleted. */
export function deletingSources(): string[] {
  return [...textsOf('src', '.ts'), ...textsOf('migrations/functions', '.sql')]
}

function textsOf(folder: string, end: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .filter((text) => /\bdelete\s+from\b|deleteBatch\(|\.del(?:ete)?\(\)/i.test(text))
}

/** Which room made each table: a migration is called after it. */
function roomsOf(): ReadonlyMap<string, string> {
  const names = readdirSync(join(root, 'migrations')).filter((name) => name.endsWith('.sql'))
  const pairs = names.toSorted().flatMap((name) => {
    const room = /^\d{4}_([a-z-]+)/.exec(name)?.[1] ?? ''
    const text = readFileSync(join(root, 'migrations', name), 'utf8')
    return [...text.matchAll(/\bcreate\s+(?:unlogged\s+)?table\s+(\w+)/gi)].map(
      ([, table = '']): [string, string] => [table, room],
    )
  })
  return new Map(pairs.toReversed())
}

type Words = {
  readonly title: string
  readonly lead: string
  readonly table: readonly string[]
  readonly columns: string
  readonly columnsLead: string
  readonly whose: Readonly<Record<RowSubject, string>>
  readonly said: Readonly<Record<ColumnSubject, string>>
  readonly kept: Readonly<Record<RetentionRule, string>>
  readonly orClosing: string
  readonly protection: Readonly<Record<Exclude<Protection, 'clear'>, string>>
  /** Before the columns that a seal leaves out. */
  readonly but: string
  readonly reads: Readonly<Record<Reader | 'she', string>>
  readonly noticed: Readonly<Record<'events' | 'seal' | 'list' | 'nothing', string>>
  readonly room: string
  readonly counted: (tables: number, columns: number) => string
}

const inFrench = spansInWords(retention, 'fr')
const inEnglish = spansInWords(retention, 'en')

const words: Readonly<Record<Language, Words>> = {
  fr: {
    title: 'Inventaire des données',
    lead: `[English](inventory.en.md). Écrit par \`npm run inventory\`, d’après \`migrations/schema.sql\` et les listes de la maison; un test échoue dès qu’une table ou une
colonne n’y est pas. Pour la loi : articles 63.5 et 76 de la Loi sur l’accès. Aucun renseignement qu’un organisme envoie à un autre ne passe par ici.

« Elle » est la personne dont parle une ligne. **À qui** : de qui parle la table. **Gardé** : jusqu’à quand; ce que dit le code qui efface
(\`src/house/schedule.ts#schedule\`, \`src/house/forgets.ts#forgets\`, \`src/consent/erasure/plan.ts#planByRetention\`). **Protégé** : chiffré (AES-256-GCM, lié à sa ligne), enveloppé
(une clé sous la clé \`data\`), empreinte (SHA-256 ou HMAC), sceau (HMAC de la ligne par la clé \`seal\`). Le reste est en clair, pour qui lit la base.
**Chez elle** : la partie du fichier « Prendre mes données » qui le dit. **Qui s’en aperçoit**, si quelqu’un change une ligne : ses événements, un sceau
(la ligne n’ouvre plus rien), ou une liste scellée en plus ([comment](../design/proof.md)). **Qui lit**, hors le code de la pièce nommée : elle, par ses pages et son
fichier; les organismes, ce qui les concerne ([intégrer](../integrate.md)); les exploitants, par une commande de l’outil, et par un ordre signé dès qu’il s’agit d’une personne; tous, ce qui est publié.
Les sauvegardes gardent tout aussi longtemps que l’exploitant les garde.`,
    table: [
      'table',
      'à qui',
      'quoi',
      'pourquoi',
      'gardé',
      'protégé',
      'qui lit',
      'chez elle',
      'qui s’en aperçoit',
    ],
    columns: 'Les colonnes',
    columnsLead: 'Chaque colonne, par ce qu’elle dit.',
    whose: {
      person: 'une personne',
      body: 'un organisme',
      operator: 'un exploitant',
      nobody: '–',
    },
    said: {
      contact: 'coordonnée',
      identity: 'identité',
      pseudonym: 'pseudonyme',
      consent: 'consentement',
      opens: 'accès',
      trace: 'trace',
      staff: 'employé',
      operator: 'exploitant',
      body: 'organisme',
      figure: 'chiffre',
      technical: 'technique',
    },
    kept: {
      ...inFrench,
      content: `${inFrench.content} après la fin du partage, le refus ou l’envoi`,
      decided: `un permis : ${inFrench.content}; un refus : ${inFrench.traces}`,
      unreadable: `sans fin; illisible ${inFrench.content} après la fin de ce que l’année contient, quand la clé est détruite`,
      closing: `${inFrench.closing} après la fermeture de l’accès`,
      activity: `${inFrench.activity}, ou moins selon le registre`,
      messages: `${inFrench.messages}, ou moins selon le registre`,
      ended: 'la fin de la session',
      second: 'une seconde',
      window: 'la période comptée',
      day: inFrench.over,
      night: 'la nuit suivante',
      over: `${inFrench.over} après sa fin`,
      silent: 'le silence du travailleur',
      deed: 'que l’organisme l’enlève',
      now: 'l’état présent seul',
      ever: 'sans fin',
      tree: 'sans fin, dès qu’un arbre signé l’a',
    },
    orClosing: `, ou ${inFrench.closing} après la fermeture`,
    protection: { encrypted: 'chiffré', wrapped: 'enveloppé', hashed: 'empreinte', seal: 'sceau' },
    but: 'sauf',
    reads: { she: 'elle', bodies: 'organismes', operators: 'exploitants', public: 'tous' },
    noticed: { events: 'événements', seal: 'sceau', list: 'sceau et liste', nothing: '–' },
    room: 'Pièce',
    counted: (tables, columns) => `${tables} tables, ${columns} colonnes.`,
  },
  en: {
    title: 'Data inventory',
    lead: `[Français](inventory.md). Written by \`npm run inventory\`, from \`migrations/schema.sql\` and the lists of the house; a test fails as soon as a table or a column
is not in it. For the law: sections 63.5 and 76 of the Act respecting Access. No information that one body sends to another passes here.

« She » is the person whom a row is about. **Whose**: whom the table is about. **Kept**: until when; what the code says that deletes
(\`src/house/schedule.ts#schedule\`, \`src/house/forgets.ts#forgets\`, \`src/consent/erasure/plan.ts#planByRetention\`). **Protected**: encrypted (AES-256-GCM, bound to its row), wrapped
(a key under the key \`data\`), digest (SHA-256 or HMAC), seal (HMAC of the row by the key \`seal\`). The rest is in clear for whoever reads the database.
**Hers**: the part of her file « Prendre mes données » that says it. **Who notices**, if somebody changes a row: her events, a seal (the row opens nothing
any more), or a sealed list besides ([how](../design/proof.md)). **Who reads**, besides the code of the named room: she, by her pages and her file; bodies, what is about
themselves ([integrate](../integrate.en.md)); operators, by a command of the tool, and by a signed order where it is about a person; everybody, what is published.
Backups keep all of it as long as the operator keeps them.`,
    table: [
      'table',
      'whose',
      'what',
      'why',
      'kept',
      'protected',
      'who reads',
      'hers',
      'who notices',
    ],
    columns: 'The columns',
    columnsLead: 'Each column, by what it says.',
    whose: { person: 'a person', body: 'a body', operator: 'an operator', nobody: 'nobody' },
    said: {
      contact: 'address',
      identity: 'identity',
      pseudonym: 'pseudonym',
      consent: 'consent',
      opens: 'access',
      trace: 'trace',
      staff: 'employee',
      operator: 'operator',
      body: 'body',
      figure: 'figure',
      technical: 'technical',
    },
    kept: {
      ...inEnglish,
      content: `${inEnglish.content} after the end of the sharing, the refusal or the sending`,
      decided: `a permit: ${inEnglish.content}; a refusal: ${inEnglish.traces}`,
      unreadable: `without end; unreadable ${inEnglish.content} after the end of what the year holds, once the key is destroyed`,
      closing: `${inEnglish.closing} after the access was closed`,
      activity: `${inEnglish.activity}, or less by the register`,
      messages: `${inEnglish.messages}, or less by the register`,
      ended: 'the end of the session',
      second: 'a second',
      window: 'the period that is counted',
      day: inEnglish.over,
      night: 'the night after',
      over: `${inEnglish.over} after its end`,
      silent: 'the worker’s silence',
      deed: 'that the body takes it away',
      now: 'the present state alone',
      ever: 'without end',
      tree: 'without end, once a signed tree has it',
    },
    orClosing: `, or ${inEnglish.closing} after the closing`,
    protection: { encrypted: 'encrypted', wrapped: 'wrapped', hashed: 'digest', seal: 'seal' },
    but: 'but for',
    reads: { she: 'she', bodies: 'bodies', operators: 'operators', public: 'everybody' },
    noticed: { events: 'events', seal: 'seal', list: 'seal and list', nothing: '–' },
    room: 'Room',
    counted: (tables, columns) => `${tables} tables, ${columns} columns.`,
  },
}

/** The page in a language. @param tables in the order of the schema */
export function inventoryDocument(language: Language, tables: readonly Table[]): string {
  const own = words[language]
  const rooms = Map.groupBy(tables, ({ name }) => roomsByTable.get(name) ?? '')
  const parts = [...rooms]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([room, within]) => {
      const rows = within.map((table) => tableRow(language, table))
      return `### ${own.room} \`${room}\`\n\n${tableText(own.table, rows)}`
    })
  const columns = tables.flatMap((table) => {
    const said = Object.entries(entryOf(table.name).columns) as [ColumnSubject, string][] // an entry’s columns are named by `ColumnSubject`
    return [
      `- \`${table.name}\`: ${said.map(([kind, names]) => `*${own.said[kind]}* ${names.replaceAll(' ', ', ')}`).join('; ')}`,
    ]
  })
  const all = tables.reduce((sum, table) => sum + table.columns.length, 0)
  return `# ${own.title}

${own.lead}

${own.counted(tables.length, all)}

## ${language === 'fr' ? 'Les tables' : 'The tables'}

${parts.join('\n\n')}

## ${own.columns}

${own.columnsLead}

${columns.join('\n')}
`
}

const roomsByTable = roomsOf()

function entryOf(name: string): Inventory {
  const entry = entries[name]
  if (entry === undefined) throw new Error(`no room declares ${name}`)
  return entry
}

function tableRow(language: Language, table: Table): string[] {
  const own = words[language]
  const entry = entryOf(table.name)
  const said = (Object.keys(entry.columns) as ColumnSubject[]).filter(
    (kind) => kind !== 'technical',
  ) // as above
  const isShort = forgotten.includes(table.name) && entry.kept !== 'closing'
  return [
    `\`${table.name}\``,
    own.whose[entry.whose],
    said.map((kind) => own.said[kind]).join(', ') || own.said.technical,
    entry.why[language],
    own.kept[entry.kept] + (isShort ? own.orClosing : ''),
    protectedColumns(own, table),
    readBy(own, entry),
    wordsOf(entry.exported)
      .map((member) => `\`${member}\``)
      .join(', ') || '–',
    own.noticed[noticedBy(table.name)],
  ]
}

function protectedColumns(own: Words, { name, columns }: Table): string {
  const by = Map.groupBy(columns, (column) => protectionOf(name, column) ?? 'clear')
  const parts = [...by].flatMap(([kind, held]) =>
    kind === 'clear'
      ? []
      : [
          kind === 'seal'
            ? sealText(own, name)
            : `${own.protection[kind]} ${held.map((one) => `\`${one.name}\``).join(', ')}`,
        ],
  )
  return parts.join('; ') || '–'
}

/** The seal, and the columns that it leaves out: what changes there is not found. */
function sealText({ protection, but }: Words, table: string): string {
  const value = sealedTables.find((one) => one.table === table)
  const left = Object.keys(value?.unsealed ?? {}).map((column) => `\`${column}\``)
  return left.length === 0 ? protection.seal : `${protection.seal} (${but} ${left.join(', ')})`
}

function readBy(own: Words, { exported, readBy: readers = [] }: Inventory): string {
  const named = readers.map((kind) => own.reads[kind])
  return [...(exported === undefined ? [] : [own.reads.she]), ...named].join(', ') || '–'
}

function noticedBy(table: string): 'events' | 'seal' | 'list' | 'nothing' {
  const has = (list: readonly string[]) => list.includes(table)
  if (has(listed)) return 'list'
  if (has(sealed)) return 'seal'
  return has(guarded) ? 'events' : 'nothing'
}

function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [lineOf(head), `|${'---|'.repeat(head.length)}`, ...rows.map(lineOf)].join('\n')
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Tables whose rows a key of this purpose seals or encrypts, as `accord keys` puts them under the newest. */
export function tablesUnder(purpose: 'data' | 'seal'): Set<string> {
  const keys = { data: [Buffer.alloc(32, 1)], seal: [Buffer.alloc(32, 2)] }
  return new Set(
    renewalsOf(keys)
      .filter((one) => one.purpose === purpose)
      .map(({ table }) => table),
  )
}

export const inventoryFiles: Readonly<Record<Language, string>> = {
  fr: join(root, 'docs/operate/inventory.md'),
  en: join(root, 'docs/operate/inventory.en.md'),
}

export function readTables(): Table[] {
  return tablesOf(readFileSync(schemaFile, 'utf8'))
}

/** `npm run inventory` */
if (import.meta.main) {
  const tables = readTables()
  const faults = faultsOf(tables, entries, deletingSources())
  if (faults.length > 0) {
    console.error(faults.join('\n'))
    process.exitCode = 1
  } else {
    mkdirSync(join(root, 'docs/operate'), { recursive: true })
    for (const language of ['fr', 'en'] as const)
      writeFileSync(inventoryFiles[language], inventoryDocument(language, tables))
  }
}
