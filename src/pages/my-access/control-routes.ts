import type { At } from '../../base/web/router.ts'
import { formToken, readButton } from '../../base/web/forms.ts'
import type { AccessContext } from './context.ts'
import type { Context } from 'koa'
import {
  activityAt,
  answerOnce,
  holdOf,
  isRecovered,
  lockAccount,
  noteNotice,
  noticeAt,
  refuseRecovered,
} from '../../people/accounts/index.ts'
import { receiptAt } from '../../consent/record/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readId } from '../../base/values/ids.ts'
import { baseOf, languageOf, seeOther } from '../../base/web/page.ts'
import type { SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { originOf } from '../../base/web/request-log.ts'
import { reportNotMe } from './report-not-me.ts'
import { alarmsOf } from './alarms.ts'
import type { AskedPage, RecoveryPage } from './pages.ts'
import { isOfRecovery, liftHold, undoRecovery } from './recovery.ts'
import { deviceInWords } from '../../base/web/device.ts'
import { wayChange, backToAccess } from './show.ts'

/** GET /acces/historique: its content is a part of « Mon activité » now. */
export function historyMoved(ctx: Context): void {
  ctx.redirect(`${baseOf(ctx)}/activite`)
  ctx.status = 308
}

/** GET /acces/avis/:id: « Était-ce vous? » about one of the person's lines, whether she was asked about it before or not. */
export async function showAsked(
  ctx: At<'id'>,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const { db, keys, pages, words } = context.foundation
  const line = await lineIn(db, who.personId, idOf(ctx))
  const notice = await noticeAt(db, who.personId, line.at)
  const date = words.dateTime(languageOf(ctx), line.at)
  const page: AskedPage = {
    csrf: formToken(keys, who.sessionUid),
    line: words.t(languageOf(ctx), line.words, { date }),
    at: line.at,
    device: deviceInWords(context, languageOf(ctx), notice?.device ?? line.device ?? ''),
    answered: notice?.answer ?? undefined,
    action: `/acces/avis/${idOf(ctx)}`,
  }
  pages.show(ctx, 'my-access/asked', page)
}

/** POST /acces/avis/:id/moi */
export async function ownNotice(
  ctx: At<'id'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, clock, keys } = context.foundation
  await readButton(ctx, keys, who.sessionUid)
  const { personId } = who
  const { seals } = context.vault
  await transact(db, async (tx) => {
    const now = clock()
    await refuseRecovered(tx, seals, who, now)
    const noticeId = await noticeIn(tx, personId, idOf(ctx))
    const notice = await answerOnce(tx, { personId, noticeId }, 'mine', now)
    const hold = await holdOf(tx, seals, personId, now)
    if (notice?.kind === 'recovered' && hold !== undefined && isOfRecovery(hold, notice))
      await liftHold(tx, wayChange(ctx, context, who))
  })
  seeOther(ctx, '/acces')
}

/** POST /acces/avis/:id/pas-moi */
export async function disownNotice(
  ctx: At<'id'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, clock, keys } = context.foundation
  await readButton(ctx, keys, who.sessionUid)
  const isOnlyWay = await transact(db, async (tx) => {
    const noticeId = await noticeIn(tx, who.personId, idOf(ctx))
    return reportNotMe(tx, context, { who, noticeId }, originOf(ctx), clock())
  })
  seeOther(ctx, `/acces?fait=${isOnlyWay ? 'disowned-only-way' : 'disowned'}`)
}

/**
 * GET /acces/retablissement: where the page of a browser whose session a recovery ended leads. Whoever comes signs in first, as anywhere:
 * by a way that stood before, or the page says that it may not answer.
 */
export async function showRecovery(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const { db, clock, keys, pages } = context.foundation
  const held = await holdOf(db, context.vault.seals, who.personId, clock())
  const alarms = await alarmsOf(context, who, languageOf(ctx))
  const page: RecoveryPage = {
    csrf: formToken(keys, who.sessionUid),
    hold: held && {
      since: held.since,
      until: held.until,
      isRecovered: isRecovered(held, who.factorIds),
    },
    alarm: alarms.find(({ what }) => what === 'held'),
  }
  pages.show(ctx, 'my-access/recovery', page)
}

/** POST /acces/retablissement/moi: a person with an older factor says that the recovery was hers. */
export async function ownRecovery(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  await readButton(ctx, context.foundation.keys, who.sessionUid)
  await transact(context.foundation.db, (tx) => liftHold(tx, wayChange(ctx, context, who)))
  backToAccess(ctx, 'recovery-lifted')
}

/** POST /acces/retablissement/pas-moi */
export async function disownRecovery(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  await readButton(ctx, context.foundation.keys, who.sessionUid)
  const at = { ...wayChange(ctx, context, who), who }
  await transact(context.foundation.db, (tx) => undoRecovery(tx, context.notary, at))
  backToAccess(ctx, 'recovery-undone')
}

/** The notice of this id: `not_…`; for a line (`act_…`, `rcp_…`) its notice, which is made now if she was not asked before. */
async function noticeIn(tx: Transaction, personId: string, id: string): Promise<string> {
  const noticeId = readId('not', id)
  if (noticeId !== undefined) return noticeId
  await lockAccount(tx, personId)
  const { at, network } = await lineIn(tx, personId, id)
  const known = await noticeAt(tx, personId, at)
  return known?.noticeId ?? noteNotice(tx, { kind: 'line', personId }, { network }, at)
}

type Bearing = {
  readonly at: Date
  readonly network: string | undefined
  readonly device: string | undefined
  /** The key of its words, which may name `date`. */
  readonly words: string
}

/** A line of this person: of her activity, or of her answers. @throws Refusal not-found (404) */
async function lineIn(db: Database | Transaction, personId: string, id: string): Promise<Bearing> {
  const activityId = readId('act', id)
  const activity = activityId && (await activityAt(db, personId, activityId))
  if (activity) {
    const { at, network, device, kind } = activity
    return {
      at,
      network: network ?? undefined,
      device: device ?? undefined,
      words: `my-activity.kind.${kind}`,
    }
  }
  const receipt = await receiptAt(db, personId, id)
  if (receipt === undefined) throw new Refusal('not-found', 404)
  const what = receipt.kind.replace('consent.', '')
  const nothing = { network: undefined, device: undefined }
  return { at: receipt.at, ...nothing, words: `my-sharing.receipt.event.${what}` }
}

function idOf(ctx: At<'id'>): string {
  const { id } = ctx.params
  return id
}
