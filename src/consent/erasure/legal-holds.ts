import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { dayAfter, dayOf, endOfDay } from '../../base/values/calendar.ts'
import { retention, spanWords } from '../../base/values/retention.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { legalHoldOf, lockAccount, personOf, tellOrdered } from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { OrderWords, RegisterSigner } from '../../registry/index.ts'
import { authorizeOrder, isDraft } from '../../registry/index.ts'

export type LegalHoldAsked = {
  readonly reference: string
  /** Its last day in Québec; undefined: it ends now. */
  readonly until: string | undefined
  readonly words: OrderWords
}
type Holder = {
  readonly vault: Vault
  readonly issuer: string
  readonly signers: readonly RegisterSigner[]
}

/**
 * `accord person hold|release`, by the order of two signers: what the person was told would be erased waits, until a day at most.
 * @returns the lines to print. @throws OperatorError where it is not ordered, or nothing can be held
 */
export async function holdByOrder(
  db: Database,
  { reference, until, words }: LegalHoldAsked,
  now: Date,
  open: () => Promise<Holder>,
): Promise<string[]> {
  const personId = await personOf(db, reference)
  if (personId === undefined) throw new OperatorError(`Nobody belongs to ${reference}.`)
  if (until !== undefined) requireSoon(until, now)
  const { vault, issuer, signers } = await open()
  const deed = until === undefined ? 'release' : 'hold'
  const details = until === undefined ? {} : { until }
  const ordering = { issuer, deed, about: reference, details, signers, needed: 2, now } as const
  const ordered = await authorizeOrder(ordering, words)
  if (isDraft(ordered)) return [...ordered]
  await transact(db, async (tx) => {
    const hasAccess = await lockAccount(tx, personId)
    const held = await legalHoldOf(tx, vault, personId, now)
    if (until === undefined && held === undefined)
      throw new OperatorError('Nothing of hers is held.')
    await tellOrdered(tx, { vault, personId }, ordered)
    if (hasAccess) await notify(tx, personId, `data.${deed === 'hold' ? 'held' : 'released'}`, now)
  })
  return until === undefined
    ? ['It is held no longer: what is over is erased at its time. She is told.']
    : [
        `Nothing of it is erased before ${endOfDay(until).toISOString()}. She is told.`,
        'Sessions, codes, lines of her activity and traces of messages go as ever.',
      ]
}

function requireSoon(until: string, now: Date): void {
  const today = dayOf(now)
  const longest = spanWords(retention.hold, 'en')
  if (until < today) throw new OperatorError(`${until} is over.`)
  if (until > dayAfter(today, retention.hold))
    throw new OperatorError(
      `${until} is more than ${longest} from now: order it for ${longest}, and again.`,
    )
}
