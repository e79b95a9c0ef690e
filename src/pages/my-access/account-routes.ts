import type { Context } from 'koa'
import { z } from 'zod'
import { blocks, blocksOf } from '../../people/accounts/index.ts'
import { activeProvider } from '../../signin/journey/index.ts'
import { transact } from '../../base/database/database.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { readId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { readButton, readForm } from '../../base/web/forms.ts'
import { languageOf, setOwnPage } from '../../base/web/page.ts'
import type { SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { At } from '../../base/web/router.ts'
import { identitySeals } from '../../people/identity/index.ts'
import type { UpstreamProvider } from '../../signin/upstream/index.ts'
import {
  handleCallback,
  findArrival,
  redirectToProvider,
  identitiesOf,
  putArrival,
  sessionErrand,
  upstreamPersonBy,
} from '../../signin/upstream/index.ts'
import {
  blockProvider,
  linkAccount,
  opensBeside,
  removeAccount,
  unblockProvider,
} from './accounts.ts'
import { removalCourse } from './immediate-removal.ts'
import type { AccessContext } from './context.ts'
import { accountLine } from './account-lines.ts'
import { saidByAccount } from './identity-lines.ts'
import { removalForm } from './key-routes.ts'
import { stillOpens } from './opens.ts'
import type { AccountPage, AddAccountPage } from './pages.ts'
import { backToAccess, token, wayChange } from './show.ts'

// An account elsewhere is added by a sign-in there and a button here, and removed on a page of its own.

/** She answers within this time. */
const waitingSeconds = 600

/** GET /acces/comptes/:provider/ajout: to the provider, where she signs in anew. */
export async function goForAccount(
  ctx: At<'provider'>,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const { foundation, upstream, vault } = context
  const provider = await providerAt(ctx, context)
  if (blocks(await blocksOf(foundation.db, vault.seals, who.personId), provider.issuer))
    throw new Refusal('identity.blocked', 403, { nextHref: '/acces' })
  const errand = sessionErrand(who.sessionUid)
  // A session there may be somebody else's: whoever links an account proves that it is hers, now.
  const going = { provider, errand, language: languageOf(ctx), level: undefined, maxAgeSeconds: 0 }
  const at = { db: foundation.db, seals: vault.seals, now: foundation.clock() }
  const hers = { own: who.personId }
  const address = await upstream.go(ctx, hers, () => redirectToProvider(at, upstream.client, going))
  ctx.redirect(address.href)
  ctx.status = 303
}

/** GET /acces/comptes/:provider/retour: back from there, to the page that asks whether to link. */
export async function comeWithAccount(
  ctx: At<'provider'>,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const { foundation, upstream, vault } = context
  const { db, keys, log, clock } = foundation
  const provider = await providerAt(ctx, context)
  const errand = sessionErrand(who.sessionUid)
  const reading = { db, log, seals: vault.seals, origin: originOf(ctx), now: clock() }
  const answer = { errand, query: ctx.querystring }
  const came = await handleCallback(reading, upstream.client, provider, answer)
  await upstream.cameBack(answer.query)
  await putArrival(db, vault.seals, errand, {
    ...upstreamPersonBy(identitySeals(keys), provider, came, reading.now),
    expiresAt: secondsAfter(reading.now, waitingSeconds),
  })
  showLinking(ctx, context, who, provider)
}

function showLinking(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  { id, name }: UpstreamProvider,
  problem?: Refusal,
): void {
  const page: AddAccountPage = {
    csrf: token(context, who),
    id,
    provider: name[languageOf(ctx)],
    problem: problem?.code,
  }
  setOwnPage(ctx, '/acces')
  context.foundation.pages.show(ctx, 'my-access/add-account', page, problem)
}

/** POST /acces/comptes/:provider/ajout: « Relier » */
export async function addAccount(
  ctx: At<'provider'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys, clock } = context.foundation
  await readButton(ctx, keys, who.sessionUid)
  const provider = await providerAt(ctx, context)
  const errand = sessionErrand(who.sessionUid)
  const waiting = await findArrival(db, context.vault.seals, errand, clock())
  if (waiting?.providerId !== provider.id) return backToAccess(ctx, 'account-over')
  try {
    const at = { ...wayChange(ctx, context, who), who, vouchedSeals: identitySeals(keys) }
    await transact(db, (tx) => linkAccount(tx, at, errand))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showLinking(ctx, context, who, provider, error)
  }
  return backToAccess(ctx, 'account-added')
}

