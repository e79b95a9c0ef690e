import type { GrantedDetail } from '../record/index.ts'
import { activeConsents, readConsentLife, limitReached, maskOf, obstacle } from '../record/index.ts'
import { newUuid, readId, writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import type { Dataset } from '../../registry/index.ts'
import { reportTampering } from './report-tampering.ts'
import type { DecisionContext } from './evaluate.ts'

/**
 * Records that a token was used after its consent ended, so that the person sees the refused attempt. Introspection answers only
 * "inactive", and the holder asks for no decision that would record it.
 */
export async function recordRefusedToken(
  { db, store, live, vault, log }: Pick<DecisionContext, 'db' | 'store' | 'live' | 'vault' | 'log'>,
  personId: string,
  details: readonly GrantedDetail[],
): Promise<void> {
  const { consents, at, epoch } = await activeConsents(db, vault, personId)
  const register = await live.at(epoch)
  for (const detail of details) {
    const consentId = readId('con', detail.consent_id)
    // The token's consent may have been narrowed since: its arrangement names the sharing.
    const consent =
      consents.find((item) => writeId('arr', item.arrangementId) === detail.arrangement) ??
      (consentId && (await readConsentLife(db, vault.seals, { personId, consentId })))
    if (!consent) continue
    const because = obstacle(consent, register, at) ?? limitReached(consent, at).obstacle
    if (because === undefined) continue
    if (because === 'RECORD_UNTRUSTED') reportTampering(log)
    await store.deny({
      decisionId: newUuid(at),
      at,
      personId,
      consentId: consent.consentId,
      holder: consent.holder,
      recipient: consent.recipient,
      dataset: consent.dataset,
      purpose: consent.purpose,
      asked: askedOf(
        detail,
        present(register.datasetByNo(consent.dataset), 'the dataset of a consent'),
      ),
      reasonCode: because,
      queryId: null,
      later: undefined,
    })
  }
}

function askedOf(detail: GrantedDetail, dataset: Dataset): bigint {
  return maskOf(
    dataset,
    detail.datatypes.filter((id) => dataset.categories.includes(id)),
  )
}
