import type { Context } from 'koa'
import { z } from 'zod'
import { recordActivity } from '../accounts/index.ts'
import { transact } from '../foundation/database.ts'
import { readForm } from '../foundation/forms.ts'
import { seeOther } from '../foundation/page.ts'
import type { SignedIn } from '../foundation/person.ts'
import { Refusal } from '../foundation/refusal.ts'
import { deviceOf, originOf } from '../foundation/request-log.ts'
import type { KeyKind, VerifiedCreation } from '../webauthn/index.ts'
import { addPasskey, renamePasskey, verifyCreation } from '../webauthn/index.ts'
import type { Desk } from './routes.ts'
import { done, errandOf, passkeyIdOf, showAddition, showPasskey, showSecurityKey } from './show.ts'
import { removeKey, setSecurityKey } from './ways.ts'

// Passkeys and security keys are added by two pages, and named and removed on one.

const credentialForm = z.object({ credential: z.string().min(1).max(32_768) })
const nameForm = z.object({ name: z.string().transform((name) => name.normalize('NFC').trim()) })
const emptyForm = z.object({})
const goodName = /^[^\p{C}]{1,64}$/u

/** POST /acces/cles/ajout */
export async function addPasskeyHere(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  try {
    const creation = await created(ctx, desk, who, 'passkey')
    const { db, clock } = desk.foundation
    await transact(db, (tx) => addPasskey(tx, who.personId, creation, originOf(ctx), clock()))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showAddition(ctx, desk, who, error)
  }
  return done(ctx, 'passkey-added')
}

/** POST /acces/cle-de-securite */
export async function addSecurityKey(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  try {
    const creation = await created(ctx, desk, who, 'security-key')
    const { db, clock } = desk.foundation
    const isAdded = await transact(db, (tx) =>
      setSecurityKey(tx, who.personId, creation, originOf(ctx), clock()),
    )
    // Taken away meanwhile, and a key that follows nothing opens nothing.
    if (!isAdded) return seeOther(ctx, '/acces/mot-de-passe')
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showSecurityKey(ctx, desk, who, error)
  }
  return done(ctx, 'security-key-added')
}

async function created(
  ctx: Context,
  desk: Desk,
  who: SignedIn,
  kind: KeyKind,
): Promise<VerifiedCreation> {
  const { db, clock, keys } = desk.foundation
  const { credential } = await readForm(ctx, keys, who.sessionUid, credentialForm)
  const given = { kind, errand: errandOf(who), json: credential, name: deviceOf(ctx) }
  const creation = await verifyCreation(db, desk.party, given, clock())
  if (creation.personId !== who.personId) throw new Refusal('challenge.unusable', 409)
  return creation
}

/** POST /acces/cles/:id/nom */
export async function rename(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, clock, keys } = desk.foundation
  const { name } = await readForm(ctx, keys, who.sessionUid, nameForm)
  if (!goodName.test(name)) return showPasskey(ctx, desk, who, new Refusal('name.invalid'))
  const kind = await transact(db, async (tx) => {
    const { personId } = who
    const renamed = await renamePasskey(tx, personId, passkeyIdOf(ctx), name)
    if (renamed === undefined) throw new Refusal('not-found', 404)
    const entry = { kind: `${renamed}.renamed`, personId, result: 'done' } as const
    await recordActivity(tx, entry, originOf(ctx), clock())
    return renamed
  })
  return done(ctx, `${kind}-renamed`)
}

/** POST /acces/cles/:id/retrait */
export async function remove(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, clock, keys } = desk.foundation
  await readForm(ctx, keys, who.sessionUid, emptyForm)
  const removal = { personId: who.personId, passkeyId: passkeyIdOf(ctx) }
  try {
    const kind = await transact(db, (tx) => removeKey(tx, removal, originOf(ctx), clock()))
    return done(ctx, `${kind}-removed`)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'passkey.last')
      return showPasskey(ctx, desk, who, error)
    throw error
  }
}
