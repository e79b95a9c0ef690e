import type { Database } from '../base/database/database.ts'
import type { FirstNamersAsked, OrderingHouse } from '../pages/desk/index.ts'
import { command, requiredText } from './command.ts'
import type { House } from './house.ts'
import { orderOptions } from './option-sets.ts'

export const officeFirst = command('office first ORGANISATION NUMBER [OTHER]', {
  says: `by the order of two signers: who names everybody else at the desk of an organisation, by the numbers that it gives to its
employees. Two of them where nobody does; one, where the other of two is lost. Each gets a code for his keys, shown once`,
  options: {
    until: requiredText('DAY', 'the last day of their office, within twelve months'),
    ...orderOptions,
  },
  asks: ({ ORGANISATION: organisation, NUMBER: number, OTHER: other, until, ...words }) => ({
    organisation,
    numbers: other === undefined ? [number] : [number, other],
    until,
    words,
  }),
  noted: { action: 'office-first', object: ({ organisation }) => organisation },
  run: name,
})

export const commands = [officeFirst]

async function name(asked: FirstNamersAsked, house: House): Promise<string[]> {
  const { nameFirst } = await import('../pages/desk/index.ts')
  return house.withDatabase(async (db, now) => nameFirst(db, await partsOf(house, db), asked, now))
}

async function partsOf({ config, openSigningKeys }: House, db: Database): Promise<OrderingHouse> {
  const { makeVault } = await import('../ledger/chain/index.ts')
  const { signalMapping } = await import('../consent/signals/index.ts')
  const { mandateSeals } = await import('../people/mandates/index.ts')
  const { openRegister } = await import('../registry/index.ts')
  const { keys } = await openSigningKeys()
  const vault = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
  const register = (await openRegister(db, vault.vault.seals)).current()
  return { vault, register, issuer: config.issuer, knowsModels: config.fido !== undefined }
}
