import type { Kind } from '../../registry/index.ts'

// The lists of the public register: `/register/<list>`. Each is of one kind of object; legal bases stand in the code, and have no versions.

export const listNames = [
  'agreements',
  'organisations',
  'purposes',
  'categories',
  'datasets',
  'texts',
  'legal-bases',
  'services',
  'identity-providers',
  'signers',
  'changes',
  'settings',
] as const
export type ListName = (typeof listNames)[number]

const kindsOfLists: Readonly<Record<Exclude<ListName, 'legal-bases'>, Kind>> = {
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

/** The kind of the objects of a list; undefined: legal bases. */
export function kindOf(list: ListName): Kind | undefined {
  return list === 'legal-bases' ? undefined : kindsOfLists[list]
}

/** The list of a kind. */
export function listOf(kind: Kind): ListName {
  const found = listNames.find((list) => kindOf(list) === kind)
  if (found === undefined) throw new Error(`no list is of the kind ${kind}`)
  return found
}

/** The page of an object, of the version that is in force, or of the one that `ref` names. */
export function pathOf(list: ListName, ref: string): string {
  return `/register/${list}/${ref}`
}
