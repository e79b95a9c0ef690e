import type { Database } from '../../base/database/database.ts'
import { deviceBound } from '../../base/values/assurance-levels.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { RowReader } from '../../people/accounts/index.ts'
import type { RelyingParty } from '../../webauthn/index.ts'
import { levelThreeOf, passkeysOf } from '../../webauthn/index.ts'
import type { LevelThreeAsked } from './pages.ts'
import { attemptIn } from './visit-rows.ts'

/** What a visit that asks for the device-bound level says of the keys of a person who is known in it; undefined: it asks for less. */
export async function levelThreeAsked(
  reading: RowReader & { readonly db: Database },
  party: RelyingParty,
  visit: Visit,
): Promise<LevelThreeAsked | undefined> {
  if (visit.level !== deviceBound) return undefined
  const attempt = await attemptIn(reading, visit)
  const personId = attempt?.personId ?? visit.personId
  const isReady = (await party.levelThree?.trouble()) === undefined
  const keys = personId === undefined ? [] : await passkeysOf(reading.db, reading.seals, personId)
  const levels = await Promise.all(
    keys.map(async (key) => ({ key, level: await levelThreeOf(reading.db, party, key) })),
  )
  const used = levels.find(({ key }) => attempt?.factorIds.includes(key.passkeyId) === true)
  return {
    isReady,
    keys: levels
      .filter(
        ({ key, level }) =>
          level?.verdict === 'stands' && key.suspendedAt === null && key.waits === undefined,
      )
      .map(({ key }) => key.name),
    used: used && (used.level?.verdict === 'withdrawn' ? 'withdrawn' : 'other'),
  }
}
