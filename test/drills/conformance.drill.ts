import { expect, test } from 'vitest'
import { judgeAll } from '../conformance/plans.ts'
import { readRecord, told } from '../conformance/record.ts'
import { chances } from '../support/chances.ts'
import { openJudgedHouse } from '../support/judged-house.ts'
import { dealt } from './chance.ts'
import { seed } from './report.ts'

// All modules of conformance, those that wait too, in an order of the seed's: none may depend on what another one left.

test(`every module of conformance, seed ${seed}`, { timeout: 1_800_000 }, async () => {
  const house = await openJudgedHouse()
  try {
    const chance = chances(seed)
    const verdicts = await judgeAll(house, (modules) => {
      const named = new Map(modules.map((module) => [module.name, module]))
      return dealt([...named.keys()], named.size, chance).flatMap((name) => named.get(name) ?? [])
    })
    expect(verdicts.map(told).toSorted()).toEqual(readRecord().map(told).toSorted())
  } finally {
    await house.stop()
  }
})
