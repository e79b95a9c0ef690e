import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { refuseRecovered, refuseWhileHeld } from '../../people/accounts/index.ts'
import type { Notary } from '../../consent/record/index.ts'
import type { Passwords } from '../../signin/factors/index.ts'
import { makeRecoveryCodes, readTotp, unusedCodes } from '../../signin/factors/index.ts'
import type { Transaction } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import { readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { peerOf } from '../../base/web/network.ts'
import { baseOf, languageOf, seeOther } from '../../base/web/page.ts'
import type { RequirePerson, SignedIn } from '../../base/web/person.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { originOf } from '../../base/web/request-log.ts'
import { routes } from '../../base/web/router.ts'
import type { Sessions } from '../../base/platform/sessions.ts'
import type { Tries } from '../../base/web/tries.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Letters } from '../../people/notifications/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import type { RelyingParty } from '../../webauthn/index.ts'
import { relyingPartyOf } from '../../webauthn/index.ts'
import { closeAccess } from './closing.ts'
import {
  disownNotice,
  disownRecovery,
  historyMoved,
  own,
  ownRecovery,
  showAsked,
} from './control-routes.ts'
import { addPasskeyHere, addSecurityKey, removalForm, remove, rename } from './key-routes.ts'
import { accessPage, sessionId } from './overview.ts'
import type { NewCodesPage } from './pages.ts'
import {
  changePassword,
  giveAddressCode,
  showAddressCode,
  showPassword,
} from './password-routes.ts'
import {
  changing,
  done,
  errandOf,
  showAddition,
  showAtHome,
  showClosed,
  showClosing,
  showPasskey,
  showPasswordRemoval,
  showSecurityKey,
  showTotp,
  token,
} from './show.ts'
import type { Changing } from './ways.ts'
import { endOthers, lockForSession, removePasswordWay, setTotp } from './ways.ts'

const codeForm = z.object({ code: z.string().max(100) })
const emptyForm = z.object({})

export type Counters = {
  readonly live: LiveRegister
  readonly vault: Vault
  readonly passwords: Passwords
  readonly letters: Letters
  readonly notary: Notary
  readonly sessions: Sessions
  readonly person: RequirePerson
  readonly tries: Tries
}

export type Desk = Counters & {
  readonly foundation: Foundation
  readonly party: RelyingParty
}

/** « Mon accès »: how a person gets in, where she is signed in. */
export function accessRoutes(foundation: Foundation, counters: Counters): Middleware {
  const party = relyingPartyOf(foundation.config)
  const desk: Desk = { ...counters, foundation, party }
  const { person } = counters
  // At a public terminal no key is made.
  const atHome = foundation.config.kiosk ? showAtHome : undefined
  return routes()
    .get('/acces', signedIn(desk, person.anyone, showAccess))
    .get('/acces/cles/ajout', signedIn(desk, person.fresh, atHome ?? showAddition))
    .post('/acces/cles/ajout', signedIn(desk, person.fresh, atHome ?? addPasskeyHere))
    .get('/acces/cle-de-securite', signedIn(desk, person.fresh, atHome ?? showSecurityKey))
    .post('/acces/cle-de-securite', signedIn(desk, person.fresh, atHome ?? addSecurityKey))
    .get('/acces/cles/:id', signedIn(desk, person.anyone, showPasskey))
    .post('/acces/cles/:id/nom', signedIn(desk, person.anyone, rename))
    .post('/acces/cles/:id/retrait', signedIn(desk, person.fresh, remove))
    .get('/acces/mot-de-passe', signedIn(desk, person.fresh, showPassword))
    .post('/acces/mot-de-passe', signedIn(desk, person.fresh, changePassword))
    .get('/acces/mot-de-passe/courriel', signedIn(desk, person.fresh, showAddressCode))
    .post('/acces/mot-de-passe/courriel', signedIn(desk, person.fresh, giveAddressCode))
    .get('/acces/mot-de-passe/retrait', signedIn(desk, person.fresh, showPasswordRemoval))
    .post('/acces/mot-de-passe/retrait', signedIn(desk, person.fresh, removePassword))
    .get('/acces/code', signedIn(desk, person.fresh, showTotp))
    .post('/acces/code', signedIn(desk, person.fresh, addTotp))
    .get('/acces/historique', historyMoved)
    .get('/acces/avis/:id', signedIn(desk, person.fresh, showAsked))
    .post('/acces/avis/:id/moi', signedIn(desk, person.fresh, own))
    .post('/acces/avis/:id/pas-moi', signedIn(desk, person.fresh, disownNotice))
    .post('/acces/retablissement/moi', signedIn(desk, person.fresh, ownRecovery))
    .post('/acces/retablissement/pas-moi', signedIn(desk, person.fresh, disownRecovery))
    .get('/acces/codes', signedIn(desk, person.fresh, showNewCodes))
    .post('/acces/codes', signedIn(desk, person.fresh, makeCodes))
    .post('/acces/codes/notes', signedIn(desk, person.anyone, codesNoted))
    .get('/acces/fermeture', signedIn(desk, person.fresh, showClosing))
    .post('/acces/fermeture', signedIn(desk, person.fresh, close))
    .get('/acces/fermeture/faite', showClosed(desk))
    .post('/acces/sessions/fin', signedIn(desk, person.anyone, endAllOthers))
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
    'my-access/overview',
    await accessPage(desk, who, languageOf(ctx), String(ctx.query['fait'] ?? '')),
  )
}

