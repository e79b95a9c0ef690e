import type { Decision, Deny, Evaluation, Permit } from './question.ts'
import { categoriesIn } from '../record/index.ts'
import { epochSeconds } from '../../base/values/clock.ts'
import { writeId } from '../../base/values/ids.ts'
import { signStatement } from '../../base/keys/jws.ts'
import type { JudgedCall } from '../../base/web/caller.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { present } from '../../base/values/present.ts'
import type { SigningPort } from '../../base/keys/signer.ts'
import { ledgerMember } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { isForThePerson, reasonAdmin, reasonUser } from './reasons.ts'

export type AnswerSource = {
  readonly issuer: string
  readonly keys: Keys
  readonly signer: Pick<SigningPort, 'sign'>
  readonly register: Register
  readonly evaluation: Evaluation
  /** The call that was presented, where one was. */
  readonly call?: JudgedCall | undefined
}

export type DecisionAnswer = { readonly decision: boolean; readonly context: object }

const reportWithinSeconds = 24 * 3600

/** An AuthZEN evaluation response, with our context. */
export async function answerOf(
  decided: Decision,
  answering: AnswerSource,
): Promise<DecisionAnswer> {
  return decided.permit
    ? { decision: true, context: await permitContext(decided, answering) }
    : { decision: false, context: denyContext(decided, answering) }
}

async function permitContext(permit: Permit, answering: AnswerSource): Promise<object> {
  const { decision, usesLeft, commitment } = permit
  const { issuer } = answering
  return {
    decision_id: writeId('dec', decision.decisionId),
    evaluated_at: decision.evaluatedAt.toISOString(),
    valid_until: decision.validUntil.toISOString(),
    reason_codes: [decision.reasonCode],
    legal_basis: decision.legalBasisId,
    ...named(permit, answering.register),
    permitted_categories: categoriesIn(permit.dataset, decision.permitted),
    ...periodIn(decision),
    ...(usesLeft === undefined ? {} : { uses_left: usesLeft }),
    ...toldOfCall(permit, answering),
    decision_token: await decisionToken(permit, answering),
    ledger: ledgerMember(issuer, commitment, decision.evaluatedAt),
    obligations: [
      {
        id: 'report',
        type: 'custom',
        properties: {
          vendor: 'accord',
          action: 'report_disclosure',
          endpoint: `${issuer}/disclosures`,
          within_seconds: reportWithinSeconds,
        },
      },
    ],
  }
}

function named({ decision: { agreement, consentId } }: Permit, register: Register) {
  return {
    agreement: present(register.agreementByNo(agreement), 'the agreement of a permit').ref,
    ...(consentId === null ? {} : { consent_id: writeId('con', consentId) }),
  }
}

/** What a holder learns of a call that it presented: whom it is about, who called, and why. */
function toldOfCall(
  { decision, isRepeated }: Permit,
  { call, evaluation, register }: AnswerSource,
): object {
  if (call === undefined) return {}
  const { clientId, acr, authTime } = call
  return {
    ...(isRepeated === true ? { repeated: true } : {}),
    sub: evaluation.sub,
    recipient: evaluation.recipient,
    client_id: clientId,
    purpose: present(register.purposeByNo(decision.purpose), 'the purpose of a permit').ref,
    ...(acr === undefined ? {} : { acr }),
    ...(authTime === undefined ? {} : { auth_time: authTime }),
  }
}

function periodIn({ periodFrom: from, periodTo: to }: Permit['decision']) {
  return from === null || to === null ? {} : { period: { from, to } }
}

/** The signed statement of a permit for the holder: recipient, person, categories, and its end. The holder's report names it. */
function decisionToken(
  permit: Permit,
  { issuer, keys, signer, register, evaluation, call }: AnswerSource,
): Promise<string> {
  const { decision, dataset, commitment } = permit
  return signStatement({ keys, signer }, 'decision+jwt', {
    iss: issuer,
    aud: dataset.holder,
    jti: writeId('dec', decision.decisionId),
    decision_id: writeId('dec', decision.decisionId),
    iat: epochSeconds(decision.evaluatedAt),
    exp: epochSeconds(decision.validUntil),
    sub_id: { format: 'iss_sub', iss: issuer, sub: evaluation.sub },
    ...(call === undefined ? {} : { sub: evaluation.sub, jkt: call.jkt }),
    recipient: evaluation.recipient,
    dataset: dataset.ref,
    purpose: present(register.purposeByNo(decision.purpose), 'the purpose of a permit').ref,
    ...named(permit, register),
    categories: categoriesIn(dataset, decision.permitted),
    ...periodIn(decision),
    ...ledgerMember(issuer, commitment, decision.evaluatedAt),
  })
}

function denyContext(
  { because, decisionId, permitted, cause }: Deny,
  { evaluation: { agreement, purpose } }: AnswerSource,
): object {
  const hint = { ...(agreement === undefined ? {} : { agreement }), purpose }
  return {
    ...(decisionId === undefined ? {} : { decision_id: writeId('dec', decisionId) }),
    reason_codes: [because],
    permitted_categories: permitted,
    reason_admin: reasonAdmin(because),
    reason_user: reasonUser(because),
    ...(cause === undefined ? {} : { suspended_by: cause }),
    ...(isForThePerson(because) || cause !== undefined
      ? { remedy: { kind: 'ask_consent', par_hint: hint } }
      : {}),
  }
}
