import { systemClock } from '../base/values/clock.ts'
import type { MaintainAsked } from '../registry/index.ts'
import { command, flag, text, withoutDatabase } from './command.ts'
import type { House } from './house.ts'
import { signOptions } from './option-sets.ts'
import { instantIn, isDay } from './times.ts'

const loadRoom = () => import('../registry/index.ts')

const json = flag('for machines')

export const registerPlan = command('register plan DIR', {
  says: `what the files of a register would change; applies nothing. It asks new and changed
identity providers for their metadata`,
  options: {
    offline: flag('asks none'),
    out: text(
      'FILE',
      `writes the change as a file that two sign, with its reason in French and in English,
and with the values that it replaces`,
    ),
    reason: text('TEXT', 'with --out: why, in French'),
    'reason-en': text('TEXT', 'with --out: the same in English'),
    json,
  },
  asks({ DIR: path, json: isJson = false, offline: isOffline = false, ...said }) {
    // A plan that is written says why, in both languages; nothing else takes these words.
    const { out, reason: fr, 'reason-en': en } = said
    const isWritten = out !== undefined && fr !== undefined && en !== undefined
    if (!isWritten && Object.keys(said).length > 0) return undefined
    const written = isWritten ? { out, reason: { fr, en } } : undefined
    return { deed: 'plan' as const, path, isJson, isOffline, written }
  },
  noted: { because: 'the register is public, and nothing is changed' },
  run: maintain,
})

export const registerKey = command('register key FILE', {
  says: 'makes the key of somebody who signs; prints its public half for the file in signers/',
  asks: ({ FILE }) => FILE,
  noted: withoutDatabase,
  run: async (file) => (await loadRoom()).makeSignerKey(file),
})

export const registerSign = command('register sign FILE', {
  says: `shows all of a change, and signs it, in the file, once the first six characters of its hash
are typed; needs no database`,
  options: signOptions,
  asks: ({ FILE: file, ...said }) => ({ file, ...said }),
  noted: withoutDatabase,
  async run(asked) {
    const { signChangeFile } = await loadRoom()
    const { terminalHere } = await import('../base/ports/signing-terminal.ts')
    return signChangeFile(asked, systemClock(), terminalHere())
  },
})

export const registerApply = command('register apply PATH', {
  says: `of a file: shows a change that was signed, and applies it.
Of a folder: applies the files of a register, all or nothing; in production until the register has two signers`,
  options: { json },
  asks: ({ PATH: path, json: isJson = false }) => ({ deed: 'apply' as const, path, isJson }),
  noted: { action: 'register-apply', file: ({ path }) => path },
  run: maintain,
})

export const registerExport = command('register export DIR', {
  says: 'writes the register as files into a new folder',
  options: {
    at: text(
      'TIME',
      `as it was at the end of a day in Québec (2026-03-31), or at an instant (2026-03-31T14:00:00Z);
only while each of its versions bears its seal`,
    ),
    json,
  },
  asks({ DIR: path, at, json: isJson = false }) {
    if (at !== undefined && !isDay(at) && instantIn(at) === null) return undefined
    return { deed: 'export' as const, path, isJson, at }
  },
  noted: { because: 'the register is public' },
  run: maintain,
})

export const commands = [registerPlan, registerKey, registerSign, registerApply, registerExport]

async function maintain(asked: MaintainAsked, house: House): Promise<string[]> {
  const { maintainRegister } = await loadRoom()
  const { registerPartsOf } = await import('./register-parts.ts')
  return house.withDatabase(async (db, now) => {
    const { unservable, given } = await registerPartsOf(house, db)
    return maintainRegister(db, asked, now, unservable, given)
  })
}
