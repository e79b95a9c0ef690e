import type { CallBroker } from '../call-broker.ts'
import { errorMessages } from '../log.ts'
import { isObject } from '../shape.ts'
import type { Notice, Sharing } from './bursary-file.ts'
import { categories, type Communication } from './request.ts'

/** What arrived, and by what the broker finds its permit: the decision, or a consent and our number of the request. */
export type Arrival = {
  readonly categories: readonly string[]
  readonly by:
    | { readonly decision_id: string }
    | { readonly consent_id: string; readonly query_id: string }
}

/** Tells the broker what arrived. Comes back at once: nobody who waits for an answer waits for this. */
export type Tell = (arrival: Arrival) => void

/** In a demonstration once, and what is lost is lost; a body in service writes it down first, and sends it until it is taken. */
export function tellTo(issuer: string, call: CallBroker): Tell {
  async function send({ categories: arrived, by }: Arrival): Promise<void> {
    const answer = await call(`${issuer}/disclosures`, {
      status: 'received',
      ...by,
      occurred_at: new Date().toISOString(),
      categories: arrived,
      record_count: 1,
    })
    if (!answer.ok) throw new Error(`status ${answer.status}`)
  }
  return (arrival) =>
    void send(arrival).catch((error: unknown) =>
      console.error(`what was received is not reported: ${errorMessages(error)}`),
    )
}

/** The same of a notice, by the consent that it came under. */
export type Mirror = (notice: Notice, sharing: Sharing, queryId: string) => void

export function mirrorTo(tell: Tell, asked: Communication): Mirror {
  return ({ dependants }, sharing, queryId) => {
    const consentId = consentIn(sharing, asked)
    if (consentId === undefined) return
    tell({
      categories: [
        categories.income,
        categories.situation,
        ...(dependants === undefined ? [] : [categories.dependants]),
      ],
      by: { consent_id: consentId, query_id: queryId },
    })
  }
}

/** The consent that these tokens stand for. */
export function consentIn({ tokens }: Sharing, asked: Communication): string | undefined {
  const details: unknown = tokens.details
  const items = Array.isArray(details) ? (details as unknown[]) : []
  for (const item of items) {
    if (!isObject(item) || !String(item['agreement']).startsWith(asked.agreement)) continue
    const { consent_id: consentId } = item
    if (typeof consentId === 'string') return consentId
  }
  return undefined
}
