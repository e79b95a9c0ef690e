import type { Context } from 'koa'
import { z } from 'zod'
import { peerOf } from '../../../base/web/limits/network.ts'
import { originOf } from '../../../base/web/request-log.ts'
import { Refusal } from '../../../base/values/refusal.ts'
import { suspendIfCopied } from '../../../webauthn/index.ts'
import type { ShowContext } from '../question-context.ts'
import type { FormSignature } from '../answer-signature.ts'
import { readFormSignature } from '../answer-signature.ts'

// The part of a form that brings a signature, and the deed that uses it.

/** Empty where the answer is given without a key. `checkpoint` is what the page named. */
export const signedForm = {
  credential: z.string().max(32_768).default(''),
  checkpoint: z.string().max(300).default(''),
}
type SignedForm = { readonly credential: string; readonly checkpoint: string }

/**
 * Runs a deed with the signature of its form, or without one where the form has none. A key that was copied is suspended, and the deed
 * is not done. @throws Refusal passkey.answer-refused, passkey.suspended, and what the deed throws
 */
export async function withFormSignature<T>(
  ctx: Context,
  context: ShowContext,
  { personId, credential, checkpoint }: SignedForm & { readonly personId: string },
  deed: (signing: FormSignature | undefined) => Promise<T>,
): Promise<T> {
  const { db, clock } = context.foundation
  const { party } = context
  const [origin, now] = [originOf(ctx), clock()]
  const given = { personId, credential, checkpoint, peer: peerOf(ctx), origin, now }
  const { seals } = party.guard
  try {
    const signing = await readFormSignature({ db, tries: context.tries, party }, given)
    return await suspendIfCopied({ db, seals, origin, now }, signing?.signed, () => deed(signing))
  } catch (error) {
    throw ofAnswer(error)
  }
}

// What a sign-in advises (« Je n’ai plus mon appareil ») is not on this page.
function ofAnswer(error: unknown): unknown {
  const isRefused = error instanceof Refusal && error.code === 'passkey.refused'
  return isRefused ? new Refusal('passkey.answer-refused', error.status) : error
}
