import type { DeedAction } from '../base/observing/operator-audit-store.ts'
import { wordsIn } from '../base/values/parse-words.ts'
import type { NotedDeed } from './command.ts'

/** Of a command that is noted: its action, and what its words are about, where it is no person. */
type Noted = {
  readonly action: DeedAction
  /** How many words after the command name what it is about. */
  readonly words?: 1 | 2
  /** Every option that it has, as it reads them itself: one that was not known here would pass for a word, or its value would. */
  readonly options?: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>
  /** It looks at the keys itself, or changes which ones count; its words and options have their places. */
  readonly isOfKeys?: true
}
/** Of a command that is not noted: why. */
type NotNoted = { readonly because: string }

const withoutDatabase = { because: 'it touches no database' } as const
const ofKeys = { isOfKeys: true } as const
const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const
const both = { reason: text, 'reason-en': text } as const
const ordered = { operator: text, key: text, order: text, out: text, ...both } as const
const ofAccount = { words: 1, options: { ...ordered, json: flag } } as const

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
  'seals first': { action: 'seals-first', options: { operator: text, reason: text } },
  'register plan': { because: 'the register is public, and nothing is changed' },
  'register key': withoutDatabase,
  'register sign': withoutDatabase,
  'register apply': { action: 'register-apply', options: { json: flag } },
  'register export': { because: 'the register is public' },
  'account show': { action: 'account-show', ...ofAccount },
  'account suspend': { action: 'account-suspend', ...ofAccount },
  'account deceased': { action: 'account-deceased', ...ofAccount },
  'account restore': { action: 'account-restore', ...ofAccount },
  'account counter-code': { action: 'account-counter-code', ...ofAccount },
  'account close': {
    action: 'account-close',
    words: 1,
    options: { ...ofAccount.options, confirm: flag },
  },
  'order sign': withoutDatabase,
  'audit person': {
    action: 'dossier-make',
    words: 1,
    options: { ...ordered, from: text, to: text, into: text, 'to-key': text },
  },
  'audit export': {
    action: 'audit-export',
    options: { into: text, 'reference-key': text, since: text, until: text, follow: flag },
  },
  'audit check': withoutDatabase,
  'audit key': withoutDatabase,
  'audit reference-key': withoutDatabase,
  'audit verify': withoutDatabase,
  'open-data correct': { action: 'open-data-correct', words: 2, options: both },
  'receipt verify': withoutDatabase,
  'ledger verify': {
    because: 'it changes nothing, shows numbers of rows, and must run on a copy that only reads',
  },
  'ledger remember': { action: 'ledger-remember', options: { checkpoint: text } },
  'ledger restored': {
    action: 'ledger-restored',
    options: { operator: text, key: text, order: text, out: text, reason: text },
  },
  'ledger monitor': withoutDatabase,
  'signer serve': withoutDatabase,
  'witness serve': withoutDatabase,
}

/** Whether a command begins as one that there is: where it has deeds, its first word is one of them. What stands before it hides no deed. */
export function isDeedFirst(name: string, [deed = '']: readonly string[]): boolean {
  return Object.hasOwn(commandsNoted, name) || Object.hasOwn(commandsNoted, `${name} ${deed}`)
}

/** What is noted of these words; undefined: nothing. */
export function notedIn(name: string, [deed = '']: readonly string[]): Noted | undefined {
  const path = `${name} ${deed}`
  const found = Object.hasOwn(commandsNoted, path) ? commandsNoted[path] : undefined
  return found !== undefined && 'action' in found ? found : undefined
}

/** @returns undefined: it knows no such option */
export function deedIn(
  { action, words, options = {}, isOfKeys }: Noted,
  [deed = '', ...args]: readonly string[],
): NotedDeed | undefined {
  const read = (
    about: readonly string[],
    value: (name: string) => string | undefined,
  ): NotedDeed => {
    const files = [value('key'), value('order'), action === 'register-apply' ? about[0] : undefined]
    return {
      action,
      object: about.slice(0, words ?? 0).join(' '),
      acts: value('out') === undefined,
      operator: value('operator'),
      reasons: [value('reason'), value('reason-en')],
      files: files.filter((file) => file !== undefined),
      ofKeys:
        isOfKeys === true
          ? {
              house: value('house'),
              mayBeNew: action === 'keys-announce' && (about[0] ?? 'seal') === 'seal',
            }
          : undefined,
    }
  }
  if (isOfKeys === true) {
    const { house, rest } = houseIn(args)
    const about = rest.filter((word) => !word.startsWith('--'))
    return read(about, (name) => (name === 'house' && house !== '' ? house : undefined))
  }
  return wordsIn([deed, ...args], options, (values, [, ...about]) =>
    read(about, (name) => {
      const value = values[name]
      return typeof value === 'string' && value !== '' ? value : undefined
    }),
  )
}

/** Which folder has the keys of the house, where KEYS_DIR is the one of a signer, and the other words. */
export function houseIn(args: readonly string[]): {
  readonly house: string | undefined
  readonly rest: readonly string[]
} {
  const at = args.indexOf('--house')
  const house = at < 0 ? undefined : args[at + 1]
  return { house, rest: house === undefined ? args : args.toSpliced(at, 2) }
}
