import type { DeedAction } from './base/platform/operator-deeds.ts'

/** Of a command that is noted: its action, and what its words are about, where it is no person. */
type Noted = {
  readonly action: DeedAction
  /** How many words after the command name what it is about. */
  readonly words?: 1 | 2
  /** It looks at the keys itself, or changes which ones count. */
  readonly isOfKeys?: true
  /** Without this option it only shows what it would do. */
  readonly actsBy?: '--confirm'
}
/** Of a command that is not noted: why. */
type NotNoted = { readonly because: string }

const withoutDatabase = { because: 'it touches no database' } as const
const ofPeople = { words: 1 } as const
const ofKeys = { isOfKeys: true } as const

/**
 * Every command of the operator's tool. A command that changes something in the house, or shows what is about a person, is noted.
 * A test holds this list against the usage.
 */
export const commandsNoted: Readonly<Record<string, Noted | NotNoted>> = {
  config: withoutDatabase,
  models: withoutDatabase,
  'keys list': { because: 'it shows names and check values' },
  'keys create': { because: 'it makes files: the house takes them up by « keys announce »' },
  'keys announce': { action: 'keys-announce', words: 1, ...ofKeys },
  'keys rotate': { action: 'keys-rotate', words: 1, ...ofKeys },
  'keys retire': { action: 'keys-retire', words: 2, ...ofKeys },
  'seals list': { because: 'it shows marks of tables' },
  'seals first': { action: 'seals-first' },
  'register plan': { because: 'the register is public, and nothing is changed' },
  'register key': withoutDatabase,
  'register sign': withoutDatabase,
  'register apply': { action: 'register-apply' },
  'register export': { because: 'the register is public' },
  'service secret': { action: 'service-secret', ...ofPeople },
  'account show': { action: 'account-show', ...ofPeople },
  'account suspend': { action: 'account-suspend', ...ofPeople },
  'account deceased': { action: 'account-deceased', ...ofPeople },
  'account restore': { action: 'account-restore', ...ofPeople },
  'account counter-code': { action: 'account-counter-code', ...ofPeople },
  'account close': { action: 'account-close', ...ofPeople },
  'order sign': withoutDatabase,
  'person erase': { action: 'person-erase', ...ofPeople, actsBy: '--confirm' },
  'audit person': { action: 'dossier-make', ...ofPeople },
  'audit export': { action: 'audit-export' },
  'audit check': withoutDatabase,
  'audit key': withoutDatabase,
  'audit reference-key': withoutDatabase,
  'audit verify': withoutDatabase,
  'matching show': { action: 'matching-show', words: 1 },
  'matching stops': { because: 'it shows bodies, nothing about a person' },
  'matching lift': { action: 'matching-lift', words: 1 },
  'open-data correct': { action: 'open-data-correct', words: 2 },
  'receipt verify': withoutDatabase,
  'ledger verify': {
    because: 'it changes nothing, shows numbers of rows, and must run on a copy that only reads',
  },
  'ledger remember': { action: 'ledger-remember' },
  'ledger restored': { action: 'ledger-restored' },
  'ledger monitor': withoutDatabase,
  'signer serve': withoutDatabase,
  'witness serve': withoutDatabase,
}

/** What is noted of these words; undefined: nothing. */
export function notedIn(name: string, [deed = '']: readonly string[]): Noted | undefined {
  const path = `${name} ${deed}`
  const found = Object.hasOwn(commandsNoted, path) ? commandsNoted[path] : undefined
  return found !== undefined && 'action' in found ? found : undefined
}

export type { Noted }
