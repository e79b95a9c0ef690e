import { expect, test } from 'vitest'
import type { Kind } from '../../../src/registry/objects/object-schemas.ts'
import { kinds } from '../../../src/registry/objects/object-schemas.ts'
import { legalBases, legalBasis } from '../../../src/registry/objects/legal-bases.ts'
import type { Block, Content } from '../whole-register.ts'
import { blocksOf, whole } from '../whole-register.ts'

function issuesOf(kind: Kind, content: Content): string[] {
  const { error } = kinds[kind].schema.safeParse(content)
  return (error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

const everyKind = Object.keys(kinds) as Kind[]
const text = (words: string) => ({ fr: words, en: words })
const blocks = whole.text['blocks'] as Block[]

function contact(change: Content): Content {
  const words = { fr: 'Essai', en: 'Trial' }
  return { name: words, telephone: '+14185550101', hours: words, address: words, ...change }
}

test.each(everyKind)('a valid %s is accepted and stored as it was written', (kind) => {
  expect(kinds[kind].schema.parse(whole[kind])).toEqual(whole[kind])
})

test.each<[Kind, string, Content]>([
  [
    'organisation',
    'all its fields',
    {
      kind: 'public_body',
      neq: '1234567890',
      short_name: text('E'),
      name_in_sentence: { fr: 'l’Essai', en: 'the Trial' },
      parent_org_id: 'org_parent',
      contact: contact({}),
      privacy_officer_title: text('Responsable'),
      privacy_officer_contact: 'vie-privee@essai.test',
      complaint_url: 'https://essai.test/plainte',
      policy_url: 'https://essai.test/politique',
      jurisdiction: 'QC',
      status_since: '2026-01-05',
      jwks_uri: 'https://essai.test/jwks',
      ssf_stream_ids: ['stream'],
      valid_from: '2026-01-05',
      valid_until: '2031-01-04',
    },
  ],
  [
    'category',
    'sensitivity and parent',
    {
      sensitivity: 'sensitive',
      parent_category_id: 'cat_parent',
      in_sentence: { fr: 'votre revenu', en: 'your income' },
    },
  ],
  ['dataset', 'fifty categories', { categories: manyCategories(50) }],
  [
    'dataset',
    'the paths of its fields',
    {
      categories: [{ category_id: 'cat_income', required_for: ['aid'], field_paths: ['income'] }],
    },
  ],
  ['purpose', 'no frequency limit', { frequency_limit: undefined }],
  ['purpose', 'one use only', { max_uses: 1, max_duration: 'P30D', default_duration: 'P30D' }],
  ['purpose', 'durations of every unit', { max_duration: 'P1Y2M3W4D', default_duration: 'P2W' }],
  ['purpose', 'a statement of 25 words', { plain_statement: text(words(25)) }],
  ['agreement', 'no last day', { duration: { from: '2026-01-05' } }],
  ['agreement', 'a law as its basis', { legal_basis_id: 'law_67' }],
  ['text', 'a block of 2,000 characters', { blocks: change('why', 'é'.repeat(2000)) }],
  ['text', 'a short form of 60 and 90 characters', { short: shortOf({}) }],
  ['text', 'emphasis and placeholders', { blocks: change('why', '**Un** {until} **deux**') }],
  [
    'text',
    'no block that only some have',
    {
      blocks: blocks.filter(({ role }) => role !== 'optional_items' && role !== 'how_often'),
    },
  ],
  ['service', 'members of RFC 7591', { token_endpoint_auth_method: 'private_key_jwt' }],
  [
    'service',
    'types of authorization details',
    {
      authorization_details_types: ['https://accord.test/rar/communication/v1'],
    },
  ],
])('a %s with %s is accepted', (kind, _, more) => {
  expect(issuesOf(kind, { ...whole[kind], ...more })).toEqual([])
})

const both = ['fr', 'en']

test.each<[Kind, string, Content, string[]]>([
  ['organisation', 'another prefix', { org_id: 'agr_giver' }, ['org_id: must be like org_a-name']],
  ['organisation', 'a version too high', { version: 1_000_000 }, ['version: ']],
  [
    'organisation',
    'a blank name',
    { name: { fr: ' ', en: 'Trial' } },
    ['name.fr: must not be blank'],
  ],
  ['organisation', 'a number that is none', { neq: '12' }, ['neq: must be ten digits']],
  [
    'organisation',
    'a day that is none',
    { valid_from: '2026-02-30' },
    ['valid_from: must be a day'],
  ],
  [
    'organisation',
    'a telephone as it is dialled',
    { contact: contact({ telephone: '418 555-0101' }) },
    ['contact.telephone: must be an E.164 number'],
  ],
  [
    'organisation',
    'hours in one language',
    { contact: contact({ hours: { fr: 'Tous les jours' } }) },
    ['contact.hours.en: '],
  ],
  [
    'organisation',
    'half a contact',
    { contact: { telephone: '+14185550101' } },
    ['contact.name: ', 'contact.hours: ', 'contact.address: '],
  ],
  ['organisation', 'a script as its page', { policy_url: 'javascript:alert(1)' }, ['policy_url: ']],
  ['category', 'no example', { example: undefined }, ['example: ']],
  ['category', 'an unknown sensitivity', { sensitivity: 'secret' }, ['sensitivity: ']],
  ['dataset', 'no category', { categories: [] }, ['categories: ']],
  ['dataset', 'more categories than bits', { categories: manyCategories(51) }, ['categories: ']],
  [
    'dataset',
    'a category twice',
    {
      categories: [{ category_id: 'cat_income' }, { category_id: 'cat_income' }],
    },
    ['categories: names a category twice'],
  ],
  [
    'dataset',
    'an address that is none',
    { resource_server: 'giver.test/api' },
    ['resource_server: '],
  ],
  // A choice that has no way out is none (I32).
  [
    'purpose',
    'no consequence of a refusal',
    { refusal_consequence: undefined },
    ['refusal_consequence: '],
  ],
  [
    'purpose',
    'no other way in one language',
    {
      alternative_path: { fr: 'Au comptoir', en: ' ' },
    },
    ['alternative_path.en: must not be blank'],
  ],
  [
    'purpose',
    'a statement of 26 words',
    { plain_statement: text(words(26)) },
    both.map((language) => `plain_statement.${language}: must be one sentence of at most 25 words`),
  ],
  [
    'purpose',
    'no category',
    { necessity_by_category: {} },
    ['necessity_by_category: must name 1 to 50'],
  ],
  [
    'purpose',
    'a default longer than it may be',
    { default_duration: 'P13M' },
    ['default_duration: must not be longer'],
  ],
  [
    'purpose',
    'a default longer in other units',
    { default_duration: 'P366D' },
    ['default_duration: must not be longer'],
  ],
  [
    'purpose',
    'a limit of nothing',
    { frequency_limit: { count: 0, per: 'P1Y' } },
    ['frequency_limit.count: '],
  ],
  [
    'agreement',
    'a basis that is not in the list',
    { legal_basis_id: 'deemed_65_0_2' },
    ['legal_basis_id: '],
  ],
  [
    'agreement',
    'a dataset of any version',
    {
      datasets: [{ dataset_id: 'dst_notice', categories: ['cat_income'] }],
    },
    ['datasets.0.dataset_id: must name a version'],
  ],
  [
    'agreement',
    'a dataset twice',
    {
      datasets: [1, 2].map(() => ({ dataset_id: 'dst_notice@1', categories: ['cat_income'] })),
    },
    ['datasets: names a dataset twice'],
  ],
  [
    'agreement',
    'a category twice',
    {
      datasets: [{ dataset_id: 'dst_notice@1', categories: ['cat_income', 'cat_income'] }],
    },
    ['datasets.0.categories: has one twice'],
  ],
  [
    'agreement',
    'a purpose of version 0',
    { purposes: ['pur_aid@0'] },
    ['purposes.0: must name a version'],
  ],
  [
    'agreement',
    'an end before its beginning',
    {
      duration: { from: '2026-01-05', until: '2026-01-04' },
    },
    ['duration: until must not be before from'],
  ],
  [
    'text',
    'a block of 2,001 characters',
    { blocks: change('why', 'é'.repeat(2001)) },
    both.map((language) => `blocks.4.${language}: `),
  ],
  [
    'text',
    'a block without words',
    { blocks: change('why', '  ') },
    both.map((language) => `blocks.4.${language}: must not be blank`),
  ],
  [
    'text',
    'a short form that is too long for its place',
    { short: shortOf({ why: 'é'.repeat(61), if_no: 'é'.repeat(91) }) },
    ['why', 'if_no'].flatMap((name) => both.map((language) => `short.${name}.${language}: `)),
  ],
  [
    'text',
    'a short form with emphasis or a placeholder',
    { short: shortOf({ what: '**Tout**', if_yes: 'Jusqu’au {until}' }) },
    ['what', 'if_yes'].flatMap((name) =>
      both.map((language) => `short.${name}.${language}: must be plain text`),
    ),
  ],
  [
    'text',
    'a short form without its consequences',
    { short: { ...shortOf({}), if_no: undefined } },
    ['short.if_no: '],
  ],
  [
    'text',
    'markup',
    { blocks: change('why', '<b>Un</b>') },
    both.map((language) => `blocks.4.${language}: must be plain text`),
  ],
  [
    'text',
    'emphasis without end',
    { blocks: change('why', 'un **deux') },
    both.map((language) => `blocks.4.${language}: must close every **`),
  ],
  [
    'text',
    'an unknown block',
    { blocks: [...blocks, ...blocksOf('small_print')] },
    ['blocks.12.role: '],
  ],
  [
    'text',
    'a block twice',
    { blocks: [...blocks, ...blocksOf('legal')] },
    ['blocks: must have these roles'],
  ],
  [
    'text',
    'blocks in another order',
    { blocks: blocks.toReversed() },
    ['blocks: must have these roles'],
  ],
  [
    'text',
    'no way to refuse',
    { blocks: blocks.filter(({ role }) => role !== 'if_refuse') },
    ['blocks: must have these roles'],
  ],
  [
    'service',
    'an address of its API with a fragment',
    { resource_server: 'https://giver.test/api#x' },
    ['resource_server: must have no fragment'],
  ],
  [
    'service',
    'a type of details that is no address',
    { authorization_details_types: ['communication'] },
    ['authorization_details_types.0: '],
  ],
])('a %s with %s is refused with exactly one fault', (kind, _, more, said) => {
  const issues = issuesOf(kind, { ...whole[kind], ...more })
  expect(issues.map((issue, i) => issue.slice(0, said[i]?.length))).toEqual(said)
})

test.each(everyKind.filter((kind) => kind !== 'service'))(
  'a misspelt field of a %s is named',
  (kind) => {
    expect(issuesOf(kind, { ...whole[kind], lable: 'Essai' })).toEqual([
      expect.stringContaining('lable'),
    ])
  },
)

test.each([
  '',
  'P',
  'PT1H',
  'P1DT1H',
  'P0D',
  'P0Y1M',
  'P-1D',
  'P1.5Y',
  '9M',
  'P9M ',
  'P1M1Y',
  'P1000000D',
])('the duration %j is refused', (duration) => {
  const said = issuesOf('purpose', { ...whole.purpose, max_duration: duration })
  expect(said.filter((line) => line.startsWith('max_duration: '))).not.toEqual([])
})

test('only two legal bases need a consent, and each has words in both languages', () => {
  const consents = legalBases.filter((basis) => basis.requiresConsent).map(({ id }) => id)
  expect(consents).toEqual(['consent_53', 'consent_59_sensitive'])
  for (const { id, label } of legalBases) {
    expect(legalBasis(id)?.label).toEqual(label)
    expect([label.fr, label.en]).not.toContain('')
  }
  expect(legalBasis('toString')).toBeUndefined()
})

/** As long as each may be, but for these. */
function shortOf(change: Readonly<Record<string, string>>): Content {
  const [fact, consequence] = ['é'.repeat(60), 'é'.repeat(90)]
  const full = { what: fact, why: fact, not_sent: fact, if_yes: consequence, if_no: consequence }
  return Object.fromEntries(
    Object.entries({ ...full, ...change }).map(([name, said]) => [name, { fr: said, en: said }]),
  )
}

function change(role: string, words: string) {
  return blocks.map((block) => (block.role === role ? { role, fr: words, en: words } : block))
}

function manyCategories(count: number) {
  return Array.from({ length: count }, (_, i) => ({ category_id: `cat_n${i}` }))
}

function words(count: number): string {
  return `« ${Array.from({ length: count }, () => 'mot').join(' ')} »`
}
