import { present } from '../../base/values/present.ts'
import type { Register } from '../../registry/index.ts'
import { bodyOf, objectsOf } from '../../registry/index.ts'
import type { ConsentTerms } from '../record/index.ts'
import { categoriesIn } from '../record/index.ts'
import type { RequestRow } from './rows.ts'

/** The versions of the bodies and categories that a page names: their names are those that she read. */
export function versionFields(row: RequestRow, register: Register) {
  const { agreement, dataset } = objectsOf(row, register)
  const { holder, recipient } = agreement
  const asked = categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional)
  return {
    bodies: [holder, recipient].map((id) => bodyOf(register, id).ref),
    category_versions: asked.map((id) => present(register.category(id), 'a category').ref),
  }
}

/** The limits of a record or a request, as events say them. */
export function limitFields({
  maxUses,
  frequencyCount,
  frequencyPer,
  lookbackFrom,
  lookbackTo,
}: ConsentTerms) {
  return {
    max_uses: maxUses,
    frequency_limit:
      frequencyCount === null || frequencyPer === null
        ? null
        : { count: frequencyCount, per: frequencyPer },
    lookback:
      lookbackFrom === null || lookbackTo === null ? null : { from: lookbackFrom, to: lookbackTo },
  }
}
