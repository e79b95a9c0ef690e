import type { At } from '../../base/web/router.ts'
import type { SharingContext } from './context.ts'
import { shownPage } from '../../consent/asking/index.ts'
import type { ReceiptClaims } from '../../consent/record/index.ts'
import { dpvView, readReceipt } from '../../consent/record/index.ts'
import { readId } from '../../base/values/ids.ts'
import { languageOf } from '../../base/web/page.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { howItWaits, policyText, proofOf } from '../../ledger/transparency-log/index.ts'
import { receiptFile } from '../../ledger/verifier/index.ts'
import { publicKeys } from '../../base/keys/jws.ts'
import { ownClaims, receiptPage } from './receipts.ts'

const linkedData = 'application/ld+json'

/** GET /mes-partages/:id/recus/:receipt, a page or, where that is asked for, JSON-LD */
export async function showReceipt(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  ctx.vary('Accept')
  if (ctx.accepts('text/html', linkedData) === linkedData) return sendDpv(ctx, context, who)
  const [jwt, register] = [await ownReceipt(ctx, context, who), context.live.current()]
  const page = receiptPage(jwt, ctx.params.id, register, languageOf(ctx))
  return context.foundation.pages.show(ctx, 'my-sharing/receipt', page)
}

/** GET /mes-partages/:id/recus/:receipt/fichier: all of it in one file to print and keep, which checks itself (decision 0125) */
export async function sendFileOf(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const { db, keys, config } = context.foundation
  const receipt = await ownReceipt(ctx, context, who)
  const claims = ownClaims(receipt, ctx.params.id)
  const sha256 = Buffer.from(claims.privacy_notice.rendered_sha256, 'hex')
  const trust = { keys: publicKeys(keys).keys, policy: await policyText(db, config) }
  const [proof, shown] = [await proofFile(context, who, claims), await shownPage(db, sha256)]
  // A file without a proof is better than none: it says that the proof was not ready.
  const parts = { receipt, proof: typeof proof === 'object' ? proof.text : '', shown, trust }
  send(ctx, await receiptFile(parts, languageOf(ctx)), {
    type: 'text/html; charset=utf-8',
    ending: 'html',
  })
}

/** GET /mes-partages/:id/recus/:receipt/jwt: the receipt as it was signed, to the byte */
export async function sendReceipt(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const jwt = await ownReceipt(ctx, context, who)
  ownClaims(jwt, ctx.params.id)
  send(ctx, jwt, { type: 'application/jwt', ending: 'jwt' })
}

/** GET /mes-partages/:id/recus/:receipt/preuve: that its event is in the public log (C2SP tlog-proof) */
export async function sendProof(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const claims = ownClaims(await ownReceipt(ctx, context, who), ctx.params.id)
  const proof = await proofFile(context, who, claims)
  if (proof === undefined) throw new Refusal('receipt.not-found', 404)
  if (typeof proof === 'string') throw new Refusal(`proof.${proof}`, 409)
  send(ctx, proof.text, { type: 'text/plain; charset=utf-8', ending: 'tlog-proof' })
}

async function proofFile(context: SharingContext, who: SignedInPerson, claims: ReceiptClaims) {
  const eventId = readId('evt', claims.event[0].event_id) ?? ''
  const { db, clock } = context.foundation
  const found = await proofOf(db, who.personId, eventId)
  if (found === 'waiting') return howItWaits(eventId, clock())
  if (found === undefined) return found
  return { text: [found.proof, ...(await proofsOfKey(context, who, claims))].join('') }
}

// After the proof of a signed answer those of the question, of the event by which its key became hers, and of those of the keys that endorsed
// it: they show which is older. Up to the first that the log does not have yet.
async function proofsOfKey(
  { foundation: { db } }: SharingContext,
  { personId }: SignedInPerson,
  { presented, signing_key: key, endorsing_keys: endorsers = [] }: ReceiptClaims,
): Promise<readonly string[]> {
  const told = key === undefined ? [] : [presented, key, ...endorsers]
  const proofs: string[] = []
  for (const event of told) {
    if (event === undefined) continue
    const { event_id: id } = JSON.parse(event.payload) as { event_id: string } // as her chain has it
    const found = await proofOf(db, personId, readId('evt', id) ?? '')
    if (found === undefined || found === 'waiting') break
    proofs.push(found.proof)
  }
  return proofs
}

/** GET /mes-partages/:id/recus/:receipt/page: the region of the page that she read, to the byte: her signature is over its hash */
export async function sendShown(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const claims = ownClaims(await ownReceipt(ctx, context, who), ctx.params.id)
  const sha256 = Buffer.from(claims.privacy_notice.rendered_sha256, 'hex')
  const html = await shownPage(context.foundation.db, sha256)
  if (html === undefined) throw new Refusal('receipt.erased', 410)
  send(ctx, html, { type: 'text/html; charset=utf-8', ending: 'page.html' })
}

/** GET /mes-partages/:id/recus/:receipt/dpv: the same in the words of the Data Privacy Vocabulary */
export async function sendDpv(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const claims = ownClaims(await ownReceipt(ctx, context, who), ctx.params.id)
  send(ctx, JSON.stringify(dpvView(claims), null, 2), { type: linkedData, ending: 'json' })
}

function send(
  ctx: At<'receipt'>,
  body: string,
  { type, ending }: { readonly type: string; readonly ending: string },
): void {
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Disposition', `attachment; filename="${ctx.params.receipt}.${ending}"`)
  ctx.body = body
  ctx.type = type
}

function ownReceipt(
  ctx: At<'receipt'>,
  { foundation, vault }: SharingContext,
  who: SignedInPerson,
): Promise<string> {
  return readReceipt(foundation.db, vault, who.personId, ctx.params.receipt)
}
