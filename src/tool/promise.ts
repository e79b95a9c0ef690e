import { systemClock } from '../base/values/clock.ts'
import { command, flag, text, withoutDatabase } from './command.ts'
import { checkOptions, isTwice } from './option-sets.ts'

export const promiseCheck = command('promise check FILE…', {
  says: `looks whether the public log took in what decision tokens and acknowledgements promise (a token a line), by its
entries alone: the house is asked about none of them. Of one that is missing it prints what proves it to anybody;
one that is not due yet, or by a policy that only the address gave, is not proved (exit 3)`,
  options: {
    ...checkOptions,
    keys: text('FILE', 'or an address: who signed them; else the /keys of the house of their log'),
    since: text(
      'FILE',
      'an earlier checkpoint, of before the promises: what its tree holds is not read',
    ),
    json: flag('for machines'),
  },
  asks({ FILE: files, json: isJson = false, ...given }) {
    const isNamed = given.policy !== undefined || given.pin !== undefined
    return isNamed && !isTwice(given) ? { files, isJson, ...given } : undefined
  },
  noted: withoutDatabase,
  // Whoever holds promises looks from outside: the command needs no room but that of the monitor.
  async run(asked) {
    const { checkPromises } = await import('../ledger/monitor/index.ts')
    return checkPromises(asked, systemClock)
  },
})

export const commands = [promiseCheck]
