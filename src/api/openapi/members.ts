import type { Schema } from './document.ts'
import type { Member } from './pages.ts'

// Deeper than any of our shapes. The limit ends a shape that contains itself.
const maxDepth = 16

/** The members of a schema by their paths. All members of alternatives are listed; a member is required where each of them requires it. */
export function membersOf(schema: Schema): readonly Member[] {
  const found = new Map<string, Member>()
  for (const member of within(schema, '', true, 0)) {
    const before = found.get(member.name)
    const kinds = [...new Set([...(before?.kind.split(' | ') ?? []), member.kind])]
    const isRequired = member.isRequired || before?.isRequired === true
    found.set(member.name, { name: member.name, kind: kinds.join(' | '), isRequired })
  }
  return [...found.values()]
}

function within(schema: Schema, name: string, isRequired: boolean, depth: number): Member[] {
  if (depth > maxDepth) return []
  const { items, properties, required = [], allOf } = schema
  if (allOf !== undefined) return allOf.flatMap((part) => within(part, name, isRequired, depth + 1))
  const choice = alternatives(schema)
  if (choice !== undefined)
    return eitherOf(choice.map((part) => within(part, name, isRequired, depth + 1)))
  const own = name === '' ? [] : [{ name, kind: kindOf(schema), isRequired }]
  if (items !== undefined)
    return isPlain(items) ? own : [...own, ...within(items, `${name}[]`, true, depth + 1)]
  const members = Object.entries(properties ?? {}).flatMap(([member, part]) =>
    within(part, name === '' ? member : `${name}.${member}`, required.includes(member), depth + 1),
  )
  return [...own, ...members]
}

function eitherOf(lists: readonly Member[][]): Member[] {
  const isInAll = ({ name }: Member) =>
    lists.every((list) => list.some((one) => one.name === name && one.isRequired))
  return lists.flat().map((member) => ({ ...member, isRequired: isInAll(member) }))
}

// null beside a single alternative makes that one nullable: it is no alternative of its own.
function alternatives({ anyOf, oneOf }: Schema): readonly Schema[] | undefined {
  const all = anyOf ?? oneOf
  if (all === undefined) return undefined
  const given = all.filter(({ type }) => type !== 'null')
  const isNullable = given.length === 1 && all.length > 1
  return isNullable ? given.map((one) => ({ ...one, isNullable })) : given
}

function isPlain({ properties, items, allOf, anyOf, oneOf }: Schema): boolean {
  return [properties, items, allOf, anyOf, oneOf].every((inside) => inside === undefined)
}

function kindOf(schema: Schema): string {
  const { items } = schema
  const plain = nameOf(schema)
  const kind = items !== undefined && isPlain(items) ? `${plain} of (${kindOf(items)})` : plain
  const said = [kind, rangeOf(schema)].filter((part) => part !== '').join(', ')
  return schema['isNullable'] === true ? `${said} | null` : said
}

function nameOf({ type = 'any', ...schema }: Schema): string {
  if (Array.isArray(schema['enum']))
    return schema['enum'].map((one) => JSON.stringify(one)).join(' | ')
  if (schema['const'] !== undefined) return JSON.stringify(schema['const'])
  const { format } = schema
  const types = typeof type === 'string' ? type : type.join(' | ')
  return typeof format === 'string' ? `${types} (${format})` : types
}

// The largest safe integer is not shown as a limit: nobody reaches it.
function rangeOf(schema: Schema): string {
  const least = numberIn(schema, ['minLength', 'minItems', 'minimum'])
  const most = numberIn(schema, ['maxLength', 'maxItems', 'maximum'])
  const isLimit = most !== undefined && most < Number.MAX_SAFE_INTEGER
  if (least !== undefined && least > Number.MIN_SAFE_INTEGER)
    return isLimit ? `${least}–${most}` : `≥ ${least}`
  return isLimit ? `≤ ${most}` : ''
}

function numberIn(schema: Schema, names: readonly string[]): number | undefined {
  const found = names.map((name) => schema[name]).find((value) => typeof value === 'number')
  return typeof found === 'number' ? found : undefined
}
