import type { Finding } from '../../base/tlog/verify-log.ts'

/** So many faults are written out for people; the JSON has all of them. */
const maxShown = 20

/** The lines that say what does not hold. */
export function doesNotHold(findings: readonly Finding[]): string[] {
  const more = findings.length - maxShown
  return [
    'It does not hold:',
    ...findings.slice(0, maxShown).map(sentenceOf),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}

function sentenceOf({ where, index, because }: Finding): string {
  return index === undefined ? `  ${where}: ${because}` : `  ${where}, entry ${index}: ${because}`
}
