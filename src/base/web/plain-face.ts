import type { Context } from 'koa'

// « En clair »: the face of few words, of the pages that have one. Which face she chose is kept in her browser, and in no row: how somebody
// reads is nobody's business, and says nothing about her access.

/** A choice is kept for a year from the last time; at a public terminal until the browser ends (src/pages/kiosk/routes.ts). */
const faceKeptMs = 365 * 24 * 3600 * 1000
const plainFace = 'claire'
const usualFace = 'complete'

type PageFace = {
  readonly isPlain: boolean
  /** The same page in the other face, which is remembered, too. */
  readonly otherHref: string
}

/** Which face of the page at this address is asked for: by the address, else by what she chose the last time. Remembers a choice. */
export function faceOf(ctx: Context, href: string): PageFace {
  const asked = [ctx.query['forme']].flat()[0]
  const isChosen = asked === plainFace || asked === usualFace
  if (isChosen) rememberFace(ctx, asked === plainFace)
  const isPlain = isChosen ? asked === plainFace : ctx.cookies.get(faceCookie(ctx)) === plainFace
  return { isPlain, otherHref: faceHref(href, !isPlain) }
}

/** The address of a page in one face. */
export function faceHref(href: string, isPlain: boolean): string {
  return `${href}?forme=${isPlain ? plainFace : usualFace}`
}

function rememberFace(ctx: Context, isPlain: boolean): void {
  const { secure } = ctx
  const lasting = isPlain ? { maxAge: faceKeptMs } : {}
  ctx.cookies.set(faceCookie(ctx), isPlain ? plainFace : null, {
    httpOnly: true,
    sameSite: 'lax',
    secure,
    ...lasting,
  })
}

function faceCookie({ secure }: Context): string {
  return secure ? '__Host-face' : 'face'
}
