import type { Context } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/database/database.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { formToken, readForm, textForm } from '../../base/web/forms.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { baseOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import { deviceOf, originOf } from '../../base/web/request-log.ts'
import { routes } from '../../base/web/router.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { PrincipalOf } from '../../people/accounts/index.ts'
import type { MandateVault } from '../../people/mandates/index.ts'
import type { GivenCode } from '../../people/offices/index.ts'
import { browserSeconds, codeOfBrowser, giveCode } from '../../people/offices/index.ts'
import type { LevelThree, RelyingParty } from '../../webauthn/index.ts'
import {
  creationOptions,
  keysOf,
  readRegistration,
  relyingPartyOf,
  verifyCreation,
} from '../../webauthn/index.ts'
import { endKeys } from './end-keys.ts'
import { keysPath } from './keys-path.ts'
import { addOfficerKey } from './make-keys.ts'
import type { DeskCodePage, DeskKeyPage, DeskKeysDonePage } from './keys-pages.ts'

// Where a new officer makes his two keys, with both halves of his code. Nothing in the address is secret, and nothing else is done here.

export type KeyMaking = {
  readonly foundation: Foundation
  readonly tries: Tries
  readonly vault: MandateVault
  readonly principalOf: PrincipalOf
  /** Undefined: nobody knows the models of keys, and there is no desk. */
  readonly levelThree: LevelThree | undefined
}
type Inside = KeyMaking & { readonly party: RelyingParty }

const codeBinding = 'desk code'
const codeForm = textForm({ one: 64, two: 64 })
const credentialForm = z.object({ credential: z.string().max(32_768) })

export function deskKeysRoutes(context: KeyMaking): ServedRoutes {
  const { foundation, vault, levelThree } = context
  const { config, log } = foundation
  const guard = { seals: vault.vault.seals, log }
  const inside = { ...context, party: relyingPartyOf(config, guard, levelThree) }
  const isThere = levelThree !== undefined && !config.kiosk
  const here = (handle: (ctx: Context, at: Inside) => Promise<void> | void) => (ctx: Context) => {
    if (!isThere) throw new Refusal('not-found', 404)
    return handle(ctx, inside)
  }
  return routes('people', keysPath)
    .get('', here(show))
    .post('', here(give))
    .post('/cle', here(make))
    .get('/faites', here(showDone))
    .served('page')
}

async function show(ctx: Context, at: Inside): Promise<void> {
  const given = await givenHere(ctx, at)
  return given === undefined ? showCode(ctx, at) : showKey(ctx, at, given)
}

function showCode(ctx: Context, { foundation }: Inside, problem?: Refusal): void {
  const page: DeskCodePage = {
    csrf: formToken(foundation.keys, codeBinding),
    action: `${baseOf(ctx)}${keysPath}`,
    problem: problem?.code,
    values: problem?.values,
  }
  setOwnPage(ctx, keysPath)
  foundation.pages.show(ctx, 'desk/code', page, problem)
}

/** POST: both halves of a code. */
async function give(ctx: Context, at: Inside): Promise<void> {
  const { foundation, tries, vault } = at
  const { db, clock, keys } = foundation
  const typed = await readForm(ctx, keys, codeBinding, codeForm)
  const giving = { db, seals: vault.seals, beginsAnew: endKeys(vault.vault.seals) }
  try {
    const { token } = await tries.judge({ kind: 'desk-code', peer: peerOf(ctx) }, (counted) =>
      giveCode(counted, giving, typed, clock()),
    )
    ctx.cookies.set(cookieOf(ctx), token, { ...kept(ctx), maxAge: browserSeconds * 1000 })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showCode(ctx, at, error)
  }
  return seeOther(ctx, keysPath)
}

type Given = GivenCode & { readonly token: string }

async function givenHere(ctx: Context, { foundation, vault }: Inside): Promise<Given | undefined> {
  const { db, clock } = foundation
  const token = ctx.cookies.get(cookieOf(ctx), { signed: true })
  if (token === undefined) return undefined
  const code = await transact(db, (tx) => codeOfBrowser(tx, vault.seals, token, clock()))
  return code && { ...code, token }
}

async function showKey(
  ctx: Context,
  { foundation, party, levelThree }: Inside,
  { personId, token }: Given,
  problem?: Refusal,
): Promise<void> {
  const { db, clock, keys, pages } = foundation
  const adding = { kind: 'passkey', errand: errandOf(token), personId, isAttested: true } as const
  const made = await keysOf(db, party.guard.seals, personId)
  const page: DeskKeyPage = {
    csrf: formToken(keys, errandOf(token)),
    action: `${baseOf(ctx)}${keysPath}/cle`,
    isSecond: made.length > 0,
    isReady: (await levelThree?.trouble()) === undefined,
    options: await creationOptions(db, party, adding, clock()),
    problem: problem?.code,
    values: problem?.values,
  }
  setOwnPage(ctx, keysPath)
  pages.show(ctx, 'desk/key', page, problem)
}

/** POST: a key that was made. */
async function make(ctx: Context, at: Inside): Promise<void> {
  const given = await givenHere(ctx, at)
  if (given === undefined) return showCode(ctx, at, new Refusal('desk.code-refused'))
  const { foundation, tries, party, vault, principalOf } = at
  const { db, clock, keys } = foundation
  const { token } = given
  const form = await readForm(ctx, keys, errandOf(token), credentialForm)
  try {
    const response = readRegistration(form.credential)
    const asked = { kind: 'passkey', errand: errandOf(token), isAttested: true } as const
    const creation = await tries.verify(peerOf(ctx), (counted) =>
      verifyCreation(counted, db, party, { ...asked, response, name: deviceOf(ctx) }, clock()),
    )
    const adding = { vault, principalOf, token, creation, origin: originOf(ctx), now: clock() }
    const { isLast } = await transact(db, (tx) => addOfficerKey(tx, adding))
    if (!isLast) return seeOther(ctx, keysPath)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showKey(ctx, at, given, error)
  }
  ctx.cookies.set(cookieOf(ctx), null, kept(ctx))
  return seeOther(ctx, `${keysPath}/faites`)
}

function showDone(ctx: Context, { foundation }: Inside): void {
  const page: DeskKeysDonePage = { signInHref: `${baseOf(ctx)}/acces` }
  foundation.pages.show(ctx, 'desk/keys-done', page)
}

/** What challenges and forms of a browser belong to, in which the code was given. */
function errandOf(token: string): string {
  return `desk code:${token}`
}

function cookieOf({ secure }: Context): string {
  return secure ? '__Host-desk-code' : 'desk-code'
}

function kept({ secure }: Context) {
  return { path: '/', httpOnly: true, sameSite: 'strict', signed: true, secure } as const
}
