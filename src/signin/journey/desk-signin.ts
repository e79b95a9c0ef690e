import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { deviceBound } from '../../base/values/assurance-levels.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Visit } from '../../base/web/visit.ts'
import { recordActivity } from '../../people/accounts/index.ts'
import type { ProvedOfficer } from '../../people/offices/index.ts'
import type { ProvenKey } from '../../webauthn/index.ts'
import { suspendIfCopied, useKey } from '../../webauthn/index.ts'

// The key of a work access opens no session of a person: it opens the session of a desk, and the visit is left.

/** Opens the session of an officer. @returns what his browser keeps */
export type OpenDesk = (tx: Transaction, officer: ProvedOfficer) => Promise<string>

/** An officer’s key was used: what his browser keeps of his session. */
export type DeskEntered = { readonly desk: string }

type AtSignIn = {
  readonly db: Database
  readonly seals: RowSeals
  readonly visit: Visit
  /** Undefined: this house has no desk. */
  readonly openDesk: OpenDesk | undefined
  readonly origin: Origin
  readonly peer: string
  readonly now: Date
}

/**
 * @throws Refusal desk.work-access: a service or a page of a person asked; desk.none: this house has no desk; desk.key: its maker did not
 * attest it, or not enough; as `openDeskSession`
 */
export async function enterDesk(at: AtSignIn, proven: ProvenKey): Promise<DeskEntered> {
  const { db, visit, openDesk, origin, peer, now } = at
  if (visit.service !== undefined) throw new Refusal('desk.work-access', 403)
  if (openDesk === undefined) throw new Refusal('desk.none', 403)
  if (!proven.isAttested) throw new Refusal('desk.key', 403)
  const { personId, passkeyId, sessionEpoch } = proven.key
  const officer = { officerId: personId, passkeyId, sessionEpoch, peer }
  const line = { kind: 'access.signed-in', personId, result: 'done', acr: deviceBound } as const
  return suspendIfCopied(at, proven, () =>
    transact(db, async (tx) => {
      const desk = await openDesk(tx, officer)
      await useKey(tx, proven, now)
      await recordActivity(tx, line, origin, now)
      return { desk }
    }),
  )
}
