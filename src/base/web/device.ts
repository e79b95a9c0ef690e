import { randomBytes } from 'node:crypto'
import { getParser } from 'bowser'
import type { Context } from 'koa'
import type { Language } from '../values/languages.ts'
import type { Words } from './words.ts'

/** "Chrome, Linux": a label by which a person recognises a session or a key. Nothing finer is kept. */
export function deviceLabel(userAgent: string): string {
  if (userAgent === '') return '?'
  const parser = getParser(userAgent.slice(0, 512))
  const names = [parser.getBrowserName(), parser.getOSName()].filter((name) => name !== '')
  return names.length === 0 ? '?' : names.join(', ').slice(0, 64)
}

/** The parts of a label; a label of one part, or of none that was known, has no system. */
export function deviceParts(label: string): { readonly browser: string; readonly system: string } {
  const [browser = '', system = ''] = label.split(', ')
  return { browser: browser === '?' ? '' : browser, system }
}

/** « Chrome sur Linux »; undefined where nothing is known. */
export function deviceInWords(
  { foundation: { words } }: { readonly foundation: { readonly words: Words } },
  language: Language,
  label: string,
): string | undefined {
  const { browser, system } = deviceParts(label)
  if (browser === '') return undefined
  return system === '' ? browser : words.t(language, 'base.device', { browser, system })
}

const rememberedSeconds = 400 * 24 * 3600 // what browsers keep at most

/** The random number by which this browser is recognised, from a signed cookie that only this file reads; makes a missing one. */
export function deviceIdOf(ctx: Context): string {
  const id = sentDeviceId(ctx) ?? randomBytes(16).toString('base64url')
  ctx.cookies.set(nameFor(ctx), id, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    signed: true,
    secure: ctx.secure,
    maxAge: rememberedSeconds * 1000,
  })
  return id
}

/** The same; undefined: the browser sent none. */
export function sentDeviceId(ctx: Context): string | undefined {
  return ctx.cookies.get(nameFor(ctx), { signed: true })
}

function nameFor({ secure }: Context): string {
  return secure ? '__Host-device' : 'device'
}
