import type { Context, Middleware } from 'koa'
import { formToken } from './forms.ts'
import type { Keys } from '../platform/keys.ts'
import { baseOf, hereOf } from './page.ts'
import type { KioskBar } from './pages.ts'

// A public terminal is a browser that the next person finds as the one before left it: KIOSK=1 makes a process the front of such.

/** A session at a terminal ends after the first without a step of hers, and after the second in any case. */
export const kioskIdleSeconds = 120
export const kioskSeconds = 20 * 60

// Long enough to read it and answer (WCAG 2.2.1 wants 20 s).
const endAfter = 30
const askAfter = kioskIdleSeconds - endAfter

/** Before everything of a public terminal that answers: each page has its bar, no cookie outlives the browser. */
export function kioskFront(keys: Keys, cookieName: string): Middleware {
  return async (ctx, next) => {
    Object.assign(ctx.state, { kiosk: () => barOf(ctx, keys, cookieName) })
    await next()
    const lines = ctx.res.getHeader('Set-Cookie')
    if (Array.isArray(lines)) ctx.set('Set-Cookie', lines.map(forThisBrowserOnly))
  }
}

/** What a form of the bar belongs to: whoever is signed in there. */
export function bindingOf(ctx: Context, cookieName: string): string {
  return `kiosk:${ctx.cookies.get(cookieName, { signed: true }) ?? ''}`
}

const visitPath = /^\/(?:connexion|partage\/demande)\/([\w-]{20,64})(?:\/|$)/

function barOf(ctx: Context, keys: Keys, cookieName: string): KioskBar {
  const [here = '/'] = hereOf(ctx).split('?', 1)
  const visit = visitPath.exec(here)?.[1] ?? ''
  const isAnybodyHere = visit !== '' || ctx.cookies.get(cookieName) !== undefined
  return {
    csrf: formToken(keys, bindingOf(ctx, cookieName)),
    visit,
    refresh: isAnybodyHere ? refreshOf(ctx, here) : undefined,
    askAfter,
    endAfter,
  }
}

function refreshOf(ctx: Context, here: string): KioskBar['refresh'] {
  const base = `${baseOf(ctx)}/poste-public`
  switch (here) {
    case '/poste-public/fin':
      return undefined
    case '/poste-public/attente':
      return { seconds: endAfter, href: `${base}/fin` }
    default:
      return {
        seconds: askAfter,
        href: `${base}/attente?${new URLSearchParams({ page: here }).toString()}`,
      }
  }
}

// A cookie that is taken back stays one: its end lies in the past.
function forThisBrowserOnly(line: string): string {
  const [, ends] = /;\s*expires=([^;]*)/i.exec(line) ?? []
  if (ends !== undefined && Date.parse(ends) <= 0) return line
  return line.replaceAll(/;\s*(?:expires|max-age)=[^;]*/gi, '')
}
