import type { Context } from 'koa'
import { epochSeconds } from '../values/clock.ts'

// A browser that several people use asks whose access enters a service for the first time. What it keeps is one word, which names
// nobody: that somebody said so, or that two accesses were used in it lately.

/** How long what somebody said of her device is kept: what browsers keep at most. */
const saidSeconds = 400 * 24 * 3600
/** Two accesses that were used in one browser within so long make it a browser of several people. */
export const severalSeconds = 90 * 24 * 3600

const said = 'dit'
const several = 'plusieurs'

/** Somebody says that several people use this device, or no longer. */
export function tellShared(ctx: Context, isShared: boolean): void {
  if (isShared) ctx.cookies.set(nameFor(ctx), said, { ...kept(ctx), maxAge: saidSeconds * 1000 })
  else if (sharedWord(ctx) !== undefined) ctx.cookies.set(nameFor(ctx), null, kept(ctx))
}

/** Another access was used in this browser, the last time at `otherAt`. What somebody said stays longer, and is kept. */
export function noteSeveral(ctx: Context, otherAt: Date, now: Date): void {
  const maxAge = (epochSeconds(otherAt) + severalSeconds - epochSeconds(now)) * 1000
  if (maxAge <= 0 || saysShared(ctx)) return
  ctx.cookies.set(nameFor(ctx), several, { ...kept(ctx), maxAge })
}

/** Whether several people use this browser, as far as it knows. */
export function isShared(ctx: Context): boolean {
  return sharedWord(ctx) !== undefined
}

/** Whether somebody said that several people use this device. */
export function saysShared(ctx: Context): boolean {
  return sharedWord(ctx) === said
}

function sharedWord(ctx: Context): string | undefined {
  const word = ctx.cookies.get(nameFor(ctx), { signed: true })
  return word === said || word === several ? word : undefined
}

function nameFor({ secure }: Context): string {
  return secure ? '__Host-shared' : 'shared'
}

function kept({ secure }: Context) {
  return { path: '/', httpOnly: true, sameSite: 'lax', signed: true, secure } as const
}
