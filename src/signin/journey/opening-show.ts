import type { Context } from 'koa'
import type { Passwords, ProposalRow, ShownSeed } from '../factors/index.ts'
import { formToken } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { setOwnPage } from '../../base/web/page.ts'
import type { Refusal } from '../../base/values/refusal.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { AddressCodePage } from '../../people/notifications/index.ts'
import { mailState } from '../../people/notifications/index.ts'
import type { RelyingParty } from '../../webauthn/index.ts'
import { creationOptions } from '../../webauthn/index.ts'
import { visitAddress } from './address.ts'
import type { PasswordPurpose } from './access-opening.ts'
import type { CreateCodePage, CreatePasswordPage, CreateSecurityKeyPage } from './pages.ts'
import { common, pathOf } from './step-show.ts'

type Made = { readonly visit: Visit; readonly making: PasswordPurpose }

/** The way in without a passkey, as it is made. */
export function openingPages({ config, db, clock, keys, pages }: Foundation, passwords: Passwords) {
  return {
    async newPassword(
      ctx: Context,
      { visit, making }: Made,
      address: string,
      problem?: Refusal,
    ): Promise<void> {
      const mail = await mailState({ db, config }, clock())
      const isNew = making === 'creation'
      const backHref = isNew ? pathOf(ctx, visit, making) : pathOf(ctx, visit)
      const action = pathOf(ctx, visit, making, 'mot-de-passe')
      const at = { action, isNew, backHref }
      const page: CreatePasswordPage = { ...common(keys, visit, problem), ...at, address, mail }
      pages.show(ctx, 'signin/create-password', page, problem)
    },

    async address(
      ctx: Context,
      { visit, making }: Made,
      opening: ProposalRow,
      problem?: Refusal,
    ): Promise<void> {
      const page: AddressCodePage = {
        csrf: formToken(keys, visit.id),
        action: pathOf(ctx, visit, making, 'courriel'),
        address: await passwords.addressOf(opening),
        backHref: pathOf(ctx, visit, making, 'mot-de-passe'),
        passkeyHref: making === 'creation' ? pathOf(ctx, visit, making) : undefined,
        problem: problem?.code,
      }
      setOwnPage(ctx, visitAddress(visit, making, 'courriel'))
      pages.show(ctx, 'notifications/address-code', page, problem)
    },

    newCode(ctx: Context, { visit, making }: Made, shown: ShownSeed, problem?: Refusal): void {
      const page: CreateCodePage = {
        csrf: formToken(keys, visit.id),
        action: pathOf(ctx, visit, making, 'code'),
        shown,
        keyHref: pathOf(ctx, visit, making, 'cle-de-securite'),
        backHref: pathOf(ctx, visit, making, 'mot-de-passe'),
        problem: problem?.code,
      }
      pages.show(ctx, 'signin/create-code', page, problem)
    },
  }
}

/** What follows a new password. */
export function keyAfterPages({ db, clock, keys, pages }: Foundation, party: RelyingParty) {
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
        action: pathOf(ctx, visit, making, 'cle-de-securite'),
        options: await creationOptions(db, party, creation, clock()),
        backHref: pathOf(ctx, visit, making, 'code'),
        problem: problem?.code,
      }
      setOwnPage(ctx, visitAddress(visit, making, 'cle-de-securite'))
      pages.show(ctx, 'signin/create-security-key', page, problem)
    },
  }
}
