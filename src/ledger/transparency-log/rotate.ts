import type { Session } from '../../base/database/db-session.ts'
import { present } from '../../base/values/present.ts'
import type { LogSecret } from '../../base/keys/log-keys.ts'
import { addSecret, dropOldSecrets } from '../../base/keys/secret-files.ts'
import type { LogPurpose } from '../../base/values/key-purposes.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { originOf } from '../chain/index.ts'
import { logVerifiers, verifiersOf } from './signers.ts'
import { keyAges, logRows } from './store.ts'

const overlapDays = 30

type Place = { readonly keysDir: string; readonly issuer: string }

/** @returns what the operator must tell those who check the log. @throws OperatorError */
export async function rotateLogKey(
  { keysDir, issuer }: Place,
  purpose: LogPurpose,
  secretsNow: () => Promise<readonly LogSecret[]>,
  now: Date,
): Promise<string[]> {
  await addSecret(keysDir, purpose)
  const newest = present((await secretsNow())[0], 'the new key of the log')
  const vkeys = await logVerifiers([newest], issuer, now)
  return [
    'made: a new key of the log. Restart the process that signs: the old one signs beside it, and /log/policy names both.',
    'Whoever checks or witnesses this log must be told, by another way than ours:',
    ...vkeys.map(({ vkey }) => `  ${vkey}`),
    `After ${overlapDays} days: accord keys retire ${purpose}`,
  ]
}

type Retirement = {
  readonly isAtOnce: boolean
  /** Is told before the old secrets go. */
  forget(): Promise<void>
}

/** @throws OperatorError while those who check the log have not had enough time to learn the new key */
export async function retireLogKey(
  { keysDir, issuer }: Place,
  purpose: LogPurpose,
  secrets: readonly LogSecret[],
  session: Session,
  { isAtOnce, forget }: Retirement,
): Promise<string[]> {
  const [newest] = secrets
  if (newest === undefined)
    throw new OperatorError(`This machine does not sign: it has no key \`${purpose}\`.`)
  const origins = (await logRows(session)).map(({ year, shard }) => originOf(issuer, year, shard))
  const verifiers = await Promise.all(origins.map((origin) => verifiersOf([newest], origin)))
  const vkeys = verifiers.flat().map(({ vkey }) => vkey)
  const days = Math.max(0, ...(await keyAges(session, vkeys)))
  if (!isAtOnce && days < overlapDays)
    throw new OperatorError(
      `The new key has signed for ${Math.floor(days)} days, of ${overlapDays}: whoever checks needs the time. --at-once where the old one is known to others.`,
    )
  await forget()
  await dropOldSecrets(keysDir, purpose)
  return [
    'The old key is gone. Restart the process that signs: /log/policy then says how far it signed.',
  ]
}
