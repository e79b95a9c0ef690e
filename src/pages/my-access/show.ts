import type { At } from '../../base/web/router.ts'
import {
  creationOptions,
  endorsingOptions,
  keysOf,
  levelThreeOf,
  passkeysOf,
  relyingPartyOf,
} from '../../webauthn/index.ts'
import type { RelyingParty } from '../../webauthn/index.ts'
import { removalCourse } from './immediate-removal.ts'
import type { AccessContext } from './context.ts'
import type { Context } from 'koa'
import { principalOf } from '../../consent/record/index.ts'
import { legalHoldOf, refuseChange } from '../../people/accounts/index.ts'
import { beginTotp, findFactor, showTotpAgain } from '../../signin/factors/index.ts'
import { formToken } from '../../base/web/forms.ts'
import { readId } from '../../base/values/ids.ts'
import { baseOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import type { AtHomePage } from '../../base/web/pages.ts'
import type { AnsweringSession, SignedInPerson } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowGuard } from '../../base/sealing/row-seal.ts'
import { originOf } from '../../base/web/request-log.ts'
import { isWorking, opensWithout } from './opens.ts'
import { passkeyLine } from './overview.ts'
import type {
  ClosedPage,
  ClosingPage,
  LevelThreePage,
  PasskeyPage,
  PasswordRemovalPage,
  SecurityKeyPage,
  TotpPage,
} from './pages.ts'
import type { WayChange } from './ways-in.ts'
import { partsOfPassword } from './ways-in.ts'

/** GET /acces/cles/ajout */
export async function showAddition(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  problem?: Refusal,
): Promise<void> {
  const { db, clock, pages } = context.foundation
  const party = partyOf(context)
  const adding = { kind: 'passkey', errand: errandOf(who), personId: who.personId } as const
  const page = {
    csrf: token(context, who),
    action: `${baseOf(ctx)}/acces/cles/ajout`,
    cancelHref: `${baseOf(ctx)}/acces`,
    options: await creationOptions(db, party, adding, clock()),
    endorsing: await endorsingOptions(db, party, who.personId),
    levelThreeHref: context.levelThree && `${baseOf(ctx)}/acces/cles/niveau-3`,
    problem: problem?.code,
  }
  pages.show(ctx, 'signin/add-passkey', page, problem)
}

/** GET /acces/cles/niveau-3: for a service that asks for a key whose model is known. */
export async function showLevelThree(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  problem?: Refusal,
): Promise<void> {
  const { db, clock, pages } = context.foundation
  const { personId } = who
  const party = partyOf(context)
  if (party.levelThree === undefined) throw new Refusal('not-found', 404)
  const adding = { kind: 'passkey', errand: errandOf(who), personId, isAttested: true } as const
  const page: LevelThreePage = {
    csrf: token(context, who),
    action: `${baseOf(ctx)}/acces/cles/niveau-3`,
    isReady: (await party.levelThree.trouble()) === undefined,
    options: await creationOptions(db, party, adding, clock()),
    endorsing: await endorsingOptions(db, party, personId),
    problem: problem?.code,
  }
  setOwnPage(ctx, '/acces/cles/niveau-3')
  pages.show(ctx, 'my-access/level-three', page, problem)
}

/** At a public terminal, shown instead of both pages on which a key is added. */
export async function showAtHome(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const page: AtHomePage = {
    csrf: token(context, who),
    goOn: undefined,
    backHref: `${baseOf(ctx)}/acces`,
  }
  context.foundation.pages.show(ctx, 'base/at-home', page)
  await Promise.resolve()
}

/** GET /acces/cle-de-securite: for a person with a password, after which the key is used. */
export async function showSecurityKey(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  problem?: Refusal,
): Promise<void> {
  const { db, clock, pages } = context.foundation
  const { personId } = who
  const password = await findFactor(db, context.vault.seals, 'password', personId)
  if (password?.isUntrusted !== false) return seeOther(ctx, '/acces/mot-de-passe')
  const adding = { kind: 'security-key', errand: errandOf(who), personId } as const
  const page: SecurityKeyPage = {
    csrf: token(context, who),
    action: `${baseOf(ctx)}/acces/cle-de-securite`,
    options: await creationOptions(db, partyOf(context), adding, clock()),
    problem: problem?.code,
  }
  setOwnPage(ctx, '/acces/cle-de-securite')
  pages.show(ctx, 'my-access/security-key', page, problem)
}

