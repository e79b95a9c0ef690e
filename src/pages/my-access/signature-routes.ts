import type { Context } from 'koa'
import { z } from 'zod'
import { liftKeyRule, waysToLift } from '../../consent/asking/index.ts'
import { keyRuleState, liftChallenge } from '../../consent/record/index.ts'
import { transact } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { readForm } from '../../base/web/forms.ts'
import { baseOf, setOwnPage } from '../../base/web/page.ts'
import type { SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { originOf } from '../../base/web/request-log.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import type { SignedChallenge } from '../../webauthn/index.ts'
import {
  readAssertion,
  readSignature,
  signingOptions,
  suspendIfCopied,
} from '../../webauthn/index.ts'
import type { AccessContext } from './context.ts'
import type { SignaturePage } from './pages.ts'
import { backToAccess, partyOf, token } from './show.ts'
import { lockForSession } from './ways-in.ts'

const liftForm = z.object({ credential: z.string().max(32_768).default('') })
const path = '/acces/signature'

/** GET /acces/signature: « Seulement avec ma clé », and the way to lift it. */
export async function showSignature(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  problem?: Refusal,
): Promise<void> {
  const { db, clock, pages } = context.foundation
  const { vault, notary } = context
  const { personId } = who
  const party = partyOf(context)
  const { rule, event } = await keyRuleState(db, vault.seals, personId)
  const ways = await transact(db, (tx) => waysToLift(tx, { vault, personId, now: clock() }))
  const may = new Set(ways.keys.map(({ passkeyId }) => passkeyId))
  const options = await signingOptions(db, party, personId, ({ passkeyId }) => may.has(passkeyId))
  const challenge = liftChallenge(notary.issuer, event ? writeId('evt', event.eventId) : '')
  const signing = options && { ...options, challenge: challenge.toString('base64url') }
  const page: SignaturePage = {
    csrf: token(context, who),
    rule,
    since: event?.recordedAt,
    action: `${baseOf(ctx)}${path}/levee`,
    options: signing && JSON.stringify(signing),
    isWithoutKey: ways.isRecovered,
    problem: problem?.code,
  }
  setOwnPage(ctx, path)
  pages.show(ctx, 'my-access/signature', page, problem)
}

/** POST /acces/signature/levee */
export async function liftSignature(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { foundation, notary, vault, sessions } = context
  const { db, clock, keys } = foundation
  const { credential } = await readForm(ctx, keys, who.sessionUid, liftForm)
  const at = { db, seals: vault.seals, origin: originOf(ctx), now: clock() }
  try {
    const signed = await passkeySignatureOf(ctx, context, who, credential)
    await suspendIfCopied(at, signed, () =>
      transact(db, async (tx) => {
        await lockForSession(tx, sessions, who)
        await liftKeyRule(tx, notary, { by: who.actor, signed, origin: at.origin })
      }),
    )
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showSignature(ctx, context, who, error)
  }
  return backToAccess(ctx, 'signature-lifted')
}

/**
 * What a passkey of hers signed on a page of « Mon accès », not yet compared; undefined where the form brings nothing.
 * @throws Refusal passkey.refused
 */
export async function passkeySignatureOf(
  ctx: Context,
  context: AccessContext,
  { personId }: SignedInPerson,
  credential: string,
): Promise<SignedChallenge | undefined> {
  if (credential === '') return undefined
  const { db, clock } = context.foundation
  const given = { personId, response: readAssertion(credential), origin: originOf(ctx) }
  return context.tries.verify(peerOf(ctx), (counted) =>
    readSignature(counted, db, partyOf(context), given, clock()),
  )
}
