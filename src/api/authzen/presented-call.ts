import type { z } from 'zod'
import type { Caller, JudgedCall, PresentedCall } from '../../base/web/caller.ts'
import { readId } from '../../base/values/ids.ts'
import type { Evaluation } from '../../consent/decisions/index.ts'
import type { GrantedDetail, LawDetail } from '../../consent/record/index.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { Register } from '../../registry/index.ts'
import { idOf } from '../../registry/index.ts'
import { parse, presentedRequest } from './requests.ts'

// A question with the call that came to the holder, raw: token, proof, method and address. The broker judges all of it, and what is asked is
// what the token was given for. What is refused says one word, and no cause.

export type PresentedQuestion = z.infer<typeof presentedRequest>

/** @throws Problem */
export function readPresented(body: unknown): PresentedQuestion {
  return parse(presentedRequest, body)
}

export type CallRefusal = 'TOKEN_REFUSED' | 'PROOF_REFUSED'

/** What a presented call asks, and what the holder is told of it. */
export type JudgedQuestion = {
  readonly evaluation: Evaluation
  readonly call: JudgedCall
}

/** Judges a call to the API of the asker. */
export type JudgeCall = (call: PresentedCall) => Promise<JudgedCall | 'token' | 'proof'>

type Judging = {
  readonly judge: JudgeCall
  readonly pairwise: Pick<Pairwise, 'subject'>
  readonly register: () => Register
}

export async function judgePresented(
  { judge, pairwise, register }: Judging,
  caller: Caller,
  { resource, context }: PresentedQuestion,
): Promise<JudgedQuestion | CallRefusal> {
  const { presented, request_id: requestId } = context
  if (!isAddressOf(register(), resource.id, caller, presented.url)) return 'PROOF_REFUSED'
  const call = await judge({ ...presented, requestId })
  if (call === 'proof') return 'PROOF_REFUSED'
  if (call === 'token') return 'TOKEN_REFUSED'
  const detail = detailFor(call, resource.id, caller)
  if (detail === undefined) return 'TOKEN_REFUSED'
  const evaluation = {
    recipient: detail.recipient,
    dataset: detail.identifier,
    purpose: detail.purpose,
    categories: detail.datatypes,
    sub: pairwise.subject(call.personId, caller.orgId),
    period: resource.properties?.period,
    agreement: detail.agreement,
    lawCase: context.case,
    requestId,
    queryId: context.query_id,
    arrangement: arrangementOf(detail),
  }
  return { evaluation, call }
}

/** Whether the API of this holder gives the data there. A dataset without paths takes no presented calls. */
function isAddressOf(register: Register, ref: string, { orgId }: Caller, url: string): boolean {
  const dataset = register.dataset(idOf(ref))
  if (dataset?.holder !== orgId) return false
  return dataset.paths.some((path) => url === dataset.resourceServer + path)
}

/** The one sharing of the token that is of this data of this holder. */
function detailFor({ details }: JudgedCall, ref: string, { orgId }: Caller) {
  const all = details as readonly unknown[] as readonly (GrantedDetail | LawDetail)[] // as tokens are given
  const [found, other] = all.filter(
    ({ holder, identifier }) => holder === orgId && idOf(identifier) === idOf(ref),
  )
  return other === undefined ? found : undefined
}

// A consent of a later arrangement is not what this token was given for.
function arrangementOf(detail: GrantedDetail | LawDetail): string | undefined {
  return 'arrangement' in detail && detail.arrangement !== undefined
    ? readId('arr', detail.arrangement)
    : undefined
}
