import type { Bilingual } from '../../../base/values/languages.ts'
import type {
  PiiInformation,
  ReceiptClaims,
  ReceiptParty,
  ReceiptPurpose,
  ReceiptState,
  SendingItem,
} from './receipt-claims.ts'
import type { Lookback } from '../coverage.ts'
import type { AnswerEffect } from '../effect-of-answer.ts'

// A receipt in the terms of the W3C Data Privacy Vocabulary 2, after the DPVCG's guide to ISO/IEC TS 27560 (docs/receipts.md). It is
// a view for other tools: only the JWT is signed.

const context = {
  dcat: 'http://www.w3.org/ns/dcat#',
  dct: 'http://purl.org/dc/terms/',
  dpv: 'https://w3id.org/dpv#',
  'dpv-27560': 'https://w3id.org/dpv/schema/dpv-27560#',
  loc: 'https://w3id.org/dpv/loc#',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  skos: 'http://www.w3.org/2004/02/skos/core#',
  // The strings of these members are IRIs, and no literals.
  'dct:conformsTo': { '@type': '@id' },
  'dpv:hasNecessity': { '@type': '@id' },
  'dpv:hasProcessing': { '@type': '@id' },
  'skos:broader': { '@type': '@id' },
} as const

/** The state of a consent in DPV's terms. DPV has none for a pause: a paused consent is shown as not valid for processing. */
const statuses: Readonly<Record<ReceiptState, string>> = {
  active: 'dpv:ConsentGiven',
  refused: 'dpv:ConsentRefused',
  revoked: 'dpv:ConsentWithdrawn',
  suspended: 'dpv:ConsentStatusInvalidForProcessing',
  expired: 'dpv:ConsentExpired',
  superseded: 'dpv:ConsentStatusInvalidForProcessing',
  void: 'dpv:ConsentInvalidated',
}

/** The receipt as JSON-LD. Pure. */
export function dpvView(claims: ReceiptClaims): object {
  const [purpose] = claims.purposes
  return {
    '@context': context,
    '@type': ['dpv:ConsentRecord'],
    '@id': `urn:accord:${claims.receipt_id}`,
    'dct:conformsTo': 'dpv-27560:record-2',
    'dct:source': claims.schema_version,
    'dpv:hasIdentifier': claims.record_id,
    'dct:created': claims.event[0].event_time,
    'dct:creator': claims.iss,
    'dct:language': claims.language.slice(0, 2),
    'dpv:hasDataSubject': {
      '@type': ['dpv:DataSubject'],
      'dpv:hasIdentifier': claims.pii_principal_id,
    },
    'dpv:hasJurisdiction': { 'skos:broader': 'loc:CA', 'dct:identifier': claims.jurisdiction },
    'dpv:hasProcess': [
      {
        '@type': ['dpv:Process'],
        'dpv:hasPurpose': [
          {
            '@type': ['dpv:Purpose'],
            'dct:identifier': purpose.purpose_id,
            'skos:broader': purpose.purpose_type,
            'skos:prefLabel': inBoth(purpose.purpose_label),
            'skos:definition': inBoth(purpose.purpose),
          },
        ],
        'dpv:hasProcessing': ['dpv:Disclose', 'dpv:Use'],
        'dpv:hasDataController': purpose.pii_controllers,
        'dpv:hasRecipient': purpose.recipient_third_parties,
        'dpv:hasDataSource': partiesOf(claims, 'holder'),
        'dpv:hasStorageCondition': storageOf(purpose),
        'dpv:hasLegalBasis': [
          { 'skos:broader': ['dpv:Consent'], 'skos:prefLabel': purpose.lawful_basis },
        ],
        'dpv:hasConsentControl': {
          '@type': ['dpv:WithdrawConsent'],
          'dpv:isExercisedAt': purpose.withdrawal_method,
        },
        'dpv:hasProcess': processesOf(claims),
      },
    ],
    'dpv:hasEntity': Object.fromEntries(
      claims.parties.map((party) => [party.party_id, entityOf(party)]),
    ),
  }
}

function storageOf({ storage_locations: places, retention_period }: ReceiptPurpose): object[] {
  return [
    {
      '@type': ['dpv:StorageLocation'],
      'dpv:hasLocation': { 'dct:identifier': places },
    },
    {
      '@type': ['dpv:StorageDuration'],
      'dpv:hasDuration': {
        '@type': 'dpv:UntilEventDuration',
        'rdf:value': inBoth(retention_period),
      },
    },
  ]
}

