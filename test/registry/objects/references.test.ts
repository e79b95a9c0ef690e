import { expect, test } from 'vitest'
import type { Kind } from '../../../src/registry/objects/object-schemas.ts'
import { longestOf } from '../../../src/registry/objects/objects.ts'
import { shelvesOf } from '../../../src/registry/objects/object-index.ts'
import { referenceFaults } from '../../../src/registry/objects/references.ts'
import type { RegisterObject } from '../../../src/registry/changes/store.ts'
import type { Block, Content } from '../whole-register.ts'
import { another, everything, objectOf, whole } from '../whole-register.ts'

const blocks = whole.text['blocks'] as Block[]

/** What is said of a register of these files, beside what is applied already. */
function problemsOf(files: readonly RegisterObject[], applied: readonly RegisterObject[] = []) {
  const world = [...applied, ...files].map((object, i) => ({
    ...object,
    no: i,
    root: i,
    appliedAt: new Date(0),
  }))
  return referenceFaults(files, shelvesOf(world)).map(({ file, message }) => `${file}: ${message}`)
}

/** The whole register with one object changed. */
function withChanged(kind: Kind, change: Content): RegisterObject[] {
  const { id } = objectOf(kind, whole[kind])
  return everything.map((object) => (object.id === id ? another(kind, change) : object))
}

function without(...ids: string[]): RegisterObject[] {
  return everything.filter(({ id }) => !ids.includes(id))
}

function withWords(role: string, fr: string, en = fr) {
  return blocks.map((block) => (block.role === role ? { role, fr, en } : block))
}

// A file from before these rules is read, and asked for no longer than they allow.
test.each([
  [{ maxDuration: 'P12M', maxUses: undefined, isLongForReason: false }, 'P12M'],
  [{ maxDuration: 'P366D', maxUses: undefined, isLongForReason: false }, 'P12M'],
  [{ maxDuration: 'P5Y', maxUses: 2, isLongForReason: true }, 'P5Y'],
  [{ maxDuration: 'P12M', maxUses: 1, isLongForReason: true }, 'P30D'],
  [{ maxDuration: 'P2W', maxUses: 1, isLongForReason: false }, 'P2W'],
])('%j is asked for %s at most', (purpose, most) => {
  expect(longestOf(purpose)).toBe(most)
})

const ofTaker = { client_id: 'taker', organisation: 'org_taker' }

test.each<[string, Content]>([
  ['a service that is closed', { status: 'closed' }],
  ['another service of the same organisation', { organisation: 'org_giver' }],
])('a redirect address may be that of %s', (_, change) => {
  const more = { ...ofTaker, resource_server: undefined, ...change }
  expect(problemsOf([...everything, another('service', more)])).toEqual([])
})

test('applications of two organisations may wait at one address of a person’s own machine', () => {
  const at = { redirect_uris: ['http://127.0.0.1/cb'] }
  const files = [
    ...withChanged('service', at),
    another('service', { ...at, ...ofTaker, resource_server: undefined }),
  ]
  expect(problemsOf(files)).toEqual([])
})

test('a register whose objects name each other as they should has no problem', () => {
  expect(problemsOf(everything)).toEqual([])
})

test('a referenced object may have been applied earlier, in an older version', () => {
  const newer = another('dataset', { version: 2, categories: [{ category_id: 'cat_income' }] })
  const [agreement, text] = [objectOf('agreement', whole.agreement), objectOf('text', whole.text)]
  const applied = without('agr_one', 'txt_aid')
  expect(problemsOf([newer, agreement, text], applied)).toEqual([])
})

test('a new version is judged by its own content, not by an older one', () => {
  const newer = another('agreement', { version: 2, purposes: ['pur_aid@2'] })
  expect(problemsOf([newer], everything)).toEqual([
    'agreements/agr_one.yaml: pur_aid@2 is neither in the files nor in the register',
  ])
})

test.each([
  ['org_giver', ['agreements/agr_one', 'datasets/dst_notice', 'services/giver']],
  ['org_taker', ['agreements/agr_one', 'purposes/pur_aid']],
  ['cat_income', ['datasets/dst_notice', 'purposes/pur_aid']],
  ['cat_children', ['datasets/dst_notice', 'purposes/pur_aid']],
  ['dst_notice', ['agreements/agr_one']],
  ['pur_aid', ['agreements/agr_one', 'texts/txt_aid']],
  ['agr_one', ['texts/txt_aid']],
])('without %s each object that refers to it is reported', (id, files) => {
  const missing = `${id}${/^(dst|pur|agr)/.test(id) ? '@1' : ''}`
  const said = files.map(
    (file) => `${file}.yaml: ${missing} is neither in the files nor in the register`,
  )
  expect(problemsOf(without(id)).toSorted()).toEqual(said)
})

