import { createHash } from 'node:crypto'
import type { KeyOrigin } from '../../../people/accounts/index.ts'
import { epochSeconds } from '../../../base/values/clock.ts'
import { writeId } from '../../../base/values/ids.ts'
import { present } from '../../../base/values/present.ts'
import type { WrittenEvent } from '../../../ledger/chain/index.ts'
import { logEntry, originOf } from '../../../ledger/chain/index.ts'
import type { Names, Register } from '../../../registry/index.ts'
import { legalBasis, objectsOf } from '../../../registry/index.ts'
import { lookbackOf } from '../coverage.ts'
import type {
  Lang,
  PiiInformation,
  ReceiptClaims,
  ReceiptEvent,
  ReceiptDesk,
  ReceiptKind,
  ReceiptLedger,
  ReceiptParty,
  ReceiptPurpose,
  SigningClaims,
} from './receipt-claims.ts'
import { events } from './receipt-claims.ts'
import type { StillClaims } from './still-claims.ts'
import type { ConsentRecord } from '../rows.ts'
import type { AnswerEffect } from '../effect-of-answer.ts'
import { mapSending } from '../effect-of-answer.ts'
import { namesOf } from '../rewordings.ts'

// The claims of a receipt. Members have the names of ISO/IEC TS 27560:2023, as publicly listed, in snake_case. docs/design/domain.md#receipts and
// docs/receipts.md say which names could be checked, and which are ours.

/** The facts of a consent for a receipt: its record, and the words that its person read. */
export type ReceiptFacts = Pick<
  ConsentRecord,
  | 'consentId'
  | 'personId'
  | 'agreement'
  | 'purpose'
  | 'dataset'
  | 'legalBasisId'
  | 'holder'
  | 'recipient'
  | 'categoriesGranted'
  | 'categoriesDeclined'
  | 'validFrom'
  | 'validUntilLocal'
  | 'lookbackFrom'
  | 'lookbackTo'
  | 'supersedesConsentId'
> & {
  readonly text: number
  readonly lang: Lang
  /** SHA-256 of the words as shown. */
  readonly renderedSha256: Buffer
}

/** Facts of an answer: whether the request was a change of a consent, and the effects of the answer. */
export type AnswerFacts = {
  readonly isChange: boolean
  readonly sending: AnswerEffect
  /** How the key became hers that signed it; undefined: none signed. */
  readonly key?: KeyOrigin | undefined
  /** The event of the showing of the page that was signed. */
  readonly presented?: WrittenEvent | undefined
  /** Of an answer that is not signed: the event by which she had lifted that a yes needs her key. */
  readonly lifted?: WrittenEvent | undefined
}

export type ReceiptInput = {
  readonly issuer: string
  readonly receiptId: string
  /** As `principalOf`. */
  readonly principal: string
  readonly facts: ReceiptFacts
  readonly answered?: AnswerFacts | undefined
  /** Of a stop. */
  readonly still?: StillClaims | undefined
  readonly written: WrittenEvent
  readonly register: Register
}

/** With the names of the two bodies and the categories: the present ones, or those of her answer if their meaning has changed. */
type Named = ReceiptInput & { readonly names: Names }

const anyPurpose = 'https://w3id.org/dpv#Purpose'

/** All claims of a receipt. They hold nothing about another person, and not the person's internal id. */
export function receiptClaims(issuing: ReceiptInput): ReceiptClaims {
  const { issuer, receiptId, principal, facts, written, register } = issuing
  const asked = facts.categoriesGranted | facts.categoriesDeclined
  const names = namesOf({ ...facts, categories: asked }, register)
  const named = { ...issuing, names }
  const { text, agreement, dataset } = objectsOf(facts, register)
  const id = writeId('rcp', receiptId)
  const { supersedesConsentId: earlier } = facts
  return {
    iss: issuer,
    iat: epochSeconds(written.recordedAt),
    jti: id,
    aud: 'citizen',
    schema_version: `${issuer}/schema/receipt/1`,
    receipt_id: id,
    record_id: writeId('con', facts.consentId),
    ...(earlier === null ? {} : { supersedes_record_id: writeId('con', earlier) }),
    pii_principal_id: principal,
    language: facts.lang,
    jurisdiction: 'CA-QC',
    agreement: agreement.ref,
    dataset: dataset.ref,
    privacy_notice: {
      text_id: text.ref,
      sha256: { fr: text.sha256.fr.toString('hex'), en: text.sha256.en.toString('hex') },
      rendered_sha256: facts.renderedSha256.toString('hex'),
    },
    purposes: [purposeOf(named)],
    parties: [partyOf('holder', facts.holder, names), partyOf('recipient', facts.recipient, names)],
    event: [eventOf(issuing)],
    ...sendingIn(named),
    ...helpIn(issuing),
    ...(issuing.still === undefined ? {} : { still: issuing.still }),
    ledger: ledgerOf(issuer, written),
    ...signingIn(issuing),
  }
}

