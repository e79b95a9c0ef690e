import { systemClock } from '../base/values/clock.ts'
import { command, withoutDatabase } from './command.ts'
import { signOptions } from './option-sets.ts'

export const orderSign = command('order sign FILE', {
  says: 'shows an order, and signs it, in the file, once the first six characters of its hash are typed; needs no database',
  options: signOptions,
  asks: ({ FILE: file, ...said }) => ({ file, ...said }),
  noted: withoutDatabase,
  async run(asked) {
    const { signOrderFile } = await import('../registry/index.ts')
    const { terminalHere } = await import('../base/ports/signing-terminal.ts')
    return signOrderFile(asked, systemClock(), terminalHere())
  },
})

export const commands = [orderSign]
