import type { Context } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { isShared } from '../../base/web/shared-browser.ts'
import { ownService } from '../../registry/index.ts'
import { hasEntered } from '../unit/grant-model.ts'
import type { Unit } from '../unit/unit.ts'
import { currentUnit, isKiosk, nowSeconds } from '../unit/unit.ts'

// An open session signs whoever sits there in at each service. Where that may be somebody else, it asks before it enters a service that
// its access never entered: what a person does by mistake in another's name begins there. Nowhere else is there a page between.

/** Nobody pressed anything for so long: somebody else may sit there now. The time of a press is written once a minute. */
const unusedSeconds = 30 * 60

/** Whether a session is about to enter a new service for who may be somebody else. It costs no statement. */
export async function mayBeAnother(ctx: KoaContextWithOIDC): Promise<boolean> {
  const { session, client, result } = ctx.oidc
  const { accountId } = session ?? {}
  if (session === undefined || accountId === undefined || client === undefined) return false
  if (client.clientId === ownService) return false
  // It is asked when a visit begins. Whoever answers a page of the visit has proved who she is, or sat there when it began.
  if (result !== undefined) return false
  const unit = currentUnit()
  if (!isOfSeveral(ctx, unit, session.uid)) return false
  return !(await hasEntered(unit, accountId, client.clientId))
}

function isOfSeveral(ctx: Context, unit: Unit, uid: string): boolean {
  if (isKiosk(unit, uid) || isShared(ctx)) return true
  const session = unit.seen.sessionsByUid.get(uid)
  if (session === undefined) return true
  const unused = nowSeconds(unit) - session.lastSeenAt
  return session.payload['otherDevice'] === true || unused >= unusedSeconds
}
