import type { Database } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { AskedData } from '../../registry/index.ts'
import { maskOf } from './coverage.ts'

/** More people than this are not counted: the number is for those who sign a change of the register. */
const most = 100_000

/** How many people refused to allow some of this, whatever the purpose. */
export async function countRefusals(db: Database, { recipient, data }: AskedData): Promise<number> {
  const masks = data.map(({ dataset, categories }) => String(maskOf(dataset, categories)))
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `select count(*)::integer as count from (
       select distinct c.person_id from consent_current c
       join unnest(?::integer[], ?::bigint[]) i(dataset, mask) on i.dataset = c.dataset
       join consent_record r on r.consent_id = c.consent_id and r.categories_declined & i.mask <> 0
       where c.state = 'refused' and c.recipient = ? limit ?) people`,
    [data.map(({ dataset }) => dataset.no), masks, recipient, most],
  )
  return present(rows[0], 'a count').count
}
