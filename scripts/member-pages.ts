import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from '../src/base/values/languages.ts'
import { clientMembers } from '../src/provider/clients/client-metadata.ts'
import { jsonSchemaOf } from '../src/registry/objects/json-schemas.ts'
import type { JsonSchema } from '../src/registry/objects/json-schemas.ts'
import { kinds } from '../src/registry/objects/object-schemas.ts'
import type { Words } from './member-words.ts'
import { memberWords, metadataValues, sharedWords } from './member-words.ts'

const folder = join(import.meta.dirname, '../docs/integrate')

const words = {
  fr: {
    file: 'members.md',
    head: [
      '# Les membres de chaque fichier du registre',
      '',
      '[English](members.en.md). Pour qui écrit un fichier. Comment ils tiennent ensemble, et ce qui en est refusé : [les fichiers du registre](register.md).',
      'Votre éditeur connaît les mêmes règles par `docs/schemas/register/`. `npm run members` écrit cette page depuis les schémas du code.',
    ],
    columns: ['membre', 'exigé', 'valeur', 'ce qu’il dit'],
    yes: 'oui',
    orAbsent: 'par défaut',
    list: 'liste',
    of: 'de',
    text: 'texte',
    integer: 'entier',
    most: (count: unknown) => `${String(count)} au plus`,
    between: (least: unknown, most: unknown) => `${String(least)} à ${String(most)}`,
    day: 'jour, `AAAA-MM-JJ`',
    duration: 'durée, `P9M`',
    address: 'adresse',
    bothLanguages: 'les deux langues',
  },
  en: {
    file: 'members.en.md',
    head: [
      '# The members of each file of the register',
      '',
      '[Français](members.md). For whoever writes a file. How they fit together, and what is refused of them: [the files of the register](register.en.md).',
      'Your editor knows the same rules by `docs/schemas/register/`. `npm run members` writes this page from the schemas of the code.',
    ],
    columns: ['member', 'required', 'value', 'what it says'],
    yes: 'yes',
    orAbsent: 'by default',
    list: 'list',
    of: 'of',
    text: 'text',
    integer: 'integer',
    most: (count: unknown) => `at most ${String(count)}`,
    between: (least: unknown, most: unknown) => `${String(least)} to ${String(most)}`,
    day: 'day, `YYYY-MM-DD`',
    duration: 'duration, `P9M`',
    address: 'address',
    bothLanguages: 'both languages',
  },
} as const

type Written = keyof typeof memberWords
type Member = {
  readonly name: string
  readonly isRequired: boolean
  readonly schema: JsonSchema
}

/** The pages of docs/integrate/ about members of files as they should be: file → text. */
export function memberPages(): ReadonlyMap<string, string> {
  return new Map([pageIn('fr'), pageIn('en')])
}

function pageIn(language: Language): [string, string] {
  const { file, head, columns } = words[language]
  // `memberWords` has a member for each kind that has files.
  const sections = (Object.keys(memberWords) as Written[]).flatMap((kind) => [
    '',
    `## \`${kinds[kind].folder}/\``,
    '',
    `| ${columns.join(' | ')} |`,
    `|${'---|'.repeat(columns.length)}`,
    ...membersOf(kind).map((member) => rowOf(kind, member, language)),
  ])
  return [file, [...head, ...sections, ''].join('\n')]
}

/** The members of a kind, each followed by those inside it that have something to say. */
export function membersOf(kind: Written): Member[] {
  const own = membersIn(jsonSchemaOf(kind), '')
  const known = new Set(own.map(({ name }) => name))
  const more = kind === 'service' ? [...clientMembers].filter((name) => !known.has(name)) : []
  const all = [...own, ...more.map(readByProvider)]
  const names = new Set(all.map(({ name }) => name))
  const lost = Object.keys(memberWords[kind]).filter((name) => !names.has(name))
  if (lost.length > 0) throw new Error(`${kind} has no member ${lost.join(', ')}`)
  return all.filter(({ name }) => !name.includes('.') || memberWords[kind][name] !== undefined)
}

function membersIn(schema: JsonSchema, within: string): Member[] {
  const required = (schema['required'] ?? []) as readonly string[] // as a JSON Schema has it
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [
    { name: within + name, isRequired: required.includes(name), schema: inner },
    ...(isInBoth(inner) ? [] : membersIn(inner.items ?? inner, `${within}${name}.`)),
  ])
}

function readByProvider(name: string): Member {
  const schema = metadataValues[name]
  if (schema === undefined) throw new Error(`nothing says what a value of ${name} is`)
  return { name, isRequired: name === 'redirect_uris', schema }
}

