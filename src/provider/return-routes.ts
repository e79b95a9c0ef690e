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

// The end of a visit of our own service: the code is never redeemed, only the place to go on is read.
function comeBack(ctx: Context): void {
  const state = typeof ctx.query['state'] === 'string' ? ctx.query['state'] : ''
  // Whoever gave the visit up is not led to the page that would begin it again. A question only shows, and may be refused without.
  const isDone = ctx.query['error'] === undefined || question.test(state)
  ctx.redirect(isDone && isOwn(state) ? state : `${state.startsWith('/en/') ? '/en' : ''}/acces`)
  ctx.status = 303
}
