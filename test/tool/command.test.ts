import { expect, expectTypeOf, test } from 'vitest'
import type { Command, ReadCommand } from '../../src/tool/command.ts'
import { command, flag, requiredText, text } from '../../src/tool/command.ts'
import type { House } from '../../src/tool/house.ts'

// One parse of a line gives what is helped with, noted and run.

const options = {
  through: requiredText('YEAR', 'up to then'),
  confirm: text('CODE', 'does it'),
  json: flag('for machines'),
  reason: text('TEXT', 'why'),
  out: text('FILE', 'writes it'),
}
const erase = command('thing erase REF [PROOF]', {
  says: 'erases a thing',
  options,
  asks: ({ REF, PROOF, through, confirm, json }) =>
    through === '0' ? undefined : { REF, PROOF, through, confirm, json },
  noted: {
    action: 'person-erase',
    object: ({ REF }) => REF,
    acts: ({ confirm }) => confirm !== undefined,
  },
  run: ({ REF }) => [REF],
})

test.each([
  ['a --through 1', ['a', undefined, '1', undefined, undefined]],
  ['--through 1 a', ['a', undefined, '1', undefined, undefined]],
  ['--confirm=x a --through 1 b', ['a', 'b', '1', 'x', undefined]],
  ['--json a --confirm x --through=1', ['a', undefined, '1', 'x', true]],
  // Of an option that is typed twice the last counts, for the row as for the deed.
  ['a --through 1 --confirm x --through 2', ['a', undefined, '2', 'x', undefined]],
])('%s is read once, wherever its options stand', (line, asked) => {
  const read = readBy(erase, line.split(' '))
  expect(Object.values(read.asked)).toEqual(asked)
  expect(read.noted?.object).toBe('a')
  expect(read.noted?.acts).toBe(asked[3] !== undefined)
})

const nothing = 'These words ask for nothing that there is.'

test.each([
  ['a', '--through is missing.'],
  ['--through 1', 'REF is missing.'],
  ['a b c --through 1', 'A word is too many at the end.'],
  ['a b c d --through 1', 'Words are too many at the end.'],
  ['a --through', "Option '--through <value>' argument missing."],
  ['a --through 0', nothing],
  ['a --through 1 --json=yes', "Option '--json' does not take an argument."],
  ['a --through 1 --unknown', "Unknown option '--unknown'."],
  ['a --through 1 --unknown=secret', "Unknown option '--unknown'."],
  ['a --through 1 -j', "Unknown option '-j'."],
  ['-a --through 1', "Unknown option '-a'."],
  ['a --through -1', "Option '--through' argument is ambiguous."],
])('%s is wrong usage, which says what is wrong and repeats no value', (line, wrong) => {
  expect(erase.read(line.split(' '))).toEqual({ wrong })
})

test('what is wrong with what is asked is not taken for a wrong option', () => {
  const fails = command('thing fail', {
    says: 'fails',
    asks() {
      throw new TypeError('no file')
    },
    noted: { because: 'it is a test' },
    run: () => [],
  })
  expect(() => fails.read([])).toThrow('no file')
})

test('an operand that is empty is none', () => {
  expect(erase.read(['', '--through', '1'])).toEqual({ wrong: 'A word is empty.' })
  // Of one that may be absent, too: it would pass for none, and the command would do more.
  expect(erase.read(['a', '', '--through', '1'])).toEqual({ wrong: 'A word is empty.' })
})

test('a deed whose order is only written is prepared, whatever else is typed', () => {
  const read = readBy(erase, ['a', '--through', '1', '--confirm', 'x', '--out', 'f'])
  expect(read.noted?.acts).toBe(false)
})

test('where the name of a key is typed, it may begin with one dash; a value of an option may not', () => {
  const retire = command('thing retire KEY', {
    says: 'retires a key',
    options: { house: text('DIR', 'of the house') },
    takesDashes: true,
    asks: ({ KEY, house }) => ({ KEY, house }),
    noted: { because: 'it is a test' },
    run: () => [],
  })
  const typed = readBy(retire, ['-AAA', '--house', 'x'])
  expect(typed.asked).toEqual({ KEY: '-AAA', house: 'x' })
  const wrong = [['AAA', '--house', '-x'], ['--AAA'], ['AAA', '-BBB']].map((words) =>
    retire.read(words),
  )
  expect(wrong).toEqual([
    { wrong: 'The value of --house begins with « - ».' },
    { wrong: "Unknown option '--AAA'." },
    { wrong: 'A word is too many at the end.' },
  ])
})

test('operands that are several are a list, of one at least', () => {
  const check = command('thing check FILE…', {
    says: 'checks files',
    asks: ({ FILE }) => FILE,
    noted: { because: 'it is a test' },
    run: (files) => files,
  })
  expect(readBy(check, ['a', 'b']).asked).toEqual(['a', 'b'])
  expect(check.read([])).toEqual({ wrong: 'FILE is missing.' })
})

function readBy<Asked>(of: Command<Asked>, words: readonly string[]): ReadCommand<Asked> {
  const read = of.read(words)
  if ('wrong' in read) throw new Error(read.wrong)
  return read
}

function loaded({ reference }: { readonly reference: string }, { config }: House): string[] {
  return [reference, config.issuer]
}

test('what a command does takes what its words ask for, by the compiler', () => {
  type Read = ReturnType<
    typeof readBy<typeof erase extends Command<infer Asked> ? Asked : never>
  >['asked']
  expectTypeOf<Read['REF']>().toEqualTypeOf<string>()
  expectTypeOf<Read['PROOF']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<Read['through']>().toEqualTypeOf<string>()
  expectTypeOf<Read['confirm']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<Read['json']>().toEqualTypeOf<true | undefined>()
  const noted = { because: 'it is a test' } as const
  command('thing show REF', {
    says: '',
    asks: ({ REF: reference }) => ({ reference }),
    noted,
    run: loaded,
  })
  command('thing show REF', {
    says: '',
    // @ts-expect-error: a function that takes a reference is given none
    asks: ({ REF: name }) => ({ name }),
    noted,
    run: loaded,
  })
  command('thing show [REF]', {
    says: '',
    // @ts-expect-error: what may be absent is no reference
    asks: ({ REF: reference }) => ({ reference }),
    noted,
    run: loaded,
  })
  // @ts-expect-error: an option that the form does not have
  command('thing show REF', { says: '', asks: ({ through }) => through, noted, run: () => [] })
  expect.assertions(0)
})