function rowOf(kind: Written, { name, isRequired, schema }: Member, language: Language): string {
  const { yes, orAbsent } = words[language]
  const usual = schema['default']
  const value =
    usual === undefined
      ? valueOf(schema, language)
      : `${valueOf(schema, language)}; ${orAbsent} \`${JSON.stringify(usual).replaceAll('"', '')}\``
  const said = saidOf(`${kind}: ${name}`, memberWords[kind][name] ?? sharedWords[name], schema)
  return `| \`${name}\` | ${isRequired ? yes : ''} | ${value} | ${said[language]} |`
}

function saidOf(
  about: string,
  given: Words | undefined,
  { description }: JsonSchema,
): Readonly<Record<Language, string>> {
  if (given === undefined) throw new Error(`${about} has no words in scripts/member-words.ts`)
  if (typeof given !== 'string') return given
  if (typeof description !== 'string') throw new Error(`${about} has no words in English`)
  return { fr: given, en: description }
}

/** What a value looks like: « liste de `org_…`, 1 à 50 ». */
function valueOf(schema: JsonSchema, language: Language): string {
  const { const: only, enum: choices, type, items, properties } = schema
  if (typeof only === 'string') return `\`${only}\``
  if (Array.isArray(choices)) return choices.map((choice) => `\`${choice}\``).join(', ')
  if (type === 'boolean') return '`true`, `false`'
  if (type === 'integer') return numberOf(schema, language)
  if (isInBoth(schema)) return inBothOf(properties?.['fr'] ?? {}, language)
  if (items !== undefined) return listOf(schema, items, language)
  if (properties !== undefined) return `\`${namesIn(schema)}\``
  return type === 'object' ? mapOf(schema, language) : textOf(schema, language)
}

function numberOf({ minimum, maximum }: JsonSchema, language: Language): string {
  const { integer, between } = words[language]
  return `${integer}, ${between(minimum, maximum)}`
}

function inBothOf(one: JsonSchema, language: Language): string {
  const { text, most, bothLanguages } = words[language]
  const form = formOf(one, language) ?? text
  return `${form}, ${bothLanguages}${one['maxLength'] === undefined ? '' : `, ${most(one['maxLength'])}`}`
}

function listOf({ minItems, maxItems }: JsonSchema, items: JsonSchema, language: Language): string {
  const { list, of, most, between } = words[language]
  const count = minItems === undefined ? most(maxItems) : between(minItems, maxItems)
  return `${list} ${of} ${valueOf(items, language)}${maxItems === undefined ? '' : `, ${count}`}`
}

function textOf(schema: JsonSchema, language: Language): string {
  const { text, most } = words[language]
  const { maxLength } = schema
  return (
    formOf(schema, language) ?? `${text}${maxLength === undefined ? '' : `, ${most(maxLength)}`}`
  )
}

// A text with a form of its own is known by its format or its pattern.
function formOf({ format, pattern }: JsonSchema, language: Language): string | undefined {
  const { day, address, duration } = words[language]
  const form = typeof pattern === 'string' ? pattern : ''
  const [, prefix, hasVersion] = /^\^([a-z]+_)\[a-z0-9-\]\{1,60\}(@)?/.exec(form) ?? []
  if (prefix !== undefined) return `\`${prefix}…${hasVersion === undefined ? '' : '@1'}\``
  if (format === 'date') return day
  if (format === 'uri' || form.startsWith('^[^')) return address
  return form.startsWith('^P(') ? duration : undefined
}

function mapOf(schema: JsonSchema, language: Language): string {
  const names = schema['propertyNames'] as JsonSchema | undefined // as a JSON Schema has it
  const values = schema['additionalProperties'] as JsonSchema | undefined
  if (names === undefined || values === undefined) throw new Error('an object without members')
  return `${valueOf(names, language)}: ${valueOf(values, language)}`
}

function isInBoth({ properties = {} }: JsonSchema): boolean {
  return Object.keys(properties).join(' ') === 'fr en'
}

/** `{ name, hours?, address }`: what may be missing has a question mark. */
function namesIn(schema: JsonSchema): string {
  const required = (schema['required'] ?? []) as readonly string[] // as a JSON Schema has it
  const names = Object.keys(schema.properties ?? {})
  return `{ ${names.map((name) => (required.includes(name) ? name : `${name}?`)).join(', ')} }`
}

/** `npm run members` */
if (import.meta.main)
  for (const [file, text] of memberPages()) writeFileSync(join(folder, file), text)