const foreign = another('dataset', { dataset_id: 'dst_foreign', holder_org_id: 'org_taker' })

test.each<[string, RegisterObject[], string | string[]]>([
  [
    'a dataset at an address that no service of its holder has',
    withChanged('dataset', { resource_server: 'https://giver.test/other' }),
    'datasets/dst_notice.yaml: no service of org_giver has https://giver.test/other as its resource_server',
  ],
  [
    'an API of another organisation',
    [...everything, another('service', { ...ofTaker, redirect_uris: ['https://taker.test/cb'] })],
    [
      'services/giver.yaml: https://giver.test/api is the resource_server of org_taker too',
      'services/taker.yaml: https://giver.test/api is the resource_server of org_giver too',
    ],
  ],
  [
    'a redirect address of another organisation, however it is spelt',
    [
      ...everything,
      another('service', {
        ...ofTaker,
        resource_server: undefined,
        redirect_uris: ['https://taker.test/cb', 'https://GIVER.test:443/cb'],
      }),
    ],
    [
      'services/giver.yaml: https://giver.test/cb is a redirect_uri of taker, a service of org_taker, too',
      'services/taker.yaml: https://GIVER.test:443/cb is a redirect_uri of giver, a service of org_giver, too',
    ],
  ],
  [
    'the organisation of the broker itself',
    [
      ...everything,
      another('organisation', { org_id: 'org_accord', name: { fr: 'Accord', en: 'Accord' } }),
    ],
    'organisations/org_accord.yaml: org_accord is the broker itself',
  ],
  [
    'a service of the organisation of the broker itself',
    withChanged('service', { organisation: 'org_accord', resource_server: undefined }),
    'services/giver.yaml: org_accord is neither in the files nor in the register',
  ],
  [
    'a category that the dataset has not',
    withChanged('dataset', { categories: [{ category_id: 'cat_income' }] }),
    'agreements/agr_one.yaml: dst_notice@1 has no category cat_children',
  ],
  [
    'a dataset of another holder',
    [
      ...withChanged('agreement', {
        datasets: [{ dataset_id: 'dst_foreign@1', categories: ['cat_income', 'cat_children'] }],
      }),
      foreign,
    ],
    'agreements/agr_one.yaml: dst_foreign@1 is not a dataset of org_giver',
  ],
  [
    'a purpose of another recipient',
    withChanged('purpose', { recipient_org_id: 'org_giver' }),
    'agreements/agr_one.yaml: pur_aid@1 is not a purpose of org_taker',
  ],
  [
    'a sensitive category under a plain consent',
    withChanged('category', { sensitivity: 'sensitive' }),
    'agreements/agr_one.yaml: cat_income is sensitive: the legal_basis_id must be consent_59_sensitive',
  ],
  [
    'a law that allows the same as a consent',
    [
      ...everything,
      another('agreement', {
        agreement_id: 'agr_law',
        legal_basis_id: 'law_67',
        datasets: [{ dataset_id: 'dst_notice@1', categories: ['cat_income'] }],
      }),
    ],
    [
      'agreements/agr_law.yaml: agr_one@1 allows the same on another legal basis: a refusal would change nothing',
      'agreements/agr_one.yaml: agr_law@1 allows the same on another legal basis: a refusal would change nothing',
    ],
  ],
  [
    'a purpose that is not of the agreement',
    [
      ...withChanged('text', { purpose_id: 'pur_other@1' }),
      another('purpose', { purpose_id: 'pur_other' }),
    ],
    'texts/txt_aid.yaml: pur_other@1 is not a purpose of agr_one@1',
  ],
  [
    'an offer of what is not optional',
    withChanged('purpose', {
      necessity_by_category: { cat_income: 'required', cat_children: 'required' },
    }),
    'texts/txt_aid.yaml: optional_items stands where pur_aid@1 has an optional category, and only there',
  ],
  [
    'no words on what is optional',
    withChanged('text', { blocks: blocks.filter(({ role }) => role !== 'optional_items') }),
    'texts/txt_aid.yaml: optional_items stands where pur_aid@1 has an optional category, and only there',
  ],
  [
    'words on a limit that is none',
    withChanged('purpose', { frequency_limit: undefined }),
    'texts/txt_aid.yaml: how_often stands where pur_aid@1 has a frequency_limit, and only there',
  ],
  [
    'no words on a limit',
    withChanged('text', { blocks: blocks.filter(({ role }) => role !== 'how_often') }),
    'texts/txt_aid.yaml: how_often stands where pur_aid@1 has a frequency_limit, and only there',
  ],
  [
    'a placeholder that is none',
    withChanged('text', { blocks: withWords('why', 'Pour {reason}', 'For {until}') }),
    'texts/txt_aid.yaml: why.fr has {reason}, which is no placeholder of this text',
  ],
  [
    'a placeholder that is none, in English only',
    withChanged('text', { blocks: withWords('why', 'Pour', 'For {__proto__}') }),
    'texts/txt_aid.yaml: why.en has {__proto__}, which is no placeholder of this text',
  ],
  [
    'the example of a category that is not of the agreement',
    withChanged('text', { blocks: withWords('what', 'a', '{example.cat_health}') }),
    'texts/txt_aid.yaml: what.en has {example.cat_health}, which is no placeholder of this text',
  ],
  [
    'a brace that opens nothing',
    withChanged('text', { blocks: withWords('why', '{until', 'a') }),
    'texts/txt_aid.yaml: why.fr has {, which is no placeholder of this text',
  ],
  [
    'a brace that closes nothing',
    withChanged('text', { blocks: withWords('why', '{until}}', 'a') }),
    'texts/txt_aid.yaml: why.fr has }, which is no placeholder of this text',
  ],
  [
    'a second text for one purpose and agreement',
    [...everything, another('text', { text_id: 'txt_second' })],
    [
      'texts/txt_aid.yaml: txt_second@1 is a text of pur_aid@1 and agr_one too',
      'texts/txt_second.yaml: txt_aid@1 is a text of pur_aid@1 and agr_one too',
    ],
  ],
])('%s is reported, and nothing else', (_, files, said) => {
  expect(problemsOf(files).toSorted()).toEqual([said].flat())
})

