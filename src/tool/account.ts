import type { Database } from '../base/database/database.ts'
import type { AccessDeed, OrderParts } from '../pages/my-access/index.ts'
import type { OrderWords } from '../registry/index.ts'
import { command, flag } from './command.ts'
import type { House } from './house.ts'
import { orderOptions } from './option-sets.ts'

const loadRoom = () => import('../pages/my-access/index.ts')

const forMachines = flag('for machines')
const deedOptions = { json: forMachines, ...orderOptions }
type DeedTyped = { readonly REF: string; readonly json?: true } & OrderWords

/** A deed about the access of a person, by an order. */
function asking<const Word extends AccessDeed>(word: Word) {
  return ({ REF: reference, json, ...words }: DeedTyped) => ({
    word,
    reference,
    isJson: json === true,
    words,
  })
}
const object = ({ reference }: { readonly reference: string }) => reference

export const accountShow = command('account show REF', {
  says: 'state of the access that a reference belongs to: con_… (a sharing) or dec_… (a sending)',
  options: { json: forMachines },
  asks: ({ REF: reference, json: isJson = false }) => ({ reference, isJson }),
  noted: { action: 'account-show', object },
  async run(asked, house) {
    const { showAccess } = await loadRoom()
    return house.withDatabase((db) => showAccess(db, asked))
  },
})

export const accountSuspend = command('account suspend REF', {
  says: 'sessions and tokens end for good, and nobody signs in with it; sharings go on',
  options: deedOptions,
  asks: asking('suspend'),
  noted: { action: 'account-suspend', object },
  run: order,
})

export const accountDeceased = command('account deceased REF', {
  says: 'the same, and nothing is sent any more (PERSON_DECEASED)',
  options: deedOptions,
  asks: asking('deceased'),
  noted: { action: 'account-deceased', object },
  run: order,
})

export const accountRestore = command('account restore REF', {
  says: `lifts both: its person signs in again; what ended stays ended. It also seals what somebody changed
past the broker, so look first; then all sessions end`,
  options: deedOptions,
  asks: asking('restore'),
  noted: { action: 'account-restore', object },
  run: order,
})

export const accountCounterCode = command('account counter-code REF', {
  says: `a code of one use, for fifteen minutes, for somebody whose identity was verified; it is shown once.
It needs the order of two signers`,
  options: deedOptions,
  asks: asking('counter-code'),
  noted: { action: 'account-counter-code', object },
  run: order,
})

export const accountClose = command('account close REF', {
  says: 'as its person does it: sharings and sessions end, services are told; erased when the time to open it again is over',
  options: {
    confirm: flag('must be there: only its person can open the access again'),
    ...deedOptions,
  },
  asks: ({ confirm: isConfirmed = false, ...typed }) => ({
    ...asking('close')(typed),
    isConfirmed,
  }),
  noted: { action: 'account-close', object },
  run: order,
})

export const commands = [
  accountShow,
  accountSuspend,
  accountDeceased,
  accountRestore,
  accountCounterCode,
  accountClose,
]

type Asked = Parameters<Awaited<ReturnType<typeof loadRoom>>['orderAccess']>[1]

async function order(asked: Asked, house: House): Promise<string[]> {
  const { orderAccess } = await loadRoom()
  return house.withDatabase((db, now) => orderAccess(db, asked, now, () => partsOf(house, db)))
}

// Closing an access ends sharings: each end is a sealed event with a signed receipt.
async function partsOf({ config, openSigningKeys }: House, db: Database): Promise<OrderParts> {
  const { systemClock } = await import('../base/values/clock.ts')
  const { processLog } = await import('../base/settings/instance.ts')
  const { makeNotary } = await import('../consent/record/index.ts')
  const { readFlows } = await import('../consent/standing/index.ts')
  const { signalMapping } = await import('../consent/signals/index.ts')
  const { makeVault } = await import('../ledger/chain/index.ts')
  const { makeSessions } = await import('../provider/index.ts')
  const { openRegister } = await import('../registry/index.ts')
  const factors = await import('../signin/factors/index.ts')
  const { keys, signer } = await openSigningKeys()
  const vault = makeVault(keys, signalMapping)
  const register = await openRegister(db, vault.seals)
  const notary = makeNotary(
    { keys, signer, config, log: processLog(config) },
    register,
    vault,
    readFlows,
  )
  const codeProofs = factors.makeCodeProofs(keys.data, {
    hash: factors.makeHash(),
    openKept: () => factors.openPeppers(db, factors.pepperSeals(keys.data)),
  })
  return { notary, codeProofs, sessions: makeSessions({ db, clock: systemClock }, vault.seals) }
}
