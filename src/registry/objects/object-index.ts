import type { FileOf, Kind } from './object-schemas.ts'
import { kinds } from './object-schemas.ts'
import type {
  Agreement,
  Category,
  ConsentText,
  Dataset,
  IdentityProvider,
  Organisation,
  Purpose,
  RegisteredService,
  RegisterChange,
  RegisterSetting,
  RegisterSigner,
  ObjectVersion,
} from './objects.ts'
import {
  agreementOf,
  changeOf,
  categoryOf,
  datasetOf,
  identityProviderOf,
  organisationOf,
  saidOfBody,
  saidOfCategory,
  purposeOf,
  serviceOf,
  registerSettingOf,
  signerOf,
  textOf,
} from './objects.ts'
import { inMeanings } from './meanings.ts'
import type { StoredObject } from '../changes/store.ts'

// The register in memory: the objects of each kind, found by name and by number.

/** The objects of one kind. */
export type Shelf<T> = {
  readonly all: readonly T[]
  readonly current: readonly T[]
  /** `dst_x` finds the current version, `dst_x@3` version 3. */
  find(ref: string): T | undefined
  /** The versions of one object, in their order. */
  versions(id: string): readonly T[]
  byNo(no: number): T | undefined
}

export type Shelves = {
  readonly setting: Shelf<RegisterSetting>
  readonly organisation: Shelf<Organisation>
  readonly category: Shelf<Category>
  readonly dataset: Shelf<Dataset>
  readonly purpose: Shelf<Purpose>
  readonly agreement: Shelf<Agreement>
  readonly text: Shelf<ConsentText>
  readonly service: Shelf<RegisteredService>
  readonly 'identity-provider': Shelf<IdentityProvider>
  readonly signer: Shelf<RegisterSigner>
  readonly change: Shelf<RegisterChange>
}

/** Puts objects on their shelves. @param objects those of one id in the order of their versions */
export function shelvesOf(objects: readonly StoredObject[]): Shelves {
  return {
    setting: shelf('setting', objects, registerSettingOf),
    organisation: shelf('organisation', objects, organisationOf, (versions) =>
      inMeanings(versions, saidOfBody),
    ),
    category: shelf('category', objects, categoryOf, (versions) =>
      inMeanings(versions, saidOfCategory),
    ),
    dataset: shelf('dataset', objects, datasetOf),
    purpose: shelf('purpose', objects, purposeOf),
    agreement: shelf('agreement', objects, agreementOf),
    text: shelf('text', objects, textOf),
    service: shelf('service', objects, serviceOf),
    'identity-provider': shelf('identity-provider', objects, identityProviderOf),
    signer: shelf('signer', objects, signerOf),
    change: shelf('change', objects, changeOf),
  }
}

function shelf<K extends Kind, T extends ObjectVersion>(
  kind: K,
  objects: readonly StoredObject[],
  read: (file: FileOf<K>, versioned: ObjectVersion) => T,
  compare: (versions: readonly T[]) => readonly T[] = (versions) => versions,
): Shelf<T> {
  const { schema, isPinned } = kinds[kind]
  const versions = objects.filter((object) => object.kind === kind)
  const latest = new Map(versions.map((object) => [object.id, object]))
  const kept = (isPinned ? versions : [...latest.values()]).map(({ content, ...object }) =>
    read(schema.parse(content), versioned(object)),
  )
  const byId = new Map([...Map.groupBy(kept, ({ id }) => id)].map(([id, of]) => [id, compare(of)]))
  const all = [...byId.values()].flat()
  const current = new Map(all.map((item) => [item.id, item]))
  const byRef = new Map(all.map((item) => [item.ref, item]))
  const byNo = new Map(all.map((item) => [item.no, item]))
  return {
    all,
    current: [...current.values()],
    find: (ref) => current.get(ref) ?? byRef.get(ref),
    versions: (id) => byId.get(id) ?? [],
    byNo: (no) => byNo.get(no),
  }
}

function versioned(object: Omit<StoredObject, 'content'>): ObjectVersion {
  const { id, version, no, root, appliedAt } = object
  return { id, version, ref: `${id}@${version}`, no, root, appliedAt }
}
