import type { ParseArgsOptionsConfig } from 'node:util'
import { parseArgs } from 'node:util'
import type { DeedAction } from '../base/observing/operator-audit-store.ts'
import type { House } from './house.ts'

// A command of the operator's tool is one value: its words, its help, what is noted of it, and what it does. One parse of what was typed
// gives what all of them read, so that none understands a line otherwise. A value loads no room: `run` does, once the command is called.

/** An option; `what` names its value in the help. */
export type CommandOption = {
  readonly type: 'string' | 'boolean'
  readonly says: string
  readonly what?: string
  readonly isRequired?: true
  readonly multiple?: true
}
type Options = Readonly<Record<string, CommandOption>>

export function text(what: string, says: string) {
  return { type: 'string', what, says } as const
}

export function requiredText(what: string, says: string) {
  return { type: 'string', what, says, isRequired: true } as const
}

export function flag(says: string) {
  return { type: 'boolean', says } as const
}

type ValueOf<O extends CommandOption> = O['type'] extends 'boolean'
  ? true
  : O extends { multiple: true }
    ? readonly string[]
    : string
type Chosen<O extends Options> = {
  readonly [N in keyof O as O[N] extends { isRequired: true } ? N : never]: string
} & {
  readonly [N in keyof O as O[N] extends { isRequired: true } ? never : N]?: ValueOf<O[N]>
}
type Operands<Form extends string> = Form extends `${infer Word} ${infer Rest}`
  ? Operand<Word> & Operands<Rest>
  : Operand<Form>
type Operand<Word extends string> =
  Word extends Lowercase<Word>
    ? unknown
    : Word extends `[${infer Name}]`
      ? { readonly [N in Name]?: string }
      : Word extends `${infer Name}…`
        ? { readonly [N in Name]: readonly string[] }
        : { readonly [N in Word]: string }
/** What was typed behind the words of a command: its operands by their names in the form, and its options. */
type Typed<Form extends string, O extends Options> = Operands<Form> & Chosen<O>

/** Why nothing is noted of many commands. */
export const withoutDatabase = { because: 'it touches no database' } as const

/** What is noted of a command, or why nothing is. */
type Noted<Asked> =
  | {
      readonly action: DeedAction
      /** What it is about, where it is no file. */
      readonly object?: (asked: Asked) => string
      /** Whether it changes something, and does not only show what it would do. One whose order is only written (`--out`) does not. */
      readonly acts?: (asked: Asked) => boolean
      /** A file whose signatures say who orders it, beside `--key` and `--order`. */
      readonly file?: (asked: Asked) => string
      /** It looks at the keys itself, or changes which ones count. */
      readonly ofKeys?: (asked: Asked) => KeysNoted
    }
  | { readonly because: string }
/** By which keys a change of keys is noted. */
type KeysNoted = {
  /** The folder of the house, where KEYS_DIR is the one of a signer. */
  readonly house: string | undefined
  /** The key that notes it may be one that this very command announces. */
  readonly mayBeNew: boolean
}

type Declared<Form extends string, O extends Options, Asked> = {
  readonly says: string
  readonly options?: O
  /** Its last operands may begin with one « - », as the name of a key may. */
  readonly takesDashes?: true
  /** What these words ask for; undefined: for nothing that there is. */
  readonly asks: (typed: Typed<Form, O>) => Asked | undefined
  readonly noted: Noted<Asked>
  /** Whether it judges the configuration as a process would that serves pages. */
  readonly isOfWeb?: true
  /** Loads what does it. @returns the lines to print. @throws OperatorError where it is refused, or does not hold */
  readonly run: (asked: Asked, house: House) => readonly string[] | Promise<readonly string[]>
}

/** What is noted of a command as it was typed. */
export type NotedDeed = {
  readonly action: DeedAction
  readonly object: string
  readonly acts: boolean
  readonly operator: string | undefined
  readonly reasons: readonly (string | undefined)[]
  /** Files that name who signs, or signed. */
  readonly files: readonly string[]
  readonly ofKeys: KeysNoted | undefined
}
/** A command as it was typed, ready to be noted and run. */
export type ReadCommand<Asked = unknown> = {
  readonly asked: Asked
  readonly noted: NotedDeed | undefined
  run(house: House): Promise<readonly string[]>
}
/** What was typed is not its form: which word is wrong, for who typed it. */
export type WrongUsage = { readonly wrong: string }
export type Command<Asked = unknown> = {
  /** `person erase` */
  readonly words: readonly string[]
  /** `person erase REF`, with the options that must be there */
  readonly form: string
  readonly says: string
  readonly options: Options
  readonly noted: { readonly action: DeedAction } | { readonly because: string }
  readonly isOfWeb: boolean
  /** @param args what follows its words */
  read(args: readonly string[]): ReadCommand<Asked> | WrongUsage
}

