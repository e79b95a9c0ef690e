import type { Context, Middleware } from 'koa'
import type { Config } from '../settings/config.ts'
import { formToken, readForm, textForm } from './forms.ts'
import { isCanonical } from './front-door.ts'
import { refuseMethod } from './router.ts'
import type { Keys } from '../keys/keys.ts'
import type { Pages } from './page.ts'
import type { AttestationPage } from './pages.ts'

// The first English page opens a notice with the attestation; its answer is remembered in a cookie (Charter of the French language).

const yearMs = 365 * 24 * 3600 * 1000
const binding = 'attestation'
const backPath = /^\/en(\/[\w\-.~/?=&%]*)?$/

/** Stands before all English pages. */
export function attestation(config: Config, keys: Keys, pages: Pages): Middleware {
  return async (ctx, next) => {
    if (ctx.path === '/attestation') return attest(ctx, keys, pages)
    const isDue =
      config.attestation && ctx.method === 'GET' && ctx.cookies.get(cookieName(ctx)) !== 'yes'
    if (!isDue) return next()
    ctx.redirect(`/en/attestation?back=${encodeURIComponent(ctx.originalUrl)}`)
    ctx.status = 303
    return undefined
  }
}

const answer = textForm({ back: 512 })

async function attest(ctx: Context, keys: Keys, pages: Pages): Promise<void> {
  if (ctx.method === 'POST') {
    const { back } = await readForm(ctx, keys, binding, answer)
    ctx.cookies.set(cookieName(ctx), 'yes', {
      httpOnly: true,
      sameSite: 'lax',
      secure: ctx.secure,
      maxAge: yearMs,
    })
    ctx.redirect(safeBack(back))
    ctx.status = 303
    return
  }
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') refuseMethod(ctx, ['GET', 'HEAD', 'POST'])
  const back = safeBack(typeof ctx.query['back'] === 'string' ? ctx.query['back'] : '')
  Object.assign(ctx.state, { otherLanguageHref: back.slice(3) || '/' })
  pages.show(ctx, 'base/attestation', {
    csrf: formToken(keys, binding),
    back,
  } satisfies AttestationPage)
}

// Only a path of our own, so that the notice sends nobody elsewhere.
function safeBack(back: string): string {
  return backPath.test(back) && isCanonical(back) ? back : '/en/'
}

function cookieName(ctx: Context): string {
  return ctx.secure ? '__Host-attested' : 'attested'
}
