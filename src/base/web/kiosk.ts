import type { Context, Middleware } from 'koa'
import { formToken } from './forms.ts'
import type { Keys } from '../platform/keys.ts'
import { baseOf, ownPageOf } from './page.ts'
import type { KioskBar } from './pages.ts'

// A public terminal is one browser for many people: each finds it as the person before left it. KIOSK=1 makes a process serve
// such terminals.

/** A session at a terminal ends after the first limit without a step of the person, and after the second limit in any case. */
export const kioskIdleSeconds = 120
export const kioskSeconds = 20 * 60

// Long enough to read the question and answer it (WCAG 2.2.1 wants 20 s).
const endAfter = 30
const askAfter = kioskIdleSeconds - endAfter

/** The first middleware of a public terminal: each page gets its bar, and no cookie outlives the browser. */
export function kioskFront(keys: Keys, cookieName: string): Middleware {
  return async (ctx, next) => {
    Object.assign(ctx.state, { kiosk: () => barOf(ctx, keys, cookieName) })
    await next()
    const lines = ctx.res.getHeader('Set-Cookie')
    if (Array.isArray(lines)) ctx.set('Set-Cookie', lines.map(forThisBrowserOnly))
  }
}

/** What a form of the bar is bound to: the session of the person who is signed in at the terminal. */
export function bindingOf(ctx: Context, cookieName: string): string {
  return `kiosk:${ctx.cookies.get(cookieName, { signed: true }) ?? ''}`
}

const visitPath = /^\/(?:connexion|partage\/demande)\/([\w-]{20,64})(?:\/|$)/

function barOf(ctx: Context, keys: Keys, cookieName: string): KioskBar {
  const [here = '/'] = ownPageOf(ctx).split('?', 1)
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

// A cookie that is being deleted stays as it is: its end lies in the past.
function forThisBrowserOnly(line: string): string {
  const [, ends] = /;\s*expires=([^;]*)/i.exec(line) ?? []
  if (ends !== undefined && Date.parse(ends) <= 0) return line
  return line.replaceAll(/;\s*(?:expires|max-age)=[^;]*/gi, '')
}
