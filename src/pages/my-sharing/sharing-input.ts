import { Refusal } from '../../base/values/refusal.ts'
import { readId } from '../../base/values/ids.ts'
import { registerEpoch } from '../../consent/record/index.ts'
import type { Words } from '../../base/web/words.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { SharingContext } from './context.ts'
import { noonOf } from '../../base/values/calendar.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Database } from '../../base/database/database.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import type { Days } from './pages.ts'

/** The input of a person's pages: the person, the time, the register, and the language. */
export type SharingInput = {
  readonly db: Database
  readonly seals: RowSeals
  readonly vault: Vault
  readonly personId: string
  readonly register: Register
  readonly words: Words
  readonly language: Language
  readonly now: Date
}

/** What a row of a page is made of, once it is read. */
export type RowInput = Pick<SharingInput, 'register' | 'language' | 'now'>

/** Days as a page writes them. */
export function daysOf(from: string | null, to: string | null): Days | undefined {
  return from === null || to === null ? undefined : { from: noonOf(from), to: noonOf(to) }
}

/** Uses the register as it is now. @param language of the page */
export async function sharingInputOf(
  {
    foundation: { db, clock, words },
    live,
    vault,
  }: Pick<SharingContext, 'live' | 'vault'> & {
    readonly foundation: Pick<Foundation, 'db' | 'clock' | 'words'>
  },
  { personId }: Pick<SignedInPerson, 'personId'>,
  language: Language,
): Promise<SharingInput> {
  const register = await live.at(await registerEpoch(db))
  return { db, seals: vault.seals, vault, personId, register, words, language, now: clock() }
}

/** The consent that a path names. @throws Refusal sharing.not-found (404) */
export function consentIdIn(id: string): string {
  const consentId = readId('con', id)
  if (consentId === undefined) throw new Refusal('sharing.not-found', 404)
  return consentId
}
