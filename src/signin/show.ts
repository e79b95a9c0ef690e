import type { Context } from 'koa'
import { formToken } from '../foundation/forms.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { baseOf, standsAt } from '../foundation/page.ts'
import type { Keys } from '../foundation/keys.ts'
import type { Refusal } from '../foundation/refusal.ts'
import type { Visit } from '../foundation/visit.ts'
import type { RelyingParty } from '../webauthn/index.ts'
import { creationOptions, requestOptions } from '../webauthn/index.ts'
import type {
  AddPasskeyPage,
  CreateAccessPage,
  RecoverPage,
  RecoveryCodesLeftPage,
  RecoveryCodesPage,
  SignInPage,
} from './pages.ts'

/** The pages of a visit. Each page with a passkey form comes with a challenge of its own. */
export type Show = ReturnType<typeof makeShow>

export function makeShow({ db, clock, keys, pages }: Foundation, party: RelyingParty) {
  return {
    async signIn(ctx: Context, visit: Visit, problem?: Refusal): Promise<void> {
      const options = await requestOptions(db, party, visit.id, clock())
      const page: SignInPage = { ...common(keys, visit, problem), options }
      standsAt(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/sign-in', page, problem?.status)
    },

    async creation(ctx: Context, visit: Visit, problem?: Refusal): Promise<void> {
      const options = await creationOptions(db, party, visit.id, undefined, clock())
      const page: CreateAccessPage = { ...common(keys, visit, problem), options }
      pages.show(ctx, 'signin/create-access', page, problem?.status)
    },

    async addPasskey(
      ctx: Context,
      visit: Visit,
      personId: string,
      problem?: Refusal,
    ): Promise<void> {
      const options = await creationOptions(db, party, visit.id, personId, clock())
      const action = path(ctx, visit, 'nouvelle-cle')
      const page: AddPasskeyPage = {
        ...common(keys, visit, problem),
        options,
        action,
        cancelHref: `${baseOf(ctx)}/aide`,
      }
      standsAt(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/add-passkey', page, problem?.status)
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
      standsAt(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/recovery-codes', page)
    },

    codesLeft(ctx: Context, visit: Visit): void {
      const csrf = formToken(keys, visit.id)
      const page: RecoveryCodesLeftPage = {
        csrf,
        again: path(ctx, visit, 'codes'),
        next: path(ctx, visit, 'suite'),
      }
      standsAt(ctx, `/connexion/${visit.id}`)
      pages.show(ctx, 'signin/recovery-codes-left', page)
    },
  }
}

function path(ctx: Context, visit: Visit, step: string): string {
  return `${baseOf(ctx)}/connexion/${visit.id}/${step}`
}

function common(keys: Keys, visit: Visit, problem?: Refusal) {
  const csrf = formToken(keys, visit.id)
  return { visit: visit.id, service: visit.service, csrf, problem: problem?.code }
}
