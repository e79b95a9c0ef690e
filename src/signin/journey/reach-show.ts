import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { setOwnPage } from '../../base/web/page.ts'
import type { Refusal } from '../../base/values/refusal.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { ContactSettings } from '../../people/notifications/index.ts'
import { visitAddress } from './address.ts'
import type { ReachPage } from './pages.ts'
import { common, pathOf } from './step-show.ts'

type Typed = { readonly typed: string; readonly problem: Refusal }

export function reachPages({ keys, pages }: Foundation, { channels }: ContactSettings) {
  return {
    reach(ctx: Context, visit: Visit, failed?: Typed): void {
      const page: ReachPage = {
        ...common(keys, visit, failed?.problem),
        action: pathOf(ctx, visit, 'adresse'),
        by: channels.length > 1 ? 'both' : (channels[0] ?? 'email'),
        typed: failed?.typed ?? '',
        values: failed?.problem.values ?? {},
      }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/reach', page, failed?.problem.status)
    },
  }
}
