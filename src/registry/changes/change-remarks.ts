import { isDay } from '../../base/values/calendar.ts'
import { hostOf } from './change-effects.ts'
import { likenessOf } from '../objects/confusables.ts'
import type { ContentDifference } from './differences.ts'
import { thumbprintOf } from './differences.ts'
import { isNoLonger } from '../objects/file-fields.ts'
import { mixedWords } from '../objects/names.ts'
import { visible } from './visible.ts'

// What a reader of a changed value would overlook: another host, letters that are not what they seem, a longer term.

/** The members in which one more is wider. */
const reaches = new Set(['categories', 'purposes', 'vouches_for', 'scopes'])

/**
 * Each a sentence about one difference; both values stand above it.
 * @param isNew of an object that was not there, everything is wider
 */
export function remarksOf({ path, was, is }: ContentDifference, isNew: boolean): string[] {
  return [
    ...keyRemarks(asKey(path, was), asKey(path, is)),
    ...(isNew ? [] : reachRemarks({ path, was, is })),
    ...(typeof is === 'string' ? [...addressRemarks(was, is), ...letterRemarks(was, is)] : []),
    ...sizeRemarks(was, is),
  ]
}

function keyRemarks(was: unknown, is: unknown): string[] {
  const [old, fresh] = [thumbprintOf(was), thumbprintOf(is)]
  if (old === fresh) return []
  return [
    ...(old === undefined ? [] : ['a key that counts no more']),
    ...(fresh === undefined ? [] : [`a new key, of thumbprint ${fresh}`]),
  ]
}

// The file of a signer has the one member of its key that is not always the same.
function asKey([member]: ContentDifference['path'], value: unknown): unknown {
  return member === 'public_key' ? { kty: 'OKP', crv: 'Ed25519', x: value } : value
}

function reachRemarks({ path, was, is }: ContentDifference): string[] {
  if (!path.some((step) => typeof step === 'string' && reaches.has(step))) return []
  if (was === undefined) return ['wider: it was not there']
  return is === undefined ? ['narrower: it is there no more'] : []
}

function addressRemarks(was: unknown, is: string): string[] {
  const host = hostOf(is)
  if (host === undefined) return []
  const before = typeof was === 'string' ? hostOf(was) : undefined
  const isAsWritten = is.toLowerCase().startsWith(`${is.split(':', 1)[0]?.toLowerCase()}://${host}`)
  return [
    ...(before === undefined || before === host
      ? []
      : [`another host: ${visible(before)}, and now ${visible(host)}`]),
    ...(isAsWritten ? [] : [`a browser goes to the host ${visible(host)}`]),
    ...(/[^\x21-\x7e]/.test(host) ? ['its host has other letters than a to z'] : []),
  ]
}

function letterRemarks(was: unknown, is: string): string[] {
  const isAlike =
    typeof was === 'string' &&
    was !== is &&
    likenessOf(was) === likenessOf(is) &&
    was.toLowerCase() !== is.toLowerCase()
  return [
    ...(isAlike ? ['it looks like the value before, and is another'] : []),
    ...mixedWords(is).map((word) => `letters of two scripts in one word: ${visible(word)}`),
  ]
}

function sizeRemarks(was: unknown, is: unknown): string[] {
  if (typeof was === 'number' && typeof is === 'number')
    return [is > was ? 'more than before' : 'less than before']
  if (typeof was !== 'string' || typeof is !== 'string') return []
  if (isDay(was) && isDay(is)) return [is > was ? 'later than before' : 'earlier than before']
  if (!isDuration(was) || !isDuration(is)) return []
  return [isNoLonger(is, was) ? 'not longer than before' : 'longer than before']
}

function isDuration(text: string): boolean {
  return /^P(?=\d)(\d{1,2}Y)?(\d{1,3}M)?(\d{1,3}W)?(\d{1,4}D)?$/.test(text)
}
