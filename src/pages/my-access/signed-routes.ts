import type { Context } from 'koa'
import { peerOf } from '../../base/web/limits/network.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { SignedChallenge } from '../../webauthn/index.ts'
import { readAssertion, readSignature } from '../../webauthn/index.ts'
import type { AccessContext } from './context.ts'
import { partyOf } from './show.ts'

/**
 * What a passkey of hers signed on a page of « Mon accès », not yet compared; undefined where the form brings nothing.
 * @throws Refusal passkey.refused
 */
export async function passkeySignatureOf(
  ctx: Context,
  context: AccessContext,
  { personId }: SignedInPerson,
  credential: string,
): Promise<SignedChallenge | undefined> {
  if (credential === '') return undefined
  const { db, clock } = context.foundation
  const given = { personId, response: readAssertion(credential), origin: originOf(ctx) }
  return context.tries.verify(peerOf(ctx), (counted) =>
    readSignature(counted, db, partyOf(context), given, clock()),
  )
}
