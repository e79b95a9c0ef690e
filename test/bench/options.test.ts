import { expect, test } from 'vitest'
import { readOptions, UsageError } from '../../bench/options.ts'

test('without arguments the whole benchmark runs', () => {
  expect(readOptions([])).toEqual({
    callers: 16,
    rounds: 3,
    seconds: 5,
    large: false,
    signer: false,
    only: undefined,
    against: undefined,
    variants: undefined,
    profile: undefined,
    processes: undefined,
  })
})

test('operations are named as they are printed', () => {
  expect(readOptions(['--only', 'code,permit', '--seconds', '1'])).toMatchObject({
    only: ['code', 'permit'],
    seconds: 1,
  })
  expect(readOptions(['--only', 'log'])).toMatchObject({ only: ['log'] })
  expect(readOptions(['--help'])).toBe('help')
})

test.each([
  ['--only', 'code,hope'],
  ['--callers', '0'],
  ['--callers', '65'],
  ['--seconds', '1.5'],
  // Proofs signed before a window would be too old at its end.
  ['--seconds', '21'],
  ['--rounds', ''],
  ['--processes', '1,9'],
  ['--processes', '0'],
  ['--against', 'http://localhost:4000', '--pids', '1,x'],
  ['--fast'],
  ['--profile', 'log'],
  ['code'],
])('%s %s is refused', (...words) => {
  expect(() => readOptions(words)).toThrow(UsageError)
})

test('several processes have 64 callers, unless it is said otherwise', () => {
  const processes = ['--processes', '1,2,4']
  expect(readOptions(processes)).toMatchObject({ processes: [1, 2, 4], callers: 64 })
  expect(readOptions([...processes, '--callers', '8'])).toMatchObject({ callers: 8 })
})

test.each([
  'https://provider.example',
  'http://localhost.example:3000',
  'http://10.0.0.1:3000',
  'localhost:3000',
])('another machine is never driven: %s', (issuer) => {
  expect(() => readOptions(['--against', issuer])).toThrow(UsageError)
})

test.each(['http://localhost:4000', 'http://127.0.0.1:4000/', 'http://[::1]:4000/oidc'])(
  'a provider on this machine may be driven: %s',
  (issuer) => {
    expect(readOptions(['--against', issuer])).toMatchObject({
      against: { issuer: issuer.replace(/\/$/, ''), userField: 'login' },
    })
  },
)

test('a variant is a commit, and variables of its own', () => {
  const words = ['--variant', 'base=HEAD~1', '--variant', 'now=.;NODE_OPTIONS=--a=1 --b;WORK=no']
  expect(readOptions(words)).toMatchObject({
    variants: [
      { name: 'base', commit: 'HEAD~1', env: {} },
      { name: 'now', commit: '.', env: { NODE_OPTIONS: '--a=1 --b', WORK: 'no' } },
    ],
  })
})

test.each([
  [['a=HEAD']],
  [['a=HEAD', 'a=.']],
  [['a', 'b=.']],
  [['a=--output=x', 'b=.']],
  [['a=.;lower=1', 'b=.']],
  [Array.from({ length: 11 }, (_, i) => `v${i}=.`)],
])('variants %j are refused', (given) => {
  const words = given.flatMap((one) => ['--variant', one])
  expect(() => readOptions(words)).toThrow(UsageError)
})