// Allowed and declined categories differ in their status alone: each status has a process of its own. The receipt of an answer lists
// the same effects as its page: categories that a refused change leaves are still given.
function processesOf(claims: ReceiptClaims): object[] {
  const [{ pii_information: all }] = claims.purposes
  const { sending } = claims
  if (sending === undefined) {
    const allowed = all.filter((item) => item.pii_consented)
    const declined = all.filter((item) => !item.pii_consented)
    const state = claims.event[0].event_state
    return [
      ...processOf(claims, allowed, statuses[state]),
      ...processOf(claims, declined, 'dpv:ConsentRefused'),
    ]
  }
  const { sent, goes_on, added, resumes, waits, stops, not_added, not_sent } = sending
  const of = (items: readonly SendingItem[]) =>
    items.map((item) => all.find(({ pii_type }) => pii_type === item.pii_type) ?? item)
  // Where two records stand, neither's last day holds for all categories: none is given.
  const [stand, more] = sending.stands
  const standing = more === undefined && stand !== undefined ? termsOf(stand) : {}
  const given = [...sent, ...goes_on, ...added, ...resumes]
  return [
    ...processOf(claims, of(given), 'dpv:ConsentGiven', standing),
    ...processOf(claims, of(waits), 'dpv:ConsentStatusInvalidForProcessing', standing),
    ...processOf(claims, of(stops), 'dpv:ConsentWithdrawn'),
    ...processOf(claims, of([...not_added, ...not_sent]), 'dpv:ConsentRefused'),
  ]
}

type Terms = { readonly until?: string | undefined; readonly lookback?: Lookback | undefined }

function termsOf({ last_day: until, lookback }: AnswerEffect['stands'][number]): Terms {
  return { until, lookback }
}

function askedIn({ event: [event], purposes: [purpose] }: ReceiptClaims): Terms {
  return { until: event.validity_duration.replace('until ', ''), lookback: purpose.lookback }
}

function processOf(
  claims: ReceiptClaims,
  data: readonly (PiiInformation | SendingItem)[],
  status: string,
  { until, lookback }: Terms = askedIn(claims),
): object[] {
  if (data.length === 0) return []
  const {
    event: [event],
    privacy_notice: notice,
    purposes: [purpose],
  } = claims
  return [
    {
      '@type': ['dpv:Process'],
      'dpv:hasPersonalData': data.map(dataOf),
      ...daysOf(lookback),
      'dpv:hasConsentStatus': [
        {
          '@type': [status],
          'dpv:isIndicatedAtTime': event.event_time,
          'dpv:isExercisedAt': purpose.withdrawal_method,
          ...(until === undefined
            ? {}
            : {
                'dpv:hasDuration': { '@type': ['dpv:UntilTimeDuration'], 'rdf:value': until },
              }),
          'dpv:hasNotice': {
            '@type': ['dpv:ConsentNotice'],
            'dpv:hasIdentifier': notice.text_id,
          },
        },
      ],
    },
  ]
}

function dataOf(item: PiiInformation | SendingItem): object {
  const { pii_type, pii_label } = item
  return {
    '@type': ['dpv:PersonalData'],
    'dct:identifier': pii_type,
    'skos:prefLabel': inBoth(pii_label),
    ...('pii_consented' in item ? askedFor(item) : {}),
  }
}

function askedFor({ pii_iri, pii_optional, sensitive_pii_category }: PiiInformation): object {
  return {
    ...(sensitive_pii_category ? { '@type': ['dpv:SensitivePersonalData'] } : {}),
    'dpv:hasNecessity': pii_optional ? 'dpv:Optional' : 'dpv:Required',
    ...(pii_iri === undefined ? {} : { 'skos:broader': pii_iri }),
  }
}

function daysOf(lookback: Lookback | undefined): object {
  if (lookback === undefined) return {}
  const { from, to } = lookback
  return { 'dct:temporal': { 'dcat:startDate': from, 'dcat:endDate': to } }
}

function entityOf({ party_id, party_name, party_contact, party_url }: ReceiptParty): object {
  return {
    '@type': ['dpv:LegalEntity'],
    'dpv:hasIdentifier': party_id,
    'dpv:hasName': inBoth(party_name),
    ...(party_contact === undefined ? {} : { 'dpv:hasContact': party_contact }),
    ...(party_url === undefined ? {} : { 'dct:source': party_url }),
  }
}

function partiesOf({ parties }: ReceiptClaims, role: ReceiptParty['party_role']): string[] {
  return parties.filter((party) => party.party_role === role).map((party) => party.party_id)
}

function inBoth({ fr, en }: Bilingual): object[] {
  return [
    { '@language': 'fr', '@value': fr },
    { '@language': 'en', '@value': en },
  ]
}
