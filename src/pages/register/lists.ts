import type { Kind } from '../../registry/index.ts'

// The lists of the public register: `/register/<list>`. Each is of one kind of object, or of what stands in the code and has no versions.

export const listNames = [
  'agreements',
  'organisations',
  'purposes',
  'categories',
  'datasets',
  'texts',
  'legal-bases',
  'grounds',
  'services',
  'identity-providers',
  'signers',
  'changes',
  'settings',
] as const
export type ListName = (typeof listNames)[number]

/** Lists of the code: `code-lists.ts`. */
export type CodeListName = 'legal-bases' | 'grounds'

const kindsOfLists: Readonly<Record<Exclude<ListName, CodeListName>, Kind>> = {
  agreements: 'agreement',
  organisations: 'organisation',
  purposes: 'purpose',
  categories: 'category',
  datasets: 'dataset',
  texts: 'text',
  services: 'service',
  'identity-providers': 'identity-provider',
  signers: 'signer',
  changes: 'change',
  settings: 'setting',
}

export function isOfCode(list: ListName): list is CodeListName {
  return !Object.hasOwn(kindsOfLists, list)
}

/** The kind of the objects of a list. */
export function kindOf(list: Exclude<ListName, CodeListName>): Kind {
  return kindsOfLists[list]
}

/** The list of a kind. */
export function listOf(kind: Kind): ListName {
  const found = listNames.find((list) => !isOfCode(list) && kindOf(list) === kind)
  if (found === undefined) throw new Error(`no list is of the kind ${kind}`)
  return found
}

/** The page of an object, of the version that is in force, or of the one that `ref` names. */
export function pathOf(list: ListName, ref: string): string {
  return `/register/${list}/${ref}`
}