async function removePassword(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, keys } = desk.foundation
  const { sessions } = await readForm(ctx, keys, who.sessionUid, removalForm)
  await transact(db, (tx) => removePasswordWay(tx, changing(ctx, desk, who), sessions === 'end'))
  return done(ctx, 'password-removed')
}

async function addTotp(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, keys } = desk.foundation
  const { code } = await readForm(ctx, keys, who.sessionUid, codeForm)
  try {
    const given = { errand: errandOf(who), code: readTotp(code), vault: desk.vault }
    const tried = { kind: 'first-code', peer: peerOf(ctx), account: who.personId } as const
    await desk.tries.judge(tried, (counted) =>
      transact(db, (tx) => setTotp(counted, tx, changing(ctx, desk, who), given)),
    )
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showTotp(ctx, desk, who, error)
  }
  return done(ctx, 'totp-added')
}

async function showNewCodes(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  await refuseWhileHeld(desk.foundation.db, who.personId, desk.foundation.clock())
  const page: NewCodesPage = {
    csrf: token(desk, who),
    codesLeft: await unusedCodes(desk.foundation.db, who.personId),
  }
  desk.foundation.pages.show(ctx, 'my-access/new-codes', page)
}

async function makeCodes(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, clock, keys, pages } = desk.foundation
  await readForm(ctx, keys, who.sessionUid, emptyForm)
  const codes = await transact(db, async (tx) => {
    await lockForSession(tx, desk.sessions, who)
    await refuseWhileHeld(tx, who.personId, clock())
    return makeRecoveryCodes(tx, who.personId, originOf(ctx), clock())
  })
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

async function endAllOthers(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  await readForm(ctx, desk.foundation.keys, who.sessionUid, emptyForm)
  await transact(desk.foundation.db, (tx) => endByHer(tx, changing(ctx, desk, who)))
  return done(ctx, 'sessions-ended')
}

async function endOne(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  await readForm(ctx, desk.foundation.keys, who.sessionUid, emptyForm)
  const { id } = ctx['params'] as { id: string }
  const shown = await desk.sessions.list(who.personId)
  const only = shown.map(({ uid }) => uid).find((uid) => sessionId(uid) === id)
  if (only !== undefined)
    await transact(desk.foundation.db, (tx) => endByHer(tx, changing(ctx, desk, who), only))
  return done(ctx, 'session-ended')
}

// A session of a recovery ends no other: whoever came back by an older factor would be put out before she could undo anything.
async function endByHer(tx: Transaction, at: Changing, only?: string): Promise<void> {
  await lockForSession(tx, at.sessions, at.who)
  await refuseRecovered(tx, at.who, at.now)
  await endOthers(tx, at, only === undefined ? {} : { only })
}

async function close(ctx: Context, desk: Desk, who: SignedIn) {
  const { db, clock, keys } = desk.foundation
  await readForm(ctx, keys, who.sessionUid, emptyForm)
  const { personId, acr } = who
  const by = { type: 'person', acr } as const
  const leaving = { personId, by, origin: originOf(ctx), now: clock() }
  await transact(db, async (tx) => {
    await lockForSession(tx, desk.sessions, who)
    await refuseWhileHeld(tx, who.personId, clock())
    return closeAccess(tx, desk, leaving)
  })
  seeOther(ctx, '/acces/fermeture/faite')
}
