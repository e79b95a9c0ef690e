import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { applyRegister, readRegister } from '../../../src/registry/index.ts'
import { signIn } from '../../support/broker.ts'
import { investigated, investigation, lawful } from '../../support/law.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import { json } from '../../support/service.ts'
import type { Json } from '../../support/sharing.ts'
import { decide, holderToken, reportOf, shareAsNewcomer } from '../../support/sharing.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { changed } from '../../support/world.ts'
import { coolDown } from '../../support/cooling.ts'
import { sealsOf } from '../../support/seals.ts'

// What the law permitted is hers to read and to take; what she may see later, later and whole (I19, I20).

let stage: PortalStage
let marie: Awaited<ReturnType<typeof shareAsNewcomer>>

beforeAll(async () => {
  letTimeMove()
  stage = await startPortalStage()
  const { objects } = await readRegister(join(import.meta.dirname, '../../../demo/register'))
  const added = investigation(30).map((change) => changed(objects, change))
  const seals = await sealsOf(stage.keysDir)
  await transact(stage.db, (tx) =>
    applyRegister(tx, seals, { objects: added, problems: [] }, new Date()),
  )
  await coolDown(stage.db, seals)
  marie = await shareAsNewcomer(stage)
  const token = await holderToken(stage, 'decide')
  await decide(stage, token, lawful(marie.sub))
  const hidden = await decide(stage, token, investigated(marie.sub))
  const reportToken = await holderToken(stage, 'report')
  await stage.revenue.api('/disclosures', reportToken, reportOf(hidden))
}, 180_000)
afterAll(() => stage.stop())

async function read(path: string): Promise<Json> {
  return json(await stage.portal.read(path, await tokenFor(stage.portal, marie.browser)))
}

const bases = (held: unknown) => (held as Json[]).map((item) => item['legal_basis'])

test('before a delayed permit may be seen, no answer contains anything of it', async () => {
  expect(bases((await read('/me/disclosures'))['items'])).toEqual(['agreement_68_1'])
  expect(await read('/me/timeline/shown-later')).toEqual({ items: [], next: null })
  const whole = await read('/me/export')
  expect(bases(whole['decisions'])).toEqual(['agreement_68_1'])
  expect(whole['shown_later']).toEqual([])
  const numbers = (whole['timeline'] as Json[]).map((event) => event['person_seq'])
  expect(numbers).toEqual(numbers.map((_, i) => i + 1))
  expect(JSON.stringify(whole)).not.toMatch(/investigation|enquete/)
})

test('afterwards all answers contain it, page by page too', async () => {
  await pass(stage.db, { days: 31 })
  // Her session ended long ago.
  await signIn(stage, stage.aid, marie.authenticator, marie.browser)
  expect(bases((await read('/me/disclosures'))['items'])).toContain('investigation_59')
  const first = await read('/me/timeline/shown-later?limit=1')
  expect(first['items']).toMatchObject([
    { kind: 'disclosure.authorised', person_seq: 1, payload: { legal_basis: 'investigation_59' } },
  ])
  const rest = await read(`/me/timeline/shown-later?cursor=${String(first['next'])}`)
  expect(rest).toMatchObject({ items: [{ kind: 'disclosure.recorded' }], next: null })
  const whole = await read('/me/export')
  expect(whole['shown_later']).toHaveLength(2)
  expect(bases(whole['decisions'])).toContain('investigation_59')
})
