import type { Transaction } from '../../base/database/database.ts'
import type { Language } from '../../base/values/languages.ts'
import { newPersonId } from '../../base/values/ids.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { recordActivity } from './activity.ts'
import type { StandingAuthor } from './standing-store.ts'
import { tellWorkAccess } from './standing-store.ts'
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
  const locale = language === 'en' ? 'en-CA' : 'fr-CA'
  await insertPerson(tx, seals, { personId, locale, use: 'own' }, now)
  await recordActivity(tx, { kind: 'access.opened', personId, result: 'done' }, origin, now)
  return personId
}

type WorkOpening = Pick<Opening, 'origin' | 'now'> & { readonly by: StandingAuthor }

/**
 * Opens a work access, and says in its chain that it is one. Nothing opens it yet, and nothing about a person ever hangs on it.
 * @returns the internal id of its holder
 */
export async function openWorkAccess(
  tx: Transaction,
  vault: Vault,
  { origin, now, by }: WorkOpening,
): Promise<string> {
  const personId = newPersonId()
  await insertPerson(tx, vault.seals, { personId, locale: 'fr-CA', use: 'work' }, now)
  await tellWorkAccess(tx, vault, personId, by)
  await recordActivity(tx, { kind: 'access.opened', personId, result: 'done' }, origin, now)
  return personId
}
