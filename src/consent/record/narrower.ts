import { Refusal } from '../../base/values/refusal.ts'
import { isWithin } from './coverage.ts'
import type { ConsentLife, ConsentRecord } from './rows.ts'

// A narrower sharing in the place of a wider one lets nothing begin to flow: it needs no gate, but must be narrower. A record that comes
// so bears what it was compared with, and is compared again when it is written (docs/design/domain.md#i18).

declare const compared: unique symbol

/** That the terms of an answer are narrower than those of this consent: `requireNarrower` alone makes one. */
export type Narrower = {
  readonly before: Pick<ConsentLife, 'consentId' | 'categories' | Compared>
  readonly [compared]: true
}

type Compared = 'validUntil' | 'frequencyCount'
type Terms = Pick<ConsentLife, Compared>

/** @throws Refusal narrowing.day, narrowing.times, narrowing.same, form.invalid (400) where the choice is wider, or the same */
export function requireNarrower(
  before: Narrower['before'],
  row: Terms & { readonly categoriesRequired: bigint; readonly categoriesOptional: bigint },
): Narrower {
  const after = row.categoriesRequired | row.categoriesOptional
  requireWithin(before, row, after)
  const isSame =
    after === before.categories &&
    oftenIn(row) === oftenIn(before) &&
    row.validUntil.getTime() === before.validUntil.getTime()
  if (isSame) throw new Refusal('narrowing.same')
  // The symbol is a name for the compiler: nothing bears it.
  return { before } as Narrower
}

/** @throws Refusal as `requireNarrower`, where a record is another one than was compared */
export function requireNarrowed({ before }: Narrower, record: ConsentRecord): void {
  if (record.supersedesConsentId !== before.consentId) throw new Refusal('form.invalid')
  requireWithin(before, record, record.categoriesGranted)
}

function requireWithin(before: Narrower['before'], after: Terms, categories: bigint): void {
  if (after.validUntil > before.validUntil) throw new Refusal('narrowing.day')
  if (!isWithin(categories, before.categories)) throw new Refusal('form.invalid')
  if (oftenIn(after) > oftenIn(before)) throw new Refusal('narrowing.times')
}

function oftenIn({ frequencyCount }: Pick<Terms, 'frequencyCount'>): number {
  return frequencyCount ?? Infinity
}
