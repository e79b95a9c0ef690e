import type { Context } from 'koa'
import { sessionEndingOf } from './ended-session.ts'
import { formToken, readForm, textForm } from './forms.ts'
import type { Foundation } from './foundation.ts'
import type { Keys } from '../keys/keys.ts'
import { isLevel } from '../values/assurance-levels.ts'
import { baseOf } from './page.ts'
import type { BeginPage } from './pages.ts'
import type { ServedRoutes } from './endpoints.ts'
import { routes } from './router.ts'
import type { Errand, Visits } from './visit.ts'

// A visit costs rows in the database. Crawlers, link previews and browsers that fetch ahead only look at a page that needs a
// person. They get a page that begins no visit; its button begins the visit.

const path = '/connexion'
const form = textForm({ returnTo: 400, level: 100 })

/** The errand that the button begins. */
export type WaitingErrand = Pick<Errand, 'returnTo' | 'level'>

export function showBegin(
  ctx: Context,
  { keys, pages }: Pick<Foundation, 'keys' | 'pages'>,
  waiting: WaitingErrand,
): void {
  const { returnTo, level = '' } = waiting
  const action = `${baseOf(ctx)}${path}`
  const page: BeginPage = {
    csrf: tokenOf(keys, waiting),
    action,
    returnTo,
    level,
    ended: sessionEndingOf(ctx),
  }
  // 403: this is not the page that was asked for, and no crawler keeps it.
  pages.show(ctx, 'base/begin', page, 403)
}

/** POST /connexion: the button was pressed. */
export function beginRoutes({ keys }: Foundation, visits: Visits): ServedRoutes {
  return routes('people')
    .post(path, async (ctx) => {
      const waiting = await readWaiting(ctx, keys)
      await visits.begin(ctx, { ...waiting, maxAgeSeconds: undefined })
    })
    .served('beginning')
}

// The token is bound to this errand alone: no other site can choose where a sign-in leads.
async function readWaiting(ctx: Context, keys: Keys): Promise<WaitingErrand> {
  const { returnTo, level: text } = await readForm(ctx, keys, bindingOf, form)
  return { returnTo, level: isLevel(text) ? text : undefined }
}

function bindingOf({ returnTo, level }: { returnTo: string; level: string }): string {
  return `begin:${level}:${returnTo}`
}

function tokenOf(keys: Keys, { returnTo, level }: WaitingErrand): string {
  return formToken(keys, bindingOf({ returnTo, level: level ?? '' }))
}
