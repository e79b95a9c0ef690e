import { afterAll, beforeAll, expect, test } from 'vitest'
import { showRemark } from '../../../src/consent/remarks/index.ts'
import { differencesOf } from '../../support/fold.ts'
import { newPerson } from '../../support/person.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import { openLoad } from '../../support/sharing-load.ts'
import { json } from '../../support/service.ts'

let stage: PortalStage
beforeAll(async () => {
  stage = await startPortalStage()
})
afterAll(() => stage.stop())

test('a remark is an event of her chain, its row is held against it, and the tool shows it', async () => {
  const { browser } = await newPerson(stage)
  const token = await tokenFor(stage.portal, browser)
  const answer = await stage.portal.api('/me/remarks', token, { word: 'unclear' })
  const { reference } = json(answer)
  const load = await openLoad(stage)
  try {
    expect(await showRemark(load.db, String(reference))).toContain('word unclear')
    expect(await differencesOf(load)).toEqual([])
    await load.db('remark').update({ word: 'clear' })
    expect(await differencesOf(load)).toEqual([expect.objectContaining({ table: 'remark' })])
  } finally {
    await load.close()
  }
})
