import type { CallBroker } from '../call-broker.ts'
import { told } from '../log.ts'
import { isObject } from '../shape.ts'
import type { Notice, Sharing } from './bursary-file.ts'
import { categories, type Communication } from './request.ts'

/** Tells the broker what arrived. Comes back at once: nobody who waits for her bursary waits for this. */
export type Mirror = (notice: Notice, sharing: Sharing, queryId: string) => void

/** In a demonstration once, and what is lost is lost; a body in service writes it down first, and sends it until it is taken. */
export function mirrorTo(issuer: string, call: CallBroker, asked: Communication): Mirror {
  async function send(notice: Notice, sharing: Sharing, queryId: string): Promise<void> {
    const consentId = consentIn(sharing, asked)
    if (consentId === undefined) return
    const { dependants } = notice
    const answer = await call(`${issuer}/disclosures`, {
      status: 'received',
      consent_id: consentId,
      query_id: queryId,
      occurred_at: new Date().toISOString(),
      categories: [
        categories.income,
        categories.situation,
        ...(dependants === undefined ? [] : [categories.dependants]),
      ],
      record_count: 1,
    })
    if (!answer.ok) throw new Error(`status ${answer.status}`)
  }
  return (...what) =>
    void send(...what).catch((error: unknown) =>
      console.error(`what was received is not reported: ${told(error)}`),
    )
}

function consentIn({ tokens }: Sharing, asked: Communication): string | undefined {
  const details: unknown = tokens.details
  const items = Array.isArray(details) ? (details as unknown[]) : []
  for (const item of items) {
    if (!isObject(item) || !String(item['agreement']).startsWith(asked.agreement)) continue
    const { consent_id: consentId } = item
    if (typeof consentId === 'string') return consentId
  }
  return undefined
}
