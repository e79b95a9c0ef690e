import type { Log } from '../../base/logging/log.ts'

/** Tells whoever watches over the broker that a row was written by somebody else. The row of the deny says whose. */
export function reportTampering(log: Log): void {
  log.error({ code: 'RECORD_UNTRUSTED' }, 'a row of a person is not as this broker wrote it')
}

/** Tells why what was read is not believed. Where the time alone is wrong, the rows may be as they were written. */
export function reportUntrusted(
  log: Log,
  { isNow, isChanged }: { readonly isNow: boolean; readonly isChanged: boolean },
): void {
  if (!isNow)
    log.error(
      { code: 'RECORD_UNTRUSTED', why: 'clock' },
      'the time of the database is not this moment: nothing is permitted by it',
    )
  if (isNow || isChanged) reportTampering(log)
}
