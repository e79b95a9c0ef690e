import type { Brake, BrakedKind } from './brakes.ts'
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
import { inSameTerms } from './same-terms.ts'
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
  const purpose = shelf('purpose', objects, purposeOf, inSameTerms)
  // Whoever names a version that only tells more names the terms that it has.
  const termsOf = (ref: string) => purpose.find(ref)?.ref ?? ref
  return {
    setting: shelf('setting', objects, registerSettingOf),
    organisation: shelf('organisation', objects, organisationOf, (versions) =>
      inMeanings(versions, saidOfBody),
    ),
    category: shelf('category', objects, categoryOf, (versions) =>
      inMeanings(versions, saidOfCategory),
    ),
    dataset: shelf('dataset', objects, datasetOf),
    purpose,
    agreement: shelf('agreement', objects, agreementOf, (versions) =>
      versions.map((item) => ({ ...item, purposes: item.purposes.map(termsOf) })),
    ),
    text: shelf('text', objects, textOf, (versions) =>
      versions.map((item) => ({ ...item, purpose: termsOf(item.purpose) })),
    ),
    service: shelf('service', objects, serviceOf),
    'identity-provider': shelf('identity-provider', objects, identityProviderOf),
    signer: shelf('signer', objects, signerOf),
    change: shelf('change', objects, changeOf),
  }
}

type Suspendable = ObjectVersion & { readonly status: string }

/** The same shelves, as if each object under one of these brakes had a current version that says « suspended ». */
export function withBrakes(brakes: readonly Brake[], shelves: Shelves): Shelves {
  if (brakes.length === 0) return shelves
  const of = (kind: BrakedKind) =>
    new Set(brakes.filter((one) => one.kind === kind).map(({ id }) => id))
  return {
    ...shelves,
    organisation: withSuspended(shelves.organisation, of('organisation'), 'active'),
    service: withSuspended(shelves.service, of('service'), 'active'),
    agreement: withSuspended(shelves.agreement, of('agreement'), 'in_force'),
    'identity-provider': withSuspended(
      shelves['identity-provider'],
      of('identity-provider'),
      'active',
    ),
  }
}

// What is no longer in force for another reason keeps that.
function withSuspended<T extends Suspendable>(
  shelf: Shelf<T>,
  ids: ReadonlySet<string>,
  from: T['status'],
): Shelf<T> {
  const current = shelf.current.map((item) =>
    ids.has(item.id) && item.status === from
      ? { ...item, status: 'suspended', isBraked: true as const }
      : item,
  )
  const byId = new Map(current.map((item) => [item.id, item]))
  const today = (item: T | undefined) => {
    const now = item && byId.get(item.id)
    return now?.ref === item?.ref ? now : item
  }
  return {
    ...shelf,
    all: shelf.all.map((item) => today(item) ?? item),
    current,
    find: (ref) => today(shelf.find(ref)),
    byNo: (no) => today(shelf.byNo(no)),
    versions: (id) =>
      ids.has(id) ? shelf.versions(id).map((item) => today(item) ?? item) : shelf.versions(id),
  }
}

function shelf<K extends Kind, T extends ObjectVersion>(
  kind: K,
  objects: readonly StoredObject[],
  read: (file: FileOf<K>, versioned: ObjectVersion) => T,
  settle: (versions: readonly T[]) => readonly T[] = (versions) => versions,
): Shelf<T> {
  const { schema, isPinned } = kinds[kind]
  const versions = objects.filter((object) => object.kind === kind)
  const latest = new Map(versions.map((object) => [object.id, object]))
  const kept = (isPinned ? versions : [...latest.values()]).map(({ content, ...object }) =>
    read(schema.parse(content), versioned(object)),
  )
  const groups = [...Map.groupBy(kept, ({ id }) => id)].map(([id, of]) => {
    return { id, of, settled: settle(of) }
  })
  const byId = new Map(groups.map(({ id, settled }) => [id, oncePerRef(settled)]))
  const all = [...byId.values()].flat()
  const current = new Map(all.map((item) => [item.id, item]))
  // A version whose terms another one has is found by its own name and number, too.
  const named = groups.flatMap(({ of, settled }) =>
    of.map(({ ref, no }, n) => ({ ref, no, item: settled[n] })),
  )
  const byRef = new Map(named.map(({ ref, item }) => [ref, item]))
  const byNo = new Map(named.map(({ no, item }) => [no, item]))
  return {
    all,
    current: [...current.values()],
    find: (ref) => current.get(ref) ?? byRef.get(ref),
    versions: (id) => byId.get(id) ?? [],
    byNo: (no) => byNo.get(no),
  }
}

function oncePerRef<T extends ObjectVersion>(versions: readonly T[]): readonly T[] {
  return [...new Map(versions.map((item) => [item.ref, item])).values()]
}

function versioned(object: Omit<StoredObject, 'content'>): ObjectVersion {
  const { id, version, no, root, appliedAt } = object
  return { id, version, ref: `${id}@${version}`, no, root, appliedAt }
}
