import type { Spans } from '../../base/values/retention.ts'
import { spansIn } from '../register-spans.ts'
import type { Bilingual, Language } from '../../base/values/languages.ts'
import type { ContactBlock } from '../../base/web/contact.ts'
import { contactBlock } from '../../base/web/contact.ts'
import type { AskedClaim } from './claim-names.ts'
import type { ServiceAt } from './service-origins.ts'
import { servicesByOrigin } from './service-origins.ts'
import { millisecondAfter, outdatedByLaw } from './agreements.ts'
import { effectTimes } from './effect-delay.ts'
import type { ServiceException } from './profile-exceptions.ts'
import { requiresConsent } from './legal-bases.ts'
import type { MemberRewording, VersionMeaning } from './meanings.ts'
import { meansTheSame, rewordings, versionBefore } from './meanings.ts'
import { idOf } from './file-fields.ts'
import { saidOfBody, saidOfCategory } from './objects.ts'
import type {
  Agreement,
  Category,
  ConsentText,
  Dataset,
  IdentityProvider,
  Organisation,
  Purpose,
  RegisterChange,
  RegisteredService,
  RegisterSigner,
} from './objects.ts'
import type { Brake, Suspendable } from './brakes.ts'
import { standingBrakes } from './brakes.ts'
import type { Shelf, Shelves } from './object-index.ts'
import { withBrakes } from './object-index.ts'
import type { StoredObject } from '../changes/store.ts'
import { present } from '../../base/values/present.ts'

