import type { Forget } from '../base/web/room.ts'
import { deletionSteps } from '../base/web/room.ts'
import { rooms } from './rooms.ts'

// The deletions at the end of the time in which a person may open her closed access again. Requests, consents, decisions, reports and the
// ledger stay as long as the law requires; `test/pages/my-access/close-account.test.ts` checks the list.
export const forgets: readonly Forget[] = deletionSteps.flatMap((step) =>
  rooms.flatMap((room) => room.forgets?.[step] ?? []),
)
