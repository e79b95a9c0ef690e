import type { FileOf, Kind } from './kinds.ts'
import { kinds } from './kinds.ts'
import type {
  Agreement,
  Category,
  ConsentText,
  Dataset,
  Organisation,
  Purpose,
  RegisteredService,
  Versioned,
} from './objects.ts'
import {
  agreementOf,
  categoryOf,
  datasetOf,
  organisationOf,
  purposeOf,
  serviceOf,
  textOf,
} from './objects.ts'
import type { StoredObject } from './store.ts'

// The register in memory: the objects of each kind, found by name and by number.

/** The objects of one kind. */
export type Shelf<T> = {
  readonly all: readonly T[]
  readonly current: readonly T[]
  /** `dst_x` finds the current version, `dst_x@3` version 3. */
  find(ref: string): T | undefined
  byNo(no: number): T | undefined
}

export type Shelves = {
  readonly organisation: Shelf<Organisation>
  readonly category: Shelf<Category>
  readonly dataset: Shelf<Dataset>
  readonly purpose: Shelf<Purpose>
  readonly agreement: Shelf<Agreement>
  readonly text: Shelf<ConsentText>
  readonly service: Shelf<RegisteredService>
}

/** Puts objects on their shelves. @param objects those of one id in the order of their versions */
export function shelvesOf(objects: readonly StoredObject[]): Shelves {
  return {
    organisation: shelf('organisation', objects, organisationOf),
    category: shelf('category', objects, categoryOf),
    dataset: shelf('dataset', objects, datasetOf),
    purpose: shelf('purpose', objects, purposeOf),
    agreement: shelf('agreement', objects, agreementOf),
    text: shelf('text', objects, textOf),
    service: shelf('service', objects, serviceOf),
  }
}

function shelf<K extends Kind, T extends Versioned>(
  kind: K,
  objects: readonly StoredObject[],
  read: (file: FileOf<K>, versioned: Versioned) => T,
): Shelf<T> {
  const { schema, isPinned } = kinds[kind]
  const versions = objects.filter((object) => object.kind === kind)
  const latest = new Map(versions.map((object) => [object.id, object]))
  const all = (isPinned ? versions : [...latest.values()]).map(({ content, ...object }) =>
    read(schema.parse(content), versioned(object)),
  )
  const current = new Map(all.map((item) => [item.id, item]))
  const byRef = new Map(all.map((item) => [item.ref, item]))
  const byNo = new Map(all.map((item) => [item.no, item]))
  return {
    all,
    current: [...current.values()],
    find: (ref) => current.get(ref) ?? byRef.get(ref),
    byNo: (no) => byNo.get(no),
  }
}

function versioned({ id, version, no, root }: Omit<StoredObject, 'content'>): Versioned {
  return { id, version, ref: `${id}@${version}`, no, root }
}
