import type { Context } from 'koa'
import type { Passwords } from '../factors/index.ts'
import { sessionEndingOf } from '../../base/web/ended-session.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { languageOf, setOwnPage } from '../../base/web/page.ts'
import type { Refusal } from '../../base/values/refusal.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { RelyingParty } from '../../webauthn/index.ts'
import { requestOptions, securityKeyOptions } from '../../webauthn/index.ts'
import type { ContactSettings } from '../../people/notifications/index.ts'
import { visitAddress } from './address.ts'
import { takesCards } from './card-signin.ts'
import { personOf } from './password-signin.ts'
import { levelThreeAsked } from './level-three-show.ts'
import { keyAfterPages, openingPages } from './opening-show.ts'
import type {
  CodePage,
  EnteringPage,
  OpenHerePage,
  PasswordSignInPage,
  SignInPage,
  StepUpPage,
} from './pages.ts'
import { atHomePages, keyPages } from './passkey-show.ts'
import { reachPages } from './reach-show.ts'
import { recoveryPages } from './recovery-show.ts'
import { common } from './step-show.ts'
import { stepUpReason } from './steps.ts'
import type { UpstreamWay } from './upstream-way.ts'
import { arrivalIn } from './upstream-way.ts'
import { providersShown, upstreamPages } from './upstream-show.ts'
import type { GivenPassword } from './store.ts'

type OpenHere = NonNullable<Visit['openHere']>
type Entering = NonNullable<Visit['entering']>

/** The pages of a visit. Each page with a passkey form comes with a challenge of its own. */
export type Show = ReturnType<typeof makeShow>

export function makeShow(
  foundation: Foundation,
  party: RelyingParty,
  passwords: Passwords,
  upstream: UpstreamWay,
  reach: ContactSettings,
) {
  const { config, db, clock, keys, pages } = foundation
  return {
    ...keyPages(foundation, party),
    ...(config.kiosk ? atHomePages(foundation) : {}),
    ...openingPages(foundation, passwords),
    ...keyAfterPages(foundation, party),
    ...codePages(foundation, party),
    ...recoveryPages(foundation),
    ...reachPages(foundation, reach),
    ...upstreamPages(foundation),

    openHere(ctx: Context, visit: Visit, open: OpenHere, proved: boolean): void {
      const page: OpenHerePage = {
        ...common(keys, visit),
        opened: open.key,
        since: open.since,
        proved,
      }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/open-here', page)
    },

    entering(ctx: Context, visit: Visit, { key: opened, since, nickname }: Entering): void {
      const page: EnteringPage = {
        ...common(keys, visit),
        into: visit.service?.into ?? '',
        opened,
        since,
        nickname,
      }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/entering', page)
    },

    async signIn(ctx: Context, visit: Visit, problem?: Refusal, address = ''): Promise<void> {
      const options = await requestOptions(db, party, visit.id, clock())
      const arrival = arrivalIn({ ...party.guard, visit, now: clock() }, upstream)
      const reading = { ...party.guard, db, origin: originOf(ctx), now: clock() }
      const page: SignInPage = {
        ...common(keys, visit, problem),
        options,
        levelThree: await levelThreeAsked(reading, party, visit),
        address,
        ...providersShown(ctx, upstream, visit.level),
        ended: sessionEndingOf(ctx),
        byCard: takesCards(config.kiosk, visit),
        linking: arrival?.provider.name[languageOf(ctx)],
      }
      setOwnPage(ctx, visitAddress(visit))
      const why = await stepUpReason(reading, visit)
      if (why === undefined) return pages.show(ctx, 'signin/sign-in', page, problem)
      const stepUp: StepUpPage = { ...page, why }
      return pages.show(ctx, 'signin/step-up', stepUp, problem)
    },
  }
}

type Failed = { readonly tried: CodePage['tried']; readonly problem: Refusal }

/** The way in without a passkey. */
function codePages({ db, clock, keys, pages }: Foundation, party: RelyingParty) {
  return {
    password(ctx: Context, visit: Visit, address: string, problem?: Refusal): void {
      const page: PasswordSignInPage = { ...common(keys, visit, problem), address }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/password', page, problem)
    },

    async code(ctx: Context, visit: Visit, given: GivenPassword, failed?: Failed): Promise<void> {
      const using = { errand: visit.id, personId: personOf(given), mark: given.triesKey }
      const page: CodePage = {
        ...common(keys, visit, failed?.problem),
        options: await securityKeyOptions(db, party, using, clock()),
        tried: failed?.tried ?? 'code',
      }
      setOwnPage(ctx, visitAddress(visit, 'code'))
      pages.show(ctx, 'signin/code', page, failed?.problem)
    },
  }
}