function purposeOf({ issuer, facts, register, names }: Named): ReceiptPurpose {
  const { purpose, agreement } = objectsOf(facts, register)
  const { period, trigger } = purpose.retention
  const lookback = lookbackOf(facts)
  return {
    purpose: purpose.plainStatement,
    purpose_label: purpose.label,
    purpose_id: purpose.ref,
    purpose_type: purpose.dpvIri ?? anyPurpose,
    lawful_basis: present(legalBasis(facts.legalBasisId), 'the legal basis of a consent').article,
    legal_basis_id: facts.legalBasisId,
    pii_information: piiOf(facts, register, names),
    pii_controllers: [agreement.recipient],
    collection_method: `from ${agreement.holder}`,
    processing_method: purpose.isAutomated ? 'automated_decision' : 'no_automated_decision',
    storage_locations: [purpose.isOutsideQuebec ? 'outside CA-QC' : 'CA-QC'],
    retention_period: {
      fr: `${period.fr} ${trigger.fr}`,
      en: `${period.en} ${trigger.en}`,
    },
    recipient_third_parties: [agreement.recipient],
    withdrawal_method: `${issuer}/mes-partages/${writeId('con', facts.consentId)}`,
    privacy_rights: `${issuer}/confidentialite`,
    ...(agreement.assessment === undefined ? {} : { impact_assessment: agreement.assessment }),
    ...(lookback === undefined ? {} : { lookback }),
  }
}

function sendingIn({ answered, names }: Named): Pick<ReceiptClaims, 'sending'> {
  if (answered === undefined) return {}
  const { sending, isChange: is_change } = answered
  const labelled = mapSending(sending, (id) => ({
    pii_type: id,
    pii_label: present(names.category(id), 'a category of an answer').label,
  }))
  return { sending: { is_change, ...labelled } }
}

// As its event says it, so that neither says it without the other.
function helpIn({ written, register }: ReceiptInput): Pick<ReceiptClaims, 'helped_by'> {
  const { collected_by } = JSON.parse(written.text) as {
    readonly collected_by?: { readonly office?: Pick<ReceiptDesk, 'organisation' | 'role'> }
  } // as an answer's event has it
  const { office } = collected_by ?? {}
  if (office === undefined) return {}
  const { name } = present(register.organisation(office.organisation), 'the body of a desk')
  return { helped_by: { ...office, name } }
}

function signingIn({ issuer, answered }: ReceiptInput): SigningClaims {
  const { key, presented, lifted } = answered ?? {}
  const shown = presented === undefined ? {} : { presented: ledgerOf(issuer, presented) }
  const lifting = lifted === undefined ? {} : { signature_lifted: ledgerOf(issuer, lifted) }
  if (key === undefined) return { ...lifting, ...shown }
  const { making, endorsers, isErased } = key
  return {
    ...lifting,
    ...(making === undefined ? {} : { signing_key: ledgerOf(issuer, making) }),
    ...(endorsers.length === 0
      ? {}
      : { endorsing_keys: endorsers.map((event) => ledgerOf(issuer, event)) }),
    ...shown,
    ...(isErased ? { signing_key_erased: true } : {}),
  }
}

// The categories that were asked for, in the dataset's order, as the person saw them.
function piiOf(facts: ReceiptFacts, register: Register, names: Names): PiiInformation[] {
  const { dataset, purpose } = objectsOf(facts, register)
  const asked = facts.categoriesGranted | facts.categoriesDeclined
  return dataset.categories.flatMap((id, bit) => {
    const own = 1n << BigInt(bit)
    if ((asked & own) === 0n) return []
    const { label, sensitivity, dpvIri } = present(names.category(id), 'a category of a dataset')
    return [
      {
        pii_type: id,
        pii_label: label,
        pii_optional: purpose.necessity[id] === 'optional',
        sensitive_pii_category: sensitivity === 'sensitive',
        pii_consented: (facts.categoriesGranted & own) !== 0n,
        ...(dpvIri === undefined ? {} : { pii_iri: dpvIri }),
      },
    ]
  })
}

function partyOf(role: ReceiptParty['party_role'], root: number, names: Names): ReceiptParty {
  const party = present(names.organisationByRoot(root), 'a body of a consent')
  const { id, name, officerContact: contact, policyUrl } = party
  return {
    party_id: id,
    party_name: name,
    party_role: role,
    ...(contact === undefined ? {} : { party_contact: contact }),
    ...(policyUrl === undefined ? {} : { party_url: policyUrl }),
  }
}

function eventOf({ facts, written, register }: ReceiptInput): ReceiptEvent {
  const { kind, eventId, recordedAt } = written
  if (!isReceiptKind(kind)) throw new TypeError(`no receipt says ${kind}`)
  const [event_type, event_state] = events[kind]
  return {
    event_type,
    event_state,
    event_time: recordedAt.toISOString(),
    validity_duration: `until ${facts.validUntilLocal}`,
    entity_id: objectsOf(facts, register).agreement.recipient,
    event_id: writeId('evt', eventId),
    event_kind: kind,
  }
}

function isReceiptKind(kind: string): kind is ReceiptKind {
  return Object.hasOwn(events, kind)
}

function ledgerOf(
  issuer: string,
  { recordedAt, commitment, salt, text }: WrittenEvent,
): ReceiptLedger {
  return {
    origin: originOf(issuer, recordedAt.getUTCFullYear()),
    entry: logEntry(commitment).toString('base64'),
    salt: salt.toString('base64'),
    payload: text,
    payload_jcs_sha256: createHash('sha256').update(text).digest('hex'),
  }
}
