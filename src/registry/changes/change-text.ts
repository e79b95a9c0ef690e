import type { z } from 'zod'
import type { Bilingual } from '../../base/values/languages.ts'
import type { Effects } from './change-effects.ts'
import { remarksOf } from './change-remarks.ts'
import { askedClaims } from '../objects/claim-names.ts'
import type { ContentDifference, PathStep } from './differences.ts'
import { differencesOf, isObject, requiredMembers, thumbprintOf } from './differences.ts'
import { kinds } from '../objects/object-schemas.ts'
import type { MemberRank } from './member-ranks.ts'
import { rankOf, ranks } from './member-ranks.ts'
import type { refusedPeople, unaskedProvider } from '../objects/signature-schemas.ts'
import type { RegisterObject } from './store.ts'
import { breakLine, visible, visibleName } from './visible.ts'

// The one text of a change: who plans it, who signs it and who applies it read the same. It is made of the difference of the contents,
// whatever their members are, so that nothing is signed that does not stand in it.

export type ShownChange = {
  /** Of a change in a file: where it is for, why, and against what it was made. */
  readonly plan?: {
    readonly issuer: string
    readonly epoch: number
    readonly planned_at: string
    readonly reason: Bilingual
  }
  readonly sha256?: string
  readonly objects: readonly RegisterObject[]
  /** The versions that these replace. */
  readonly replaced: readonly RegisterObject[]
  readonly effects: Effects
  readonly refused: readonly z.infer<typeof refusedPeople>[]
  readonly unasked: readonly z.infer<typeof unaskedProvider>[]
}

type Change = {
  readonly object: RegisterObject
  readonly before: RegisterObject | undefined
  readonly differences: readonly ContentDifference[]
}

const titles: Readonly<Record<MemberRank, string>> = {
  first: 'Look at this first',
  relied: 'What else people and bodies read',
  words: 'Other words',
}
const nothingFirst = '  nothing: no address, key, category, term, law or status is another'
const nothingFollows = '  nothing begins, nobody is stopped, nobody is asked again'

/** @returns the lines, none of which is longer than a terminal is wide. Two changes of one register have two texts. */
export function changeText(shown: ShownChange): string[] {
  const changes = changesIn(shown)
  const [first = [], relied = [], words = []] = ranks.map((rank) => valuesOf(changes, rank))
  const notes = notesOf(shown, changes)
  const follows = followsFrom(shown)
  return [
    ...headOf(shown),
    `${titles.first}:`,
    ...(notes.length + first.length === 0 ? [nothingFirst] : [...notes, ...first]),
    'What follows:',
    ...(follows.length === 0 ? [nothingFollows] : follows),
    ...(relied.length === 0 ? [] : [`${titles.relied}:`, ...relied]),
    ...(words.length === 0 ? [] : [`${titles.words}:`, ...words]),
    'All of it, in short:',
    ...changes.map((change) => inShort(change, shown.effects)),
    ...(shown.sha256 === undefined ? [] : [`hash ${shown.sha256}`]),
  ].flatMap(breakLine)
}

function headOf({ plan }: ShownChange): string[] {
  if (plan === undefined) return []
  const { issuer, epoch, planned_at: at, reason } = plan
  return [
    `A change of the register of ${visible(issuer)}`,
    `  made on ${visibleName(at)}, against its epoch ${epoch}`,
    `  because: ${visible(reason.fr)}`,
    `  because: ${visible(reason.en)}`,
  ]
}

function changesIn({ objects, replaced }: ShownChange): Change[] {
  const was = new Map(replaced.map((object) => [keyOf(object), object]))
  return objects.map((object) => {
    const before = was.get(keyOf(object))
    const differences = differencesOf(before && saidIn(before), saidIn(object))
    return { object, before, differences }
  })
}

export function keyOf({ kind, id }: Pick<RegisterObject, 'kind' | 'id'>): string {
  return `${kind} ${id}`
}