const noOptions = {} as const

/** @param form its words, and in capitals its operands: `REF`, `[PROOF]` that may be there, `FILE…` of which there are one or more */
export function command<
  const Form extends string,
  Asked,
  const O extends Options = typeof noOptions,
>(form: Form, declared: Declared<Form, O, Asked>): Command<Asked> {
  const { says, noted, run, asks, takesDashes = false, isOfWeb = false } = declared
  const options: Options = declared.options ?? noOptions
  const operands = form.split(' ').filter(isOperand)
  return {
    words: form.split(' ').filter((word) => !isOperand(word)),
    form: [form, ...requiredOf(options)].join(' '),
    says,
    options,
    noted,
    isOfWeb,
    read(args) {
      const typed = typedIn(args, { operands, options, takesDashes })
      if (typeof typed === 'string') return { wrong: typed }
      const asked = asks(typed as Typed<Form, O>) // as the form and the options say
      if (asked === undefined) return { wrong: 'These words ask for nothing that there is.' }
      return {
        asked,
        noted: 'because' in noted ? undefined : deedOf(noted, asked, typed),
        run: async (house) => run(asked, house),
      }
    },
  }
}

function isOperand(word: string): boolean {
  return word !== word.toLowerCase()
}

function requiredOf(options: Options): string[] {
  return Object.entries(options)
    .filter(([, { isRequired = false }]) => isRequired)
    .map(([name, { what = '' }]) => `--${name} ${what}`)
}

type Words = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

function deedOf<Asked>(
  { action, object, acts, file, ofKeys }: Exclude<Noted<Asked>, { because: string }>,
  asked: Asked,
  typed: Words,
): NotedDeed {
  const said = (name: string) => {
    const value = typed[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const files = [said('key'), said('order'), file?.(asked)]
  return {
    action,
    object: object?.(asked) ?? '',
    acts: typed['out'] === undefined && (acts?.(asked) ?? true),
    operator: said('operator'),
    reasons: [said('reason'), said('reason-en')],
    files: files.filter((one) => one !== undefined),
    ofKeys: ofKeys?.(asked),
  }
}

type Parsing = {
  readonly operands: readonly string[]
  readonly options: Options
  readonly takesDashes: boolean
}

/** @returns a text: the first word that is wrong. What was typed as a value is not repeated: it may be a secret in the wrong place */
function typedIn(
  args: readonly string[],
  { operands, options, takesDashes }: Parsing,
): Words | string {
  const words = parsed(takesDashes ? args.map(hideDash) : args, options)
  if (typeof words === 'string') return words
  const { typed, left } = words
  for (const operand of operands) {
    const name = operand.replaceAll(/[[\]…]/g, '')
    const first = operand.endsWith('…') ? left.splice(0) : left.shift()
    if (first !== undefined && first.length > 0) typed[name] = first
    else if (!operand.startsWith('[')) return `${name} is missing.`
  }
  if (left.length > 0)
    return `${left.length === 1 ? 'A word is' : 'Words are'} too many at the end.`
  const missing = Object.keys(options).find(
    (name) => options[name]?.isRequired === true && typed[name] === undefined,
  )
  return missing === undefined ? typed : `--${missing} is missing.`
}

// No option is one letter, so a word with one dash is an operand, where a command takes such.
const hidden = '\u0000'

function hideDash(word: string): string {
  return /^-[^-]/.test(word) ? `${hidden}${word}` : word
}

function isHidden(word: Words[string]): boolean {
  return typeof word === 'string' && word.startsWith(hidden)
}

/** @returns a text: what is wrong */
function parsed(args: readonly string[], options: Options) {
  const known: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple = false }]) => [name, { type, multiple }]),
  )
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: known,
      allowPositionals: true,
    })
    const dashed = Object.keys(values).find((name) => isHidden(values[name]))
    if (dashed !== undefined) return `The value of --${dashed} begins with « - ».`
    const left = positionals.map((word) => (isHidden(word) ? word.slice(1) : word))
    const typed: Record<string, Words[string]> = { ...values }
    return left.includes('') ? 'A word is empty.' : { typed, left }
  } catch (error) {
    // The first sentence names the option and repeats no value; the next ones are for who writes a program.
    return `${(error as Error).message.split(/\.\s|\.?\n/, 1)[0] ?? ''}.`
  }
}
