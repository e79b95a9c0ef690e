import { marksRenewal } from '../base/sealing/first-seals.ts'
import type { Keys } from '../base/keys/keys.ts'
import { deedRenewals } from '../base/observing/operator-audit-store.ts'
import type { Renewal } from '../base/sealing/row-renewal.ts'
import { claimsRenewal } from '../consent/claims/index.ts'
import { figuresRenewal } from '../consent/figures/index.ts'
import { matchingRenewal } from '../consent/matching/index.ts'
import { recordRenewal } from '../consent/record/index.ts'
import { headerSeals, signalsRenewals } from '../consent/signals/index.ts'
import { chainRenewals, makeVault } from '../ledger/chain/index.ts'
import { restoreRenewal } from '../ledger/transparency-log/index.ts'
import { accountsRenewals, contactSeals, makeNicknames } from '../people/accounts/index.ts'
import { identityRenewals, identitySeals } from '../people/identity/index.ts'
import { makeCodes, notificationsRenewals } from '../people/notifications/index.ts'
import { pingSeals, providerRenewals } from '../provider/index.ts'
import { registerRenewal } from '../registry/index.ts'
import { factorsRenewals, makeAddressMarks } from '../signin/factors/index.ts'
import { journeyRenewals } from '../signin/journey/index.ts'
import { upstreamRenewals } from '../signin/upstream/index.ts'
import { webauthnRenewals } from '../webauthn/index.ts'

/** All rows that name a key of purpose `data` or `seal`, as their rooms put them under the newest. */
export function renewalsOf(keys: Pick<Keys, 'data' | 'seal'>): readonly Renewal[] {
  const vault = makeVault(keys)
  const contacts = contactSeals(keys)
  const vouched = identitySeals(keys)
  return [
    ...chainRenewals(vault),
    recordRenewal(vault.seals),
    claimsRenewal(vault.seals),
    matchingRenewal(vault.seals),
    figuresRenewal(vault.seals),
    ...signalsRenewals(vault.seals, headerSeals(keys)),
    ...accountsRenewals(contacts, makeNicknames(keys)),
    ...identityRenewals(vouched),
    ...notificationsRenewals(contacts, makeCodes(keys.data)),
    ...factorsRenewals({ vault, addressMarks: makeAddressMarks(keys.data), dataKeys: keys.data }),
    ...webauthnRenewals(vault.seals),
    ...journeyRenewals(vault.seals),
    ...upstreamRenewals(vouched),
    ...providerRenewals(vault.seals, pingSeals(keys.data)),
    registerRenewal(vault.seals),
    restoreRenewal(vault.seals),
    marksRenewal(vault.seals),
    ...deedRenewals(vault.seals),
  ]
}
