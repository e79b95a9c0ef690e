import type { JudgeCall } from './presented-call.ts'
import type { FoundEntity } from './page.ts'
import type { Searches } from './requests.ts'

/** An answer of AuthZEN 1.0, section 6.2: every result but a permit is `decision: false` (docs/design/domain.md#i15). */
export type PointAnswer = { readonly decision: boolean; readonly context?: object }

/** Why one item of a batch got no decision of its own (AuthZEN 1.0 7.2.1). */
export type ItemFault = { readonly status: 400 | 500 | 503; readonly message: string }

/**
 * A decision point behind the standard's requests. There are two: one about disclosures, one with the data of the certification
 * scenario. Both share one pipeline (`api.ts`).
 */
export type DecisionPoint<Asker, Question> = {
  /** Its identifier; the addresses of its APIs begin with it. */
  readonly url: string
  /** Kinds of obligations that its permits may carry. */
  readonly obligations: readonly string[]
  /** Whether a question may present a call as it came to the asker. */
  readonly takesCalls?: true
  /** @throws Problem for a malformed question */
  read(body: unknown): Question
  /** @param judge of a question that is asked alone: a call that came to the asker may stand in it */
  decide(asker: Asker, question: Question, judge?: JudgeCall): Promise<PointAnswer>
  /** Names of things, such as the person, that this question may share with others: such questions are decided one after another. */
  touches(question: Question): readonly string[]
  /** The deny of an item that could not be decided. */
  failed(fault: ItemFault): Promise<PointAnswer>
  /** Finds entities; unknown ones, and those that are not the asker's business, are left out. @throws Problem */
  readonly search: { readonly [K in keyof Searches]: Search<Asker, Searches[K]> }
}

export type Search<Asker, Request> = (
  asker: Asker,
  request: Request,
) => Promise<readonly FoundEntity[]>
