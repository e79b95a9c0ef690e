import type { Parties } from '../support/sharing.ts'
import {
  askNewcomerByPages,
  decide,
  evaluation,
  holderToken,
  reportOf,
  share,
  stop,
} from '../support/sharing.ts'
import type { Server } from './servers.ts'

// How many statements an operation sends to the database, by PostgreSQL's own count. Nothing else is asked for meanwhile.

const repeats = 10
// What a balancer's question about /readyz asks, and the ends of transactions.
const notCounted = '^(begin|start|commit|rollback)|pg_logical_emit_message|pg_stat_statements'

export type Operations = Readonly<Record<string, number>>

/** @param parties two bodies whose deployment has one web process, and nobody else in it */
export async function operationsOf(parties: Parties, server: Server): Promise<Operations> {
  const token = await holderToken(parties, 'decide')
  const report = await holderToken(parties, 'report')
  const counted: Record<string, number> = {}
  async function count<T>(name: string, deed: () => Promise<T>): Promise<T> {
    await resetStatements(server)
    const result = await deed()
    counted[name] = await statementsIn(server)
    return result
  }
  const asked = await count('an access is made, up to the question', () =>
    askNewcomerByPages(parties),
  )
  const { browser, consentId, sub } = await count('a yes, and the tokens for it', () =>
    share(parties, asked),
  )
  const question = () => decide(parties, token, evaluation(sub))
  const first = await count('a decision', question)
  await count(`${repeats} decisions`, async () => {
    for (let n = 0; n < repeats; n++) await question()
  })
  await count('a report', () => parties.revenue.api('/disclosures', report, reportOf(first)))
  await count('a stop, with its page', () => stop(browser, consentId))
  return counted
}

export async function resetStatements({ ask }: Server): Promise<void> {
  await ask('select pg_stat_statements_reset()')
}

export async function statementsIn({ ask }: Server): Promise<number> {
  const [row] = await ask(
    'select coalesce(sum(calls), 0)::int as calls from pg_stat_statements where query !~* $1',
    [notCounted],
  )
  return Number(row?.['calls'])
}
