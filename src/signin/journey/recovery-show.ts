import type { Context } from 'koa'
import type { Closure } from '../../people/accounts/index.ts'
import { formToken } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { setOwnPage } from '../../base/web/page.ts'
import { faceOf } from '../../base/web/plain-face.ts'
import type { Refusal } from '../../base/values/refusal.ts'
import { makeRowSeals } from '../../base/sealing/row-seal.ts'
import type { Visit } from '../../base/web/visit.ts'
import { mailState } from '../../people/notifications/index.ts'
import { nameOfSet, presentSet } from '../factors/index.ts'
import { visitAddress } from './address.ts'
import type {
  CardPage,
  ClosedAccessPage,
  RecoverPage,
  RecoveryCodesLeftPage,
  RecoveryCodesPage,
  WaysBackPage,
} from './pages.ts'
import { common, pathOf } from './step-show.ts'

/** The ways back into an access: by a recovery code, and out of a closing. */
export function recoveryPages({ config, db, clock, keys, pages }: Foundation) {
  const seals = makeRowSeals(keys.seal)
  return {
    async waysBack(ctx: Context, visit: Visit, problem?: Refusal): Promise<void> {
      const mail = await mailState({ db, config }, clock())
      const face = faceOf(ctx, pathOf(ctx, visit))
      const page: WaysBackPage = {
        ...common(keys, visit, problem),
        passkeyHref: pathOf(ctx, visit, 'nouvelle-cle'),
        isKiosk: config.kiosk,
        mail,
        passwordHref: pathOf(ctx, visit, 'retablissement', 'mot-de-passe'),
        leave: pathOf(ctx, visit, 'retablissement', 'abandon'),
        isPlain: face.isPlain,
        otherFaceHref: face.otherHref,
      }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/ways-back', page, problem)
    },

    recovery(ctx: Context, visit: Visit, typed: string, problem?: Refusal): void {
      const page: RecoverPage = { ...common(keys, visit, problem), typed }
      pages.show(ctx, 'signin/recover', page, problem)
    },

    card(ctx: Context, visit: Visit, typed: string, problem?: Refusal): void {
      const page: CardPage = { ...common(keys, visit, problem), typed }
      setOwnPage(ctx, visitAddress(visit, 'carte'))
      pages.show(ctx, 'signin/card', page, problem)
    },

    codes(ctx: Context, visit: Visit, codes: readonly string[]): void {
      const page: RecoveryCodesPage = {
        csrf: formToken(keys, visit.id),
        codes,
        next: pathOf(ctx, visit, 'suite'),
      }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/recovery-codes', page)
    },

    closed(ctx: Context, visit: Visit, { closedAt, eraseAt }: Closure): void {
      const page: ClosedAccessPage = {
        ...common(keys, visit),
        action: pathOf(ctx, visit, 'reouverture'),
        closedAt,
        eraseAt,
      }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/closed', page)
    },

    async codesLeft(ctx: Context, visit: Visit, personId: string): Promise<void> {
      const csrf = formToken(keys, visit.id)
      const page: RecoveryCodesLeftPage = {
        set: nameOfSet(await presentSet(db, seals, personId)),
        csrf,
        again: pathOf(ctx, visit, 'codes'),
        next: pathOf(ctx, visit, 'suite'),
      }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/recovery-codes-left', page)
    },
  }
}
