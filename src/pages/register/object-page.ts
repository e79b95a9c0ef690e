import type { Agreement, PublishedVersion } from '../../registry/index.ts'
import { agreementSentence, agreementStateAt, rightOf } from './agreement-words.ts'
import type { ListedObject } from './entries.ts'
import { stateOf, titleOn } from './entries.ts'
import type { Fact } from './facts.ts'
import { factsOf } from './facts.ts'
import { codeItem } from './code-lists.ts'
import type { RegisterSaying } from './list-pages.ts'
import type { ListName } from './lists.ts'
import { pathOf } from './lists.ts'
import type { FactBlock, ObjectPage, ProofBlock, VersionBlock } from './pages.ts'
import type { FactTeller } from './fact-builder.ts'
import { contactsFor, relatedObjects } from './related-objects.ts'
import { makeTeller } from './fact-builder.ts'

const mostVersions = 100

/** The entry of an object, and the version that is asked: `agr_x`, or `agr_x@2`; undefined: there is none. */
export function entryAt(
  list: ListName,
  ref: string,
  { copy }: Pick<RegisterSaying, 'copy'>,
): { readonly entry: ListedObject; readonly version: PublishedVersion | undefined } | undefined {
  const [, id = '', number] = /^([\w.-]{1,80})(?:@([1-9]\d{0,5}))?$/.exec(ref) ?? []
  const entry = copy.find(list, id)
  if (entry === undefined) return undefined
  const { object } = entry
  if (object === undefined) return number === undefined ? { entry, version: undefined } : undefined
  const version =
    number === undefined
      ? object.latest
      : object.versions.find((one) => one.version === Number(number))
  return version && { entry, version }
}

/** The page of a version, with the one before beside it. */
export function objectPage(
  entry: ListedObject,
  version: PublishedVersion | undefined,
  saying: RegisterSaying,
): ObjectPage {
  const tell = makeTeller(saying)
  const { object } = entry
  if (object === undefined || version === undefined) return codePage(entry, tell, saying)
  const { list, id } = entry
  const { base, now, register } = saying
  const facts = factsOf(version, tell)
  const before = object.versions[object.versions.indexOf(version) - 1]
  const told = byName(facts)
  const then = byName(before === undefined ? [] : factsOf(before, tell))
  const isChanged = (name: string) =>
    before !== undefined && !sameValues(then.get(name), told.get(name))
  const isLatest = version === object.latest
  const agreement = list === 'agreements' ? register.agreementByNo(version.no) : undefined
  return {
    list,
    title: isLatest ? titleOn(entry, register, saying) : titleThen(entry, agreement, saying),
    lead: leadOf(entry, agreement, saying),
    state: isLatest ? stateOf(entry, register, now) : undefined,
    right: agreement && rightOf(agreement),
    summary: placed(facts, 'summary'),
    newerHref: isLatest ? undefined : base + pathOf(list, id),
    bodyHref: list === 'organisations' ? `${base}/organismes/${id}` : undefined,
    compared: before && compared(before, version),
    more: placed(facts, 'table').filter(({ name }) => !isChanged(name)),
    versions: object.versions
      .toReversed()
      .slice(0, mostVersions)
      .map((one) => versionBlock(list, one, version, saying)),
    ...relatedObjects(entry, saying),
    contacts: contactsFor(list, version, agreement, saying),
    specialists: [...identity(version, tell), ...placed(facts, 'specialists')],
    proof: proofOf(version, saying),
    ...files(list, isLatest ? id : version.ref),
  }

  function compared(one: PublishedVersion, other: PublishedVersion): ObjectPage['compared'] {
    return {
      before: versionBlock(list, one, other, saying),
      after: versionBlock(list, other, other, saying),
      rows: [...new Set([...told.keys(), ...then.keys()])].filter(isChanged).map((name) => ({
        label: (told.get(name) ?? then.get(name))?.label ?? name,
        before: then.get(name)?.values ?? [],
        after: told.get(name)?.values ?? [],
      })),
    }
  }
}

