import { languages } from '../../base/values/languages.ts'
import type { Bilingual, Language } from '../../base/values/languages.ts'
import { skeleton } from './confusables.ts'
import type { Fault } from './file-faults.ts'
import { faultIf } from './file-faults.ts'
import type { Kind } from './object-schemas.ts'
import type { ObjectVersion } from './objects.ts'
import type { Shelves } from './object-index.ts'

// Checks of the names of organisations, services, categories, datasets and purposes. A name that looks like another one, or whose display
// differs from its characters, would mislead people into a consent (UTS #36, UTS #39).

type Named = ObjectVersion & {
  readonly name?: Bilingual
  readonly shortName?: Bilingual
  readonly label?: Bilingual
  readonly status?: string
}
type Name = { readonly path: readonly [string, Language]; readonly text: string }

const named = [
  'organisation',
  'category',
  'dataset',
  'purpose',
  'service',
  'identity-provider',
] as const
const maxMarks = 2

const piledMarks = new RegExp(`\\p{M}{${maxMarks + 1}}`, 'u')
// Characters that are invisible or change the display. The blank Braille pattern counts: it is a symbol, and shows nothing.
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]/u
// Scripts whose letters look alike. A word in one script is accepted; a word that mixes two of these scripts is refused.
const scripts = [
  /\p{Script=Latin}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Canadian_Aboriginal}/u,
]

/**
 * Finds the faults of an object's names, by themselves and beside the names of other objects of its kind.
 * @param world the register as it would be after the apply
 */
export function nameFaultsIn(world: Shelves): (kind: Kind, ref: string) => Fault[] {
  const looks = new Map(named.map((kind) => [kind as Kind, looksOf(world[kind].current)]))
  return (kind, ref) => {
    const item: Named | undefined = world[kind].find(ref)
    const others = looks.get(kind)
    if (item === undefined || others === undefined) return []
    return namesOf(item).flatMap((name) => [
      ...faultsOf(name),
      ...(isInUse(item) ? likenesses(item.id, name, others) : []),
    ])
  }
}

function faultsOf({ path, text }: Name): Fault[] {
  const field = path.join('.')
  return [
    ...faultIf(
      unseen.test(text),
      path,
      `${field} has a control character, an invisible one, or one that turns the direction of writing`,
    ),
    ...faultIf(
      piledMarks.test(text.normalize('NFD')),
      path,
      `${field} has more than ${maxMarks} marks on one letter`,
    ),
    ...mixedWords(text).map((word) => ({
      path,
      message: `${field} mixes letters of two scripts in one word: ${word}`,
    })),
  ]
}

/** The words of a text that have letters of two scripts that look alike. */
export function mixedWords(text: string): string[] {
  const words = text.normalize('NFC').match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  return words.filter((word) => scripts.filter((script) => script.test(word)).length > 1)
}

function likenesses(id: string, name: Name, others: ReadonlyMap<string, Set<string>>): Fault[] {
  const alike = new Set(keysOf(name).flatMap((key) => [...(others.get(key) ?? [])]))
  alike.delete(id)
  return [...alike].toSorted().map((other) => ({
    path: name.path,
    message: `${name.path.join('.')} may be taken for the name of ${other}`,
  }))
}

/** The ids of the objects for each look of a name. */
function looksOf(items: readonly Named[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const item of items.filter(isInUse))
    for (const key of namesOf(item).flatMap(keysOf))
      found.set(key, (found.get(key) ?? new Set()).add(item.id))
  return found
}

// A name has two keys: one with its capitals, since I looks like l, and one in small letters, since people ignore case.
function keysOf({ path: [, language], text }: Name): string[] {
  const plain = text.normalize('NFKC').replaceAll(/\s+/gu, ' ').trim()
  return [plain, plain.toLowerCase()].map((read) => `${language} ${skeleton(read)}`)
}

function namesOf({ name, shortName, label }: Named): Name[] {
  const short = shortName === name ? undefined : shortName
  return Object.entries({ name, short_name: short, label }).flatMap(([field, words]) =>
    languages.flatMap((language) =>
      words === undefined ? [] : [{ path: [field, language] as const, text: words[language] }],
    ),
  )
}

// A retired object may share its name with its successor.
function isInUse({ status }: Named): boolean {
  return status !== 'retired'
}
