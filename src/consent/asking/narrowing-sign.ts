import type { Register } from '../../registry/index.ts'
import type { NarrowedRequest } from './answer-signature.ts'
import type { SignPart } from './pages/pages.ts'
import type { ShowContext } from './question-context.ts'
import { narrowingText, signableBy } from './answer-signature.ts'

/** How the page of a narrowing is signed. */
export async function narrowingSign(
  { foundation: { db, clock }, notary, party }: ShowContext,
  register: Register,
  narrowed: NarrowedRequest,
): Promise<SignPart> {
  const signable = await signableBy(db, party, narrowed.row.personId)
  if (signable === undefined) return 'without'
  const { options, checkpoint } = signable
  const { issuer } = notary
  const texts = [narrowingText(narrowed, { issuer, register, now: clock() }, checkpoint)]
  return { checkpoint, data: JSON.stringify({ options, texts }) }
}
