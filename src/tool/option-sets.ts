import { requiredText, text } from './command.ts'

// Options that several commands have.

/** How a command is ordered. */
export const orderOptions = {
  reason: text('TEXT', 'why, in French; who it is about reads it, and who ordered it'),
  'reason-en': text('TEXT', 'the same in English'),
  key: text('FILE', 'orders it by the key of a signer of the register'),
  out: text('FILE', 'writes the order for « accord order sign »'),
  order: text('FILE', 'carries out an order that was signed within the hour, once'),
  operator: text('NAME', 'in the place of a key, until the register has two signers'),
} as const

/** Who signs what was read. */
export const signOptions = {
  key: requiredText('KEY', 'the file of the key that signs, of « accord register key »'),
  yes: text(
    'HASH',
    `in the place of typing them: the whole hash, of a text that was read. Where there is neither a terminal
nor this, it shows the text, signs nothing, and ends with 2`,
  ),
} as const

export const pin = text(
  'FILE',
  'keeps the policy that the address gives first (exit 3);\nfrom then on that policy is demanded, and another one refused',
)

/** Whether a policy of the reader’s is given, and a file for that of the address, too. */
export function isTwice({
  policy,
  pin: kept,
}: {
  readonly policy?: string
  readonly pin?: string
}) {
  return kept !== undefined && policy !== undefined && !/^https?:\/\//.test(policy)
}

/** What something is checked by that was signed. */
export const checkOptions = {
  keys: text('FILE', 'or the address of a broker’s /keys; else the keys in KEYS_DIR'),
  policy: text('FILE', 'or the address of a /log/policy: which logs and witnesses you trust'),
  pin,
} as const
