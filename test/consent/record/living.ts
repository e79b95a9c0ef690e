import { actorOfOwnAccess } from '../../../src/people/accounts/index.ts'
import { randomBytes } from 'node:crypto'
import { answerRequest } from '../../../src/consent/asking/answer.ts'
import { consentToChange, settlesQuestion } from '../../../src/consent/asking/earlier-answers.ts'
import { newRequest, recordPresentation } from '../../../src/consent/asking/ask.ts'
import {
  narrowConsent,
  newNarrowing,
  presentNarrowing,
  readDetail,
} from '../../../src/consent/asking/index.ts'
import {
  activeConsents,
  readConsentLife,
  isLive,
  registerEpoch,
} from '../../../src/consent/record/index.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import { transact } from '../../../src/base/database/database.ts'
import { issuer } from '../../support/broker.ts'
import type { Load } from '../../support/sharing-load.ts'
import { detail } from '../../support/sharing.ts'

// The deeds of a person's life with a sharing, as the pages call them: ids as the database has them.

export const acr = 'urn:accord:aal:2'
export const amr = ['pop', 'user', 'mfa']
export const dependants = 'cat_personnes-a-charge'
const labels = { grant: 'Oui', refuse: 'Non' }

export function registerOf({ db, live }: Load) {
  return registerEpoch(db).then((epoch) => live.at(epoch))
}

/** Allows what Student Aid asks, with the optional category or without. @returns the consent's id */
export async function allow(
  load: Load,
  personId: string,
  withOptional: boolean,
  resumes = false,
): Promise<string> {
  const { db, vault, notary } = load
  const register = await registerOf(load)
  const now = new Date()
  const asking = { issuer, recipient: 'org_aide-etudes', register, now }
  const [row] = newRequest([{ itemNo: 1, asked: readDetail(detail(), asking) }], personId, now)
  if (row === undefined) throw new Error('nothing was asked')
  const visit = randomBytes(32)
  const shown = { language: 'fr', region: '<p>…</p>', labels } as const
  const recorded = await transact(db, (tx) =>
    recordPresentation(tx, vault, register, { visit, clientId: 'aide-etudes', row, ...shown }),
  )
  if (recorded === undefined) throw new Error('a new visit was answered already')
  const { presentationId } = recorded
  const chosen = withOptional ? [dependants] : []
  const provedAt = new Date()
  const by = actorOfOwnAccess({ personId, acr, amr, provedAt, factorIds: [] })
  const answer = { ...by, visit, presentationId, granted: true, chosen, resumes }
  await transact(db, (tx) => answerRequest(tx, notary, register, answer))
  return row.consentId
}

export type Change = {
  readonly lastDay: string
  readonly withOptional: boolean
  readonly granted: boolean
}

/**
 * Asks to change the arrangement of one of her records, as the page of a service does, and answers.
 * @returns the new record's id, or undefined when there was nothing to ask
 */
export async function amend(
  load: Load,
  personId: string,
  consentId: string,
  { lastDay, withOptional, granted }: Change,
): Promise<string | undefined> {
  const { db, vault, notary } = load
  const register = await registerOf(load)
  const { consents } = await activeConsents(db, vault, personId)
  const named = await readConsentLife(db, vault.seals, { personId, consentId })
  const arrangement = writeId('arr', named?.arrangementId ?? '')
  const now = new Date()
  const asking = { issuer, recipient: 'org_aide-etudes', register, now }
  const asked = readDetail(detail({ arrangement, duration: { until: lastDay } }), asking)
  const live = consents.filter((consent) => isLive(consent, register, now))
  if (live.some((consent) => settlesQuestion(consent, asked, register))) return undefined
  const changed = consentToChange(consents, asked, register, now)
  const [row] = newRequest([{ itemNo: 1, asked, amends: changed?.arrangementId }], personId, now)
  if (row === undefined) throw new Error('nothing was asked')
  const visit = randomBytes(32)
  const changes = changed?.consentId
  const shown = { changes, language: 'fr', region: '<p>…</p>', labels } as const
  const recorded = await transact(db, (tx) =>
    recordPresentation(tx, vault, register, { visit, clientId: 'aide-etudes', row, ...shown }),
  )
  if (recorded === undefined) throw new Error('a new visit was answered already')
  const { presentationId } = recorded
  const chosen = withOptional ? [dependants] : []
  const provedAt = new Date()
  const by = actorOfOwnAccess({ personId, acr, amr, provedAt, factorIds: [] })
  const answer = { visit, presentationId, granted, chosen, ...by }
  await transact(db, (tx) => answerRequest(tx, notary, register, answer))
  return row.consentId
}

export type Choice = {
  readonly lastDay: string
  readonly keep: readonly string[]
  readonly times?: number
}

/** Shows a narrowing, as its page does. @returns what to confirm */
export async function propose(
  load: Load,
  personId: string,
  consentId: string,
  choice: Choice,
): Promise<string> {
  const { db, vault } = load
  const register = await registerOf(load)
  const asked = { personId, consentId, ...choice }
  const narrowing = await newNarrowing(db, vault.seals, register, asked, new Date())
  const shown = { sessionUid: consentId, language: 'fr', region: '<p>…</p>', labels } as const
  const recorded = await transact(db, (tx) =>
    presentNarrowing(tx, vault, register, narrowing, shown),
  )
  return recorded.presentationId
}

/** @returns the id of the narrower consent */
export async function narrow(
  load: Load,
  personId: string,
  consentId: string,
  choice: Choice,
): Promise<string> {
  const presentationId = await propose(load, personId, consentId, choice)
  const register = await registerOf(load)
  return transact(load.db, (tx) =>
    narrowConsent(tx, load.notary, register, { personId, consentId, presentationId, acr, amr }),
  )
}
