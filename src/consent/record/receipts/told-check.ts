import type { Claims } from '../../../base/keys/jws.ts'
import { events } from './receipt-claims.ts'
import type { Members } from './signature-check.ts'
import { membersOf, text } from './signature-check.ts'

// What a receipt says, held against its event. The log has the event alone: whoever has the key of receipts, and one true receipt, could
// else sign the same event and its proof beside another body, other categories, or a yes in the place of a no.

type Pair = readonly [name: string, told: string, said: string]

/** The first member of an event that its receipt says otherwise; undefined where all agree. @param event the receipt's own, in its first place */
export function contradictionIn(
  claims: Claims,
  event: Members,
  written: Members,
): string | undefined {
  const ofAny = [...ofEach(event, written), ...ofStop(claims, written)]
  const all = isAnswer(written) ? [...ofAny, ...ofAnswers(claims, event, written)] : ofAny
  return all.find(([, told, said]) => told !== said)?.[0]
}

/** Whether an event is of an answer: it alone names both bodies and the categories. */
export function isAnswer({ kind }: Members): boolean {
  return kind === 'consent.granted' || kind === 'consent.refused'
}

function ofEach(event: Members, written: Members): readonly Pair[] {
  const [type = '', state = ''] =
    (events as Readonly<Record<string, readonly string[]>>)[text(written['kind'])] ?? []
  return [
    ['kind', type, text(event['event_type'])],
    ['kind', state, text(event['event_state'])],
  ]
}

// What a stop leaves is in no event: a receipt of another one says nothing of it, and none of other data than its own.
function ofStop(claims: Claims, written: Members): readonly Pair[] {
  const { still } = claims
  if (still === undefined) return []
  const own = consentedIn(claims, true)
  const data = listOf(membersOf(still)['data']).map((datum) => text(membersOf(datum)['pii_type']))
  const others = data.filter((type) => !own.includes(type))
  return [
    ['still', 'consent.revoked', text(written['kind'])],
    ['still', 'true', String(Array.isArray(membersOf(still)['data']))],
    ['still', '', sorted(others)],
  ]
}

function consentedIn(claims: Claims, is: boolean): readonly string[] {
  return listOf(membersOf(listOf(claims['purposes'])[0])['pii_information'])
    .map(membersOf)
    .filter((item) => (item['pii_consented'] === true) === is)
    .map((item) => text(item['pii_type']))
}

function ofAnswers(claims: Claims, event: Members, written: Members): readonly Pair[] {
  const purposes = listOf(claims['purposes'])
  const purpose = membersOf(purposes[0])
  const [granted, declined] = [
    textsOf(written['categories_granted']),
    textsOf(written['categories_declined']),
  ]
  const parties = listOf(claims['parties']).map(membersOf)
  const [holder, recipient] = [text(written['holder']), text(written['recipient'])]
  const notice = membersOf(claims['privacy_notice'])
  const recipients = [
    event['entity_id'],
    ...listOf(purpose['pii_controllers']),
    ...listOf(purpose['recipient_third_parties']),
  ]
  return [
    ...(['agreement', 'dataset'] as const).map((name): Pair => [
      name,
      text(written[name]),
      text(claims[name]),
    ]),
    [
      'purpose',
      `1 ${text(written['purpose'])}`,
      `${purposes.length} ${text(purpose['purpose_id'])}`,
    ],
    ['legal_basis', text(written['legal_basis']), text(purpose['legal_basis_id'])],
    ['recipient', recipient, sorted([...new Set(recipients.map(text))])],
    ['holder', `from ${holder}`, text(purpose['collection_method'])],
    [
      'holder',
      sorted([`holder ${holder}`, `recipient ${recipient}`]),
      sorted(parties.map((party) => `${text(party['party_role'])} ${text(party['party_id'])}`)),
    ],
    ['categories_granted', sorted(granted), sorted(consentedIn(claims, true))],
    ['categories_declined', sorted(declined), sorted(consentedIn(claims, false))],
    [
      'valid_until_local',
      `until ${text(written['valid_until_local'])}`,
      text(event['validity_duration']),
    ],
    ['lookback', daysIn(written['lookback']), daysIn(purpose['lookback'])],
    ['supersedes', text(written['supersedes']), text(claims['supersedes_record_id'])],
    [
      'collected_by',
      helpIn(membersOf(written['collected_by'])['office']),
      helpIn(claims['helped_by']),
    ],
    ['rendered_sha256', text(written['rendered_sha256']), text(notice['rendered_sha256'])],
    ...ofSending(membersOf(claims['sending']), written, { granted, declined }),
  ]
}

/** Which desk saw with her: only a receipt whose event says it may say it. */
function helpIn(office: unknown): string {
  const { organisation, role } = membersOf(office)
  return `${text(organisation)} ${text(role)}`
}

type Choices = { readonly granted: readonly string[]; readonly declined: readonly string[] }

// What her answer leads to with her other sharings is not in its event: of these lists only what is about this sharing alone is held against it.
function ofSending(
  sending: Members,
  written: Members,
  { granted, declined }: Choices,
): readonly Pair[] {
  const beyond = (lists: readonly string[], allowed: readonly string[]) =>
    lists
      .flatMap((name) => listOf(sending[name]).map((item) => text(membersOf(item)['pii_type'])))
      .filter((category) => !allowed.includes(category))
  const own = listOf(sending['stands'])
    .map(membersOf)
    .find((stand) => stand['record_id'] === written['consent_id'])
  const stand = own ?? {}
  return [
    ['categories_granted', '', sorted(beyond(['sent', 'added'], granted))],
    ['categories_declined', '', sorted(beyond(['not_added', 'not_sent'], declined))],
    ...(own === undefined
      ? []
      : ([
          ['valid_until_local', text(written['valid_until_local']), text(stand['last_day'])],
          ['frequency_limit', oftenIn(written['frequency_limit']), oftenIn(stand['frequency'])],
          ['lookback', daysIn(written['lookback']), daysIn(stand['lookback'])],
        ] satisfies Pair[])),
  ]
}

function daysIn(lookback: unknown): string {
  const { from, to } = membersOf(lookback)
  return `${text(from)} ${text(to)}`
}

function oftenIn(frequency: unknown): string {
  const { count, per } = membersOf(frequency)
  return `${typeof count === 'number' ? count : ''} ${text(per)}`
}

function sorted(texts: readonly string[]): string {
  return texts.toSorted().join(' ')
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).map(text)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
