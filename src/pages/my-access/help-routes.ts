import type { Context } from 'koa'
import { z } from 'zod'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readButton, readForm } from '../../base/web/forms.ts'
import { languageOf, seeOther } from '../../base/web/page.ts'
import type { AnsweringSession, forPerson, SignedInPerson } from '../../base/web/person.ts'
import { ProofNeeded } from '../../base/web/proof.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { Routes } from '../../base/web/router.ts'
import { readId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { registerEpoch } from '../../consent/record/index.ts'
import { openGate } from '../../people/accounts/index.ts'
import {
  dropHelpCode,
  endByPerson,
  makeHelpCode,
  openByApproval,
  refuseToBeHelped,
  settleHelp,
} from '../../people/helps/index.ts'
import type { AccessContext } from './context.ts'
import { desksIn, getHelpPage } from './help-page.ts'
import { lockForSession } from './ways-in.ts'

// « Recevoir de l’aide »: she lets a desk see with her. It opens by her digits alone, and closes by one press.

const path = '/acces/aide'

export function helpPages(
  own: Routes,
  { anyone }: ReturnType<typeof forPerson<AccessContext>>,
): Routes {
  return own
    .get(path, anyone(showHelp), 'stop')
    .post('/acces/aide/code', anyone(makeCode))
    .post('/acces/aide/code/fin', anyone(dropCode), 'stop')
    .post('/acces/aide/demande', anyone(approve))
    .post('/acces/aide/demande/fin', anyone(refuse), 'stop')
    .post('/acces/aide/fin', anyone(closeHelp), 'stop')
}

/** GET /acces/aide */
async function showHelp(ctx: Context, context: AccessContext, who: SignedInPerson): Promise<void> {
  await show(ctx, context, who, undefined)
}

async function show(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  digits: string | undefined,
): Promise<void> {
  const reading = { language: languageOf(ctx), origin: originOf(ctx), digits }
  const page = await getHelpPage(context, who, reading)
  context.foundation.pages.show(ctx, 'my-access/get-help', page)
}

const codeForm = z.object({ org: z.string().max(70) })

/** POST /acces/aide/code: the digits are shown once, on the page that answers. */
async function makeCode(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { foundation, helps, live, sessions, vault } = context
  const { db, clock, keys } = foundation
  const { personId, sessionUid, actor } = who
  const { org: organisation } = await readForm(ctx, keys, sessionUid, codeForm)
  const desks = desksIn(await live.at(await registerEpoch(db)), languageOf(ctx))
  if (!desks.some(({ id }) => id === organisation)) throw new Refusal('help.no-desk', 409, back)
  // Who is helped already closes that help first.
  if ((await settleHelp(helps, { personId }, originOf(ctx))) !== undefined)
    throw new Refusal('help.another', 409, back)
  const maker = { personId, sessionUid, organisation, language: languageOf(ctx) }
  try {
    const { digits } = await transact(db, async (tx) => {
      await lockForSession(tx, sessions, who)
      const gate = await openGate(tx, vault.seals, actor, false, clock())
      return makeHelpCode(tx, helps.seals.rows, gate, maker, clock())
    })
    return await show(ctx, context, who, digits)
  } catch (error) {
    if (!(error instanceof ProofNeeded)) throw error
    return context.person.prove(ctx, { returnTo: path, ...error.needed })
  }
}

const back = { nextHref: path }

/** POST /acces/aide/code/fin */
async function dropCode(ctx: Context, context: AccessContext, who: SignedInPerson): Promise<void> {
  const { db, keys } = context.foundation
  await readButton(ctx, keys, who.sessionUid)
  await transact(db, (tx) => dropHelpCode(tx, who.personId))
  seeOther(ctx, path)
}

const requestForm = z.object({ help: z.string().max(70) })

/** POST /acces/aide/demande: her yes to a desk that asked by telephone. */
async function approve(ctx: Context, context: AccessContext, who: AnsweringSession): Promise<void> {
  const { foundation, helps, sessions, vault } = context
  const { clock } = foundation
  const { personId, sessionUid, actor } = who
  const helpId = await readRequest(ctx, context, who)
  const approving = { personId, sessionUid, language: languageOf(ctx), helpId }
  const gate = async (tx: Transaction) => {
    await lockForSession(tx, sessions, who)
    return openGate(tx, vault.seals, actor, false, clock())
  }
  try {
    await openByApproval(helps, approving, gate, originOf(ctx))
    seeOther(ctx, path)
  } catch (error) {
    if (error instanceof Refusal && error.code.startsWith('help.'))
      throw new Refusal(error.code, 409, back)
    if (!(error instanceof ProofNeeded)) throw error
    return context.person.prove(ctx, { returnTo: path, ...error.needed })
  }
}

/** POST /acces/aide/demande/fin */
async function refuse(ctx: Context, context: AccessContext, who: SignedInPerson): Promise<void> {
  const helpId = await readRequest(ctx, context, who)
  const { personId } = who
  await transact(context.foundation.db, (tx) => refuseToBeHelped(tx, { personId, helpId }))
  seeOther(ctx, path)
}

/** The request that a form names. @throws Refusal help.request-over (409) */
async function readRequest(
  ctx: Context,
  { foundation }: AccessContext,
  { sessionUid }: SignedInPerson,
): Promise<string> {
  const { help } = await readForm(ctx, foundation.keys, sessionUid, requestForm)
  const helpId = readId('man', help)
  if (helpId === undefined) throw new Refusal('help.request-over', 409, back)
  return helpId
}

/** POST /acces/aide/fin */
async function closeHelp(ctx: Context, context: AccessContext, who: SignedInPerson): Promise<void> {
  const { db, keys } = context.foundation
  await readButton(ctx, keys, who.sessionUid)
  await transact(db, (tx) => endByPerson(tx, context.helps, who, originOf(ctx)))
  seeOther(ctx, '/acces?fait=help-closed')
}
