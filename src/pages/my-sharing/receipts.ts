import { languagePrefixes } from '../../base/values/languages.ts'
import type { OwnConsent, ReceiptClaims, ReceiptListed } from '../../consent/record/index.ts'
import {
  claimsOf,
  fingerprintOf,
  receiptDeed,
  effectLines,
  signatureWords,
} from '../../consent/record/index.ts'
import { leftInWords } from '../../ledger/verifier/index.ts'
import { shortNumber } from '../../base/values/ids.ts'
import { noonOf } from '../../base/values/calendar.ts'
import type { Language } from '../../base/values/languages.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Register } from '../../registry/index.ts'
import { contactsOf } from '../../registry/index.ts'
import type { ReceiptLine } from './pages.ts'
import type { ReceiptPage } from './receipt-pages.ts'

/**
 * The page of a receipt: it shows what was signed, whatever the register says by now, and how to reach the two bodies today.
 * @throws Refusal receipt.not-found for a receipt of another sharing
 */
export function receiptPage(
  jwt: string,
  consentId: string,
  register: Register,
  language: Language,
): ReceiptPage {
  const claims = ownClaims(jwt, consentId)
  const [purpose] = claims.purposes
  const [event] = claims.event
  const path = `${languagePrefixes[language]}/mes-partages/${consentId}`
  const labels = (consented: boolean) =>
    purpose.pii_information
      .filter((item) => item.pii_consented === consented)
      .map((item) => item.pii_label[language])
  const party = (role: string) => {
    const found = claims.parties.find((item) => item.party_role === role)
    return { name: found?.party_name[language] ?? '', contact: found?.party_contact }
  }
  // As the file of the receipt and whoever verifies it say it.
  const left = leftInWords(claims, language)
  const { sending, lookback, helped_by: helped } = { ...claims, ...purpose }
  const isOpen = event.event_state === 'active' || event.event_state === 'suspended'
  const bodies = (['recipient', 'holder'] as const).map((role) => {
    const found = claims.parties.find((item) => item.party_role === role)
    return register.organisation(found?.party_id ?? '')
  })
  return {
    contacts: contactsOf(bodies, language),
    id: claims.receipt_id,
    number: shortNumber(claims.receipt_id),
    sharingId: consentId,
    what: receiptDeed(event.event_kind, sending?.is_change),
    at: new Date(event.event_time),
    recipient: party('recipient'),
    holder: party('holder'),
    purpose: purpose.purpose_label[language],
    statement: purpose.purpose[language],
    sending: effectLines(claims, language),
    signature: signatureWords(claims),
    helpedBy: helped && { name: helped.name[language], role: helped.role },
    yes: labels(true),
    no: labels(false),
    until: isOpen ? noonOf(event.validity_duration.replace('until ', '')) : undefined,
    lookback: lookback && { from: noonOf(lookback.from), to: noonOf(lookback.to) },
    still: left.lines,
    trueAt: left.trueAt,
    isKept: labels(true).length > 0 || (sending?.stands.length ?? 0) > 0,
    retention: purpose.retention_period[language],
    lawfulBasis: purpose.lawful_basis,
    text: claims.privacy_notice.text_id,
    textLanguage: claims.language === 'en-CA' ? 'en' : 'fr',
    fingerprint: fingerprintOf(jwt).toString('hex'),
    fileHref: `${path}/recus/${claims.receipt_id}/fichier`,
    jwtHref: `${path}/recus/${claims.receipt_id}/jwt`,
    proofHref: `${path}/recus/${claims.receipt_id}/preuve`,
    verifierHref: `${languagePrefixes[language]}/verifier`,
    shownHref: `${path}/recus/${claims.receipt_id}/page`,
    dpvHref: `${path}/recus/${claims.receipt_id}/dpv`,
    sharingHref: path,
  }
}

/** @throws Refusal receipt.not-found for a receipt of another sharing */
export function ownClaims(jwt: string, consentId: string): ReceiptClaims {
  const claims = claimsOf(jwt)
  if (claims.record_id !== consentId) throw new Refusal('receipt.not-found', 404)
  return claims
}

/** The lines of a sharing's receipts, newest first. */
export function receiptLines(
  receipts: readonly ReceiptListed[],
  { isChange }: Pick<OwnConsent, 'isChange'>,
  language: Language,
): ReceiptLine[] {
  const base = languagePrefixes[language]
  return receipts.map(({ id, consentId, kind, issuedAt }) => ({
    href: `${base}/mes-partages/${consentId}/recus/${id}`,
    what: receiptDeed(kind, isChange),
    at: issuedAt,
  }))
}
