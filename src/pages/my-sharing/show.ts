import type { At } from '../../base/web/router.ts'
import type { SharingContext } from './context.ts'
import type { Context } from 'koa'
import { presentNarrowing } from '../../consent/asking/index.ts'
import { dpvView, readReceipt, registerEpoch } from '../../consent/record/index.ts'
import { transact } from '../../base/platform/database.ts'
import { formToken } from '../../base/web/forms.ts'
import { readId, writeId } from '../../base/platform/ids.ts'
import { baseOf, languageOf, standsAt } from '../../base/web/page.ts'
import type { SignedIn } from '../../base/web/person.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { proofOf } from '../../ledger/transparency-log/index.ts'
import { lawPage } from './law.ts'
import { sharingsPage } from './list.ts'
import { narrowingPage, narrowPage } from './narrow.ts'
import type { NarrowChoice } from './narrow.ts'
import type {
  NarrowingPage,
  NarrowPage,
  SharingDone,
  SharingPage,
  SharingsPage,
  StopPage,
} from './pages.ts'
import { ownClaims, receiptPage } from './receipts.ts'
import type { SharingReading } from './reading.ts'
import { sharingPage, stopPage } from './sharings.ts'

const linkedData = 'application/ld+json'

/** GET /mes-partages */
export async function showSharings(
  ctx: Context,
  context: SharingContext,
  who: SignedIn,
): Promise<void> {
  const page: SharingsPage = {
    ...(await sharingsPage(await readingOf(ctx, context, who), [ctx.query['sujet']].flat()[0])),
    csrf: token(context, who),
  }
  context.foundation.pages.show(ctx, 'my-sharing/sharings', page)
}

/** GET /mes-partages/:id */
export async function showSharing(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedIn,
): Promise<void> {
  const reading = await readingOf(ctx, context, who)
  const found = await sharingPage(reading, idOf(ctx), beforeOf(ctx))
  const csrf = token(context, who)
  const done = deedsDone.get(String(ctx.query['fait'] ?? ''))
  const page: SharingPage = { ...found, csrf, done }
  context.foundation.pages.show(ctx, 'my-sharing/sharing', page)
}

/** GET /mes-partages/loi/:agreement/:purpose */
export async function showLaw(
  ctx: At<'agreement' | 'purpose'>,
  context: SharingContext,
  who: SignedIn,
): Promise<void> {
  const { agreement, purpose } = ctx.params
  const page = await lawPage(
    await readingOf(ctx, context, who),
    { agreement, purpose },
    beforeOf(ctx),
  )
  context.foundation.pages.show(ctx, 'my-sharing/law', page)
}

const deedsDone: ReadonlyMap<string, SharingDone> = new Map([
  ['arret', 'stopped'],
  ['pause', 'paused'],
  ['reprise', 'resumed'],
  ['confirmation', 'confirmed'],
  ['reduction', 'narrowed'],
])

/** GET /mes-partages/:id/arret */
export async function showStop(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedIn,
): Promise<void> {
  const { keys, pages } = context.foundation
  const found = await stopPage(await readingOf(ctx, context, who), idOf(ctx))
  const path = `/mes-partages/${found.sharing.id}`
  const page: StopPage = {
    ...found,
    csrf: formToken(keys, who.sessionUid),
    action: `${baseOf(ctx)}${path}/arret`,
    keepHref: `${baseOf(ctx)}${path}`,
  }
  standsAt(ctx, `${path}/arret`)
  pages.show(ctx, 'my-sharing/stop', page)
}

/** GET /mes-partages/:id/recus/:receipt, a page or, where that is asked for, JSON-LD */
export async function showReceipt(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedIn,
): Promise<void> {
  ctx.vary('Accept')
  if (ctx.accepts('text/html', linkedData) === linkedData) return sendDpv(ctx, context, who)
  const [jwt, register] = [await ownReceipt(ctx, context, who), context.live.current()]
  const page = receiptPage(jwt, idOf(ctx), register, languageOf(ctx))
  return context.foundation.pages.show(ctx, 'my-sharing/receipt', page)
}

/** GET /mes-partages/:id/recus/:receipt/jwt: the receipt as it was signed, to the byte */
export async function sendReceipt(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedIn,
): Promise<void> {
  const jwt = await ownReceipt(ctx, context, who)
  ownClaims(jwt, idOf(ctx))
  send(ctx, jwt, { type: 'application/jwt', ending: 'jwt' })
}

/** GET /mes-partages/:id/recus/:receipt/preuve: that its event is in the public log (C2SP tlog-proof) */
export async function sendProof(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedIn,
): Promise<void> {
  const claims = ownClaims(await ownReceipt(ctx, context, who), idOf(ctx))
  const eventId = readId('evt', claims.event[0].event_id) ?? ''
  const found = await proofOf(context.foundation.db, who.personId, eventId)
  if (found === undefined) throw new Refusal('receipt.not-found', 404)
  if (found === 'waiting') throw new Refusal('proof.waiting', 409)
  send(ctx, found.proof, { type: 'text/plain; charset=utf-8', ending: 'tlog-proof' })
}

