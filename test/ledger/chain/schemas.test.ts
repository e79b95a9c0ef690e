import { readFileSync, readdirSync } from 'node:fs'
import { deedsAboutHer } from '../../../src/registry/changes/order-shape.ts'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventKinds } from '../../../src/ledger/chain/event.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'

const folder = join(import.meta.dirname, '../../../docs/schemas/ledger')
const id = (prefix: string) => `${prefix}_01JD9ZK3Y8HT2V5E9M4C7A0QPD`
const sha256 = 'ab'.repeat(32)
const instant = '2026-11-24T15:04:11.402Z'
const days = { from: '2025-01-01', to: '2025-12-31' }

const about = {
  consent_id: id('con'),
  agreement: 'agr_2026-001@3',
  purpose: 'pur_calcul-aide@2',
  dataset: 'dst_avis-cotisation@3',
}
const parties = { holder: 'org_agence-revenu', recipient: 'org_aide-etudes' }

const answer = {
  ...about,
  ...parties,
  arrangement_id: id('arr'),
  version_in_arrangement: 1,
  request_id: id('req'),
  presentation_id: id('pre'),
  legal_basis: 'consent_53',
  categories_granted: ['cat_revenu-net'],
  categories_declined: ['cat_personnes-a-charge'],
  categories_express: ['cat_revenu-net'],
  express: true,
  one_time: false,
  max_uses: null,
  frequency_limit: { count: 4, per: 'P1Y' },
  lookback: days,
  valid_from: instant,
  valid_until: '2027-09-01T04:00:00.000Z',
  valid_until_local: '2027-08-31',
  tz: 'America/Toronto',
  text_pair_sha256: sha256,
  collected_by: { channel: 'web', acr: 'urn:accord:aal:2', amr: ['pop', 'user', 'mfa'] },
  supersedes: id('con'),
  record_list: 1,
  record_sha256: sha256,
}
const report = {
  ...parties,
  disclosure_id: id('dis'),
  decision_id: id('dec'),
  consent_id: id('con'),
  categories_actual: ['cat_revenu-net'],
  occurred_at: instant,
  record_count: 1,
  result: 'found',
  delivery: 'pull',
  query_id: 'q-1',
  query_group_id: null,
  initiator: { type: 'system', label: { fr: 'Calcul automatique', en: 'Automatic calculation' } },
  late: false,
  in_flight: false,
  anomaly: false,
  report_sha256: sha256,
}
const passkey = {
  factor_id: id('fac'),
  factor: 'passkey',
  jwk: { kty: 'EC', crv: 'P-256', x: 'Zk5q', y: 'mQ-_' },
  backup_eligible: true,
}
const fieldsOf: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'consent.presented': {
    ...about,
    request_id: id('req'),
    presentation_id: id('pre'),
    ...parties,
    text: 'txt_calcul-aide@7',
    lang: 'fr-CA',
    canonical_sha256: sha256,
    rendered_sha256: sha256,
    service: 'aide-etudes',
    items: 2,
    item_no: 1,
    expires_at: instant,
    categories_required: ['cat_revenu-net'],
    categories_optional: [],
    max_uses: 1,
    frequency_limit: null,
    lookback: days,
    valid_until: instant,
    valid_until_local: '2027-08-31',
    order_of_items: ['cat_revenu-net'],
    grant_label: 'Autoriser le partage',
    refuse_label: 'Refuser le partage',
    channel: 'web',
    assistance_offered: true,
    assistance_used: false,
  },
  'content.erased': {
    years: { from: 2026, through: 2027 },
    entries: { from: 1, through: 9 },
    rule: 'retention',
    before: instant,
  },
  'question.silenced': {
    ...parties,
    silence_id: id('sil'),
    dataset: about.dataset,
    categories: ['cat_revenu-net'],
  },
  'question.reopened': { silence_id: id('sil'), answered_for_her: 3 },
  'notice.shown': {
    notice_id: id('ntc'),
    agreement: about.agreement,
    purpose: about.purpose,
    dataset: about.dataset,
    categories: ['cat_revenu-net'],
    legal_basis: 'agreement_68_1',
    lang: 'fr-CA',
    rendered_sha256: sha256,
  },
  'decisions.refused': {
    day: '2026-11-24',
    tz: 'America/Toronto',
    denies: 2,
    reasons: [{ code: 'NO_CONSENT', times: 3 }],
    refused_list: 1,
    refused_sha256: sha256,
  },
  'consent.granted': answer,
  'consent.refused': { ...answer, categories_granted: [], categories_express: [] },
  'consent.revoked': {
    consent_id: id('con'),
    arrangement_id: id('arr'),
    revoked_at: instant,
  },
  'consent.voided': {
    consent_id: id('con'),
    arrangement_id: id('arr'),
    because: 'order',
    reason: { fr: 'Parce que.', en: 'Because.' },
    order: { number: '1023456-S', day: '2026-11-24' },
    offices: [id('man'), 'man_01ARZ3NDEKTSV4RRFFQ69G5FAV'],
  },
  'consent.expired': {
    consent_id: id('con'),
    arrangement_id: id('arr'),
    because: 'term',
    expired_at: instant,
  },
  'consent.superseded': {
    consent_id: id('con'),
    arrangement_id: id('arr'),
    superseded_by: id('con'),
  },
  'consent.suspended': {
    consent_id: id('con'),
    arrangement_id: id('arr'),
    suspended_reasons: ['person'],
    suspended_at: instant,
  },
  'consent.resumed': {
    consent_id: id('con'),
    arrangement_id: id('arr'),
    suspended_reasons: [],
    resumed_at: instant,
  },
  'consent.confirmed': {
    consent_id: id('con'),
    arrangement_id: id('arr'),
    confirmed_at: instant,
  },
  'disclosure.authorised': {
    ...about,
    ...parties,
    decision_id: id('dec'),
    legal_basis: 'consent_59_sensitive',
    categories_asked: ['cat_revenu-net'],
    categories_permitted: ['cat_revenu-net'],
    evaluated_at: instant,
    valid_until: instant,
    period: null,
    query_id: null,
    reason_code: 'CONSENT_ACTIVE',
    policy_version: 1,
  },
  'disclosure.recorded': report,
  'disclosure.nil': { ...report, categories_actual: [], use_returned: false },
  'revocation.delivered': { consent_id: id('con'), role: 'recipient' },
  'revocation.acknowledged': { consent_id: id('con'), role: 'holder' },
  'revocation.effect-reported': {
    consent_id: id('con'),
    role: 'recipient',
    effect: 'kept_by_law',
    law: 'LAI, art. 73',
  },
  'disclosure.disputed': {
    dispute_id: id('dsp'),
    decision_id: id('dec'),
    consent_id: null,
    routed_to: 'org_agence-revenu',
    due_at: instant,
    text_sha256: sha256,
  },
  'disclosure.answered': {
    dispute_id: id('dsp'),
    decision_id: id('dec'),
    consent_id: id('con'),
    outcome: 'explained',
    answer_id: id('ans'),
    text_sha256: sha256,
  },
  'disclosure.received': {
    ...parties,
    received_id: id('rcv'),
    decision_id: null,
    consent_id: id('con'),
    categories_received: ['cat_revenu-net'],
    occurred_at: instant,
    record_count: null,
    query_id: 'q-1',
    anomalies: ['received_without_permit'],
    dataset: about.dataset,
    content_sha256: sha256,
  },
  'access.ordered': {
    order: {
      type: 'accord.order.v1',
      issuer: 'https://accord.example',
      deed: 'counter-code',
      about: id('con'),
      details: {},
      reason: { fr: 'papiers vus', en: 'papers seen' },
      made_at: instant,
      nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
    },
    order_sha256: sha256,
    signatures: [{ signer: 'sig_a@1', office: { fr: 'Bureau', en: 'Office' }, jws: 'a.b.c' }],
    operator: null,
  },
  'disclosure.declared': {
    ...parties,
    declaration_id: id('dcl'),
    dataset: about.dataset,
    categories: ['cat_revenu-net'],
    legal_basis: 'law_67',
    law: {
      act: { fr: 'Loi', en: 'Act' },
      section: '61',
      url: { fr: 'https://loi.example', en: 'https://law.example' },
    },
    reference: 'r-1',
    occurred_at: instant,
    record_count: null,
  },
  'disclosure.inquired': {
    ...parties,
    inquiry_id: id('inq'),
    day: '2026-11-24',
    tz: 'America/Toronto',
    consent_id: id('con'),
    agreement: about.agreement,
    purpose: about.purpose,
    dataset: about.dataset,
    introspected: 3,
    decided: 0,
    excused: { not_found: 1 },
    undecided: 2,
  },
  'disclosure.unconfirmed': {
    ...parties,
    decision_id: id('dec'),
    consent_id: null,
    due_at: instant,
  },
  'access.opened': { factors: [passkey] },
  'access.factor-added': { factors: [passkey], by_recovered: false },
  'access.factor-removed': { factors: [id('fac')], because: 'removed' },
  'access.standing': {
    was: 'active',
    status: 'active',
    suspended_at: null,
    closed_at: instant,
    erase_at: instant,
    by: id('evt'),
  },
  'access.providers-blocked': { issuers: ['https://id.elsewhere.test'], all: false },
  'claims.answered': {
    service: 'aide-etudes',
    registered: 'aide-etudes@3',
    organisation: 'org_aide-etudes',
    claims: [
      {
        claim: 'email',
        given: true,
        optional: false,
        purpose: { fr: 'Vous écrire', en: 'Write to you' },
      },
    ],
  },
  'claims.ended': { service: 'aide-etudes', claims: ['email'] },
  'connection.ended': { service: 'aide-etudes' },
  'file.compared': {
    service: 'aide-etudes',
    reference: '7K2P9-QX4AB',
    result: 'not_sure',
    reason: 'accents',
  },
  'rows.differed': { found_by: 'night', differences: 2 },
  'rows.settled': { order_sha256: sha256 },
  'office.named': {
    mandate: id('man'),
    organisation: 'org_aide-etudes',
    role: 'namer',
    acts: ['name'],
    from: instant,
    until: '2027-09-01T04:00:00.000Z',
    order_sha256: sha256,
    named_by: [],
  },
  'office.ended': { mandate: id('man'), because: 'over', ended_by: null },
  'office.acted': { mandate: id('man'), deed: 'incident.stop', about: 'service svc', sha256 },
  'identity.checked': {
    check: id('fac'),
    replaces: null,
    organisation: 'org_aide-etudes',
    papers: [
      { kind: 'passport', last_four: '12AB', issued_on: '2024-02-29' },
      { kind: 'birth-certificate', last_four: '0042', issued_on: '1990-05-01' },
    ],
    level: 'urn:accord:aal:2',
    offices: [id('man'), `man_${'2'.repeat(26)}`],
  },
  'card.made': {
    card: id('fac'),
    last_four: '0514',
    organisation: 'org_aide-etudes',
    offices: [id('man'), `man_${'2'.repeat(26)}`],
  },
  'card.ended': { card: id('fac'), last_four: '0514', because: 'lost' },
  'desk.searched': {
    organisation: 'org_aide-etudes',
    role: 'counter',
    reason: 'present',
    reference: 'consent',
  },
  'desk.found-nobody': {
    organisation: 'org_aide-etudes',
    role: 'telephone',
    reason: 'other',
    reference: 'sub',
  },
  'desk.dossier-made': {
    organisation: 'org_aide-etudes',
    offices: [id('man'), `man_${'2'.repeat(26)}`],
    from: '2026-01-01',
    to: '2026-12-31',
    key: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    reason: 'plainte 2026-118',
  },
  'help.opened': {
    mandate: id('man'),
    organisation: 'org_aide-etudes',
    role: 'counter',
    way: 'device',
    until: '2026-09-01T14:30:00.000Z',
  },
  'help.closed': { mandate: id('man'), looks: 3, sha256, because: 'principal' },
  'signature.required': { pii_principal_id: 'iss_sub:https://accord.example#A' },
  'signature.lifted': {
    lifts: id('evt'),
    signed: null,
    recovered: id('evt'),
    pii_principal_id: 'iss_sub:https://accord.example#A',
  },
  'access.recovered': {
    factors: [
      { factor_id: id('fac'), factor: 'password' },
      { factor_id: id('fac'), factor: 'totp' },
      { factor_id: id('fac'), factor: 'identity' },
    ],
    code: 'own',
  },
  'disclosure.corrected': {
    ...parties,
    disclosure_id: id('dis'),
    decision_id: id('dec'),
    consent_id: id('con'),
    categories_before: ['cat_revenu-net'],
    categories_actual: [],
    occurred_at: instant,
    record_count: 0,
    result: 'not_found',
    reason: { fr: 'Compté deux fois', en: 'Counted twice' },
    in_flight: false,
    anomaly: false,
    use_returned: true,
    report_sha256: sha256,
  },
}
const kinds = Object.keys(fieldsOf)

