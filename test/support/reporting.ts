import { expect } from 'vitest'
import { issuer } from './broker.ts'
import type { Answer } from './browser.ts'
import { json } from './service.ts'
import type { Decision, Json, Shared, Stage } from './sharing.ts'
import { decide, evaluation, holderToken, reportOf } from './sharing.ts'

/** The two bodies' reports about a permit. */
export type Bodies = {
  permit(shared: Pick<Shared, 'sub'>, change?: Json): Promise<Decision>
  /** The holder's report, with members changed. */
  report(permit: Decision, change?: Json): Promise<Answer>
  /** The recipient's mirror. */
  receive(said: Json, headers?: Readonly<Record<string, string>>): Promise<Answer>
  asHolder(path: string, body?: Json): Promise<Answer>
  asRecipient(path: string, body?: Json): Promise<Answer>
}

export async function bodiesOf(stage: Stage): Promise<Bodies> {
  const [decideToken, holds] = [
    await holderToken(stage, 'decide'),
    await holderToken(stage, 'report'),
  ]
  const own = json(await stage.aid.clientCredentials(`${issuer}/disclosures`, 'report'))
  const receives = String(own['access_token'])
  const call = (by: 'aid' | 'revenue', token: string) => (path: string, body?: Json) =>
    body === undefined ? stage[by].read(path, token) : stage[by].api(path, token, body)
  return {
    async permit({ sub }, { query_id: queryId, ...change } = {}) {
      const asked = evaluation(sub, change)
      const context = {
        ...(asked['context'] as Json),
        ...(queryId === undefined ? {} : { query_id: queryId }),
      }
      const permit = await decide(stage, decideToken, { ...asked, context })
      expect(permit.decision).toBe(true)
      return permit
    },
    report: (permit, change) => stage.revenue.api('/disclosures', holds, reportOf(permit, change)),
    receive: (said, headers = {}) =>
      stage.aid.api('/disclosures', receives, receivedOf(said), { headers }),
    asHolder: call('revenue', holds),
    asRecipient: call('aid', receives),
  }
}

export function receivedOf(change: Json): Json {
  return {
    status: 'received',
    occurred_at: new Date().toISOString(),
    categories: ['cat_revenu-net'],
    record_count: 1,
    ...change,
  }
}

/** All items of a list of one of our APIs, page by page. */
export async function wholeList(
  read: (path: string) => Promise<Answer>,
  path: string,
  limit = 100,
): Promise<Json[]> {
  const items: Json[] = []
  let next: string | null | undefined
  for (let page = 0; page < 50; page++) {
    const cursor = next === undefined ? '' : `&cursor=${next}`
    const answered = json(await read(`${path}?limit=${limit}${cursor}`))
    items.push(...(answered['items'] as Json[]))
    next = answered['next'] as string | null
    if (next === null) return items
  }
  throw new Error('a list without end')
}
