import type { Database } from '../base/database/database.ts'
import type { LiftAsked, LiftParts } from '../consent/matching/index.ts'
import { command } from './command.ts'
import type { House } from './house.ts'
import { orderOptions } from './option-sets.ts'

const loadRoom = () => import('../consent/matching/index.ts')

export const matchingShow = command('matching show REFERENCE', {
  says: `what a service was answered that asked whether a file is of somebody; nothing about her,
and not what differs, which she reads in her activity`,
  asks: ({ REFERENCE }) => REFERENCE,
  noted: { action: 'matching-show', object: (reference) => reference },
  async run(reference, house) {
    const { showAnswer } = await loadRoom()
    return house.withDatabase((db) => showAnswer(db, reference))
  },
})

export const matchingStops = command('matching stops', {
  says: 'the bodies that were stopped, because more than half of their files were of nobody',
  asks: () => ({}),
  noted: { because: 'it shows bodies, nothing about a person' },
  async run(_, house) {
    const { showStops } = await loadRoom()
    return house.withDatabase(async (db) => showStops(db, await partsOf(house, db)))
  },
})

export const matchingLift = command('matching lift ORGANISATION', {
  says: 'it may ask again, by an order',
  options: orderOptions,
  asks: ({ ORGANISATION: orgId, ...words }) => ({ orgId, words }),
  noted: { action: 'matching-lift', object: ({ orgId }) => orgId },
  run: lift,
})

export const commands = [matchingShow, matchingStops, matchingLift]

async function lift(asked: LiftAsked, house: House): Promise<string[]> {
  const { liftByOrder } = await loadRoom()
  return house.withDatabase(async (db, now) =>
    liftByOrder(db, await partsOf(house, db), asked, now),
  )
}

async function partsOf(house: House, db: Database): Promise<LiftParts> {
  const { openRegister } = await import('../registry/index.ts')
  const seals = await house.openSeals()
  const { issuer } = house.config
  const { signers } = (await openRegister(db, seals)).current()
  return { seals, issuer, signers }
}
