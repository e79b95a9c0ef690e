import type { CallBroker } from './call-broker.ts'
import { isObject } from './shape.ts'
import { inRounds, type Rounds } from './signals/rounds.ts'

// Every few minutes would be enough, because a stop counts before the bodies hear of it. In a demonstration a person may be watching.
const pauseMilliseconds = 5000
const atOnce = 100

/**
 * Asks the broker from time to time, and when it told us of one, which stops wait for our report, and sends it. Nothing has to be kept
 * between two rounds, because a stop leaves the broker's list once it is reported.
 */
export function answerStops(issuer: string, call: CallBroker): Rounds {
  const address = `${issuer}/disclosures/effects`
  return inRounds(pauseMilliseconds, 'no word on stops', async () => {
    const answer = await call(`${address}?limit=${atOnce}`, undefined)
    for (const consentId of stopsIn(await answer.json())) {
      // There is nothing else to stop: the tokens no longer work, and this application only asks when a person does.
      await call(address, { consent_id: consentId, effect: 'stopped' })
    }
  })
}

function stopsIn(list: unknown): string[] {
  const items = isObject(list) && Array.isArray(list['items']) ? (list['items'] as unknown[]) : []
  return items.flatMap((item) =>
    isObject(item) && item['effect'] === null && typeof item['consent_id'] === 'string'
      ? [item['consent_id']]
      : [],
  )
}
