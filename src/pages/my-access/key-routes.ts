import type { At } from '../../base/web/router.ts'
import {
  readRegistration,
  renamePasskey,
  suspendIfCopied,
  useEndorsement,
  verifyCreation,
} from '../../webauthn/index.ts'
import type { AccessContext } from './context.ts'
import type { Context } from 'koa'
import { z } from 'zod'
import { recordActivity } from '../../people/accounts/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { mixedWords } from '../../registry/index.ts'
import { transact } from '../../base/database/database.ts'
import { readForm } from '../../base/web/forms.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import { seeOther } from '../../base/web/page.ts'
import type { SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { deviceOf, originOf } from '../../base/web/request-log.ts'
import type { KeyKind, SignedChallenge, VerifiedCreation } from '../../webauthn/index.ts'
import {
  wayChange,
  backToAccess,
  errandOf,
  partyOf,
  passkeyIdOf,
  showAddition,
  showLevelThree,
  showPasskey,
  showSecurityKey,
} from './show.ts'
import { passkeySignatureOf } from './signature-routes.ts'
import { removeKey, setPasskey, setSecurityKey } from './ways-in.ts'

// Passkeys and security keys are added by two pages, and named and removed on one.

const credentialForm = z.object({
  credential: z.string().max(32_768),
  /** What an older key signed of the new one; empty where none did. */
  endorsement: z.string().max(32_768).default(''),
})
const nameForm = z.object({ name: z.string().transform((name) => name.normalize('NFC').trim()) })
/** When a way in is removed: a box, ticked by default, also ends the sessions that it made. */
export const removalForm = z.object({ sessions: z.literal('end').optional() })
const goodName = /^[^\p{C}]{1,64}$/u

/** POST /acces/cles/ajout */
export function addPasskeyHere(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  return addHere(ctx, context, who, { isAttested: false, show: showAddition })
}

/** POST /acces/cles/niveau-3: a passkey whose maker attests of which model it is. */
export function addLevelThree(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  return addHere(ctx, context, who, { isAttested: true, show: showLevelThree })
}

type Addition = { readonly isAttested: boolean; readonly show: typeof showAddition }

async function addHere(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
  { isAttested, show }: Addition,
): Promise<void> {
  const [at, party] = [wayChange(ctx, context, who), partyOf(context)]
  const { db } = context.foundation
  try {
    const given = { kind: 'passkey', isAttested } as const
    const { creation, signed } = await created(ctx, context, who, given)
    const endorse =
      signed && ((tx: Transaction) => useEndorsement(tx, party, signed, creation, at.now))
    await suspendIfCopied({ ...at, db }, signed, () =>
      transact(db, (tx) => setPasskey(tx, at, creation, endorse)),
    )
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return show(ctx, context, who, error)
  }
  return backToAccess(ctx, isAttested ? 'level-three-added' : 'passkey-added')
}

/** POST /acces/cle-de-securite */
export async function addSecurityKey(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  try {
    const { creation } = await created(ctx, context, who, { kind: 'security-key' })
    const isAdded = await transact(context.foundation.db, (tx) =>
      setSecurityKey(tx, wayChange(ctx, context, who), creation),
    )
    // The password was removed meanwhile, and a security key opens nothing without one.
    if (!isAdded) return seeOther(ctx, '/acces/mot-de-passe')
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showSecurityKey(ctx, context, who, error)
  }
  return backToAccess(ctx, 'security-key-added')
}

type Created = {
  readonly creation: VerifiedCreation
  /** By an older key; undefined: none signed. */
  readonly signed: SignedChallenge | undefined
}

async function created(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  making: { readonly kind: KeyKind; readonly isAttested?: boolean },
): Promise<Created> {
  const { db, clock, keys } = context.foundation
  const form = await readForm(ctx, keys, who.sessionUid, credentialForm)
  const response = readRegistration(form.credential)
  const given = { ...making, errand: errandOf(who), response, name: deviceOf(ctx) }
  const creation = await context.tries.verify(peerOf(ctx), (counted) =>
    verifyCreation(counted, db, partyOf(context), given, clock()),
  )
  if (creation.personId !== who.personId) throw new Refusal('challenge.unusable', 409)
  return { creation, signed: await passkeySignatureOf(ctx, context, who, form.endorsement) }
}

/** POST /acces/cles/:id/nom */
export async function rename(
  ctx: At<'id'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, clock, keys } = context.foundation
  const { name } = await readForm(ctx, keys, who.sessionUid, nameForm)
  if (!goodName.test(name) || mixedWords(name).length > 0)
    return showPasskey(ctx, context, who, new Refusal('name.invalid'))
  const kind = await transact(db, async (tx) => {
    const { personId } = who
    const renamed = await renamePasskey(tx, personId, passkeyIdOf(ctx), name)
    if (renamed === undefined) throw new Refusal('passkey.gone', 404, { nextHref: '/acces' })
    const entry = { kind: `${renamed}.renamed`, personId, result: 'done' } as const
    await recordActivity(tx, entry, originOf(ctx), clock())
    return renamed
  })
  return backToAccess(ctx, `${kind}-renamed`)
}

/** POST /acces/cles/:id/retrait */
export async function remove(
  ctx: At<'id'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys } = context.foundation
  const endsSessions = (await readForm(ctx, keys, who.sessionUid, removalForm)).sessions === 'end'
  const removal = { passkeyId: passkeyIdOf(ctx), endsSessions }
  try {
    const { kind, isGone } = await transact(db, (tx) =>
      removeKey(tx, wayChange(ctx, context, who), removal),
    )
    return backToAccess(ctx, isGone ? `${kind}-removed` : 'removal-waits')
  } catch (error) {
    if (error instanceof Refusal && ['passkey.last', 'access.held'].includes(error.code))
      return showPasskey(ctx, context, who, error)
    throw error
  }
}
