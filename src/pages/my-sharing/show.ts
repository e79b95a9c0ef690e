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
import type { Choice } from './narrow.ts'
import type {
  NarrowingPage,
  NarrowPage,
  SharingDone,
  SharingPage,
  SharingsPage,
  StopPage,
} from './pages.ts'
import type { Desk } from './routes.ts'
import { ownClaims, receiptPage } from './receipts.ts'
import type { Reading } from './reading.ts'
import { sharingPage, stopPage } from './sharings.ts'

const linkedData = 'application/ld+json'

/** GET /mes-partages */
export async function showSharings(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const page: SharingsPage = {
    ...(await sharingsPage(await readingOf(ctx, desk, who), [ctx.query['sujet']].flat()[0])),
    csrf: token(desk, who),
  }
  desk.foundation.pages.show(ctx, 'my-sharing/sharings', page)
}

/** GET /mes-partages/:id */
export async function showSharing(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const reading = await readingOf(ctx, desk, who)
  const found = await sharingPage(reading, idOf(ctx), beforeOf(ctx))
  const csrf = token(desk, who)
  const done = deedsDone.get(String(ctx.query['fait'] ?? ''))
  const page: SharingPage = { ...found, csrf, done }
  desk.foundation.pages.show(ctx, 'my-sharing/sharing', page)
}

/** GET /mes-partages/loi/:agreement/:purpose */
export async function showLaw(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const ids = ctx['params'] as { agreement: string; purpose: string }
  const page = await lawPage(await readingOf(ctx, desk, who), ids, beforeOf(ctx))
  desk.foundation.pages.show(ctx, 'my-sharing/law', page)
}

const deedsDone: ReadonlyMap<string, SharingDone> = new Map([
  ['arret', 'stopped'],
  ['pause', 'paused'],
  ['reprise', 'resumed'],
  ['confirmation', 'confirmed'],
  ['reduction', 'narrowed'],
])

/** GET /mes-partages/:id/arret */
export async function showStop(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { keys, pages } = desk.foundation
  const found = await stopPage(await readingOf(ctx, desk, who), idOf(ctx))
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
export async function showReceipt(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  ctx.vary('Accept')
  if (ctx.accepts('text/html', linkedData) === linkedData) return sendDpv(ctx, desk, who)
  const [jwt, register] = [await ownReceipt(ctx, desk, who), desk.live.current()]
  const page = receiptPage(jwt, idOf(ctx), register, languageOf(ctx))
  return desk.foundation.pages.show(ctx, 'my-sharing/receipt', page)
}

/** GET /mes-partages/:id/recus/:receipt/jwt: the receipt as it was signed, to the byte */
export async function sendReceipt(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const jwt = await ownReceipt(ctx, desk, who)
  ownClaims(jwt, idOf(ctx))
  send(ctx, jwt, { type: 'application/jwt', ending: 'jwt' })
}

/** GET /mes-partages/:id/recus/:receipt/preuve: that its event is in the public log (C2SP tlog-proof) */
export async function sendProof(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const claims = ownClaims(await ownReceipt(ctx, desk, who), idOf(ctx))
  const eventId = readId('evt', claims.event[0].event_id) ?? ''
  const found = await proofOf(desk.foundation.db, who.personId, eventId)
  if (found === undefined) throw new Refusal('receipt.not-found', 404)
  if (found === 'waiting') throw new Refusal('proof.waiting', 409)
  send(ctx, found.proof, { type: 'text/plain; charset=utf-8', ending: 'tlog-proof' })
}

/** GET /mes-partages/:id/recus/:receipt/dpv: the same in the words of the Data Privacy Vocabulary */
export async function sendDpv(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const claims = ownClaims(await ownReceipt(ctx, desk, who), idOf(ctx))
  send(ctx, JSON.stringify(dpvView(claims), null, 2), { type: linkedData, ending: 'json' })
}

function send(
  ctx: Context,
  body: string,
  { type, ending }: { readonly type: string; readonly ending: string },
): void {
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Disposition', `attachment; filename="${receiptIdOf(ctx)}.${ending}"`)
  ctx.body = body
  ctx.type = type
}

function ownReceipt(ctx: Context, { foundation, vault }: Desk, who: SignedIn): Promise<string> {
  return readReceipt(foundation.db, vault, who.personId, receiptIdOf(ctx))
}

function receiptIdOf(ctx: Context): string {
  const { receipt } = ctx['params'] as { receipt: string }
  return receipt
}

/** GET /mes-partages/:id/reduction: the choice, and once it is made the page on which it is confirmed. */
export async function showNarrow(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { fin, garder, fois } = ctx.query
  if (typeof fin !== 'string') return showChoice(ctx, desk, who)
  return confirmChoice(ctx, desk, who, {
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
  ctx: Context,
  desk: Desk,
  who: SignedIn,
  failed?: { readonly choice: Choice; readonly problem: Refusal },
): Promise<void> {
  const { keys, pages } = desk.foundation
  const reading = await readingOf(ctx, desk, who)
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
  ctx: Context,
  desk: Desk,
  who: SignedIn,
  choice: Choice,
): Promise<void> {
  const { db, keys, pages, words } = desk.foundation
  const reading = await readingOf(ctx, desk, who)
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
    presentNarrowing(tx, desk.vault, register, narrowing, shown),
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
  { foundation, live }: Desk,
  who: SignedIn,
): Promise<Reading> {
  const { db, clock } = foundation
  const register = await live.at(await registerEpoch(db))
  return { db, personId: who.personId, register, language: languageOf(ctx), now: clock() }
}

export function idOf(ctx: Context): string {
  const { id } = ctx['params'] as { id: string }
  return id
}

function beforeOf(ctx: Context): Date | undefined {
  const { avant } = ctx.query
  const at = typeof avant === 'string' ? new Date(avant) : new Date(Number.NaN)
  return Number.isNaN(at.getTime()) ? undefined : at
}

export function token(desk: Desk, who: SignedIn): string {
  return formToken(desk.foundation.keys, who.sessionUid)
}
