import knex from 'knex'
import { createTables, knexAdapter } from './naive-adapter.ts'
import { openBaseline } from './baseline.ts'
import { decisionEndpoint } from './naive-decisions.ts'

// A provider as one writes it first: every look-up a statement, every write a commit of its own. Beside it a decision
// endpoint of the same kind, on the same tables as ours.

const db = knex({
  client: 'pg',
  connection: process.env['DATABASE_URL'] ?? '',
  pool: { min: 0, max: 16 },
})
if (!(await db.schema.hasTable('oidc_payloads'))) await createTables(db)
const baseline = await openBaseline({
  adapter: (model) => knexAdapter(db, model),
  async hasAccount(accountId) {
    const found = await db('naive_accounts').where({ account_id: accountId }).first('account_id')
    return found !== undefined
  },
  async openAccount(accountId) {
    await db('naive_accounts').insert({ account_id: accountId }).onConflict('account_id').ignore()
  },
})
baseline.provider.use(await decisionEndpoint(db, baseline))
await baseline.listen()