function byName(facts: readonly Fact[]): ReadonlyMap<string, Fact> {
  return new Map(facts.map((fact) => [fact.name, fact]))
}

// Two addresses of one thing are a change too: `dst_x@1` and `dst_x@2` bear one name.
function sameValues(one: Fact | undefined, other: Fact | undefined): boolean {
  return JSON.stringify(one?.values ?? []) === JSON.stringify(other?.values ?? [])
}

function placed(facts: readonly Fact[], place: Fact['place']): FactBlock[] {
  return facts.filter((fact) => fact.place === place)
}

function titleThen(
  entry: ListedObject,
  agreement: Agreement | undefined,
  saying: RegisterSaying,
): string {
  return agreement === undefined
    ? entry.title[saying.language]
    : agreementSentence(agreement, agreementStateAt(agreement, saying.register, saying.now), saying)
}

function leadOf(
  entry: ListedObject,
  agreement: Agreement | undefined,
  saying: RegisterSaying,
): string[] {
  const { language, register, words } = saying
  if (agreement === undefined) {
    const about = entry.about?.[language]
    return about === undefined || entry.list === 'categories' ? [] : [about]
  }
  const statements = agreement.purposes.flatMap(
    (ref) => register.purpose(ref)?.plainStatement[language] ?? [],
  )
  return [
    ...statements,
    words.t(language, `register.right.${rightOf(agreement)}-text`, {
      days: agreement.shownAfterDays,
    }),
  ]
}

function versionBlock(
  list: ListName,
  version: PublishedVersion,
  shown: PublishedVersion,
  { copy, base, language, register }: RegisterSaying,
): VersionBlock {
  const change = copy.published.changeOf(version)
  return {
    version: version.version,
    at: version.appliedAt,
    href: base + pathOf(list, version.ref),
    isShown: version === shown,
    by: change?.signers.map((ref) => register.signer(ref)?.office[language] ?? ref) ?? [],
    reason: change?.reason[language],
  }
}

function identity({ id, version, kind }: PublishedVersion, { fact }: FactTeller): Fact[] {
  return [
    ...fact('specialists', 'id', id),
    ...fact('specialists', 'version', String(version)),
    ...fact('specialists', 'kind', kind),
  ]
}

function proofOf(version: PublishedVersion, { copy }: RegisterSaying): ProofBlock | undefined {
  const place = copy.placeOf(version)
  if (place === undefined) return undefined
  const { sha256, entry } = place
  return {
    sha256,
    documentHref: documentOf(version),
    entry: entry && { ...entry, proofHref: `${entry.log}/proof/${entry.index}` },
  }
}

/** The document of a version: its SHA-256 is its entry in the public log. */
export function documentOf({ kind, ref }: PublishedVersion): string {
  return `/register/objects/${kind}/${ref}.json`
}

function files(list: ListName, ref: string) {
  return {
    jsonHref: `/register/${list}/${ref}.json`,
    csvHref: `/register/${list}/${ref}.csv`,
  }
}

function codePage(entry: ListedObject, tell: FactTeller, saying: RegisterSaying): ObjectPage {
  const { language } = saying
  const item = codeItem(entry.list, entry.id)
  const facts = item?.facts(tell) ?? []
  const lead = [entry.about?.[language], item?.explanation[language]]
  return {
    list: entry.list,
    title: titleOn(entry, saying.register, saying),
    lead: lead.filter((line): line is string => line !== undefined && line !== ''),
    state: undefined,
    right: undefined,
    summary: placed(facts, 'summary'),
    newerHref: undefined,
    bodyHref: undefined,
    compared: undefined,
    more: placed(facts, 'table'),
    versions: [],
    ...relatedObjects(entry, saying),
    contacts: [],
    specialists: tell.fact('specialists', 'id', entry.id),
    proof: undefined,
    ...files(entry.list, entry.id),
  }
}
