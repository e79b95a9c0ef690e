import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { Level } from '../values/assurance-levels.ts'
import type { SignInState } from './proof.ts'
import type { At } from './router.ts'

declare const answering: unique symbol

/**
 * Who says yes, resumes, lifts, gives, or changes how an access is opened. Each deed of that kind takes one, and so does each handler that
 * does it: a session that has none cannot be handed to them, which does not compile. Nobody has one but a person in a session of her own
 * access: `actorOfOwnAccess` alone makes it. The symbol is a name for the compiler: nothing bears it.
 */
export type AnsweringActor = SignInState & {
  readonly personId: string
  readonly [answering]: 'herself'
}

/** The form of a visit's id. The provider chooses the length, so the pattern takes several lengths. */
export const visitIdPattern = /^[\w-]{20,64}$/

/** The name of a visit, or of another errand, in the rows that rooms keep of it: its id, which opens it, stays in the browser. */
export function visitHash(id: string): Buffer {
  return createHash('sha256').update(`visit:${id}`).digest()
}

type Json = Readonly<Record<string, unknown>>

/** What rooms keep of a visit, as it was when the visit was read: rows of views, as JSON. Each room says whether it believes its own. */
export type VisitRows = {
  /** What was proved, of the view `attempts_that_count`, and the standing of its person, of `standings_told`. */
  readonly attempt: Json | null
  readonly standing: Json | null
  /** Of the view `passwords_given`. */
  readonly password: Json | null
  /** Of the view `arrivals`. */
  readonly arrival: Json | null
}

/** The errand that brought a person here. In production it is an OIDC interaction. */
export type Visit = {
  readonly id: string
  /**
   * What the visit still needs: who this person is, whether she wants a passkey now that she is signed in, what the service may be told
   * of her, or what she allows.
   */
  readonly needs: 'login' | 'invitation' | 'claims' | 'consent'
  /** The service that asks; undefined: the person's own space here. */
  readonly service: VisitService | undefined
  /** Who is signed in already, when a further proof is asked. */
  readonly personId: string | undefined
  /** She herself, where she is signed in: what she answers in this visit is hers. */
  readonly actor: AnsweringActor | undefined
  /** Her level in the session; where she is asked what she allows, her level as it is now. */
  readonly acr: string
  readonly amr: readonly string[]
  /** When she last proved who she is, and whether that was since this visit began. */
  readonly provedAt: Date
  readonly isOfThisVisit: boolean
  /** The session that is asked; undefined in a visit that asks who somebody is. */
  readonly sessionUid: string | undefined
  /** Every factor that proved it in the life of the session that is asked; none in a visit that asks who somebody is. */
  readonly factorIds: readonly string[]
  /** The level that the service asks for: a lower level is no answer. */
  readonly level: Level | undefined
  /** Why a person who is signed in sees a page before the service: the service asks for a higher level, or for a new proof. */
  readonly why: 'level' | 'again' | undefined
  /** How old a proof may be; 0: she proves anew. Undefined: nobody asks. */
  readonly maxAgeSeconds: number | undefined
  readonly clientId: string
  /** `authorization_details` as the service pushed them (RFC 9396); empty for a plain sign-in. */
  readonly details: readonly unknown[]
  /** The claims that the service asks for, by the names of the register. */
  readonly claims: () => readonly string[]
  /** Whether it was answered already, and only waits to go on. */
  readonly isAnswered: boolean
  readonly expiresAt: Date
  /** A person who signed in to this browser in another tab, after the visit had begun. The sign-in asks whose session that is. */
  readonly openHere: OpenSession | undefined
  /** Who is about to enter a new service where the browser may be shared: the sign-in asks whether it is she. */
  readonly entering: (OpenSession & { readonly nickname: string | undefined }) | undefined
  readonly rows: VisitRows
}

export type VisitService = {
  readonly name: string
  readonly organisation: string
  /** The organisation inside a sentence: « l’Agence du revenu ». */
  readonly inSentence: string
  /** Where somebody enters: « à l’Agence du revenu », “the Revenue Agency”. */
  readonly into: string
}

/** A session of this browser. */
export type OpenSession = {
  /** Names it in a form: the answer says which session was shown. */
  readonly key: string
  readonly personId: string
  readonly since: Date
}

/** Where somebody proved who she is, if it was at another body's provider. */
export type CameBy = {
  /** Its id in the register. */
  readonly provider: string
  /** The hash of its session there; null: it named none. */
  readonly session: string | null
}

export type Outcome =
  | {
      readonly kind: 'signed-in'
      readonly personId: string
      readonly acr: string
      readonly amr: readonly string[]
      readonly at: Date
      /** The factors that proved it, and how often the account's sessions had been ended, read together with them. */
      readonly factorIds: readonly string[]
      readonly sessionEpoch: number
      readonly cameBy?: CameBy | undefined
      /** Whether her key came from another device than the one of this browser. */
      readonly otherDevice?: boolean
      /** Whether she is asked, once she is signed in, if she wants a passkey. */
      readonly invites?: boolean
    }
  /** The visit asks nothing more. In a sign-in, the person who is signed in to this browser goes on, if she may. */
  | { readonly kind: 'nothing-to-ask' }
  | {
      readonly kind: 'refused'
      readonly error: 'access_denied' | 'unmet_authentication_requirements'
    }

export type Errand = {
  /** Where the person wanted to go: a path of our own. */
  readonly returnTo: string
  /** Ask again unless the sign-in is younger than this. */
  readonly maxAgeSeconds: number | undefined
  readonly level: Level | undefined
}

export type Visits = {
  /** @throws Refusal when the URL's visit is not this browser's, is over, or was answered already */
  current(ctx: At<'visit'>): Promise<Visit>
  /** Answers the visit, once, and sends the browser back to the service with a 303. */
  finish(ctx: Context, visit: Visit, outcome: Outcome): Promise<void>
  /** Ends the session `openHere` or `entering`, with its notices, and nothing of the visit. */
  endOpen(ctx: Context, visit: Visit): Promise<void>
  /** Starts an ordinary visit of our own first-party service, for a page that needs a person. */
  begin(ctx: Context, errand: Errand): Promise<void>
  /** Ends a visit that the person left: its address and its cookie find nothing any more. */
  leave(ctx: Context, visitId: string): Promise<void>
}