/** GET /acces/cles/:id */
export async function showPasskey(
  ctx: At<'id'>,
  context: AccessContext,
  who: SignedInPerson,
  problem?: Refusal,
): Promise<void> {
  const { db, clock } = context.foundation
  const { seals } = context.vault
  const passkeyId = passkeyIdOf(ctx)
  const key = (await keysOf(db, seals, who.personId)).find((one) => one.passkeyId === passkeyId)
  if (key === undefined) throw new Refusal('passkey.gone', 404, { nextHref: '/acces' })
  const page: PasskeyPage = {
    csrf: token(context, who),
    kind: key.kind,
    passkey: passkeyLine(key, who, await levelThreeOf(db, partyOf(context), key)),
    removing: await removalCourse(db, { seals, who, now: clock() }, [passkeyId]),
    removable: key.isUntrusted || (await opensWithout(db, seals, who.personId, [passkeyId])),
    problem: problem?.code,
  }
  setOwnPage(ctx, `/acces/cles/${page.passkey.id}`)
  context.foundation.pages.show(ctx, 'my-access/passkey', page, problem)
}

/** GET /acces/mot-de-passe/retrait */
export async function showPasswordRemoval(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const { db, clock, pages } = context.foundation
  const { seals } = context.vault
  await refuseChange(db, seals, who, clock())
  const keys = await passkeysOf(db, seals, who.personId)
  const removable = keys.some(isWorking)
  const parts = await partsOfPassword(db, seals, who.personId)
  const ids = parts.map(({ factorId }) => factorId)
  const removing = await removalCourse(db, { seals, who, now: clock() }, ids)
  const waits = parts[0]?.waits !== undefined
  const page: PasswordRemovalPage = { csrf: token(context, who), removing, waits, removable }
  pages.show(ctx, 'my-access/remove-password', page)
}

/** GET /acces/code: a seed that was never shown before; after a wrong code, the same seed again. */
export async function showTotp(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  problem?: Refusal,
): Promise<void> {
  const { db, clock, config, pages } = context.foundation
  const { personId } = who
  const enrolling = { errand: errandOf(who), personId, brand: config.brand, now: clock() }
  const again = problem && (await showTotpAgain(db, context.vault, enrolling))
  const page: TotpPage = {
    csrf: token(context, who),
    action: `${baseOf(ctx)}/acces/code`,
    shown: again ?? (await beginTotp(db, context.vault, enrolling)),
    isChange: (await findFactor(db, context.vault.seals, 'totp', personId)) !== undefined,
    problem: problem?.code,
  }
  setOwnPage(ctx, '/acces/code')
  pages.show(ctx, 'my-access/totp', page, problem)
}

/** Back to « Mon accès », which says what was done. */
export function backToAccess(ctx: Context, what: string): void {
  seeOther(ctx, `/acces?fait=${what}`)
}

export function wayChange(ctx: Context, context: AccessContext, who: AnsweringSession): WayChange {
  const { sessions, vault, notary, foundation } = context
  const { seals } = vault
  const named = (personId: string) => principalOf(notary, personId)
  const at = { who, origin: originOf(ctx), now: foundation.clock() }
  return { sessions, seals, vault, principalOf: named, ...at }
}

/** What rows are checked against, and who is told of a changed row. */
export function guardOf({ foundation: { log }, vault: { seals } }: AccessContext): RowGuard {
  return { seals, log }
}

/** Who we are to an authenticator. */
export function partyOf(context: AccessContext): RelyingParty {
  return relyingPartyOf(context.foundation.config, guardOf(context), context.levelThree)
}

/** The errand to which a challenge of this session belongs. */
export function errandOf(who: SignedInPerson): string {
  return `session:${who.sessionUid}`
}

export function token(context: AccessContext, who: SignedInPerson): string {
  return formToken(context.foundation.keys, who.sessionUid)
}

export function passkeyIdOf(ctx: At<'id'>): string {
  const { id } = ctx.params
  const uuid = readId('key', id)
  if (uuid === undefined) throw new Refusal('not-found', 404)
  return uuid
}

/** GET /acces/fermeture: what is deleted, what stays, and how long the person may change her mind. */
export async function showClosing(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const { db, clock } = context.foundation
  await refuseChange(db, context.vault.seals, who, clock())
  const end = await legalHoldOf(db, context.vault, who.personId, clock())
  const heldUntil = end && new Date(end.getTime() - 1)
  const page: ClosingPage = { csrf: token(context, who), heldUntil }
  context.foundation.pages.show(ctx, 'my-access/closing', page)
}

/** GET /acces/fermeture/faite: for a person who has just closed her access; the page says nothing about anybody. */
export function showClosed({ foundation }: AccessContext) {
  return (ctx: Context): void => {
    const page: ClosedPage = {}
    foundation.pages.show(ctx, 'my-access/closed', page)
  }
}