/** A relying party as the register knows it. */
export type Service = {
  readonly serviceId: string
  readonly orgId: string
  readonly name: Bilingual
  /** What the service does for people. */
  readonly description: Bilingual | undefined
  readonly organisationName: Bilingual
  /** The same inside a sentence. */
  readonly organisationInSentence: Bilingual
  /** Identifier of its API, if it holds data. */
  readonly resourceServer: string | undefined
  readonly profile: RegisteredService['profile']
  readonly assertionAudience: RegisteredService['assertionAudience']
  /** Of the profile legacy alone. */
  readonly exception: ServiceException | undefined
  /** What it asks people for at their sign-in. */
  readonly claims: readonly AskedClaim[]
  readonly matching: RegisteredService['matching']
  /** The version of the object of the register: `client@3`. */
  readonly ref: string
  /** RFC 7591 members, as in the file. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Bodies and categories as they were named at some instant. */
export type Names = {
  organisation(id: string): Organisation | undefined
  organisationByRoot(root: number): Organisation | undefined
  category(id: string): Category | undefined
}

/** Bodies, by the numbers of their first versions, and categories, by their ids: what somebody relied on. */
export type ReliedObjects = {
  readonly bodies: readonly number[]
  readonly categories: readonly string[]
}

/** The register at one epoch. A `ref` is `dst_x` for the current version, or `dst_x@3` for version 3. */
export type Register = Names & {
  readonly epoch: number
  /** The active services of active organisations. */
  readonly services: ReadonlyMap<string, Service>
  /** The services with which a body can ask whether it may send, whatever their status: those with an API of their own. */
  askersOf(orgId: string): readonly Suspendable[]
  /** A service whatever its status: one that left keeps the name that it had. */
  anyService(id: string): Service | undefined
  /** The active providers of identities, by their ids. */
  readonly identityProviders: ReadonlyMap<string, IdentityProvider>
  /** With them those that are suspended: they keep their names, and what takes away is heard from them, too. */
  readonly knownProviders: ReadonlyMap<string, IdentityProvider>
  /** The active bodies whose desk says by papers who people are. */
  readonly checkingBodies: readonly string[]
  readonly serviceAt: ServiceAt
  /** Names as they were at an instant, to tell what happened then. An object that was not there yet has its first name. */
  asOf(at: Date): Names
  /** Whether all of these mean today what they meant at an instant. */
  meansTheSame(relied: ReliedObjects, since: Date): boolean
  /** The changes of these since an instant, in the order of time. */
  rewordings(relied: ReliedObjects, since: Date): readonly MemberRewording[]
  /** Every body that sends or receives by an agreement in force; a brake takes nobody's address away. */
  readonly bodies: readonly Organisation[]
  /** Every body that keeps a desk. */
  readonly desks: readonly Organisation[]
  dataset(ref: string): Dataset | undefined
  purpose(ref: string): Purpose | undefined
  agreement(ref: string): Agreement | undefined
  /** Agreements that need no consent, in whatever state, for this recipient, dataset and purpose. */
  lawAgreements(of: LawfulUse): readonly Agreement[]
  /** Every version of every agreement, those of one in their order. */
  readonly agreements: readonly Agreement[]
  /** All agreements that need no consent, in their current version. */
  readonly byLaw: readonly Agreement[]
  /** Whether what an agreement by law names means something else since this version was applied. */
  isOutdated(agreement: Agreement): boolean
  /** Before this instant the current version of an agreement permits nothing, because what it allows is new; undefined: at once. */
  takesEffectAt(agreement: Agreement): Date | undefined
  /** The names that an agreement by law is about: today's, unless it is outdated. */
  namesAgreed(agreement: Agreement): Names
  text(ref: string): ConsentText | undefined
  /** How long what is kept is kept. @throws OperatorError where this release would keep something longer, or less long */
  spans(): Spans
  /** Who signs changes, by the current versions; those who no longer do are among them. */
  readonly signers: readonly RegisterSigner[]
  signer(ref: string): RegisterSigner | undefined
  /** Each change that was applied from a plan, the oldest first. */
  readonly changes: readonly RegisterChange[]
  /** Every brake that was ever begun, the oldest first; which of them stand is asked with the time (`brakeOn`). */
  readonly brakes: readonly Brake[]
  /** Every version of every object as it was applied, those of one object in their order. */
  readonly versions: readonly StoredObject[]
  /** The latest approved text of exactly this version of a purpose, under any version of this agreement. */
  textFor(purposeRef: string, agreementId: string): ConsentText | undefined
  datasetByNo(no: number): Dataset | undefined
  purposeByNo(no: number): Purpose | undefined
  agreementByNo(no: number): Agreement | undefined
  textByNo(no: number): ConsentText | undefined
  /** The organisation whose active service has this identifier of an API. */
  holderOf(resourceServer: string): string | undefined
}

/**
 * Whether a service of this holder can ask if something may be sent: nobody else is answered. Of a holder that has none in the register
 * its agreements alone say what it may. Pure.
 */
export function canAsk(
  holder: string,
  { askersOf }: Pick<Register, 'askersOf'>,
  isActive: (one: Suspendable) => boolean = ({ status }) => status === 'active',
): boolean {
  const askers = askersOf(holder)
  return askers.length === 0 || askers.some(isActive)
}

/**
 * The register of these objects. @param versions all of them, those of one object in their order
 * @param applied the same on shelves, without what brakes suspend now
 */
export function registerOf(
  epoch: number,
  versions: readonly StoredObject[],
  applied: Shelves,
  { brakes, now }: BrakeTime = unbraked,
): Register {
  const shelves = withBrakes(standingBrakes(brakes, now), applied)
  const { dataset, purpose, agreement, text } = shelves
  const services = activeServices(shelves)
  const holders = new Map([...services.values()].map((item) => [item.resourceServer, item.orgId]))
  const withApi = shelves.service.current.filter((item) => item.resourceServer !== undefined)
  const askers = Map.groupBy(withApi, ({ organisation }) => organisation)
  const texts = textsByUse(text)
  const lawful = lawfulUses(agreement)
  const outdated = new Set(outdatedByLaw(applied).map(({ no }) => no))
  const effects = effectTimes(applied)
  const names = namesIn(shelves)
  return {
    epoch,
    services,
    askersOf: (orgId) => askers.get(orgId) ?? [],
    anyService: (id) => serviceIn(shelves, id),
    identityProviders: providersOf(shelves, ['active']),
    knownProviders: providersOf(shelves, ['active', 'suspended']),
    checkingBodies: shelves.organisation.current
      .filter(({ status, desk }) => status === 'active' && (desk?.papers ?? []).length > 0)
      .map(({ id }) => id),
    serviceAt: servicesByOrigin(shelves.service.current),
    ...names,
    bodies: bodiesOf(shelves),
    desks: shelves.organisation.current.filter(
      ({ desk, status }) => desk !== undefined && status === 'active',
    ),
    isOutdated: ({ no }) => outdated.has(no),
    takesEffectAt: ({ id }) => effects.get(id),
    namesAgreed: (item) =>
      outdated.has(item.no) ? names.asOf(millisecondAfter(item.appliedAt)) : names,
    dataset: dataset.find,
    purpose: purpose.find,
    agreement: agreement.find,
    agreements: agreement.all,
    byLaw: agreement.current.filter((item) => !requiresConsent(item)),
    lawAgreements: (use) => [...(lawful.get(useKey(use)) ?? [])],
    text: text.find,
    spans: () => spansIn(shelves),
    signers: shelves.signer.current,
    signer: shelves.signer.find,
    brakes,
    changes: shelves.change.all.toSorted((one, other) => one.no - other.no),
    versions,
    textFor: (purposeRef, agreementId) => texts.get(`${purposeRef} ${agreementId}`),
    datasetByNo: dataset.byNo,
    purposeByNo: purpose.byNo,
    agreementByNo: agreement.byNo,
    textByNo: text.byNo,
    holderOf: (resourceServer) => holders.get(resourceServer),
  }
}

/** Brakes, and when they are asked. */
export type BrakeTime = { readonly brakes: readonly Brake[]; readonly now: Date }
const unbraked: BrakeTime = { brakes: [], now: new Date(0) }

function namesIn({
  organisation,
  category,
}: Shelves): Names & Pick<Register, 'asOf' | 'meansTheSame' | 'rewordings'> {
  const ids = new Map(organisation.current.map(({ root, id }) => [root, id]))
  const body = (root: number) => organisation.versions(ids.get(root) ?? '')
  const names = (
    one: <T extends VersionMeaning>(versions: readonly T[]) => T | undefined,
  ): Names => ({
    organisation: (id) => one(organisation.versions(id)),
    organisationByRoot: (root) => one(body(root)),
    category: (id) => one(category.versions(id)),
  })
  return {
    ...names((versions) => versions.at(-1)),
    asOf: (at) => names((versions) => versionBefore(versions, at) ?? versions[0]),
    meansTheSame: ({ bodies, categories }, since) =>
      bodies.every((root) => meansTheSame(body(root), since)) &&
      categories.every((id) => meansTheSame(category.versions(id), since)),
    rewordings: ({ bodies, categories }, since) =>
      [
        ...bodies.flatMap((root) => rewordings('organisation', body(root), since, saidOfBody)),
        ...categories.flatMap((id) =>
          rewordings('category', category.versions(id), since, saidOfCategory),
        ),
      ].toSorted((one, other) => one.at.getTime() - other.at.getTime()),
  }
}

function bodiesOf({ organisation, agreement }: Shelves): Organisation[] {
  const inForce = agreement.current.filter(
    ({ status, isBraked }) => status === 'in_force' || isBraked === true,
  )
  const ids = new Set(inForce.flatMap(({ recipient, holder }) => [recipient, holder]))
  return organisation.current.filter(({ id }) => ids.has(id))
}

/** How to reach these bodies, each once, in this order. */
export function contactsOf(
  bodies: readonly (Organisation | undefined)[],
  language: Language,
): ContactBlock[] {
  return [...new Set(bodies)].flatMap((body) =>
    body?.contact === undefined
      ? []
      : [
          contactBlock(body.contact, language, {
            organisation: body.name[language],
            bodyPath: `/organismes/${body.id}`,
          }),
        ],
  )
}

function providersOf(
  { 'identity-provider': { current } }: Shelves,
  among: readonly IdentityProvider['status'][],
): ReadonlyMap<string, IdentityProvider> {
  const found = current.filter(({ status }) => among.includes(status))
  return new Map(found.map((item) => [item.id, item]))
}

function activeServices(shelves: Shelves): Map<string, Service> {
  const services = new Map<string, Service>()
  for (const { id, organisation, status } of shelves.service.current) {
    const service = serviceIn(shelves, id)
    const isActive =
      status === 'active' && shelves.organisation.find(organisation)?.status === 'active'
    if (isActive && service !== undefined) services.set(id, service)
  }
  return services
}

/** A service whose organisation is there, whatever the status of the two. */
export function serviceIn({ organisation, service }: Shelves, id: string): Service | undefined {
  const found = service.find(id)
  const owner = found && organisation.find(found.organisation)
  if (found === undefined || owner === undefined) return undefined
  const { name, description, resourceServer, profile, assertionAudience, metadata } = found
  const owners = { organisationName: owner.name, organisationInSentence: owner.nameInSentence }
  const names = { name, description, ...owners }
  const { until, reason } = found
  const exception = until === undefined || reason === undefined ? undefined : { until, reason }
  const { claims, matching, ref } = found
  const demanded = { profile, assertionAudience, exception, claims, matching, ref, metadata }
  return { serviceId: id, orgId: owner.id, ...names, resourceServer, ...demanded }
}

// Versions come in order: a later approved version replaces an earlier one in the map.
function textsByUse({ all }: Shelf<ConsentText>): Map<string, ConsentText> {
  const approved = all.filter((text) => text.approvedOn !== undefined)
  return new Map(approved.map((text) => [`${text.purpose} ${idOf(text.agreement)}`, text]))
}

// Which agreements that need no consent are about which recipient, dataset and purpose.

/** Ids, whatever their versions. */
export type LawfulUse = {
  readonly recipient: string
  readonly dataset: string
  readonly purpose: string
}

/** Names a use. */
function useKey({ recipient, dataset, purpose }: LawfulUse): string {
  return `${recipient} ${dataset} ${purpose}`
}

/** The agreements that need no consent, by their uses. */
function lawfulUses({ current }: Shelf<Agreement>): Map<string, Set<Agreement>> {
  const found = new Map<string, Set<Agreement>>()
  for (const item of current.filter((other) => !requiresConsent(other)))
    for (const { dataset } of item.datasets)
      for (const purpose of item.purposes) {
        const use = { recipient: item.recipient, dataset: idOf(dataset), purpose: idOf(purpose) }
        found.set(useKey(use), (found.get(useKey(use)) ?? new Set()).add(item))
      }
  return found
}

// Rows name objects of the register by numbers: a body by that of its first version, any other object by that of the very version. The
// register keeps them all: by one that is no older than the row, each is there. @throws TypeError in each of these, where it is not

/** A body that an agreement names, or whose program calls, as the register has it today. */
export function bodyOf(register: Register, orgId: string): Organisation {
  return present(register.organisation(orgId), 'a body of the register')
}

/** The number by which rows name a body. */
export function bodyNo(register: Register, orgId: string): number {
  return bodyOf(register, orgId).root
}

/** The public name of a body that a row names: `org_…`. */
export function bodyId(register: Register, no: number): string {
  return present(register.organisationByRoot(no), 'a body that a row names').id
}

type Numbers = Readonly<Record<'agreement' | 'purpose' | 'dataset' | 'text', number>>

/** What a question, or the consent that answers it, is about. */
export function objectsOf(row: Numbers, register: Register) {
  return {
    agreement: present(register.agreementByNo(row.agreement), 'the agreement of a sharing'),
    purpose: present(register.purposeByNo(row.purpose), 'the purpose of a sharing'),
    dataset: present(register.datasetByNo(row.dataset), 'the dataset of a sharing'),
    text: present(register.textByNo(row.text), 'the text of a sharing'),
  }
}
