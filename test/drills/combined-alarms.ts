import type { CombinedCommand } from './combined-faults.ts'

// What rings, by what processes say, and the command that the page of the alarm names.

const rings: readonly (readonly [RegExp, CombinedCommand])[] = [
  [/CODE_UNTRUSTED|other code than|The database lacks/, 'migrate'],
  [/accord ledger restored --keys/, 'ledger restored --keys'],
  [/LEDGER_RESTORED/, 'ledger restored'],
  [/accord ledger remember/, 'ledger remember'],
]

/** A file that is gone may come back by itself; nothing else in the list does, however long one waits. */
const mayPass: readonly CombinedCommand[] = ['ledger remember']

/** The next command for what these lines say. @param which without those for what may pass by itself, or all */
export function commandFor(
  said: string,
  done: readonly CombinedCommand[],
  which: 'lasting' | 'all',
): CombinedCommand | undefined {
  const ringing = rings.flatMap(([words, command]) => (words.test(said) ? [command] : []))
  const left = ringing.filter((command) => !done.includes(command))
  return left.find((command) => which === 'all' || !mayPass.includes(command))
}

/** What a draw that serves again must not have passed over, in a sentence. */
export function passedOver(
  lostSigned: boolean,
  commands: readonly CombinedCommand[],
): string | undefined {
  return lostSigned && !commands.includes('ledger restored')
    ? 'signed entries are lost, and it serves before two operators let it go on'
    : undefined
}
