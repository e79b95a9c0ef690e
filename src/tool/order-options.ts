import { text } from './command.ts'

/** The options by which a command is ordered. */
export const orderOptions = {
  reason: text('TEXT', 'why, in French; who it is about reads it, and who ordered it'),
  'reason-en': text('TEXT', 'the same in English'),
  key: text('FILE', 'orders it by the key of a signer of the register'),
  out: text('FILE', 'writes the order for « accord order sign »'),
  order: text('FILE', 'carries out an order that was signed within the hour, once'),
  operator: text('NAME', 'in the place of a key, until the register has two signers'),
} as const
