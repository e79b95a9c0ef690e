import type { SessionEnding } from '../../base/web/ended-session.ts'
import type { ShownSeed } from '../factors/index.ts'
import type { MailState } from '../../people/notifications/index.ts'

/** What the templates in views/signin receive. Options are the JSON of WebAuthn Level 3's parse…OptionsFromJSON. */
export type ServiceLabel = { readonly name: string; readonly organisation: string }

/** Another body's sign-in that people may use here. */
export type ProviderButton = { readonly id: string; readonly name: string }

export type SignInPage = {
  readonly visit: string
  /** The service that sent the person here; undefined: the person's own space. */
  readonly service: ServiceLabel | undefined
  readonly csrf: string
  readonly options: string
  /** What was typed, kept after a refusal. */
  readonly address: string
  readonly providers: readonly ProviderButton[]
  /** Names of providers that one suspended at once: whoever comes by them reads where their button is. */
  readonly paused: readonly string[]
  /** The provider whose account she will link once she has signed in; undefined: none. */
  readonly linking: string | undefined
  /** Whether a card opens this visit: at a public terminal, to her own pages. */
  readonly byCard: boolean
  /** How the session ended that this browser had; undefined: nobody ended one. */
  readonly ended: SessionEnding | undefined
  /** undefined: every key will do */
  readonly levelThree: LevelThreeAsked | undefined
  /** Why the last try failed: a Refusal's code, whose words are `refusal.<code>`. */
  readonly problem: string | undefined
}

type Upstream = 'providers' | 'paused' | 'linking' | 'levelThree' | 'ended' | 'byCard'

/** « Avez-vous déjà un accès ici? »: she came with an account that opens none. */
export type ArrivalPage = Pick<SignInPage, 'visit' | 'service' | 'csrf'> & {
  readonly provider: string
}

/** « Relier ce compte à votre accès? », after she signed in by a way of hers. */
export type LinkPage = ArrivalPage & Pick<SignInPage, 'problem'>

/** « Une vérification de plus »: the level asked, that a while has passed, or that a recovery code is not enough. */
export type StepUpPage = Omit<SignInPage, 'ended' | 'byCard'> & {
  readonly why: 'level' | 'again' | 'recovered'
}

/** The service asks for a key whose model is known. */
export type LevelThreeAsked = {
  /** No: the operator's file of models is over, or cannot be used. */
  readonly isReady: boolean
  /** The names of her keys that suffice. */
  readonly keys: readonly string[]
  /** The key that she used in this visit: of another kind, or of a model that does not suffice any more. */
  readonly used: 'other' | 'withdrawn' | undefined
}

export type CreateAccessPage = Omit<SignInPage, 'address' | Upstream> & {
  /** Without e-mail no address can be verified, and the way without a passkey is closed. */
  readonly mail: MailState
}

/** The pages of the way without a passkey are the same for an address that nobody has. */
export type PasswordSignInPage = Omit<SignInPage, 'options' | Upstream>

export type CodePage = Omit<SignInPage, 'address' | Upstream> & {
  /** Whether the problem concerns the code or the key. */
  readonly tried: 'code' | 'key'
}

export type CreatePasswordPage = PasswordSignInPage & {
  readonly mail: MailState
  readonly action: string
  /** For an access that is being made, not for one that is recovered. */
  readonly isNew: boolean
  readonly backHref: string
}

export type CreateCodePage = {
  readonly csrf: string
  readonly action: string
  readonly shown: ShownSeed
  /** The other thing that may follow the password; undefined at a public terminal. */
  readonly keyHref: string | undefined
  readonly backHref: string
  readonly problem: string | undefined
}

export type CreateSecurityKeyPage = {
  readonly csrf: string
  readonly action: string
  readonly options: string
  readonly backHref: string
  readonly problem: string | undefined
}

/** « Où vous prévenir? » */
export type ReachPage = Pick<SignInPage, 'visit' | 'csrf' | 'problem'> & {
  /** Where she goes then, inside a sentence: « l’Aide aux études »; undefined: to her own space. */
  readonly before: string | undefined
  readonly action: string
  /** What this installation can write to. */
  readonly by: 'email' | 'sms' | 'both'
  readonly typed: string
  /** What she calls her access; undefined: she is not asked, after a recovery and at a public terminal. */
  readonly nickname: string | undefined
  /** Whether several people use this device; undefined: a public terminal does not ask. */
  readonly isShared: boolean | undefined
  readonly values: Readonly<Record<string, string | number>>
}

export type InvitationPage = Omit<SignInPage, 'service' | 'address' | Upstream> &
  Pick<AddPasskeyPage, 'endorsing'>

export type RecoverPage = Pick<SignInPage, 'visit' | 'service' | 'csrf'> & {
  /** What was typed, kept after a refusal. */
  readonly typed: string
  readonly problem: string | undefined
}

/** A number and a code of a card. `typed`: the number, kept after a refusal. */
export type CardPage = RecoverPage

/** A person signed in to this browser in another tab. The person at this page says whether that is she. */
export type OpenHerePage = Pick<SignInPage, 'visit' | 'service' | 'csrf'> & {
  readonly opened: string
  readonly since: Date
  /** Another person's access was made or used in this visit already. */
  readonly proved: boolean
}

/** « Vous entrez à … comme … »: a new service, where the browser may be shared. The person at this page says whether it is she. */
export type EnteringPage = Pick<SignInPage, 'visit' | 'service' | 'csrf'> & {
  /** « à l’Agence du revenu », “the Revenue Agency” */
  readonly into: string
  readonly opened: string
  readonly since: Date
  /** What she calls her access; undefined: nothing, or at a public terminal. */
  readonly nickname: string | undefined
}

/** After a recovery code: the ways by which a person can come back. */
export type WaysBackPage = Omit<SignInPage, 'options' | 'address' | Upstream> & {
  readonly passkeyHref: string
  /** No passkey and no security key is made at a public terminal. */
  readonly isKiosk: boolean
  /** A password needs a code that is sent to its address. */
  readonly mail: MailState
  readonly passwordHref: string
  /** Back to the sign-in, where the code stays good. */
  readonly leave: string
  /** « En clair »: a few lines, and all else folded. */
  readonly isPlain: boolean
  readonly otherFaceHref: string
}

/** Shown after a recovery code, or in « Mon accès ». */
export type AddPasskeyPage = {
  readonly csrf: string
  readonly action: string
  readonly options: string
  /** What the script asks an older key with, to endorse the new one; undefined: she has none that can. */
  readonly endorsing: string | undefined
  readonly problem: string | undefined
  readonly cancelHref: string
  /** Where a key of level 3 is added instead; undefined: here it is not. */
  readonly levelThreeHref?: string | undefined
}

/** The ten codes, the one time that they are shown. `next` is where « Continuer » posts. */
export type RecoveryCodesPage = {
  readonly csrf: string
  readonly codes: readonly string[]
  readonly next: string
}

/** The page was left before « Continuer »: the codes cannot be shown again, but a new set can be made. */
export type RecoveryCodesLeftPage = {
  /** Names the set in whose place the form makes another. */
  readonly set: string
  readonly csrf: string
  readonly again: string
  readonly next: string
}

/** Her access is closed, and may be opened again until it is erased. */
export type ClosedAccessPage = Pick<SignInPage, 'visit' | 'service' | 'csrf'> & {
  readonly action: string
  readonly closedAt: Date
  readonly eraseAt: Date
}
