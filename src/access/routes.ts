import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { recordActivity } from '../accounts/index.ts'
import { makeRecoveryCodes, unusedCodes } from '../factors/index.ts'
import { transact } from '../foundation/database.ts'
import { readForm } from '../foundation/forms.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { baseOf, languageOf, seeOther } from '../foundation/page.ts'
import type { RequirePerson, SignedIn } from '../foundation/person.ts'
import { Refusal } from '../foundation/refusal.ts'
import { deviceOf, originOf } from '../foundation/request-log.ts'
import { routes } from '../foundation/router.ts'
import type { Sessions } from '../foundation/sessions.ts'
import type { LiveRegister } from '../registry/index.ts'
import type { RelyingParty } from '../webauthn/index.ts'
import {
  addPasskey,
  relyingPartyOf,
  removePasskey,
  renamePasskey,
  verifyCreation,
} from '../webauthn/index.ts'
import { accessPage, sessionId } from './overview.ts'
import type { NewCodesPage } from './pages.ts'
import { errandOf, passkeyIdOf, showAddition, showPasskey, token } from './show.ts'

const credentialForm = z.object({ credential: z.string().min(1).max(32_768) })
const nameForm = z.object({ name: z.string().transform((name) => name.normalize('NFC').trim()) })
const emptyForm = z.object({})
const goodName = /^[^\p{C}]{1,64}$/u

export type Counters = {
  readonly live: LiveRegister
  readonly sessions: Sessions
  readonly person: RequirePerson
}

export type Desk = Counters & { readonly foundation: Foundation; readonly party: RelyingParty }

/** « Mon accès »: how a person gets in, where she is signed in. */
export function accessRoutes(foundation: Foundation, counters: Counters): Middleware {
  const party = relyingPartyOf(foundation.config.issuer, foundation.config.brand)
  const desk: Desk = { ...counters, foundation, party }
  const { person } = counters
  return routes()
    .get('/acces', signedIn(desk, person.anyone, showAccess))
    .get('/acces/cles/ajout', signedIn(desk, person.fresh, showAddition))
    .post('/acces/cles/ajout', signedIn(desk, person.fresh, add))
    .get('/acces/cles/:id', signedIn(desk, person.anyone, showPasskey))
    .post('/acces/cles/:id/nom', signedIn(desk, person.anyone, rename))
    .post('/acces/cles/:id/retrait', signedIn(desk, person.fresh, remove))
    .get('/acces/codes', signedIn(desk, person.fresh, showNewCodes))
    .post('/acces/codes', signedIn(desk, person.fresh, makeCodes))
    .post('/acces/codes/notes', signedIn(desk, person.anyone, codesNoted))
    .post('/acces/sessions/fin', signedIn(desk, person.anyone, endOthers))
    .post('/acces/sessions/:id/fin', signedIn(desk, person.anyone, endOne))
    .middleware()
}

type Page = (ctx: Context, desk: Desk, who: SignedIn) => Promise<void>

function signedIn(desk: Desk, require: RequirePerson['anyone'], page: Page) {
  return async (ctx: Context): Promise<void> => {
    const who = await require(ctx)
    if (who !== undefined) await page(ctx, desk, who)
  }
}

async function showAccess(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  desk.foundation.pages.show(
    ctx,
    'access/overview',
    await accessPage(desk, who, languageOf(ctx), String(ctx.query['fait'] ?? '')),
  )
}

async function add(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, clock, keys } = desk.foundation
  const { credential } = await readForm(ctx, keys, who.sessionUid, credentialForm)
  const now = clock()
  try {
    const creation = await verifyCreation(
      db,
      desk.party,
      errandOf(who),
      { json: credential, name: deviceOf(ctx) },
      now,
    )
    if (creation.personId !== who.personId) throw new Refusal('challenge.unusable', 409)
    await transact(db, (tx) => addPasskey(tx, who.personId, creation, originOf(ctx), now))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showAddition(ctx, desk, who, error)
  }
  return done(ctx, 'passkey-added')
}

async function rename(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, clock, keys } = desk.foundation
  const { name } = await readForm(ctx, keys, who.sessionUid, nameForm)
  if (!goodName.test(name)) return showPasskey(ctx, desk, who, new Refusal('name.invalid'))
  await transact(db, async (tx) => {
    if (!(await renamePasskey(tx, who.personId, passkeyIdOf(ctx), name)))
      throw new Refusal('not-found', 404)
    const entry = { kind: 'passkey.renamed', personId: who.personId, result: 'done' } as const
    await recordActivity(tx, entry, originOf(ctx), clock())
  })
  return done(ctx, 'passkey-renamed')
}

async function remove(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, clock, keys } = desk.foundation
  await readForm(ctx, keys, who.sessionUid, emptyForm)
  try {
    await transact(db, (tx) =>
      removePasskey(tx, who.personId, passkeyIdOf(ctx), originOf(ctx), clock()),
    )
  } catch (error) {
    if (error instanceof Refusal && error.code === 'passkey.last')
      return showPasskey(ctx, desk, who, error)
    throw error
  }
  return done(ctx, 'passkey-removed')
}

async function showNewCodes(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const page: NewCodesPage = {
    csrf: token(desk, who),
    codesLeft: await unusedCodes(desk.foundation.db, who.personId),
  }
  desk.foundation.pages.show(ctx, 'access/new-codes', page)
}

async function makeCodes(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, clock, keys, pages } = desk.foundation
  await readForm(ctx, keys, who.sessionUid, emptyForm)
  const codes = await transact(db, (tx) =>
    makeRecoveryCodes(tx, who.personId, originOf(ctx), clock()),
  )
  pages.show(ctx, 'signin/recovery-codes', {
    csrf: token(desk, who),
    codes,
    next: `${baseOf(ctx)}/acces/codes/notes`,
  })
}

async function codesNoted(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  await readForm(ctx, desk.foundation.keys, who.sessionUid, emptyForm)
  return done(ctx, 'codes-made')
}

async function endOthers(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  await endSessions(ctx, desk, who, (uid) => uid !== who.sessionUid)
  return done(ctx, 'sessions-ended')
}

async function endOne(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { id } = ctx['params'] as { id: string }
  await endSessions(ctx, desk, who, (uid) => uid !== who.sessionUid && sessionId(uid) === id)
  return done(ctx, 'session-ended')
}

async function endSessions(
  ctx: Context,
  desk: Desk,
  who: SignedIn,
  chosen: (uid: string) => boolean,
): Promise<void> {
  const { db, clock, keys } = desk.foundation
  await readForm(ctx, keys, who.sessionUid, emptyForm)
  const uids = (await desk.sessions.list(who.personId)).map((session) => session.uid).filter(chosen)
  if (uids.length === 0) return
  await transact(db, async (tx) => {
    await desk.sessions.end(tx, who.personId, uids)
    const entry = { kind: 'session.ended', personId: who.personId, result: 'done' } as const
    await recordActivity(tx, entry, originOf(ctx), clock())
  })
}

function done(ctx: Context, what: string): void {
  seeOther(ctx, `/acces?fait=${what}`)
}
