import type { Bilingual, Language } from '../../base/values/languages.ts'
import { bilingualText } from '../../base/values/languages.ts'
import { capital, plain } from '../../base/web/lists.ts'
import type { Words } from '../../base/web/words.ts'
import type {
  Kind,
  PublishedObject,
  PublishedRegister,
  PublishedVersion,
  Register,
  Topic,
} from '../../registry/index.ts'
import { fileOf, idOf } from '../../registry/index.ts'
import type { Moment } from './agreement-words.ts'
import { agreementSentence, agreementStateAt } from './agreement-words.ts'
import type { ListName } from './lists.ts'
import { codeItems } from './code-lists.ts'
import { isOfCode, kindOf, listNames } from './lists.ts'

// What lists and the search show of each object.

export type ListedObject = {
  readonly list: ListName
  readonly id: string
  /** Undefined: it stands in the code. */
  readonly object: PublishedObject | undefined
  readonly title: Bilingual
  /** A sentence more; undefined where the title says all. */
  readonly about: Bilingual | undefined
  /** Of an agreement: by what it is found. */
  readonly found: FoundAgreement | undefined
  /** Ids, titles and sentences in both languages, without accents. */
  readonly text: string
}

export type FoundAgreement = {
  readonly holder: string
  readonly recipient: string
  readonly basis: string
  readonly topics: readonly Topic[]
}

type Said = Pick<ListedObject, 'title' | 'about'> & { readonly found?: FoundAgreement }

export function entriesOf(
  register: Register,
  published: PublishedRegister,
  words: Words,
): readonly ListedObject[] {
  return listNames.flatMap((list): ListedObject[] => {
    if (isOfCode(list))
      return codeItems(list).map(({ id, said }) => entryOf(list, id, undefined, said(words)))
    const kind = kindOf(list)
    return published
      .objects(kind)
      .map((object) =>
        entryOf(list, object.id, object, tellers[kind](object.latest, { register, words })),
      )
      .toSorted(list === 'changes' ? newestFirst : byTitle)
  })
}

function entryOf(
  list: ListName,
  id: string,
  object: PublishedObject | undefined,
  { title, about, found }: Said,
): ListedObject {
  const said = [id, title.fr, title.en, about?.fr ?? '', about?.en ?? '']
  return { list, id, object, title, about, found, text: plain(said.join('\n')) }
}

function byTitle(one: ListedObject, other: ListedObject): number {
  return one.title.fr.localeCompare(other.title.fr, 'fr') || (one.id < other.id ? -1 : 1)
}

function newestFirst(one: ListedObject, other: ListedObject): number {
  return (other.object?.latest.no ?? 0) - (one.object?.latest.no ?? 0)
}

type FactWords = { readonly register: Register; readonly words: Words }

const tellers: Readonly<Record<Kind, (latest: PublishedVersion, telling: FactWords) => Said>> = {
  organisation(latest) {
    const { name: title, contact } = fileOf('organisation', latest)
    return { title, about: contact?.name }
  },
  category(latest) {
    const { label, plain_description: about } = fileOf('category', latest)
    return { title: bilingualText((language) => capital(label[language])), about }
  },
  dataset(latest, { register }) {
    const { label, holder_org_id: holder } = fileOf('dataset', latest)
    const title = bilingualText((language) => capital(label[language]))
    return { title, about: bodyName(holder, register) }
  },
  purpose(latest) {
    const { label: title, plain_statement: about } = fileOf('purpose', latest)
    return { title, about }
  },
  agreement: saidOfAgreement,
  text: saidOfText,
  service(latest, { register }) {
    const { name: title, description, organisation } = fileOf('service', latest)
    return { title, about: description ?? bodyName(organisation, register) }
  },
  'identity-provider'(latest) {
    const { name: title, issuer } = fileOf('identity-provider', latest)
    return { title, about: bilingualText(() => new URL(issuer).host) }
  },
  signer(latest, { register }) {
    const { office: title, organisation } = fileOf('signer', latest)
    return { title, about: bodyName(organisation, register) }
  },
  change: (latest) => ({ title: fileOf('change', latest).reason, about: undefined }),
  setting: (_, { words }) => ({
    title: bilingualText((language) => words.t(language, 'register.setting')),
    about: undefined,
  }),
}

