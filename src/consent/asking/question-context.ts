import { createHash } from 'node:crypto'
import type { AnsweringActor, Visit, Visits } from '../../base/web/visit.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { RequirePerson } from '../../base/web/person.ts'
import { writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { At } from '../../base/web/router.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Words } from '../../base/web/words.ts'
import type { LiveRegister, MediaShelf, Register } from '../../registry/index.ts'
import type { Notary } from '../record/index.ts'
import type { SigninAssurance } from './choice.ts'
import type { RequestRow } from './rows.ts'
import type { RelyingParty } from '../../webauthn/index.ts'

// Where a question is asked: in a visit that a service began, or in the person's own space.

export type AskingContext = ShowContext & {
  readonly media: MediaShelf
  readonly visits: Visits
  readonly person: RequirePerson
}

export type AskingErrand = {
  readonly visit: Visit
  readonly personId: string
  readonly place: PlaceOfVisit
}

/** The errand of a page of a visit. @throws Refusal that says where she finds her answers, where the visit is over */
export async function errand(ctx: At<'visit'>, context: AskingContext): Promise<AskingErrand> {
  const visit = await context.visits.current(ctx).catch(sayWhereKept)
  const { actor } = visit
  if (visit.needs !== 'consent' || actor === undefined) throw new Refusal('visit.not-found', 404)
  return { visit, personId: actor.personId, place: placeOfVisit(visit, actor) }
}

// Where the visit is over, the page says where she finds her answers and the questions that she put off.
const overForHer = new Map([
  ['visit.done', 'consent.done'],
  ['visit.expired', 'consent.expired'],
])

function sayWhereKept(error: unknown): never {
  const code = error instanceof Refusal ? overForHer.get(error.code) : undefined
  if (code === undefined || !(error instanceof Refusal)) throw error
  throw new Refusal(code, error.status, { ...error.way, keptHref: '/mes-partages' })
}

/** In which language, and with which words. */
export type QuestionWords = {
  readonly register: Register
  readonly language: Language
  readonly words: Words
}

export type ShowContext = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly notary: Notary
  readonly tries: Tries
  /** Who we are to the authenticator that signs. */
  readonly party: RelyingParty
}

/** The place of a question: a visit that a service began, or the person's own space, where the question waited. */
export type Place = {
  /** SHA-256 of the visit in which the question was shown first: it names the request. */
  readonly key: Buffer
  /** The number of the item that is asked here; undefined: the request has one item. */
  readonly itemNo?: number
  readonly clientId: string
  readonly path: string
  /** The session or visit that the page's forms are bound to. */
  readonly binding: string
  /** The service that waits; undefined in the person's own space. */
  readonly service: string | undefined
  readonly by: SigninAssurance
}

type PlaceOfVisit = Place & { readonly service: string }

/** The address of the questions of a visit, in French. */
export function questionAddress({ id }: Pick<Visit, 'id'>): string {
  return `/partage/demande/${id}`
}

/** The address of a question in her own space, in French. */
export function waitingAddress({ requestId, itemNo }: Pick<RequestRow, 'requestId' | 'itemNo'>) {
  return `/partage/demandes/${writeId('req', requestId)}/${itemNo}`
}

/** The address where the question that renews a consent is shown first. */
export function renewalAddress(consentId: string): string {
  return `/partage/renouvellements/${writeId('con', consentId)}`
}

function placeOfVisit(visit: Visit, actor: AnsweringActor): PlaceOfVisit {
  const service = present(visit.service, 'the service that asks')
  return {
    key: createHash('sha256').update(`consent:${visit.id}`).digest(),
    clientId: visit.clientId,
    path: questionAddress(visit),
    binding: visit.id,
    service: service.name,
    by: { ...actor, amr: visit.amr },
  }
}

export function questionPath({ path }: Place, { itemNo }: Pick<RequestRow, 'itemNo'>): string {
  return `${path}/questions/${itemNo}`
}
