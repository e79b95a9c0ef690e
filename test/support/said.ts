import { isCompact } from '../../src/base/values/base64.ts'

/**
 * An answer without the signatures of what is signed inside: ES256 draws a number each time (FIPS 186-5 6.4), so that the same
 * claims signed again are other bytes.
 */
export function saidIn(answer: unknown): unknown {
  if (typeof answer === 'string') return isCompact(answer) ? answer.replace(/[^.]+$/, '') : answer
  if (Array.isArray(answer)) return answer.map(saidIn)
  if (typeof answer !== 'object' || answer === null) return answer
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, saidIn(value)]))
}
