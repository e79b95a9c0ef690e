import type { Context } from 'koa'
import { Refusal } from '../values/refusal.ts'

/** @throws Refusal method-not-allowed (405), with the methods that the address takes in `Allow` (RFC 9110, section 15.5.6) */
export function refuseMethod(ctx: Context, taken: readonly string[]): never {
  ctx.set('Allow', taken.join(', '))
  throw new Refusal('method-not-allowed', 405)
}
