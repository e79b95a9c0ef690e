import type { AccessContext } from './context.ts'
import type { Context } from 'koa'
import { z } from 'zod'
import type { TypedPassword } from '../../signin/factors/index.ts'
import {
  findFactor,
  proposalOf,
  proposePassword,
  proveAddress,
  provedAddressOf,
  readAddress,
  readNewPassword,
  takeProposal,
} from '../../signin/factors/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readForm } from '../../base/web/forms.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import { baseOf, languageOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import type { SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { AddressCodePage, CodeSent } from '../../people/notifications/index.ts'
import { codeSeconds, readCode } from '../../people/notifications/index.ts'
import type { PasswordPage } from './pages.ts'
import { wayChange, backToAccess, errandOf, guardOf, token } from './show.ts'
import type { NewPassword } from './ways-in.ts'
import { isWorking } from './opens.ts'
import { changePasswordAt, hasSecondFactor, setPassword } from './ways-in.ts'

// A password at the same address is changed at once; a password at another address, when the code sent there has come back.

const path = '/acces/mot-de-passe'
const passwordForm = z.object({ address: z.string().max(512), password: z.string().max(1024) })
const codeForm = z.object({ code: z.string().max(100) })

type Typed = { readonly address: string; readonly problem: Refusal }

/** GET /acces/mot-de-passe */
export async function showPassword(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  failed?: Typed,
): Promise<void> {
  const { db, clock, pages } = context.foundation
  const held = await findFactor(db, context.vault.seals, 'password', who.personId)
  // An address whose password was disowned may be an intruder's: it is not offered again.
  const known = held !== undefined && isWorking(held) ? await context.passwords.addressOf(held) : ''
  const page: PasswordPage = {
    csrf: token(context, who),
    action: `${baseOf(ctx)}${path}`,
    isChange: held !== undefined,
    address: failed?.address ?? known,
    mail: await context.letters.mail(clock()),
    problem: failed?.problem.code,
  }
  setOwnPage(ctx, path)
  pages.show(ctx, 'my-access/password', page, failed?.problem)
}

/** POST /acces/mot-de-passe */
export async function changePassword(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys, config } = context.foundation
  const typed = await readForm(ctx, keys, who.sessionUid, passwordForm)
  try {
    const address = readAddress(typed.address)
    const given = { address, password: readNewPassword(typed.password, address, config.brand) }
    const held = await provedAddressOf(db, context.passwords, who.personId)
    if (held?.address !== address) {
      await proposeAt(ctx, context, who, given)
      return seeOther(ctx, `${path}/courriel`)
    }
    await changeAt(ctx, context, who, given)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showPassword(ctx, context, who, { address: typed.address, problem: error })
  }
  return goOn(ctx, context, who)
}

async function changeAt(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
  given: TypedPassword,
): Promise<void> {
  const { db, clock } = context.foundation
  const { personId } = who
  await context.tries.judge(newPassword(ctx, who), async (counted) => {
    const made = await context.passwords.make(counted, given)
    const row = await context.passwords.rowOf(personId, given, made, clock())
    await transact(db, (tx) =>
      changePasswordAt(tx, wayChange(ctx, context, who), context.passwords, row),
    )
  })
}

async function proposeAt(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  given: TypedPassword,
): Promise<void> {
  const { db, clock } = context.foundation
  const { personId } = who
  const mail = await context.letters.mail(clock())
  if (mail !== 'in-service') throw new Refusal(`mail.${mail}`, 503)
  const now = clock()
  const expiresAt = secondsAfter(now, codeSeconds)
  const errand = errandOf(who)
  const proposing = { errand, personId, given, language: languageOf(ctx), expiresAt }
  await context.tries.judge(newPassword(ctx, who), (counted) =>
    context.letters.limits.sending({ personId, peer: peerOf(ctx) }, () =>
      proposePassword(counted, { ...context, db, now }, proposing),
    ),
  )
}

function newPassword(ctx: Context, { personId: account }: SignedInPerson) {
  return { kind: 'new-password', peer: peerOf(ctx), account } as const
}

/** GET /acces/mot-de-passe/courriel */
export async function showAddressCode(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  problem?: Refusal,
): Promise<void> {
  const { db, clock, pages } = context.foundation
  const waiting = await proposalOf(db, guardOf(context), errandOf(who), clock())
  if (waiting === undefined) throw over()
  const page: AddressCodePage = {
    csrf: token(context, who),
    action: `${baseOf(ctx)}${path}/courriel`,
    address: await context.passwords.addressOf(waiting),
    backHref: `${baseOf(ctx)}${path}`,
    passkeyHref: undefined,
    problem: problem?.code,
  }
  setOwnPage(ctx, `${path}/courriel`)
  pages.show(ctx, 'notifications/address-code', page, problem)
}

/** POST /acces/mot-de-passe/courriel */
export async function giveAddressCode(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys } = context.foundation
  const { code: typed } = await readForm(ctx, keys, who.sessionUid, codeForm)
  const tried = { kind: 'contact-code', peer: peerOf(ctx), account: who.personId } as const
  try {
    const code = readCode(typed)
    await context.tries.judge(tried, async (counted) => {
      const outcome = await transact(db, (tx) => takeCode(counted, tx, ctx, context, { who, code }))
      if (outcome instanceof Refusal) throw outcome
      await context.letters.limits.cameBack(outcome)
    })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'contact.code-over') throw over()
    return showAddressCode(ctx, context, who, error)
  }
  return goOn(ctx, context, who)
}

// A refusal is returned, so that its try stays counted.
async function takeCode(
  counted: CountedTry,
  tx: Transaction,
  ctx: Context,
  context: AccessContext,
  { who, code }: { readonly who: AnsweringSession; readonly code: string },
): Promise<Refusal | CodeSent> {
  const now = context.foundation.clock()
  const errand = errandOf(who)
  const guard = guardOf(context)
  const outcome = await proveAddress(counted, tx, context.letters, { errand, code, guard }, now)
  if (outcome instanceof Refusal) return outcome
  const row: NewPassword | undefined = await takeProposal(tx, guard, errand, now)
  if (row?.personId !== who.personId) return over()
  await setPassword(tx, wayChange(ctx, context, who), context.passwords, row)
  return outcome
}

// A password without a second factor opens nothing: the next page adds the missing factor.
async function goOn(ctx: Context, context: AccessContext, who: SignedInPerson): Promise<void> {
  if (!(await hasSecondFactor(context.foundation.db, context.vault.seals, who.personId)))
    return seeOther(ctx, '/acces/code')
  return backToAccess(ctx, 'password-changed')
}

function over(): Refusal {
  return new Refusal('contact.code-over', 410, { nextHref: path })
}
