import type { Context } from 'koa'
import type { ServedRoutes } from '../base/web/endpoints.ts'
import { choicePattern } from '../base/web/person.ts'
import { routes } from '../base/web/router.ts'

/** `/retour`: where a visit of our own service ends. */
export function returnRoutes(): ServedRoutes {
  return routes('people').get('/retour', comeBack).served()
}

const ownPath = /^(\/en)?\/(acces|activite|mes-partages|partage)(\/[\w-]+)*$/
const question = /^(\/en)?\/partage\//

function isOwn(state: string): boolean {
  const at = state.indexOf('?')
  if (at === -1) return ownPath.test(state)
  return ownPath.test(state.slice(0, at)) && choicePattern.test(state.slice(at))
}

// A visit of our own service ends here. The code is never redeemed; only `state` is read, the page to go on at.
function comeBack(ctx: Context): void {
  const state = typeof ctx.query['state'] === 'string' ? ctx.query['state'] : ''
  // A person who gave the visit up must not go to a page that would begin it again. The page of a question begins none: it is only
  // shown, and can be refused without a new sign-in.
  const isDone = ctx.query['error'] === undefined || question.test(state)
  ctx.redirect(isDone && isOwn(state) ? state : `${state.startsWith('/en/') ? '/en' : ''}/acces`)
  ctx.status = 303
}
