import type { FileOf, Kind } from './object-schemas.ts'
import { kinds } from './object-schemas.ts'
import type { RegisterChange } from './objects.ts'
import type { Register } from './register.ts'
import type { StoredObject } from '../changes/store.ts'

// The register as everybody may read it: every version of every object, but no draft.

/** One version, with the content of its file as it was applied. */
export type PublishedVersion = StoredObject & {
  /** `agr_x@3` */
  readonly ref: string
  /** The content, read once by the schema of its kind. */
  file(): FileOf<Kind>
}

export type PublishedObject = {
  readonly kind: Kind
  readonly id: string
  /** The oldest first; at least one. */
  readonly versions: readonly PublishedVersion[]
  /** The last of them. */
  readonly latest: PublishedVersion
  /** Whether a draft stands behind the last version: that one is in force no more, and nothing has taken its place. */
  readonly isWithdrawn: boolean
}

export type PublishedRegister = {
  /** By id. */
  objects(kind: Kind): readonly PublishedObject[]
  object(kind: Kind, id: string): PublishedObject | undefined
  /** The change that brought a version; undefined: nobody signed it. */
  changeOf(version: PublishedVersion): RegisterChange | undefined
}

export function publishedRegister({ versions, changes }: Register): PublishedRegister {
  const byKind = Map.groupBy(versions, ({ kind }) => kind)
  const shelves = new Map([...byKind].map(([kind, of]) => [kind, publishedIn(kind, of)]))
  const bringing = new Map(
    changes.flatMap((change) =>
      change.objects.map(({ kind, ref }) => [`${kind} ${ref}`, change] as const),
    ),
  )
  return {
    objects: (kind) => [...(shelves.get(kind)?.values() ?? [])],
    object: (kind, id) => shelves.get(kind)?.get(id),
    changeOf: ({ kind, ref }) => bringing.get(`${kind} ${ref}`),
  }
}

/** The file of a version. @throws where the version is of another kind */
export function fileOf<K extends Kind>(kind: K, version: PublishedVersion): FileOf<K> {
  if (version.kind !== kind) throw new TypeError(`${version.ref} is no ${kind}`)
  return version.file() as FileOf<K> // of this kind, as was looked
}

function publishedIn(
  kind: Kind,
  versions: readonly StoredObject[],
): ReadonlyMap<string, PublishedObject> {
  const byId = Map.groupBy(versions, ({ id }) => id)
  const objects = [...byId].flatMap(([id, all]): PublishedObject[] => {
    const shown = all.filter((version) => !isDraft(version)).map(withRef)
    const latest = shown.at(-1)
    const last = all.at(-1)
    if (latest === undefined || last === undefined) return []
    return [{ kind, id, versions: shown, latest, isWithdrawn: isDraft(last) }]
  })
  return new Map(objects.map((object) => [object.id, object]))
}

// A text without a day of approval is shown to nobody who is asked: it is a draft too.
function isDraft({ kind, content }: StoredObject): boolean {
  return content['status'] === 'draft' || (kind === 'text' && content['approved_on'] === undefined)
}

function withRef(version: StoredObject): PublishedVersion {
  const { content, id, kind } = version
  let read: FileOf<Kind> | undefined
  return {
    ...version,
    ref: `${id}@${version.version}`,
    file: () => (read ??= kinds[kind].schema.parse(content)),
  }
}