test('a limit that a text mentions must exist', () => {
  const unlimited = withChanged('purpose', { frequency_limit: undefined })
  const words = blocks
    .filter(({ role }) => role !== 'how_often')
    .map((block) => (block.role === 'why' ? { ...block, fr: '{count}', en: '{period}' } : block))
  const files = unlimited.map((object) =>
    object.kind === 'text' ? another('text', { blocks: words }) : object,
  )
  expect(problemsOf(files)).toEqual([
    'texts/txt_aid.yaml: why.fr has {count}, which is no placeholder of this text',
    'texts/txt_aid.yaml: why.en has {period}, which is no placeholder of this text',
  ])
})

test('every placeholder of the closed list is accepted', () => {
  const all = '{until} {count} {period} {example.cat_income} {example.cat_children}'
  expect(problemsOf(withChanged('text', { blocks: withWords('what', all) }))).toEqual([])
})

test.each(['consent_59_sensitive', 'health_r22_1'])(
  'a sensitive category may be sent under %s',
  (basis) => {
    const files = withChanged('category', { sensitivity: 'sensitive' }).map((object) =>
      object.kind === 'agreement' ? another('agreement', { legal_basis_id: basis }) : object,
    )
    // Under the law nobody is asked: there is no text.
    const asked = files.filter(({ kind }) => kind !== 'text' || basis.startsWith('consent_'))
    expect(problemsOf(asked)).toEqual([])
  },
)

test.each<[string, Content]>([
  ['is not in force', { status: 'draft' }],
  [
    'is for another purpose, of another recipient',
    { recipient_org_id: 'org_giver', purposes: ['pur_own@1'] },
  ],
  [
    'is about other categories',
    {
      datasets: [{ dataset_id: 'dst_notice@1', categories: ['cat_children'] }],
    },
  ],
])('a sharing by law beside a consent is allowed where it %s', (_, change) => {
  const narrow = { datasets: [{ dataset_id: 'dst_notice@1', categories: ['cat_income'] }] }
  const law = { agreement_id: 'agr_law', legal_basis_id: 'law_67', ...narrow, ...change }
  const own = another('purpose', { purpose_id: 'pur_own', recipient_org_id: 'org_giver' })
  expect(problemsOf([...withChanged('agreement', narrow), another('agreement', law), own])).toEqual(
    [],
  )
})

test.each<[string, Kind, Content, string[]]>([
  ['a parent', 'category', { parent_category_id: 'cat_children' }, []],
  [
    'a parent that is not there',
    'category',
    { parent_category_id: 'cat_gone' },
    ['categories/cat_income.yaml: cat_gone is neither in the files nor in the register'],
  ],
  [
    'itself as its parent',
    'category',
    { parent_category_id: 'cat_income' },
    ['categories/cat_income.yaml: cat_income is among its own parents'],
  ],
  [
    'no way to reach it',
    'organisation',
    { contact: undefined },
    [
      'organisations/org_giver.yaml: contact is missing: agr_one@1 is in force, and people must reach org_giver',
    ],
  ],
  ['a parent', 'organisation', { parent_org_id: 'org_taker' }, []],
  [
    'a parent that is not there',
    'organisation',
    { parent_org_id: 'org_gone' },
    ['organisations/org_giver.yaml: org_gone is neither in the files nor in the register'],
  ],
])('%s of a %s: %j', (_, kind, change, said) => {
  expect(problemsOf(withChanged(kind, change))).toEqual(said)
})

