import { createHash } from 'node:crypto'
import type { Register } from '../../registry/index.ts'
import type { NarrowingPair } from './narrower-terms.ts'
import type { SignPart } from './pages/pages.ts'
import type { ShowContext } from './question-context.ts'
import { narrowingText, signableBy } from './answer-signature.ts'

/** How the page of a narrowing is signed. @param region as it is shown */
export async function narrowingSign(
  context: ShowContext,
  register: Register,
  { row }: NarrowingPair,
  { presentationId, region }: { readonly presentationId: string; readonly region: string },
): Promise<SignPart> {
  const { foundation, notary } = context
  const signable = await signableBy(foundation.db, context.party, row.personId)
  if (signable === undefined) return 'without'
  const { options, checkpoint } = signable
  const renderedSha256 = createHash('sha256').update(region).digest()
  const narrowed = { row, shown: { presentationId, renderedSha256 } }
  const { issuer } = notary
  const texts = [narrowingText(narrowed, { issuer, register }, checkpoint)]
  return { checkpoint, data: JSON.stringify({ options, texts }) }
}