// Id and version stand in the heading, where they are those of the file.
function saidIn({ kind, id, version, content }: RegisterObject): unknown {
  const { idField } = kinds[kind]
  const heading: Readonly<Record<string, unknown>> = { [idField]: id, version }
  const json = JSON.parse(JSON.stringify(content)) as typeof content // without what JSON leaves out
  return Object.fromEntries(Object.entries(json).filter(([name, value]) => heading[name] !== value))
}

function valuesOf(changes: readonly Change[], rank: MemberRank): string[] {
  return changes.flatMap((change) => {
    const { kind } = change.object
    const found = change.differences.filter(({ path: [member] }) => rankIn(kind, member) === rank)
    return found.length === 0
      ? []
      : [
          `  ${headingOf(change)}`,
          ...found.flatMap((one) => valueLines(one, change.before === undefined)),
        ]
  })
}

function rankIn(kind: RegisterObject['kind'], member: PathStep | undefined): MemberRank {
  return rankOf(kind, typeof member === 'string' ? member : '')
}

function headingOf({ object: { kind, id, version }, before }: Change): string {
  const since = before === undefined ? 'new, version ' : `version ${before.version} → `
  return `${kind} ${visibleName(id)}, ${since}${version}`
}

function valueLines(difference: ContentDifference, isNew: boolean): string[] {
  const { path, was, is } = difference
  const name = nameOf(path)
  const remarks = remarksOf(difference, isNew).map((said) => `      ! ${said}`)
  if (was === undefined) return [`    + ${name}: ${leafText(is)}`, ...remarks]
  if (is === undefined) return [`    - ${name}: ${leafText(was)}`, ...remarks]
  return [`    ~ ${name}`, `      was ${leafText(was)}`, `      now ${leafText(is)}`, ...remarks]
}

function nameOf(path: readonly PathStep[]): string {
  if (path.length === 0) return 'all of it'
  return path
    .map((step, n) => `${n > 0 && typeof step === 'string' ? '.' : ''}${stepText(step)}`)
    .join('')
}

function stepText(step: PathStep): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step !== 'string') return `[${placeText(step.was)} → ${placeText(step.is)}]`
  return /^\w[\w-]*$/.test(step) ? step : visible(step)
}

function placeText(place: number): string {
  return place < 0 ? '' : String(place)
}

/** A key by its thumbprint (RFC 7638), with its other members; what else there is, as it is. */
function leafText(value: unknown): string {
  const thumbprint = thumbprintOf(value)
  if (thumbprint === undefined || !isObject(value)) return visible(value)
  const named = requiredMembers[String(value['kty'])] ?? []
  const others = Object.entries(value).filter(([name]) => !named.includes(name))
  const more =
    others.length === 0 ? '' : `, ${visible(Object.fromEntries(others.toSorted(byName)))}`
  return `key ${thumbprint} (${String(value['kty'])})${more}`
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}

/** What the values alone do not say loudly enough. */
function notesOf(
  { effects, unasked: providers }: ShownChange,
  changes: readonly Change[],
): string[] {
  return [
    ...effects.alike.map(
      ({ name, like, of }) =>
        `  ! ${visible(name)} looks like ${visible(like)} of ${visibleName(of)}, and is another`,
    ),
    ...changes.flatMap(asksPeople),
    ...providers.map(({ id, why }) => `  ! identity-provider ${visibleName(id)}: ${visible(why)}`),
  ]
}

function asksPeople({ object: { kind, id, content }, differences }: Change): string[] {
  const isOf = (member: string, of?: string) =>
    differences.some(({ path: [name, part] }) => name === member && (of ?? part) === part)
  if (kind !== 'service') return []
  const { claims, matching } = readService(content)
  return [
    ...(matching === undefined || !isOf('matching')
      ? []
      : [
          `  ! service ${visibleName(id)}: asks whether files of its own are of people who signed in there`,
        ]),
    ...claims
      .filter(({ name }) => isOf('claims', name))
      .map(
        ({ name, isOptional }) =>
          `  ! service ${visibleName(id)}: asks each person for ${name} (${isOptional ? 'she may refuse it' : 'compulsory'})`,
      ),
  ]
}

