import { expect, test } from 'vitest'
import { protectionOf } from '../../../src/pages/my-access/protection.ts'

// « Mon accès » begins with how well it is protected, and with the one thing to add.

const at = new Date('2026-11-26T12:00:00Z')
const factor = { createdAt: at, lastUsedAt: at, suspended: false, untrusted: false, waits: false }
const key = { ...factor, id: 'key_1', name: 'Clé', synchronised: false, current: false }
const off = { ...key, suspended: true }
const changed = { ...key, untrusted: true, waits: false }
const chosen = { ...factor, address: 'marie@exemple.test' }
const none = { password: undefined, totp: undefined, securityKeys: [] }
const both = { ...none, password: chosen, totp: factor }

test.each([
  {
    held: 'one key and codes',
    passkeys: [key],
    password: none,
    codesLeft: 7,
    state: 'good',
    advice: 'second-key',
  },
  {
    held: 'two keys and codes',
    passkeys: [key, key],
    password: none,
    codesLeft: 7,
    state: 'good',
    advice: undefined,
  },
  {
    held: 'a key, a password with its second factor, and codes',
    passkeys: [key],
    password: both,
    codesLeft: 7,
    state: 'good',
    advice: undefined,
  },
  {
    held: 'a key and a password whose second factor is a key',
    passkeys: [key],
    password: { ...both, totp: undefined, securityKeys: [key] },
    codesLeft: 7,
    state: 'good',
    advice: undefined,
  },
  {
    held: 'a password without a second factor',
    passkeys: [],
    password: { ...none, password: chosen },
    codesLeft: 7,
    state: 'none',
    advice: 'first-key',
  },
  {
    held: 'a password way alone',
    passkeys: [],
    password: both,
    codesLeft: 7,
    state: 'good',
    advice: 'first-key',
  },
  {
    held: 'one key and no code',
    passkeys: [key],
    password: none,
    codesLeft: 0,
    state: 'fragile',
    advice: 'codes',
  },
  {
    held: 'two keys and no code',
    passkeys: [key, key],
    password: none,
    codesLeft: 0,
    state: 'good',
    advice: 'codes',
  },
  {
    held: 'two keys and two codes',
    passkeys: [key, key],
    password: none,
    codesLeft: 2,
    state: 'good',
    advice: 'codes',
  },
  {
    held: 'keys that open nothing',
    passkeys: [off, changed],
    password: none,
    codesLeft: 7,
    state: 'none',
    advice: 'first-key',
  },
  {
    held: 'one key that works among such',
    passkeys: [off, key, changed],
    password: none,
    codesLeft: 0,
    state: 'fragile',
    advice: 'codes',
  },
])('with $held it is $state', ({ passkeys, password, codesLeft, state, advice }) => {
  expect(protectionOf({ passkeys, password, accounts: [], codesLeft })).toMatchObject({
    state,
    advice,
  })
})

test('an account elsewhere opens the access, and is no protection of ours', () => {
  const held = { passkeys: [off], password: none, codesLeft: 10 }
  const account = {
    id: 'fac_one',
    name: 'Elsewhere',
    createdAt: new Date(0),
    lastUsedAt: undefined,
    current: true,
    suspended: false,
    untrusted: false,
    waits: false,
    blocked: false,
  }
  const stateOf = (change: object) =>
    protectionOf({ ...held, accounts: [{ ...account, ...change }] }).state
  expect(stateOf({})).toBe('elsewhere')
  for (const change of [
    { blocked: true },
    { suspended: true },
    { untrusted: true },
    { waits: true },
  ])
    expect(stateOf(change)).toBe('none')
  expect(protectionOf({ ...held, passkeys: [key], accounts: [account] }).state).toBe('good')
})
