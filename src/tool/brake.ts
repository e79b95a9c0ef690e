import { command } from './command.ts'
import type { House } from './house.ts'
import { orderOptions } from './option-sets.ts'
import type { BrakeAsked } from '../registry/index.ts'

const loadRoom = () => import('../registry/index.ts')

// The kinds of the register that can be suspended.
const kinds = ['organisation', 'service', 'agreement', 'identity-provider'] as const

type Typed = { readonly KIND: string; readonly ID: string } & BrakeAsked['words']

function askedOf(deed: BrakeAsked['deed']) {
  return ({ KIND, ID: id, ...words }: Typed): BrakeAsked | undefined => {
    const kind = kinds.find((one) => one === KIND)
    return kind && { deed, kind, id, words }
  }
}

const object = ({ kind, id }: BrakeAsked) => `${kind} ${id}`

export const brakeBegin = command('brake begin KIND ID', {
  says: `suspends an organisation, a service, an agreement or an identity-provider at once, by one signer:
for 24 hours, and not again by the same one unless two confirm it`,
  options: orderOptions,
  asks: askedOf('brake'),
  noted: { action: 'brake-begin', object },
  run: carryOut,
})

export const brakeConfirm = command('brake confirm KIND ID', {
  says: 'lets it stay suspended for thirty days from now on, by an order that two signers signed',
  options: orderOptions,
  asks: askedOf('brake-confirm'),
  noted: { action: 'brake-confirm', object },
  run: carryOut,
})

export const brakeRelease = command('brake release KIND ID', {
  says: 'ends it at once, by an order that two signers signed',
  options: orderOptions,
  asks: askedOf('brake-release'),
  noted: { action: 'brake-release', object },
  run: carryOut,
})

export const brakeList = command('brake list', {
  says: 'what is suspended at once, since when and until when, and what was',
  asks: () => ({}),
  noted: { because: 'what it shows is public' },
  async run(_, house) {
    const { listBrakes } = await loadRoom()
    return house.withDatabase(async (db, now) => listBrakes(db, await house.openSeals(), now))
  },
})

export const commands = [brakeBegin, brakeConfirm, brakeRelease, brakeList]

async function carryOut(asked: BrakeAsked, house: House): Promise<string[]> {
  const { brakeByOrder } = await loadRoom()
  const { issuer } = house.config
  return house.withDatabase(async (db, now) =>
    brakeByOrder(db, { seals: await house.openSeals(), issuer }, asked, now),
  )
}
