import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { setOwnPage } from '../../base/web/page.ts'
import type { Refusal } from '../../base/values/refusal.ts'
import { isShared } from '../../base/web/shared-browser.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { ContactSettings } from '../../people/notifications/index.ts'
import { visitAddress } from './address.ts'
import type { Attempt } from './journey.ts'
import type { ReachPage } from './pages.ts'
import { common, pathOf } from './step-show.ts'

/** What was typed, shown again beside what is wrong with it. */
export type ReachTyped = {
  readonly address: string
  readonly nickname: string
  /** Undefined: nothing was sent yet, and what the browser knows stands. */
  readonly isShared: boolean | undefined
  readonly problem: Refusal | undefined
}

const untyped: ReachTyped = {
  address: '',
  nickname: '',
  isShared: undefined,
  problem: undefined,
}

export function reachPages({ config, keys, pages }: Foundation, { channels }: ContactSettings) {
  const by = channels.length > 1 ? 'both' : (channels[0] ?? 'email')
  return {
    reach(ctx: Context, visit: Visit, attempt: Attempt, typed: ReachTyped = untyped): void {
      const { problem, isShared: isTicked = isShared(ctx) } = typed
      const { visit: id, csrf } = common(keys, visit)
      const page: ReachPage = {
        visit: id,
        csrf,
        problem: problem?.code,
        before: visit.service?.inSentence,
        action: pathOf(ctx, visit, 'adresse'),
        by,
        typed: typed.address,
        nickname: asksNickname(config, attempt) ? typed.nickname : undefined,
        isShared: config.kiosk ? undefined : isTicked,
        values: problem?.values ?? {},
      }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/reach', page, problem?.status)
    },
  }
}

/** Whether she is asked what she calls her access: a public terminal shows it to nobody, and who comes back had her say before. */
export function asksNickname({ kiosk }: { readonly kiosk: boolean }, { proof }: Attempt): boolean {
  return !kiosk && proof !== 'recovered'
}
