import type { Context } from 'koa'
import {
  answersOf,
  endClaim,
  givenClaims,
  heldClaims,
  kindsOf,
  shownClaim,
  tellConnectionEnded,
} from '../../consent/claims/index.ts'
import { endConnection } from '../../consent/record/index.ts'
import type { Transaction } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { readButton } from '../../base/web/forms.ts'
import { baseOf, languageOf, setOwnPage } from '../../base/web/page.ts'
import type { SignedIn } from '../../base/web/person.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { At } from '../../base/web/router.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { ActivityKind } from '../../people/accounts/index.ts'
import { recordActivity, refuseRecovered } from '../../people/accounts/index.ts'
import type { AccessContext } from './context.ts'
import { serviceLines } from './overview.ts'
import type { GivenLine, ServiceEndPage, ServiceLine, ServicePage } from './pages.ts'
import { backToAccess, token } from './show.ts'
import { lockForSession } from './ways.ts'

// « Mon accès » → a service: what it is told of her, and the end of it.

/** GET /acces/services/:service */
export async function showService(
  ctx: At<'service'>,
  context: AccessContext,
  who: SignedIn,
): Promise<void> {
  const service = await serviceAt(ctx, context, who)
  const received = await receivedBy(ctx, context, who, service.id)
  const page: ServicePage = {
    csrf: token(context, who),
    service,
    received,
    kinds: kindsOf(received),
  }
  setOwnPage(ctx, pathOf(service.id))
  context.foundation.pages.show(ctx, 'my-access/service', page)
}

function pathOf(id: string): string {
  return `/acces/services/${id}`
}

/** A service that she uses. @throws Refusal not-found (404) */
async function serviceAt(
  ctx: At<'service'>,
  context: AccessContext,
  who: SignedIn,
): Promise<ServiceLine> {
  const lines = await serviceLines(context, who, languageOf(ctx))
  const found = lines.find(({ id }) => id === ctx.params.service)
  if (found === undefined) throw new Refusal('not-found', 404)
  return found
}

async function receivedBy(
  ctx: Context,
  { foundation, live, vault }: AccessContext,
  { personId }: SignedIn,
  serviceId: string,
): Promise<GivenLine[]> {
  const { db, keys, words } = foundation
  const answers = await answersOf(db, vault.seals, { personId, serviceId })
  const given = givenClaims(live.current().services.get(serviceId)?.claims ?? [], answers)
  const register = live.current()
  const held = await heldClaims(db, keys, register, personId)
  const showing = { held, register, words, language: languageOf(ctx) }
  return given.flatMap(({ name, purpose, isOptional }) => {
    const answer = answers.find(({ claim }) => claim === name)
    if (answer === undefined) return []
    const endAction = `${baseOf(ctx)}${pathOf(serviceId)}/renseignements/${name}/fin`
    return [
      {
        name,
        ...shownClaim(showing, name),
        purpose: purpose[languageOf(ctx)],
        since: answer.answeredAt,
        endAction: isOptional ? endAction : undefined,
      },
    ]
  })
}

/** POST /acces/services/:service/renseignements/:claim/fin: ends a claim that the service can do without. */
export async function endOneClaim(
  ctx: At<'service' | 'claim'>,
  context: AccessContext,
  who: SignedIn,
): Promise<void> {
  await readButton(ctx, context.foundation.keys, who.sessionUid)
  const { id } = await serviceAt(ctx, context, who)
  const { claim } = ctx.params
  const asked = context.live.current().services.get(id)?.claims
  if (asked?.some(({ name, isOptional }) => name === claim && isOptional) !== true)
    throw new Refusal('not-found', 404)
  await transact(context.foundation.db, async (tx) => {
    await lockForSession(tx, context.sessions, who)
    const { personId, acr } = who
    const ending = { personId, acr, serviceId: id, claim }
    if (await endClaim(tx, context.vault, ending)) await note(ctx, context, tx, who, 'claims.ended')
  })
  return backToAccess(ctx, 'claim-ended')
}

/** GET /acces/services/:service/fin: what ends, and what stays. */
export async function showEnding(
  ctx: At<'service'>,
  context: AccessContext,
  who: SignedIn,
): Promise<void> {
  const { id, name } = await serviceAt(ctx, context, who)
  const page: ServiceEndPage = { csrf: token(context, who), id, name }
  setOwnPage(ctx, `${pathOf(id)}/fin`)
  context.foundation.pages.show(ctx, 'my-access/service-end', page)
}

/** POST /acces/services/:service/fin: her next sign-in there is as the first one. */
export async function endService(
  ctx: At<'service'>,
  context: AccessContext,
  who: SignedIn,
): Promise<void> {
  const { foundation, sessions, vault } = context
  await readButton(ctx, foundation.keys, who.sessionUid)
  const { service: serviceId } = ctx.params
  const { personId, acr } = who
  await transact(foundation.db, async (tx) => {
    await lockForSession(tx, sessions, who)
    // A session of a recovery signs nobody out before it is known whose it is.
    await refuseRecovered(tx, vault.seals, who, foundation.clock())
    const book = await openBook(tx, vault, personId)
    if (!(await endConnection(tx, { personId, serviceId }, book.now))) return
    await sessions.leaveService(tx, personId, serviceId)
    await tellConnectionEnded(tx, book, { personId, acr, serviceId })
    await note(ctx, context, tx, who, 'connection.ended')
  })
  return backToAccess(ctx, 'service-ended')
}

async function note(
  ctx: At<'service'>,
  { foundation }: AccessContext,
  tx: Transaction,
  { personId }: SignedIn,
  kind: ActivityKind,
): Promise<void> {
  const line = { kind, personId, serviceId: ctx.params.service, result: 'done' } as const
  await recordActivity(tx, line, originOf(ctx), foundation.clock())
}
