import { isDeepStrictEqual } from 'node:util'
import type { Bilingual } from '../../base/values/languages.ts'

// What a person relied on when she allowed something: what a category is, and who a body is. A version that says another thing is
// another meaning, unless it declares that it changes the wording only (docs/design/domain.md#register).

/** A version among those of its object, with the meaning that it has. */
export type VersionMeaning = {
  readonly appliedAt: Date
  /** Why this version has other words for the same thing; undefined: it declares nothing. */
  readonly wordingChange: { readonly reason: Bilingual; readonly approvedOn: string } | undefined
  /** The version of the same object that first had this meaning. */
  readonly meaning: number
}

type Version = VersionMeaning & { readonly id: string; readonly version: number }

/** What a version says: words, which may be corrected, and facts, which may not. */
export type SaidMembers = { readonly words: Members; readonly facts: Members }
type Members = Readonly<Record<string, Bilingual | string | undefined>>

/**
 * The versions of one object, in their order, each with its meaning. A version that says the same as the version before, or declares
 * other words for it, has the same meaning. A version that goes back to the text of an earlier version has the meaning of that version.
 * Pure.
 */
export function inMeanings<T extends Version>(
  versions: readonly T[],
  saidOf: (version: T) => SaidMembers,
): T[] {
  const found: T[] = []
  const known = new Map<string, number>()
  for (const version of versions) {
    const before = found.at(-1)
    const key = keyOf(saidOf(version))
    const isReworded =
      before !== undefined &&
      version.wordingChange !== undefined &&
      stands(saidOf(before), saidOf(version))
    const isSame = before !== undefined && keyOf(saidOf(before)) === key
    const meaning = isReworded || isSame ? before.meaning : (known.get(key) ?? version.version)
    known.set(key, meaning)
    found.push({ ...version, meaning })
  }
  return found
}

export function keyOf({ words, facts }: SaidMembers): string {
  return JSON.stringify(
    Object.values({ ...words, ...facts }).map((one) =>
      typeof one === 'object' ? [one.fr, one.en] : (one ?? null),
    ),
  )
}

// A fact that was never said may be said later: nobody relied on another one.
function stands({ facts: before }: SaidMembers, { facts: now }: SaidMembers): boolean {
  return Object.entries(before).every(([name, fact]) => fact === undefined || fact === now[name])
}

/** The version that was in force just before an instant; undefined: the object was not there yet. Pure. */
export function versionBefore<T extends VersionMeaning>(
  versions: readonly T[],
  at: Date,
): T | undefined {
  return versions.findLast(({ appliedAt }) => appliedAt < at)
}

/** Whether an object means today what it meant at an instant; an object that was not there meant nothing. Pure. */
export function meansTheSame(versions: readonly VersionMeaning[], since: Date): boolean {
  const then = versionBefore(versions, since)
  return then !== undefined && then.meaning === versions.at(-1)?.meaning
}

/** One member in which a version differs from the version before. */
export type MemberRewording = {
  readonly kind: 'category' | 'organisation'
  readonly id: string
  /** The member of the file: `label`, `plain_description`… */
  readonly member: string
  readonly before: Bilingual | string | undefined
  readonly now: Bilingual | string | undefined
  readonly at: Date
  /** Whether the version means another thing than at the instant, and is not only another wording. */
  readonly isMaterial: boolean
  readonly reason: Bilingual | undefined
}

/** The members in which the versions of an object since an instant differ, in the order of the versions. Pure. */
export function rewordings<T extends Version>(
  kind: MemberRewording['kind'],
  versions: readonly T[],
  at: Date,
  saidOf: (version: T) => SaidMembers,
): MemberRewording[] {
  const first = versions.findLastIndex(({ appliedAt }) => appliedAt < at)
  return versions.slice(Math.max(first, 0)).flatMap((version, i, since) => {
    const [[then], before] = [since, since[i - 1]]
    if (then === undefined || before === undefined) return []
    const [was, is] = [saidOf(before), saidOf(version)].map(({ words, facts }) => ({
      ...words,
      ...facts,
    }))
    return Object.keys(is ?? {})
      .filter((member) => !isDeepStrictEqual(was?.[member], is?.[member]))
      .map((member) => ({
        kind,
        id: version.id,
        member,
        before: was?.[member],
        now: is?.[member],
        at: version.appliedAt,
        isMaterial: then.meaning !== version.meaning,
        reason: version.wordingChange?.reason,
      }))
  })
}
