import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import { isCompact } from '../compact.ts'
import type { Holder } from './holder.ts'

/** Keeps what the broker signed that it has of our reports; what does not check is not kept, and said. */
export type KeepAck = (ack: unknown, decisionId: string) => Promise<void>

/** One a line. A real holder keeps each beside its own record of the disclosure. */
export function keepAcks(
  { issuer, organisation, clientId, findDecisionKeys }: Holder,
  dataDir: string,
): KeepAck {
  const file = join(dataDir, 'demo', `${clientId}.acks.txt`)
  return async (ack, decisionId) => {
    if (typeof ack !== 'string' || !isCompact(ack)) throw new TypeError('no acknowledgement')
    const { payload } = await jwtVerify(ack, findDecisionKeys, {
      issuer,
      audience: organisation,
      typ: 'disclosure-ack+jwt',
      algorithms: ['ES256'],
    })
    if (payload['decision_id'] !== decisionId) throw new TypeError('an acknowledgement of another')
    await appendFile(file, `${ack}\n`, { mode: 0o600 })
  }
}
