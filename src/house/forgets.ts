import type { Forget } from '../people/accounts/index.ts'
import { forgetSilenced } from '../consent/asking/index.ts'
import { forgetClaims } from '../consent/claims/index.ts'
import { forgetMatching } from '../consent/matching/index.ts'
import { forgetConnections, forgetReminders } from '../consent/record/index.ts'
import { forgetSubjects } from '../consent/signals/index.ts'
import { forgetVouched } from '../people/identity/index.ts'
import { forgetFactors } from '../signin/factors/index.ts'
import { forgetMessages } from '../people/notifications/index.ts'
import { forgetArtifacts, forgetSignInRequests } from '../provider/index.ts'
import { forgetAttempts } from '../signin/journey/index.ts'
import { forgetIdentities } from '../signin/upstream/index.ts'
import { forgetPasskeys } from '../webauthn/index.ts'

// The deletions thirty days after a person closed her access. Requests, consents, decisions, reports and the ledger stay as long as the
// law requires; `test/pages/my-access/closing.test.ts` checks the list.
export const forgets: readonly Forget[] = [
  forgetMessages,
  forgetReminders,
  forgetSilenced,
  forgetConnections,
  forgetClaims,
  forgetMatching,
  forgetSubjects,
  forgetArtifacts,
  forgetSignInRequests,
  forgetAttempts,
  forgetFactors,
  forgetIdentities,
  forgetVouched,
  forgetPasskeys,
]