function payloadOf(kind: string): Record<string, unknown> {
  return {
    v: 1,
    kind,
    event_id: id('evt'),
    person_seq: 1,
    prev_commitment: null,
    recorded_at: instant,
    actor: { type: 'person', acr: 'urn:accord:aal:2' },
    ...fieldsOf[kind],
  }
}

test('every schema is of a kind of the closed list, and tried here', () => {
  const files = readdirSync(folder).filter((name) => name !== 'common.json')

  expect(new Set(files)).toEqual(new Set(kinds.map((kind) => `${kind}.json`)))
  expect(eventKinds).toEqual(expect.arrayContaining(kinds))
})

test.each(kinds)('%s: all its members and no other', (kind) => {
  const payload = payloadOf(kind)

  expect(schemaProblems(payload)).toEqual([])
  expect(schemaProblems({ ...payload, note: 'more' })).toHaveLength(1)
  for (const missing of Object.keys(payload)) {
    if (missing === 'kind') continue
    const { [missing]: _missing, ...rest } = payload
    expect(schemaProblems(rest)).toEqual([expect.stringContaining(missing)])
  }
  for (const [name, value] of Object.entries({
    kind: 'x.y',
    v: 2,
    person_seq: 0,
    event_id: 'evt_1',
  }))
    expect(schemaProblems({ ...payload, [name]: value })).toHaveLength(1)
})

