import type { Bilingual, Language } from '../../base/values/languages.ts'
import { present } from '../../base/values/present.ts'
import type { Register, MemberRewording } from '../../registry/index.ts'

/** What the register says otherwise since a consent was given, for a page; its words are `consent.reworded.<member>`. */
export type RewordingLine = {
  readonly member: string
  /** The category or body, in the words before. */
  readonly subject: string
  readonly before: string
  readonly now: string
  readonly at: Date
  /** Whether it means something else now, for which her answer does not count. */
  readonly isMaterial: boolean
  /** Why the words were changed. */
  readonly reason: string | undefined
}

/** Pure. */
export function rewordingLines(
  rewordings: readonly MemberRewording[],
  register: Register,
  language: Language,
): RewordingLine[] {
  const inWords = (said: Bilingual | string | undefined) =>
    typeof said === 'object' ? said[language] : (said ?? '')
  return rewordings.map(({ kind, id, member, before, now, at, isMaterial, reason }) => {
    const names = register.asOf(at)
    // It was there when its words changed.
    const subject =
      kind === 'category'
        ? present(names.category(id), 'a category').label
        : present(names.organisation(id), 'a body').name
    const said = { member, before: inWords(before), now: inWords(now), at, isMaterial }
    return { ...said, subject: subject[language], reason: reason?.[language] }
  })
}