test('an organisation without an agreement in force needs no contact', () => {
  const files = withChanged('agreement', { status: 'suspended' }).map((object) =>
    object.id === 'org_taker'
      ? another('organisation', { org_id: 'org_taker', contact: undefined })
      : object,
  )
  expect(problemsOf(files)).toEqual([])
})

test('two organisations that are each other’s parent are both reported', () => {
  const files = withChanged('organisation', { parent_org_id: 'org_taker' }).map((object) =>
    object.id === 'org_taker'
      ? another('organisation', { org_id: 'org_taker', parent_org_id: 'org_giver' })
      : object,
  )
  expect(problemsOf(files)).toEqual([
    'organisations/org_taker.yaml: org_taker is among its own parents',
    'organisations/org_giver.yaml: org_giver is among its own parents',
  ])
})

test('a holder whose services are not known yet may name the address of its API', () => {
  expect(problemsOf(without('giver'))).toEqual([])
})

const elsewhere = whole['identity-provider']

test.each<[string, Content, string[]]>([
  ['https', {}, []],
  ['the demonstration’s own machine', { issuer: 'http://localhost:3004' }, []],
  ['plain http', { issuer: 'http://id.elsewhere.test' }, ['issuer must begin with https://']],
  [
    'an address of a service',
    { issuer: 'https://giver.test' },
    ['https://giver.test is an address of giver too'],
  ],
  [
    'a level above its ceiling',
    { ceiling: 'urn:accord:aal:1' },
    ['levels: urn:elsewhere:two is urn:accord:aal:2, which is above the ceiling urn:accord:aal:1'],
  ],
  [
    'a name in the address',
    { issuer: 'https://a:b@id.elsewhere.test' },
    ['issuer must have no name and no password'],
  ],
])('a provider of identities with %s', (_, change, said) => {
  const provider = objectOf('identity-provider', { ...elsewhere, ...change })
  expect(problemsOf([provider], everything)).toEqual(
    said.map((message) => `identity-providers/elsewhere.yaml: ${message}`),
  )
})

test('a secret goes to one address for good: another one needs another variable', () => {
  const secret = { env: 'UPSTREAM_SECRET_ONE', token_endpoint: 'https://id.elsewhere.test/token' }
  const at = (version: number, more: object, change: Content = {}) =>
    objectOf('identity-provider', {
      ...elsewhere,
      version,
      secret: { ...secret, ...more },
      ...change,
    })
  const moved = { token_endpoint: 'https://id.elsewhere.test/other' }
  const before = [...everything, at(1, {})]
  const file = 'identity-providers/elsewhere.yaml'
  expect(problemsOf([at(1, {})], everything)).toEqual([])
  expect(problemsOf([at(2, { method: 'client_secret_post' })], before)).toEqual([])
  expect(problemsOf([at(2, moved)], before)).toEqual([
    `${file}: secret.env: UPSTREAM_SECRET_ONE is for https://id.elsewhere.test/token (elsewhere@1): another address needs another variable, with another secret`,
  ])
  expect(problemsOf([at(2, { ...moved, env: 'UPSTREAM_SECRET_TWO' })], before)).toEqual([])
  const other = at(1, {}, { provider_id: 'other', issuer: 'https://other.test' })
  expect(problemsOf([other], before).join()).toContain('UPSTREAM_SECRET_ONE is for')
  expect(problemsOf([at(1, { token_endpoint: 'https://giver.test/token' })], everything)).toEqual([
    `${file}: https://giver.test is an address of giver too`,
  ])
  expect(problemsOf([at(1, { token_endpoint: 'http://id.elsewhere.test/token' })])).toEqual([
    `${file}: secret.token_endpoint must begin with https://`,
  ])
})

test('of two providers with one issuer, each is reported', () => {
  const [one, two] = ['one', 'two'].map((id) =>
    objectOf('identity-provider', {
      ...elsewhere,
      provider_id: id,
      name: { fr: `Compte ${id}`, en: `Account ${id}` },
    }),
  )
  if (one === undefined || two === undefined) throw new Error('two were made')
  expect(problemsOf([one, two])).toEqual([
    'identity-providers/one.yaml: issuer is that of two too',
    'identity-providers/two.yaml: issuer is that of one too',
  ])
})