test.each<[string, Record<string, unknown>]>([
  ['consent.granted', { categories_granted: [] }],
  ['consent.granted', { categories_granted: ['cat_a', 'cat_a'] }],
  ['consent.granted', { agreement: 'agr_2026-001' }],
  ['consent.granted', { valid_until: '2027-09-01T00:00:00.000-04:00' }],
  ['consent.granted', { valid_until: '2027-13-01T00:00:00.000Z' }],
  ['consent.granted', { valid_until_local: '2027-02-30' }],
  ['consent.granted', { record_sha256: 'AB'.repeat(32) }],
  ['consent.granted', { max_uses: 0 }],
  ['consent.granted', { consent_id: id('arr') }],
  ['consent.granted', { prev_commitment: 'AA==' }],
  ['consent.refused', { categories_granted: ['cat_revenu-net'] }],
  ['consent.refused', { categories_declined: [] }],
  ['consent.refused', { categories_express: ['cat_revenu-net'] }],
  ['consent.granted', { narrowed_from: null }],
  ['consent.suspended', { suspended_reasons: [] }],
  ['consent.suspended', { suspended_reasons: ['person', 'person'] }],
  ['consent.resumed', { suspended_reasons: ['boredom'] }],
  ['consent.revoked', { actor: { type: 'organisation' } }],
  ['consent.revoked', { actor: { type: 'person', sub: 'x' } }],
  ['consent.voided', { offices: [id('man')] }],
  ['consent.voided', { because: 'mood' }],
  ['disclosure.recorded', { categories_actual: [] }],
  ['disclosure.nil', { categories_actual: ['cat_revenu-net'] }],
  ['disclosure.nil', { record_count: -1 }],
  ['decisions.refused', { denies: 0 }],
  ['decisions.refused', { reasons: [] }],
  ['decisions.refused', { reasons: [{ code: 'NO_CONSENT', times: 0 }] }],
  ['decisions.refused', { day: '2026-02-30' }],
  ['content.erased', { years: { from: 2026 } }],
  ['content.erased', { rule: 'mood' }],
  ['access.recovered', { factors: [] }],
  ['identity.checked', { papers: [] }],
  ['access.opened', { factors: [{ ...passkey, backup_eligible: undefined }] }],
  ['access.opened', { factors: [{ ...passkey, jwk: { ...passkey.jwk, d: 'Zk5q' } }] }],
  ['access.factor-added', { factors: [passkey, passkey] }],
  ['access.factor-removed', { because: 'mood' }],
  ['access.recovered', { code: 'found' }],
  ['access.providers-blocked', { issuers: [''] }],
  ['access.providers-blocked', { all: 'yes' }],
])('the schema of %s refuses %j', (kind, change) => {
  expect(schemaProblems({ ...payloadOf(kind), ...change })).not.toEqual([])
})

