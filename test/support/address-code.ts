import { makeAddressMarks } from '../../src/signin/factors/index.ts'
import type { Database } from '../../src/base/database/database.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { makeCodes } from '../../src/people/notifications/codes.ts'
import { secret } from './secrets.ts'
import { untyped } from './database.ts'

/** A house whose database and keys are at hand. */
export type OpenHouse = { readonly db: Database; readonly keysDir: string }

/**
 * The code that a person would find in her mailbox, for a house without a mail server and without a process that works the queue. In
 * reality an address that already belongs to an access gets no code.
 */
export async function codeSentTo({ db, keysDir }: OpenHouse, address: string): Promise<string> {
  const { data } = await openKeys(keysDir)
  const [row] = await untyped(db)('passwordProposals')
    .select<{ messageId: string }[]>('messageId')
    .whereIn('addressMark', [...makeAddressMarks(data)(address.toLowerCase())])
    .orderBy('codeBy', 'desc')
    .limit(1)
  if (row === undefined) throw new Error('no code was sent there')
  const { messageId } = row
  // Marks the message as sent, as the sending process would.
  await db('notification').where({ notificationId: messageId }).update({ triedAt: new Date() })
  return secret('message code', makeCodes(data).codeOf(messageId, 'address.code'))
}