// A file may hold anything: what is no service of ours has its members above, and no sentence here.
function readService(content: RegisterObject['content']) {
  const read = kinds.service.schema.safeParse(content).data
  return { claims: askedClaims(read?.claims), matching: read?.matching }
}

/** What each member of the effects says: one without a sentence does not compile. */
const sayings: { readonly [Name in keyof Effects]: (effects: Effects) => string[] } = {
  stops: ({ stops }) => stops.map((flow) => `  stopped: ${flowText(flow)}`),
  begins: ({ begins }) => begins.map((flow) => `  begins: ${flowText(flow)}`),
  asked_again: ({ asked_again: all }) =>
    all.map(({ by, agreements }) => {
      const who = agreements.length === 0 ? nobody : `whoever allowed ${namesText(agreements)}`
      return `  asked again, because of ${visibleName(by)}: ${who}`
    }),
  reworded: ({ reworded }) =>
    reworded.map((name) => `  not asked again: ${visibleName(name)} is another wording`),
  sign_in_stops: ({ sign_in_stops: names }) => lines('no sign-in any more', names),
  sign_in_begins: ({ sign_in_begins: names }) => lines('sign-in begins', names),
  signers_leave: ({ signers_leave: names }) => lines('signs no more', names),
  signers_come: ({ signers_come: names }) => lines('signs from now on', names),
  outdated: ({ outdated }) =>
    outdated.map(
      (name) =>
        `  ! agreement ${visibleName(name)}: permits nothing until a new version of it says what it names now`,
    ),
  cooling: ({ cooling }) =>
    cooling.map(
      ({ id, until }) =>
        `  ! agreement ${visibleName(id)}: takes effect on ${visibleName(until)} at the earliest`,
    ),
  // They stand at the top.
  alike: () => [],
}
const nobody = 'nobody, since no agreement that people allow names it'

function followsFrom({ effects, refused: counts }: ShownChange): string[] {
  return [
    ...Object.values(sayings).flatMap((say) => say(effects)),
    ...counts.map(
      ({ id, people }) =>
        `  ! agreement ${visibleName(id)}: ${inWords(people).fr} · ${inWords(people).en}`,
    ),
  ]
}

function lines(what: string, names: readonly string[]): string[] {
  return names.map((name) => `  ${what}: ${visibleName(name)}`)
}

function flowText({
  agreement,
  holder,
  recipient,
  purpose,
  dataset,
  categories,
  by_law: byLaw,
}: Effects['stops'][number]): string {
  const who = `from ${visibleName(holder)} to ${visibleName(recipient)}`
  const how = byLaw ? 'by law: nobody is asked' : 'where people allow it'
  return `${visibleName(dataset)} (${namesText(categories)}) ${who}, for ${visibleName(purpose)}, under ${visibleName(agreement)}, ${how}`
}

function namesText(names: readonly string[]): string {
  return names.map(visibleName).join(', ')
}

/** The sentence under which both signatures stand. */
export function inWords(people: string): Bilingual {
  const isFew = people.startsWith('<')
  const [fr, en] = isFew
    ? ['moins de dix', 'fewer than ten']
    : [visibleName(people), visibleName(people)]
  return {
    fr: `${fr} personnes ont refusé le même envoi pour un autre programme`,
    en: `${en} people refused the same sending for another programme`,
  }
}

function inShort({ object, before, differences }: Change, effects: Effects): string {
  const { kind, id, version } = object
  const name = `${kind} ${visibleName(id)}`
  if (before === undefined) return `+ ${name} version ${version}: new`
  const members = [...new Set(differences.map(({ path: [member] }) => nameOf([member ?? ''])))]
  const named = members.toSorted().join(', ') || 'nothing but the version'
  return `~ ${name} version ${before.version} → ${version}: ${named}${effectOn(object, effects)}`
}

function effectOn(
  { kind, id, version }: RegisterObject,
  { asked_again: asked, reworded }: Effects,
) {
  const ref = `${kind} ${id}@${version}`
  if (asked.some(({ by }) => by === ref)) return ' (material: asked again)'
  return reworded.includes(ref) ? ' (wording)' : ''
}
