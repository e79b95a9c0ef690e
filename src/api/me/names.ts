import type { Bilingual } from '../../base/values/languages.ts'
import { present } from '../../base/values/present.ts'
import { writeId } from '../../base/values/ids.ts'
import { categoriesIn } from '../../consent/record/index.ts'
import type { Names, Register } from '../../registry/index.ts'

// Rows hold the numbers of register objects, and bits of categories: an answer has their names.

/** The register by which numbers become names, and the instant of the reading. */
export type ReadContext = { readonly register: Register; readonly at: Date }

export type NamedObject = { readonly id: string; readonly name: Bilingual } | null

export function organisation(root: number | null, names: Names): NamedObject {
  if (root === null) return null
  const { id, name } = present(names.organisationByRoot(root), 'a body that a row names')
  return { id, name }
}

/** @param names the names of the time that the answer tells of */
export function categories(
  dataset: number,
  mask: bigint,
  register: Register,
  names: Names = register,
) {
  const found = present(register.datasetByNo(dataset), 'the dataset of a row')
  return categoriesNamed(categoriesIn(found, mask), names)
}

export function categoriesNamed(ids: readonly string[], names: Names) {
  return ids.map((id) => ({
    id,
    name: present(names.category(id), 'a category of a dataset').label,
  }))
}

export function namedObject(
  item: { readonly ref: string; readonly label: Bilingual } | undefined,
): NamedObject {
  return item === undefined ? null : { id: item.ref, name: item.label }
}

export function idOrNull(prefix: string, uuid: string | null): string | null {
  return uuid === null ? null : writeId(prefix, uuid)
}

export function instant(at: Date | null): string | null {
  return at?.toISOString() ?? null
}
