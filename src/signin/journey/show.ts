import type { Context } from 'koa'
import type { Closure } from '../../people/accounts/index.ts'
import type { Passwords, Proposal, ShownSeed } from '../factors/index.ts'
import type { Database } from '../../base/platform/database.ts'
import { formToken } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { baseOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import type { Keys } from '../../base/platform/keys.ts'
import { Redirect } from '../../base/platform/refusal.ts'
import type { Refusal } from '../../base/platform/refusal.ts'
import type { AtHomePage } from '../../base/web/pages.ts'
import type { Visit, Visits } from '../../base/web/visit.ts'
import type { AddressCodePage } from '../../people/notifications/index.ts'
import { mailState } from '../../people/notifications/index.ts'
import type { RelyingParty } from '../../webauthn/index.ts'
import { creationOptions, requestOptions, securityKeyOptions } from '../../webauthn/index.ts'
import type { Locksmith } from './by-password.ts'
import { personOf } from './by-password.ts'
import type { Step } from './journey.ts'
import { nextStep } from './journey.ts'
import type {
  AddPasskeyPage,
  ClosedAccessPage,
  CodePage,
  CreateAccessPage,
  CreateCodePage,
  CreatePasswordPage,
  CreateSecurityKeyPage,
  InvitationPage,
  OpenHerePage,
  PasswordSignInPage,
  RecoverPage,
  RecoveryCodesLeftPage,
  RecoveryCodesPage,
  SignInPage,
  StepUpPage,
  WaysBackPage,
} from './pages.ts'
import type { GivenPassword } from './store.ts'
import { findAttempt } from './store.ts'
import type { SigninTries } from './tries.ts'

type OpenHere = NonNullable<Visit['openHere']>

/** What the routes of a visit share. */
export type JourneyContext = {
  readonly foundation: Foundation
  readonly visits: Visits
  readonly show: Show
  readonly tries: SigninTries
  readonly locksmith: Locksmith
}

/** The purpose of a password, as the pages' addresses name it: a new access, or one that is recovered. */
export type PasswordPurpose = 'creation' | 'retablissement'
type Made = { readonly visit: Visit; readonly making: PasswordPurpose }

/** The pages of a visit. Each page with a passkey form comes with a challenge of its own. */
export type Show = ReturnType<typeof makeShow>

export function makeShow(foundation: Foundation, party: RelyingParty, passwords: Passwords) {
  const { config, db, clock, keys, pages } = foundation
  return {
    ...(config.kiosk ? atHomePages(foundation) : keyPages(foundation, party)),
    ...openingPages(foundation, passwords),
    ...keyAfterPages(foundation, party),
    ...codePages({ db, clock, keys, pages }, party),
    ...recoveryPages(foundation),

    openHere(ctx: Context, visit: Visit, open: OpenHere, proved: boolean): void {
      const page: OpenHerePage = {
        ...common(keys, visit),
        opened: open.key,
        since: open.since,
        proved,
      }
      setOwnPage(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/open-here', page)
    },

    async signIn(ctx: Context, visit: Visit, problem?: Refusal, address = ''): Promise<void> {
      const options = await requestOptions(db, party, visit.id, clock())
      const page: SignInPage = { ...common(keys, visit, problem), options, address }
      setOwnPage(ctx, `/connexion/${visit.id}`)
      const why = await stepUpReason(db, visit, clock())
      if (why === undefined) return pages.show(ctx, 'signin/sign-in', page, problem?.status)
      const stepUp: StepUpPage = { ...page, why }
      return pages.show(ctx, 'signin/step-up', stepUp, problem?.status)
    },
  }
}

/** Where a passkey is made. */
function keyPages({ config, db, clock, keys, pages }: Foundation, party: RelyingParty) {
  return {
    async creation(ctx: Context, visit: Visit, problem?: Refusal): Promise<void> {
      const options = await creationOptions(db, party, creating(visit), clock())
      const mail = await mailState({ db, config }, clock())
      const page: CreateAccessPage = { ...common(keys, visit, problem), options, mail }
      pages.show(ctx, 'signin/create-access', page, problem?.status)
    },

    async addPasskey(
      ctx: Context,
      visit: Visit,
      personId: string,
      problem?: Refusal,
    ): Promise<void> {
      const options = await creationOptions(db, party, creating(visit, personId), clock())
      const action = path(ctx, visit, 'nouvelle-cle')
      const page: AddPasskeyPage = {
        ...common(keys, visit, problem),
        options,
        action,
        cancelHref: `${baseOf(ctx)}/connexion/${visit.id}`,
      }
      setOwnPage(ctx, `/connexion/${visit.id}/nouvelle-cle`)
      pages.show(ctx, 'signin/add-passkey', page, problem?.status)
    },

    async invitation(
      ctx: Context,
      visit: Visit,
      personId: string,
      problem?: Refusal,
    ): Promise<void> {
      const options = await creationOptions(db, party, creating(visit, personId), clock())
      const page: InvitationPage = { ...common(keys, visit, problem), options }
      setOwnPage(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/invitation', page, problem?.status)
    },
  }
}

/** The same steps at a public terminal, where no passkey is made. */
function atHomePages({ keys, pages }: Foundation): ReturnType<typeof keyPages> {
  async function show(ctx: Context, visit: Visit, ways: Partial<AtHomePage>): Promise<void> {
    const csrf = formToken(keys, visit.id)
    const nowhere = { passwordHref: undefined, goOn: undefined, backHref: undefined }
    setOwnPage(ctx, `/connexion/${visit.id}`)
    pages.show(ctx, 'base/at-home', { csrf, ...nowhere, ...ways } satisfies AtHomePage)
    await Promise.resolve()
  }
  return {
    creation: (ctx, visit) =>
      show(ctx, visit, {
        passwordHref: path(ctx, visit, 'creation/mot-de-passe'),
        backHref: `${baseOf(ctx)}/connexion/${visit.id}`,
      }),
    addPasskey: (ctx, visit) =>
      show(ctx, visit, { backHref: `${baseOf(ctx)}/connexion/${visit.id}` }),
    invitation: (ctx, visit) => show(ctx, visit, { goOn: path(ctx, visit, 'plus-tard') }),
  }
}

function recoveryPages({ config, db, clock, keys, pages }: Foundation) {
  return {
    async waysBack(ctx: Context, visit: Visit, problem?: Refusal): Promise<void> {
      const mail = await mailState({ db, config }, clock())
      const page: WaysBackPage = {
        ...common(keys, visit, problem),
        passkeyHref: path(ctx, visit, 'nouvelle-cle'),
        isKiosk: config.kiosk,
        mail,
        passwordHref: path(ctx, visit, 'retablissement/mot-de-passe'),
        leave: path(ctx, visit, 'retablissement/abandon'),
      }
      setOwnPage(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/ways-back', page, problem?.status)
    },

    recovery(ctx: Context, visit: Visit, typed: string, problem?: Refusal): void {
      const page: RecoverPage = { ...common(keys, visit, problem), typed }
      pages.show(ctx, 'signin/recover', page, problem?.status)
    },

    codes(ctx: Context, visit: Visit, codes: readonly string[]): void {
      const page: RecoveryCodesPage = {
        csrf: formToken(keys, visit.id),
        codes,
        next: path(ctx, visit, 'suite'),
      }
      setOwnPage(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/recovery-codes', page)
    },

    closed(ctx: Context, visit: Visit, { closedAt, eraseAt }: Closure): void {
      const page: ClosedAccessPage = {
        ...common(keys, visit),
        action: path(ctx, visit, 'reouverture'),
        closedAt,
        eraseAt,
      }
      setOwnPage(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/closed', page)
    },

    codesLeft(ctx: Context, visit: Visit): void {
      const csrf = formToken(keys, visit.id)
      const page: RecoveryCodesLeftPage = {
        csrf,
        again: path(ctx, visit, 'codes'),
        next: path(ctx, visit, 'suite'),
      }
      setOwnPage(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/recovery-codes-left', page)
    },
  }
}

/** The way in without a passkey, as it is made. */
function openingPages({ config, db, clock, keys, pages }: Foundation, passwords: Passwords) {
  return {
    password(ctx: Context, visit: Visit, address: string, problem?: Refusal): void {
      const page: PasswordSignInPage = { ...common(keys, visit, problem), address }
      setOwnPage(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/password', page, problem?.status)
    },

    async newPassword(
      ctx: Context,
      { visit, making }: Made,
      address: string,
      problem?: Refusal,
    ): Promise<void> {
      const mail = await mailState({ db, config }, clock())
      const isNew = making === 'creation'
      const backHref = isNew ? path(ctx, visit, making) : `${baseOf(ctx)}/connexion/${visit.id}`
      const action = path(ctx, visit, `${making}/mot-de-passe`)
      const at = { action, isNew, backHref }
      const page: CreatePasswordPage = { ...common(keys, visit, problem), ...at, address, mail }
      pages.show(ctx, 'signin/create-password', page, problem?.status)
    },

    address(ctx: Context, { visit, making }: Made, opening: Proposal, problem?: Refusal): void {
      const page: AddressCodePage = {
        csrf: formToken(keys, visit.id),
        action: path(ctx, visit, `${making}/courriel`),
        address: passwords.addressOf(opening),
        backHref: path(ctx, visit, `${making}/mot-de-passe`),
        passkeyHref: making === 'creation' && !config.kiosk ? path(ctx, visit, making) : undefined,
        problem: problem?.code,
      }
      setOwnPage(ctx, `/connexion/${visit.id}/${making}/courriel`)
      pages.show(ctx, 'notifications/address-code', page, problem?.status)
    },

    newCode(ctx: Context, { visit, making }: Made, shown: ShownSeed, problem?: Refusal): void {
      const page: CreateCodePage = {
        csrf: formToken(keys, visit.id),
        action: path(ctx, visit, `${making}/code`),
        shown,
        keyHref: config.kiosk ? undefined : path(ctx, visit, `${making}/cle-de-securite`),
        backHref: path(ctx, visit, `${making}/mot-de-passe`),
        problem: problem?.code,
      }
      pages.show(ctx, 'signin/create-code', page, problem?.status)
    },
  }
}

/** What follows a new password. */
function keyAfterPages({ db, clock, keys, pages }: Foundation, party: RelyingParty) {
  return {
    async newSecurityKey(
      ctx: Context,
      { visit, making }: Made,
      personId: string | undefined,
      problem?: Refusal,
    ): Promise<void> {
      const creation = { kind: 'security-key', errand: visit.id, personId } as const
      const page: CreateSecurityKeyPage = {
        csrf: formToken(keys, visit.id),
        action: path(ctx, visit, `${making}/cle-de-securite`),
        options: await creationOptions(db, party, creation, clock()),
        backHref: path(ctx, visit, `${making}/code`),
        problem: problem?.code,
      }
      setOwnPage(ctx, `/connexion/${visit.id}/${making}/cle-de-securite`)
      pages.show(ctx, 'signin/create-security-key', page, problem?.status)
    },
  }
}

type Failed = { readonly tried: CodePage['tried']; readonly problem: Refusal }

function codePages(
  { db, clock, keys, pages }: Pick<Foundation, 'db' | 'clock' | 'keys' | 'pages'>,
  party: RelyingParty,
) {
  return {
    async code(ctx: Context, visit: Visit, given: GivenPassword, failed?: Failed): Promise<void> {
      const using = { errand: visit.id, personId: personOf(given), mark: given.triesKey }
      const page: CodePage = {
        ...common(keys, visit, failed?.problem),
        options: await securityKeyOptions(db, party, using, clock()),
        tried: failed?.tried ?? 'code',
      }
      setOwnPage(ctx, `/connexion/${visit.id}/code`)
      pages.show(ctx, 'signin/code', page, failed?.problem.status)
    },
  }
}

/** Why the step-up page asks for more than a sign-in; undefined: nobody has proved anything yet. */
export async function stepUpReason(
  db: Database,
  visit: Visit,
  now: Date,
): Promise<StepUpPage['why'] | undefined> {
  const attempt = await findAttempt(db, visit.id, now)
  if (attempt !== undefined && nextStep(attempt, visit.level).show === 'step-up') return 'recovered'
  return visit.why
}

// The first way into an access that has none is a passkey, made in this visit.
function creating({ id: errand }: Visit, personId?: string) {
  return { kind: 'passkey', errand, personId } as const
}

function path(ctx: Context, visit: Visit, step: string): string {
  return `${baseOf(ctx)}/connexion/${visit.id}/${step}`
}

function common(keys: Keys, visit: Visit, problem?: Refusal) {
  const csrf = formToken(keys, visit.id)
  return { visit: visit.id, service: visit.service, csrf, problem: problem?.code }
}

export async function stepOf({ foundation }: JourneyContext, visit: Visit): Promise<Step> {
  return nextStep(await findAttempt(foundation.db, visit.id, foundation.clock()), visit.level)
}

/** A visit in which nobody has proved enough. @throws Onward to its present step */
export async function unprovedVisit(ctx: Context, context: JourneyContext): Promise<Visit> {
  const visit = await context.visits.current(ctx)
  if (['sign-in', 'step-up'].includes((await stepOf(context, visit)).show)) return visit
  throw new Redirect(`/connexion/${visit.id}`)
}

/** As `unprovedVisit`, where a new access begins: a person who is already signed in here is asked about that first. */
export async function visitToBegin(ctx: Context, context: JourneyContext): Promise<Visit> {
  const visit = await unprovedVisit(ctx, context)
  if (visit.openHere === undefined) return visit
  throw new Redirect(`/connexion/${visit.id}`)
}

export function toPresentStep(ctx: Context, visit: Visit): void {
  seeOther(ctx, `/connexion/${visit.id}`)
}