test('the event of a narrower consent names the consent that it replaces', () => {
  expect(schemaProblems({ ...payloadOf('consent.granted'), narrowed_from: id('con') })).toEqual([])
})

test('an answer has the hash of its page, and her key’s signature where she gave it', () => {
  const signed = {
    jwk: passkey.jwk,
    authenticator_data: 'Zk5q',
    client_data_json: 'e30',
    signature: 'MEUC',
    checkpoint: 'accord.example/log/2026 12 AAAA',
    others: [sha256],
  }
  const given = { ...payloadOf('consent.refused'), rendered_sha256: sha256 }
  for (const one of [null, signed]) expect(schemaProblems({ ...given, signed: one })).toEqual([])
  for (const wrong of [{ ...signed, others: ['x'] }, { ...signed, key_id: 'x' }, {}])
    expect(schemaProblems({ ...given, signed: wrong })).not.toEqual([])
})

test('a way in that takes the place of another names it', () => {
  const added = { ...payloadOf('access.factor-added'), replaces: id('fac') }
  expect(schemaProblems(added)).toEqual([])
})

test('a schema has no $id, so that it can be published anywhere', () => {
  for (const name of readdirSync(folder))
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain('"$id"')
})

test('an unknown kind of event has no schema', () => {
  for (const payload of [undefined, null, 1, {}, { kind: 'notice.unknown' }])
    expect(schemaProblems(payload)).toEqual([expect.stringContaining('no schema')])
})

