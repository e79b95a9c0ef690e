import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import type { AtHomePage } from '../../base/web/pages.ts'
import { formToken } from '../../base/web/forms.ts'
import { setOwnPage } from '../../base/web/page.ts'
import type { Refusal } from '../../base/values/refusal.ts'
import type { Visit } from '../../base/web/visit.ts'
import { mailState } from '../../people/notifications/index.ts'
import type { RelyingParty } from '../../webauthn/index.ts'
import { creationOptions, endorsingOptions } from '../../webauthn/index.ts'
import { visitAddress } from './address.ts'
import type { AddPasskeyPage, CreateAccessPage, InvitationPage } from './pages.ts'
import { common, pathOf } from './step-show.ts'

/** Where a passkey is made. */
export function keyPages({ config, db, clock, keys, pages }: Foundation, party: RelyingParty) {
  return {
    async creation(ctx: Context, visit: Visit, problem?: Refusal): Promise<void> {
      const options = await creationOptions(db, party, creating(visit), clock())
      const mail = await mailState({ db, config }, clock())
      const page: CreateAccessPage = { ...common(keys, visit, problem), options, mail }
      pages.show(ctx, 'signin/create-access', page, problem)
    },

    async addPasskey(
      ctx: Context,
      visit: Visit,
      personId: string,
      problem?: Refusal,
    ): Promise<void> {
      const options = await creationOptions(db, party, creating(visit, personId), clock())
      const action = pathOf(ctx, visit, 'nouvelle-cle')
      const page: AddPasskeyPage = {
        ...common(keys, visit, problem),
        options,
        action,
        // Here no older key can sign: it is lost, or it would have opened the access.
        endorsing: undefined,
        cancelHref: pathOf(ctx, visit),
      }
      setOwnPage(ctx, visitAddress(visit, 'nouvelle-cle'))
      pages.show(ctx, 'signin/add-passkey', page, problem)
    },

    async invitation(
      ctx: Context,
      visit: Visit,
      personId: string,
      problem?: Refusal,
    ): Promise<void> {
      const options = await creationOptions(db, party, creating(visit, personId), clock())
      const endorsing = await endorsingOptions(db, party, personId)
      const page: InvitationPage = { ...common(keys, visit, problem), options, endorsing }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/invitation', page, problem)
    },
  }
}

/** At a public terminal nobody is invited to a key: who came by another way goes on, and reads how she makes one at home. */
export function atHomePages({
  keys,
  pages,
}: Foundation): Pick<ReturnType<typeof keyPages>, 'invitation'> {
  return {
    async invitation(ctx, visit) {
      const csrf = formToken(keys, visit.id)
      setOwnPage(ctx, visitAddress(visit))
      const page: AtHomePage = {
        csrf,
        goOn: pathOf(ctx, visit, 'plus-tard'),
        backHref: undefined,
      }
      pages.show(ctx, 'base/at-home', page)
      await Promise.resolve()
    },
  }
}

// The first way into an access that has none is a passkey, made in this visit.
function creating({ id: errand }: Visit, personId?: string) {
  return { kind: 'passkey', errand, personId } as const
}
