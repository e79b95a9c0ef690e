import type { Log } from '../../base/logging/log.ts'

/** Tells whoever watches over the broker that a row was written by somebody else. The row of the deny says whose. */
export function reportTampering(log: Log): void {
  log.error({ code: 'RECORD_UNTRUSTED' }, 'a row of a person is not as this broker wrote it')
}
