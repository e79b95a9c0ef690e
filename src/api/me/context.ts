import type { OnBehalf } from '../../base/web/caller.ts'
import { makeLimiter } from '../../base/web/limits/rate-counts.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { At } from '../../base/web/router.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { ContactSettings } from '../../people/notifications/index.ts'
import { makeContactSettings } from '../../people/notifications/index.ts'
import type { ExportContext } from './head.ts'
import type { ExportsCounted } from './export-limit.ts'
import { exportsAnHour } from './export-limit.ts'

/** An operation; its answer is JSON. */
export type MeHandler<Name extends string = never> = (
  ctx: At<Name>,
  context: MeContext,
  who: OnBehalf,
) => Promise<object>

export type MeContext = ServedContext & ExportsCounted & { readonly reach: ContactSettings }
type ServedContext = ExportContext & { readonly foundation: Foundation }

export function meContext(context: ServedContext, tries: Tries): MeContext {
  return {
    ...context,
    exports: makeLimiter(context.foundation, exportsAnHour),
    reach: makeContactSettings(context.foundation, tries),
  }
}
