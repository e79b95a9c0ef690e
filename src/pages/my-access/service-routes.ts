import type { Context } from 'koa'
import { z } from 'zod'
import {
  answerClaims,
  answersOf,
  endClaim,
  givenClaims,
  heldClaims,
  kindsOf,
  purposeHash,
  shownClaim,
  tellConnectionEnded,
} from '../../consent/claims/index.ts'
import { endConnection, heldRegisterEpoch } from '../../consent/record/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { Redirect, Refusal } from '../../base/values/refusal.ts'
import { readButton, readForm } from '../../base/web/forms.ts'
import { ProofNeeded } from '../../base/web/proof.ts'
import { baseOf, languageOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import type { SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { At } from '../../base/web/router.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { ActivityKind } from '../../people/accounts/index.ts'
import { recordActivity, refuseRecovered } from '../../people/accounts/index.ts'
import type { AskedClaim } from '../../registry/index.ts'
import type { AccessContext } from './context.ts'
import { serviceLines } from './overview.ts'
import type { GivenLine, RefusedLine, ServiceEndPage, ServiceLine, ServicePage } from './pages.ts'
import { backToAccess, token } from './show.ts'
import { lockForSession } from './ways-in.ts'

// « Mon accès » → a service: what it is told of her, and the end of it.

/** GET /acces/services/:service */
export async function showService(
  ctx: At<'service'>,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const service = await serviceAt(ctx, context, who)
  const { received, refused } = await claimsOf(ctx, context, who, service.id)
  const page: ServicePage = {
    csrf: token(context, who),
    service,
    received,
    refused,
    kinds: kindsOf(received),
    asksForFiles: filePurpose(ctx, context, service.id),
  }
  setOwnPage(ctx, pathOf(service.id))
  context.foundation.pages.show(ctx, 'my-access/service', page)
}

function filePurpose(ctx: Context, { live }: AccessContext, id: string): string | undefined {
  return live.current().services.get(id)?.matching?.purpose[languageOf(ctx)]
}

function pathOf(id: string): string {
  return `/acces/services/${id}`
}

/** A service that she uses. @throws Refusal not-found (404) */
async function serviceAt(
  ctx: At<'service'>,
  context: AccessContext,
  who: SignedInPerson,
): Promise<ServiceLine> {
  const lines = await serviceLines(context, who, languageOf(ctx))
  const found = lines.find(({ id }) => id === ctx.params.service)
  if (found === undefined) throw new Refusal('not-found', 404)
  return found
}

async function claimsOf(
  ctx: Context,
  { foundation, live, vault }: AccessContext,
  { personId }: SignedInPerson,
  serviceId: string,
): Promise<{ readonly received: GivenLine[]; readonly refused: RefusedLine[] }> {
  const { db, keys, words } = foundation
  const answers = await answersOf(db, vault.seals, { personId, serviceId })
  const register = live.current()
  const asked = register.services.get(serviceId)?.claims ?? []
  const held = await heldClaims(db, keys, register, personId)
  const showing = { held, register, words, language: languageOf(ctx) }
  const at = `${baseOf(ctx)}${pathOf(serviceId)}/renseignements`
  const lineOf = ({ name, purpose }: AskedClaim) => ({
    name,
    ...shownClaim(showing, name),
    purpose: purpose[languageOf(ctx)],
  })
  const answerTo = (name: string) => answers.find(({ claim }) => claim === name)
  const given = givenClaims(asked, answers)
  return {
    received: given.flatMap((one) => {
      const since = answerTo(one.name)?.answeredAt
      const endAction = one.isOptional ? `${at}/${one.name}/fin` : undefined
      return since === undefined ? [] : [{ ...lineOf(one), since, endAction }]
    }),
    refused: asked
      .filter(({ name, isOptional }) => isOptional && answerTo(name)?.isGiven === false)
      .map((one) => ({
        ...lineOf(one),
        giveAction: `${at}/${one.name}/don`,
        shown: wordsOf(one),
      }))
      .filter(({ value }) => value !== undefined),
  }
}

/** Names the words that she reads of a claim: an answer to others is none. */
function wordsOf({ purpose }: AskedClaim): string {
  return purposeHash(purpose).toString('base64url')
}

const giveForm = z.object({ shown: z.string().max(64) })

/** POST /acces/services/:service/renseignements/:claim/don: a no becomes a yes. */
export async function giveOneClaim(
  ctx: At<'service' | 'claim'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { foundation, live, sessions, vault } = context
  const { shown } = await readForm(ctx, foundation.keys, who.sessionUid, giveForm)
  const { id } = await serviceAt(ctx, context, who)
  const register = live.current()
  const service = register.services.get(id)
  const asked = service?.claims.find(
    ({ name, isOptional }) => name === ctx.params.claim && isOptional,
  )
  if (service === undefined || asked === undefined) throw new Refusal('not-found', 404)
  if (shown !== wordsOf(asked)) return seeOther(ctx, pathOf(id))
  const answers = [{ asked, isGiven: true }]
  try {
    await transact(foundation.db, async (tx) => {
      await lockForSession(tx, sessions, who)
      const isNew = await answerClaims(tx, vault, { by: who.actor, service, answers })
      // What she was shown is what the register says until this is written.
      if ((await heldRegisterEpoch(tx)) !== register.epoch) throw new Redirect(pathOf(id))
      if (isNew) await note(ctx, context, tx, who, 'claims.given')
    })
  } catch (error) {
    if (!(error instanceof ProofNeeded)) throw error
    return context.person.prove(ctx, { returnTo: pathOf(id), ...error.needed })
  }
  return backToAccess(ctx, 'claim-given')
}

/** POST /acces/services/:service/renseignements/:claim/fin: ends a claim that the service can do without. */
export async function endOneClaim(
  ctx: At<'service' | 'claim'>,
  context: AccessContext,
  who: SignedInPerson,
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
  who: SignedInPerson,
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
  who: SignedInPerson,
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
  { personId }: SignedInPerson,
  kind: ActivityKind,
): Promise<void> {
  const line = { kind, personId, serviceId: ctx.params.service, result: 'done' } as const
  await recordActivity(tx, line, originOf(ctx), foundation.clock())
}
