import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { uuidText } from '../../base/values/ids.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { MandateVault } from '../../people/mandates/index.ts'
import { holderOf } from '../../people/mandates/index.ts'
import {
  isLastDay,
  lockNumbers,
  nameByOrder,
  officesOfBody,
  readEmployeeNumber,
} from '../../people/offices/index.ts'
import type { OrderWords, Register } from '../../registry/index.ts'
import { authorizeOrder, isDraft, isSignedByTwo } from '../../registry/index.ts'
import { endKeys } from './end-keys.ts'
import { keysPath } from './keys-path.ts'

// The first two who name at the desk of a body come by an order of two signers, and so does another in the place of a lost one. As soon as
// there are two, they name: an order names nobody more.

const enough = 2

export type FirstNamersAsked = {
  /** `org_…` */
  readonly organisation: string
  /** As the body numbers its employees. */
  readonly numbers: readonly string[]
  readonly until: string
  readonly words: OrderWords
}
export type OrderingHouse = {
  readonly vault: MandateVault
  readonly register: Pick<Register, 'organisation' | 'signers'>
  readonly issuer: string
  /** Whether this configuration says which models of keys there are: otherwise nobody could sign in at a desk. */
  readonly knowsModels: boolean
}

/** `accord office first`. @returns the lines to print, codes among them. @throws OperatorError */
export async function nameFirst(
  db: Database,
  parts: OrderingHouse,
  asked: FirstNamersAsked,
  now: Date,
): Promise<string[]> {
  const { organisation, until, words } = asked
  const { issuer, register } = parts
  const { signers } = register
  requireDesk(parts, organisation)
  const numbers = spelled(asked.numbers)
  if (!isLastDay(until, now))
    throw new OperatorError(`${until} is no day within the next twelve months: --until YYYY-MM-DD`)
  // Of names that are typed, nobody can tell that they are of two people.
  if (!isSignedByTwo(signers, now))
    throw new OperatorError('The register has no two signers yet, who would order it.')
  const details = { numbers: numbers.join(' '), until }
  const ordering = { issuer, deed: 'office-first', about: organisation, details, signers } as const
  const ordered = await authorizeOrder({ ...ordering, needed: 2, now }, words)
  if (isDraft(ordered)) return [...ordered]
  const { sha256 } = ordered
  return transact(db, async (tx) => {
    await requireRoom(tx, parts, { organisation, numbers }, now)
    const lines: string[] = []
    for (const number of numbers) {
      const officeId = officeOf(sha256, number)
      await requireNew(tx, officeId)
      const order = { officeId, organisation, number, until, orderSha256: sha256, now }
      const naming = { vault: parts.vault, endKeys: endKeys(parts.vault.vault.seals), origin }
      const { one, two } = await nameByOrder(tx, naming, order)
      lines.push(
        `${number} names at the desk of ${organisation} until ${until}; code: ${one} ${two}`,
      )
    }
    return [
      ...lines,
      `Each makes his keys with his code, within seven days, at ${issuer}${keysPath}`,
    ]
  })
}

const origin = { requestId: 'operator', network: undefined }

function requireDesk({ register, knowsModels }: OrderingHouse, organisation: string): void {
  const body = register.organisation(organisation)
  if (body === undefined)
    throw new OperatorError(`The register has no organisation ${organisation}.`)
  if (body.desk === undefined)
    throw new OperatorError(
      `${organisation} keeps no desk: its file of the register says so with « desk ».`,
    )
  if (!knowsModels)
    throw new OperatorError(
      'Without FIDO_METADATA no key is known to be bound to its device: nobody could sign in at a desk.',
    )
}

function spelled(typed: readonly string[]): string[] {
  const numbers = typed.map((one) => {
    try {
      return readEmployeeNumber(one)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new OperatorError(
        'A number of an employee has 1 to 40 letters A to Z and digits, with « - », « . », « _ » or « / » between them.',
      )
    }
  })
  if (new Set(numbers).size !== numbers.length)
    throw new OperatorError('The two numbers are one: two people name.')
  return numbers
}

type Named = { readonly organisation: string; readonly numbers: readonly string[] }

/** @throws OperatorError where there would not be two: whoever is named here again counts once */
async function requireRoom(
  tx: Transaction,
  { vault }: OrderingHouse,
  { organisation, numbers }: Named,
  now: Date,
): Promise<void> {
  await lockNumbers(tx, organisation)
  const lines = await officesOfBody(tx, vault, organisation, now)
  const others = lines.filter(
    ({ role, number }) => role === 'namer' && (number === undefined || !numbers.includes(number)),
  )
  const left = enough - new Set(others.map(({ officerId }) => officerId)).size
  if (left <= 0)
    throw new OperatorError(
      `${organisation} has ${others.length} other people who name at its desk: two of them decide it there.`,
    )
  if (numbers.length !== left)
    throw new OperatorError(
      `${organisation} has ${enough - left} other people who name at its desk: say ${left === 1 ? 'one number' : 'two numbers'}.`,
    )
}

/** From the order: carried out again, it would open an office that there is. */
function officeOf(orderSha256: string, number: string): string {
  const bytes = createHash('sha256').update(`office ${orderSha256} ${number}`).digest()
  return uuidText(bytes.subarray(0, 16))
}

async function requireNew(tx: Transaction, officeId: string): Promise<void> {
  if ((await holderOf(tx, officeId)) !== undefined)
    throw new OperatorError('This order was carried out already.')
}
