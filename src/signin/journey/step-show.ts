import type { Context } from 'koa'
import { formToken } from '../../base/web/forms.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { baseOf, seeOther } from '../../base/web/page.ts'
import type { Refusal } from '../../base/values/refusal.ts'
import type { Visit } from '../../base/web/visit.ts'
import { visitAddress } from './address.ts'

// What the pages of a visit have in common.

/** The address of a visit, or of a step of it, in the language of the page. */
export function pathOf(ctx: Context, visit: Visit, ...steps: readonly string[]): string {
  return baseOf(ctx) + visitAddress(visit, ...steps)
}

export function common(keys: Keys, visit: Visit, problem?: Refusal) {
  const csrf = formToken(keys, visit.id)
  return { visit: visit.id, service: visit.service, csrf, problem: problem?.code }
}

/** Sends the browser to the present step of the visit. */
export function toPresentStep(ctx: Context, visit: Visit): void {
  seeOther(ctx, visitAddress(visit))
}