test('the event of a way in names whose it is, and the older key that endorsed a new one', () => {
  const whose = { pii_principal_id: 'iss_sub:https://accord.example#A' }
  for (const kind of ['access.opened', 'access.recovered', 'access.factor-added'])
    expect(schemaProblems({ ...payloadOf(kind), ...whose })).toEqual([])
  const endorsed = {
    factor_id: id('fac'),
    jwk: passkey.jwk,
    authenticator_data: 'Zk5q',
    client_data_json: 'e30',
    signature: 'MEUC',
  }
  const added = { ...payloadOf('access.factor-added'), ...whose }
  for (const one of [null, endorsed])
    expect(schemaProblems({ ...added, endorsed_by: one })).toEqual([])
  for (const wrong of [{}, { ...endorsed, name: 'x' }])
    expect(schemaProblems({ ...added, endorsed_by: wrong })).not.toEqual([])
  const lifted = payloadOf('signature.lifted')
  expect(schemaProblems({ ...lifted, signed: endorsed, recovered: null })).toEqual([])
  expect(schemaProblems({ ...lifted, signed: {} })).not.toEqual([])
})

test('what can be ordered about a person is what the schema of that event takes, in words of both languages', () => {
  const text = readFileSync(join(folder, 'access.ordered.json'), 'utf8')
  const schema = JSON.parse(text) as {
    properties: { order: { properties: { deed: { enum: string[] } } } }
  }
  expect(schema.properties.order.properties.deed.enum).toEqual([...deedsAboutHer])
  for (const language of ['fr', 'en'])
    for (const deed of deedsAboutHer)
      expect(readFileSync(`views/locales/${language}.json`, 'utf8')).toContain(
        `"my-activity.ordered.${deed}"`,
      )
})
