import type { Foundation } from '../base/web/foundation.ts'
import { readOfficer } from '../base/web/officer.ts'
import type { DecisionContext } from '../consent/decisions/index.ts'
import { mandateSeals } from '../people/mandates/index.ts'
import type { DeskSessions, ProvedOfficer } from '../people/offices/index.ts'
import { findOfficer, isDeskSessionAlive, openDeskSession } from '../people/offices/index.ts'
import type { Transaction } from '../base/database/database.ts'
import type { LevelThree } from '../webauthn/index.ts'

/**
 * The desks of this house, which has none at a public terminal, and none where nobody knows the models of keys: an officer proves who he
 * is by a key that its maker attests.
 */
export function desksOf(
  foundation: Foundation,
  { live, vault }: Pick<DecisionContext, 'live' | 'vault'>,
  levelThree: LevelThree | undefined,
) {
  const { config, db, keys } = foundation
  const isOpen = levelThree !== undefined && !config.kiosk
  const deskOf = (organisation: string) => {
    const body = live.current().organisation(organisation)
    return body?.status === 'active' ? body.desk : undefined
  }
  const sessions: DeskSessions = { db, deskOf, vault: { vault, seals: mandateSeals(keys) } }
  return {
    deskSessions: {
      isAlive: (tx: Transaction, officerId: string, uid: string) =>
        isDeskSessionAlive(tx, sessions.vault, { officerId, sessionUid: uid }),
    },
    desk: {
      foundation,
      live,
      vault: sessions.vault,
      officer: readOfficer(
        isOpen
          ? (secret, peer) => findOfficer(sessions, secret, peer)
          : () => Promise.resolve(undefined),
      ),
    },
    openDesk: isOpen
      ? (tx: Transaction, officer: ProvedOfficer) => openDeskSession(tx, sessions, officer)
      : undefined,
  }
}
