import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CountedDatabase } from '../../support/counted.ts'
import { countedDatabase } from '../../support/counted.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import type { Shared } from '../../support/sharing.ts'
import { shareAsNewcomer } from '../../support/sharing.ts'

// As in test/provider/statements.test.ts: what each call costs, as PostgreSQL counts it.

let database: CountedDatabase
let stage: PortalStage
let shared: Shared
let token: string

beforeAll(async () => {
  database = await countedDatabase()
  stage = await startPortalStage(database)
  shared = await shareAsNewcomer(stage)
  token = await tokenFor(stage.portal, shared.browser)
  for (const port of stage.ports) await stage.portal.read('/me/consents', token, { port })
}, 180_000)
afterAll(() => stage.stop())

test.each([
  ['/me/consents', 2],
  ['/me/timeline', 2],
  // The register's epoch is read apart from the decisions.
  ['/me/disclosures', 3],
])(
  '%s costs %i statements, one of them for token, proof, session, connection and account',
  async (path, expected) => {
    await database.statements()
    const answer = await stage.portal.read(path, token)
    expect(answer.status).toBe(200)
    expect(await database.statements()).toBe(expected)
  },
)

test('a refused call costs one statement and writes only its proof', async () => {
  await database.statements()
  const other = token.slice(0, -1) + (token.endsWith('-') ? '_' : '-')
  expect((await stage.portal.read('/me/consents', other)).status).toBe(401)
  expect(await database.statements()).toBe(1)
})