function bodyName(id: string, register: Register): Bilingual {
  return register.organisation(id)?.name ?? { fr: id, en: id }
}

function saidOfAgreement(latest: PublishedVersion, { register, words }: FactWords): Said {
  const file = fileOf('agreement', latest)
  const agreement = register.agreementByNo(latest.no)
  const purposes = file.purposes.flatMap((ref) => register.purpose(ref) ?? [])
  const found = {
    holder: file.holder_org_id,
    recipient: file.recipient_org_id,
    basis: file.legal_basis_id,
    topics: [...new Set(purposes.flatMap(({ topic }) => topic ?? []))],
  }
  const labels = bilingualText((language) =>
    purposes.map(({ label }) => label[language]).join(' · '),
  )
  if (agreement === undefined)
    return { title: { fr: latest.id, en: latest.id }, about: labels, found }
  const title = bilingualText((language) =>
    agreementSentence(agreement, 'in_force', { register, language, words }),
  )
  return { title, about: labels, found }
}

/** The title of an object on a day: what an agreement allowed once is said in the past. */
export function titleOn(
  entry: ListedObject,
  register: Register,
  { language, words, now }: { language: Language; words: Words; now: Moment },
): string {
  const no = entry.list === 'agreements' ? entry.object?.latest.no : undefined
  const agreement = no === undefined ? undefined : register.agreementByNo(no)
  if (agreement === undefined) return entry.title[language]
  const state = agreementStateAt(agreement, register, now)
  return agreementSentence(agreement, state, { register, language, words })
}

function saidOfText(latest: PublishedVersion, { register, words }: FactWords): Said {
  const file = fileOf('text', latest)
  const purpose = register.purpose(file.purpose_id)?.label
  const recipient = register.agreement(idOf(file.agreement_id))?.recipient ?? ''
  const body = register.organisation(recipient)?.name
  return {
    title: bilingualText((language) =>
      words.t(language, 'register.text', { purpose: purpose?.[language] ?? file.purpose_id }),
    ),
    about: body,
  }
}

/** A word for what an object is today; undefined where there is nothing to say. */
export type ObjectState = string | undefined

/** The state of an object on a day: the key `register.state.<state>`. */
export function stateOf(entry: ListedObject, register: Register, now: Moment): ObjectState {
  const { list, object } = entry
  if (object === undefined) return undefined
  return object.isWithdrawn ? 'withdrawn' : states[list]?.(object, register, now)
}

const byFile = ({ latest: { content } }: PublishedObject) =>
  typeof content['status'] === 'string' ? content['status'] : 'active'

const states: Readonly<
  Partial<
    Record<ListName, (object: PublishedObject, register: Register, now: Moment) => ObjectState>
  >
> = {
  agreements({ latest: { no } }, register, now) {
    const agreement = register.agreementByNo(no)
    return agreement && agreementStateAt(agreement, register, now)
  },
  // A service of a body that is suspended is served by nobody.
  services: (object, register) =>
    byFile(object) === 'active' && !register.services.has(object.id) ? 'suspended' : byFile(object),
  organisations: (object, register) =>
    register.organisation(object.id)?.isBraked === true ? 'suspended' : byFile(object),
  'identity-providers': (object, register) =>
    byFile(object) === 'active' && !register.identityProviders.has(object.id)
      ? 'suspended'
      : byFile(object),
  purposes: byFile,
  signers({ latest }, _, now) {
    const { from, until } = fileOf('signer', latest)
    const today = now.day
    if (from > today) return 'signs_later'
    return until !== undefined && until < today ? 'signs_no_more' : 'signs'
  },
}
