import { afterAll, beforeAll, expect, test } from 'vitest'
import { monthsBefore } from '../../../src/pages/site/delayed.ts'
import { makeBrowser } from '../../support/browser.ts'
import { investigated, investigation, newKnown } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import { decide, holderToken } from '../../support/sharing.ts'
import { letTimeMove, pass } from '../../support/time.ts'

// How much is shown later is public (I20), and no figure counts a few people (I23).

test('a month is published ten days after its end in Québec', () => {
  expect(monthsBefore(new Date('2026-12-11T04:59:59.999Z'))[0]).toBe('2026-10-01')
  expect(monthsBefore(new Date('2026-12-11T05:00:00.000Z'))[0]).toBe('2026-11-01')
  expect(monthsBefore(new Date('2026-12-11T05:00:00.000Z'))).toHaveLength(24)
})

let stage: MovingStage
beforeAll(async () => {
  letTimeMove()
  stage = await startMovingStage()
  await stage.apply(...investigation(365))
})
afterAll(() => stage.stop())

test('delayed permits are counted for everyone together, and not before their time', async () => {
  const token = await holderToken(stage, 'decide')
  const { sub } = await newKnown(stage)
  const count = 13
  for (let i = 0; i < count; i++) await decide(stage, token, investigated(sub))
  const read = async () => {
    const answer = await makeBrowser(stage).get('/transparence/consultations-differees')
    return (json(answer)['months'] as { delayed: string }[]).map((month) => month.delayed)
  }
  expect(new Set(await read())).toEqual(new Set(['<10']))
  await pass(stage.db, { days: 42 })
  expect((await read()).filter((text) => text !== '<10')).toEqual(['15'])
})
