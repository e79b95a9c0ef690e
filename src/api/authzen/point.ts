import type { Found } from './page.ts'
import type { Searches } from './requests.ts'

/** An answer of AuthZEN 1.0 6.2: what is no clear permit is `decision: false` (docs/design/domain.md#i15). */
export type PointAnswer = { readonly decision: boolean; readonly context?: object }

/** Why one item of a batch got no decision of its own (AuthZEN 1.0 7.2.1). */
export type ItemFault = { readonly status: 400 | 500 | 503; readonly message: string }

/**
 * What decides behind the standard's requests: ours about disclosures, and the data of the certification scenario. All else
 * is one pipeline (`api.ts`).
 */
export type DecisionPoint<Asker, Question> = {
  /** Its identifier; the addresses of its APIs begin with it. */
  readonly url: string
  /** Kinds of obligations that its permits may carry. */
  readonly obligations: readonly string[]
  /** @throws Problem for what is no question */
  read(body: unknown): Question
  decide(asker: Asker, question: Question): Promise<PointAnswer>
  /** Names of what this question shares with others, such as a person: those are decided one after another. */
  touches(question: Question): readonly string[]
  /** The deny of an item that could not be decided. */
  failed(fault: ItemFault): Promise<PointAnswer>
  /** All that is found; what is unknown, or not the asker's business, is nothing. @throws Problem */
  readonly search: { readonly [K in keyof Searches]: Search<Asker, Searches[K]> }
}

export type Search<Asker, Request> = (asker: Asker, request: Request) => Promise<readonly Found[]>