/** GET /mes-partages/:id/recus/:receipt/dpv: the same in the words of the Data Privacy Vocabulary */
export async function sendDpv(
  ctx: At<'id' | 'receipt'>,
  context: SharingContext,
  who: SignedIn,
): Promise<void> {
  const claims = ownClaims(await ownReceipt(ctx, context, who), idOf(ctx))
  send(ctx, JSON.stringify(dpvView(claims), null, 2), { type: linkedData, ending: 'json' })
}

function send(
  ctx: At<'receipt'>,
  body: string,
  { type, ending }: { readonly type: string; readonly ending: string },
): void {
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Disposition', `attachment; filename="${receiptIdOf(ctx)}.${ending}"`)
  ctx.body = body
  ctx.type = type
}

function ownReceipt(
  ctx: At<'receipt'>,
  { foundation, vault }: SharingContext,
  who: SignedIn,
): Promise<string> {
  return readReceipt(foundation.db, vault, who.personId, receiptIdOf(ctx))
}

function receiptIdOf(ctx: At<'receipt'>): string {
  const { receipt } = ctx.params
  return receipt
}

/** GET /mes-partages/:id/reduction: the choice, and once it is made the page on which it is confirmed. */
export async function showNarrow(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedIn,
): Promise<void> {
  const { fin, garder, fois } = ctx.query
  if (typeof fin !== 'string') return showChoice(ctx, context, who)
  return confirmChoice(ctx, context, who, {
    lastDay: fin,
    keep: [garder ?? []].flat(),
    times: timesIn([fois].flat()[0]),
  })
}

/** How often at most, as it was typed; NaN for what is no number. */
export function timesIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : /^\s*\d{1,6}\s*$/.test(text) ? Number(text) : Number.NaN
}

/** The choice, with what was wrong about it. */
export async function showChoice(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedIn,
  failed?: { readonly choice: NarrowChoice; readonly problem: Refusal },
): Promise<void> {
  const { keys, pages } = context.foundation
  const reading = await readingOf(ctx, context, who)
  const found = await narrowPage(reading, idOf(ctx), failed?.choice)
  const path = `/mes-partages/${idOf(ctx)}`
  const page: NarrowPage = {
    ...found,
    csrf: formToken(keys, who.sessionUid),
    action: `${baseOf(ctx)}${path}/reduction`,
    keepHref: `${baseOf(ctx)}${path}`,
    problem: failed?.problem.code,
    field: failed && fieldOf(failed.problem),
  }
  standsAt(ctx, `${path}/reduction`)
  pages.show(ctx, 'my-sharing/narrow', page, failed?.problem.status)
}

function fieldOf({ code }: Refusal): NarrowPage['field'] {
  if (code === 'narrowing.times') return 'fois'
  return code.startsWith('narrowing.') ? 'fin' : undefined
}

async function confirmChoice(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedIn,
  choice: NarrowChoice,
): Promise<void> {
  const { db, keys, pages, words } = context.foundation
  const reading = await readingOf(ctx, context, who)
  const { narrowing, region, contacts } = await narrowingPage(reading, words, idOf(ctx), choice)
  const { language, register } = reading
  const shown = {
    sessionUid: who.sessionUid,
    language,
    region: pages.fragment(language, 'partials/narrowing', { narrowing: region }),
    labels: {
      grant: words.t(language, 'dashboard.narrowing.confirm'),
      refuse: words.t(language, 'dashboard.narrowing.change'),
    },
  }
  const presentationId = await transact(db, (tx) =>
    presentNarrowing(tx, context.vault, register, narrowing, shown),
  )
  const path = `${baseOf(ctx)}/mes-partages/${idOf(ctx)}/reduction`
  const page: NarrowingPage = {
    contacts,
    csrf: formToken(keys, who.sessionUid),
    presentation: writeId('pre', presentationId),
    narrowing: region,
    action: `${path}/confirmation`,
    changeHref: path,
  }
  pages.show(ctx, 'my-sharing/narrowing', page)
}

export async function readingOf(
  ctx: Context,
  { foundation, live }: SharingContext,
  who: SignedIn,
): Promise<SharingReading> {
  const { db, clock } = foundation
  const register = await live.at(await registerEpoch(db))
  return { db, personId: who.personId, register, language: languageOf(ctx), now: clock() }
}

export function idOf(ctx: At<'id'>): string {
  const { id } = ctx.params
  return id
}

function beforeOf(ctx: Context): Date | undefined {
  const { avant } = ctx.query
  const at = typeof avant === 'string' ? new Date(avant) : new Date(Number.NaN)
  return Number.isNaN(at.getTime()) ? undefined : at
}

export function token(context: SharingContext, who: SignedIn): string {
  return formToken(context.foundation.keys, who.sessionUid)
}
