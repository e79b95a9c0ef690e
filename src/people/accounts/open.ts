import type { Transaction } from '../../base/platform/database.ts'
import type { Language } from '../../base/platform/languages.ts'
import { newPersonId } from '../../base/platform/ids.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { recordActivity } from './activity.ts'
import { insertPerson } from './store.ts'

/**
 * Opens an account for a person about whom we know nothing: no name, no address. @param personId the id that was promised before
 * @returns the person's internal id
 */
export async function openAccount(
  tx: Transaction,
  language: Language,
  origin: Origin,
  now: Date,
  personId = newPersonId(),
): Promise<string> {
  await insertPerson(tx, personId, language === 'en' ? 'en-CA' : 'fr-CA', now)
  await recordActivity(tx, { kind: 'access.opened', personId, result: 'done' }, origin, now)
  return personId
}
