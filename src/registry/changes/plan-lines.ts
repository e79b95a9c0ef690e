import { isDeepStrictEqual } from 'node:util'
import type { Database } from '../../base/database/database.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { AskedData, RegisterDifference } from './apply.ts'
import type { AskedClaim } from '../objects/claim-names.ts'
import { askedClaims } from '../objects/claim-names.ts'
import type { UnaskedProvider } from '../objects/provider-discovery.ts'
import type { FileOf } from '../objects/object-schemas.ts'
import type { RegisterObject } from './store.ts'

// What a plan shows, as lines for people and as JSON.

/** Counts the people who refused to allow some of this. Another room holds their answers. */
export type RefusalCount = (db: Database, asked: AskedData) => Promise<number>

const fewest = 10
const step = 5

/** How many people refused to allow the same for another programme: to both signers, never as a number below ten (docs/design/domain.md#i23). */
export async function refusalsByAgreement(
  db: Database,
  { besideChoices }: RegisterDifference,
  countRefusals: RefusalCount,
): Promise<ShownPlan['refused']> {
  const found: { id: string; people: string }[] = []
  for (const { agreement, asked } of besideChoices) {
    const count = await countRefusals(db, asked)
    const people = count < fewest ? `<${fewest}` : String(Math.round(count / step) * step)
    found.push({ id: agreement.id, people })
  }
  return found
}

/** What the folder does not speak of: nothing is changed of it, so no signature is over it. */
export function keptLines({ kept }: Pick<ShownPlan, 'kept'>): string[] {
  return kept.map(({ kind, id, version }) => `= ${kind} ${id} version ${version}: no file, kept`)
}

type Planned = {
  readonly new: readonly Named[]
  readonly changed: readonly (Omit<Named, 'version'> & {
    readonly from: number
    readonly to: number
    readonly fields: readonly string[]
    /** Of a text, and of a category or body that says something else: whether people who allowed the version before are asked again. */
    readonly material?: boolean
  })[]
  readonly kept: readonly Named[]
  /** Agreements by law that permit nothing until a new version of them is applied. */
  readonly outdated: readonly string[]
  /** Agreements that permit nothing until the register's cooling time is over. */
  readonly cooling: readonly { readonly id: string; readonly until: string }[]
  /** New and changed services that may ask whether a file is of a person, and why. */
  readonly matches: readonly { readonly id: string; readonly purpose: Bilingual }[]
  /** New and changed services that ask people for claims, and which. */
  readonly receives: readonly { readonly id: string; readonly claims: readonly AskedClaim[] }[]
}
type Named = Pick<RegisterObject, 'kind' | 'id' | 'version'>
export type ShownPlan = Planned & {
  /** Agreements by law for what some people refused for another programme, with their number: `<10`, or rounded. */
  readonly refused: readonly { readonly id: string; readonly people: string }[]
  /** New and changed providers of identities whose metadata nobody has held against their files. */
  readonly unasked: readonly UnaskedProvider[]
}

type Differences = Pick<RegisterDifference, 'changes' | 'kept' | 'outdated' | 'cooling'>

export function planView({ changes, kept, outdated, cooling }: Differences): Planned {
  return {
    new: changes
      .filter(({ before }) => before === undefined)
      .map(({ object }) => objectName(object)),
    changed: changes.flatMap(({ object, before, isMaterial: material }) => {
      if (before === undefined) return []
      const { kind, id, version: to } = object
      const fields = changedFields(before, object)
      const change = { kind, id, from: before.version, to, fields }
      return [{ ...change, ...(material !== undefined && { material }) }]
    }),
    kept: kept.map(objectName),
    outdated: outdated.map(({ id }) => id),
    cooling: cooling.map(({ agreement: { id }, until }) => ({ id, until: until.toISOString() })),
    matches: changes.flatMap(({ object, before }) => matchingAsked(object, before)),
    receives: changes.flatMap(({ object, before }) => claimsAsked(object, before)),
  }
}

// The content was read by the schema of its kind.
function claimsAsked({ kind, id, content }: RegisterObject, before: RegisterObject | undefined) {
  const same =
    before !== undefined && isDeepStrictEqual(before.content['claims'], content['claims'])
  if (kind !== 'service' || same) return []
  const claims = askedClaims((content as FileOf<'service'>).claims)
  return claims.length === 0 ? [] : [{ id, claims }]
}

function matchingAsked({ kind, id, content }: RegisterObject, before: RegisterObject | undefined) {
  const { matching } = kind === 'service' ? (content as FileOf<'service'>) : {}
  const isSame = before !== undefined && isDeepStrictEqual(before.content['matching'], matching)
  return matching === undefined || isSame ? [] : [{ id, purpose: matching.purpose }]
}

export function objectName({ kind, id, version }: RegisterObject): Named {
  return { kind, id, version }
}

function changedFields({ content: before }: RegisterObject, { content }: RegisterObject): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(content)])]
    .filter((field) => field !== 'version' && !isDeepStrictEqual(before[field], content[field]))
    .toSorted()
}