/** GET /acces/comptes/:id */
export async function showAccount(
  ctx: At<'id'>,
  context: AccessContext,
  who: SignedInPerson,
  problem?: Refusal,
): Promise<void> {
  const { db } = context.foundation
  const { seals } = context.vault
  const factorId = factorIdOf(ctx)
  const identity = (await identitiesOf(db, seals, who.personId)).find(
    (one) => one.factorId === factorId,
  )
  if (identity === undefined) throw new Refusal('identity.gone', 404, { nextHref: '/acces' })
  const [{ personId }, language] = [who, languageOf(ctx)]
  await context.upstream.providers() // reads the register of now
  const line = accountLine(identity, who, context.upstream, language)
  const page: AccountPage = {
    csrf: token(context, who),
    account: line,
    vouched: await saidByAccount(context, { personId, language, factorId }),
    removing: await removalCourse(db, { seals, who, now: context.foundation.clock() }, [factorId]),
    removable: identity.isUntrusted || (await stillOpens(db, seals, who.personId, [factorId])),
    blockable: await opensBeside(db, seals, who.personId, identity),
    allBlockable: await opensBeside(db, seals, who.personId, 'all'),
    problem: problem?.code,
  }
  setOwnPage(ctx, `/acces/comptes/${line.id}`)
  context.foundation.pages.show(ctx, 'my-access/account', page, problem)
}

/** POST /acces/comptes/:id/retrait */
export async function dropAccount(
  ctx: At<'id'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys } = context.foundation
  const endsSessions = (await readForm(ctx, keys, who.sessionUid, removalForm)).sessions === 'end'
  const removal = { factorId: factorIdOf(ctx), endsSessions }
  try {
    const isGone = await transact(db, (tx) =>
      removeAccount(tx, wayChange(ctx, context, who), removal),
    )
    return backToAccess(ctx, isGone ? 'account-removed' : 'removal-waits')
  } catch (error) {
    if (error instanceof Refusal && ['identity.last', 'access.held'].includes(error.code))
      return showAccount(ctx, context, who, error)
    throw error
  }
}

const blockForm = z.object({ all: z.literal('yes').optional() })

/** POST /acces/comptes/:id/blocage: « Bloquer » */
export async function blockAccount(
  ctx: At<'id'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys } = context.foundation
  const { all } = await readForm(ctx, keys, who.sessionUid, blockForm)
  const blocking = { factorId: factorIdOf(ctx), isAll: all === 'yes' }
  try {
    await transact(db, (tx) => blockProvider(tx, wayChange(ctx, context, who), blocking))
  } catch (error) {
    if (error instanceof Refusal && ['identity.only', 'access.held'].includes(error.code))
      return showAccount(ctx, context, who, error)
    throw error
  }
  return backToAccess(ctx, 'account-blocked')
}

const unblockForm = z.object({ blocked: z.string().max(255) })

/** POST /acces/comptes/deblocage: « Débloquer » */
export async function unblockAccounts(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys } = context.foundation
  const { blocked: value } = await readForm(ctx, keys, who.sessionUid, unblockForm)
  const blocked = value === 'all' ? 'all' : { issuer: value }
  await transact(db, (tx) => unblockProvider(tx, wayChange(ctx, context, who), blocked))
  return backToAccess(ctx, 'account-unblocked')
}

/** @throws Refusal upstream.suspended (403), upstream.unknown (404) */
async function providerAt(
  ctx: At<'provider'>,
  { upstream }: AccessContext,
): Promise<UpstreamProvider> {
  await upstream.providers() // reads the register of now
  return activeProvider(upstream, ctx.params.provider, { nextHref: '/acces' })
}

function factorIdOf(ctx: At<'id'>): string {
  const factorId = readId('fac', ctx.params.id)
  if (factorId === undefined) throw new Refusal('not-found', 404)
  return factorId
}
