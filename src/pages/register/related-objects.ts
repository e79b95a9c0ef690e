import type { Agreement, FileOf, PublishedObject, PublishedVersion } from '../../registry/index.ts'
import { contactsOf, fileOf, idOf } from '../../registry/index.ts'
import type { ListedObject } from './entries.ts'
import type { RegisterSaying } from './list-pages.ts'
import { rowOf } from './list-pages.ts'
import type { ListName } from './lists.ts'
import type { ObjectPage } from './pages.ts'

const mostRelated = 25

// Agreements that name an object: who reads of a category wants to know who receives it.
export function relatedObjects(
  { list, id }: ListedObject,
  saying: RegisterSaying,
): Pick<ObjectPage, 'related' | 'relatedHref'> {
  const { copy, base } = saying
  const related = copy
    .listed('agreements')
    .filter(({ object }) => object !== undefined && names(object, list, id))
  const search = list === 'legal-bases' ? `?basis=${id}` : ''
  return {
    related: related.slice(0, mostRelated).map((entry) => rowOf(entry, saying)),
    relatedHref: related.length > mostRelated ? `${base}/register/agreements${search}` : undefined,
  }
}

function names({ latest }: PublishedObject, list: ListName, id: string): boolean {
  return naming[list]?.(fileOf('agreement', latest)).includes(id) === true
}

/** What an agreement names, by lists. */
const naming: Readonly<
  Partial<Record<ListName, (file: FileOf<'agreement'>) => readonly string[]>>
> = {
  categories: ({ datasets }) => datasets.flatMap(({ categories }) => categories),
  datasets: ({ datasets }) => datasets.map(({ dataset_id: ref }) => idOf(ref)),
  purposes: ({ purposes }) => purposes.map(idOf),
  'legal-bases': ({ legal_basis_id: basis }) => [basis],
  organisations: ({ holder_org_id: holder, recipient_org_id: recipient }) => [holder, recipient],
}

/** Whom to call about a version. */
export function contactsFor(
  list: ListName,
  version: PublishedVersion,
  agreement: Agreement | undefined,
  { language, register }: RegisterSaying,
): ObjectPage['contacts'] {
  const body = {
    organisations: version.id,
    datasets: version.content['holder_org_id'],
    purposes: version.content['recipient_org_id'],
    services: version.content['organisation'],
  }[list as string]
  const ids = agreement === undefined ? [body] : [agreement.recipient, agreement.holder]
  return contactsOf(
    ids.map((id) => (typeof id === 'string' ? register.organisation(id) : undefined)),
    language,
  )
}
