import type { Transaction } from '../../base/database/database.ts'
import type { Language } from '../../base/values/languages.ts'
import { newPersonId } from '../../base/values/ids.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { recordActivity } from './activity.ts'
import { insertPerson } from './store.ts'

type Opening = {
  readonly language: Language
  readonly origin: Origin
  readonly now: Date
  /** The id that was promised before. */
  readonly personId?: string
}

/**
 * Opens an account for a person about whom we know nothing: no name, no address.
 * @returns the person's internal id
 */
export async function openAccount(
  tx: Transaction,
  seals: RowSeals,
  { language, origin, now, personId = newPersonId() }: Opening,
): Promise<string> {
  await insertPerson(tx, seals, personId, language === 'en' ? 'en-CA' : 'fr-CA', now)
  await recordActivity(tx, { kind: 'access.opened', personId, result: 'done' }, origin, now)
  return personId
}
