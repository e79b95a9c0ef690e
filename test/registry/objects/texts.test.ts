import { describe, expect, test } from 'vitest'
import type { FaultInFile } from '../../../src/registry/objects/references.ts'
import { shelvesOf } from '../../../src/registry/objects/object-index.ts'
import { referenceFaults } from '../../../src/registry/objects/references.ts'
import { successionFaults } from '../../../src/registry/objects/texts.ts'
import type { Block, Content } from '../whole-register.ts'
import { another, everything, whole } from '../whole-register.ts'

// Placeholders, and what a new version of a text says of the one before.

const blocks = whole.text['blocks'] as Block[]

function faultsOf(change: Content): FaultInFile[] {
  const objects = everything.map((object) =>
    object.kind === 'text' ? another('text', change) : object,
  )
  const world = objects.map((object, i) => ({ ...object, no: i, root: i, appliedAt: new Date(0) }))
  return referenceFaults(objects, shelvesOf(world))
}

function withBlock(role: string, fr: string, en: string): Content {
  return { blocks: blocks.map((block) => (block.role === role ? { role, fr, en } : block)) }
}

test.each<[string, string, string, string[]]>([
  ['how_long', 'Jusqu’au {until}', 'Until {until}', []],
  ['how_long', 'Longtemps', 'Until {until}', ['blocks.5.fr: how_long.fr must say {until}']],
  ['how_long', 'Jusqu’au {until}', 'Long', ['blocks.5.en: how_long.en must say {until}']],
  [
    'how_often',
    'Souvent',
    'At most {count}',
    [
      'blocks.6.fr: how_often.fr must say {count}',
      'blocks.6.fr: how_often.fr must say {period}',
      'blocks.6.en: how_often.en must say {period}',
    ],
  ],
  [
    'why',
    'Jusqu’au {until}',
    'For long',
    ['blocks.4: why has not the same placeholders in French and in English'],
  ],
  ['why', '{until} {example.cat_income}', 'By {example.cat_income}, {until}, {until}', []],
  [
    'what',
    '{example.cat_income}',
    '{example.cat_children}',
    ['blocks.2: what has not the same placeholders in French and in English'],
  ],
  [
    'what',
    '{Until}',
    '{UNTIL}',
    [
      'blocks.2.fr: what.fr has {Until}, which is no placeholder of this text',
      'blocks.2.en: what.en has {UNTIL}, which is no placeholder of this text',
    ],
  ],
])('a text with the block %s that says %j and %j', (role, fr, en, said) => {
  const found = faultsOf(withBlock(role, fr, en))
  expect(found.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual(said)
})

test('an approved text has its short form; a draft may be without', () => {
  expect(
    faultsOf({ short: undefined }).map(({ file, path }) => `${file}: ${path.join('.')}`),
  ).toEqual(['texts/txt_aid.yaml: short'])
  expect(faultsOf({ short: undefined, approved_on: undefined })).toEqual([])
})

test.each([
  ['txt_aid@1', 2, true],
  ['txt_aid@2', 2, false],
  ['txt_aid@3', 2, false],
  ['txt_other@1', 2, false],
])('%s before version %s: %s', (previous_version, version, isEarlier) => {
  expect(faultsOf({ version, previous_version }).map(({ message }) => message)).toEqual(
    isEarlier ? [] : [`${previous_version} is no earlier version of txt_aid`],
  )
})

const purpose2 = { purpose_id: 'pur_aid@2' }
const agreement2 = { agreement_id: 'agr_one@2' }

/** What is said of version 2 of the text, over these second versions of its purpose and its agreement. */
function succession(text: Content, purpose: Content = {}, agreement: Content = {}): string[] {
  const objects = [
    ...everything,
    another('purpose', { ...purpose, version: 2 }),
    another('agreement', {
      purposes: ['pur_aid@1', 'pur_aid@2'],
      ...agreement,
      version: 2,
    }),
    another('text', { previous_version: 'txt_aid@1', ...text, version: 2 }),
  ]
  const world = shelvesOf(
    objects.map((object, i) => ({ ...object, no: i, root: i, appliedAt: new Date(0) })),
  )
  const [before, after] = [world.text.find('txt_aid@1'), world.text.find('txt_aid@2')]
  if (before === undefined || after === undefined) throw new Error('no text')
  return successionFaults(before, after, world).map(({ message }) => message)
}

test('the wording may be corrected if the file declares the change as wording only', () => {
  const corrected = withBlock('why', 'Pour calculer', 'To calculate')
  expect(succession({ ...corrected, material_change: false })).toEqual([])
  expect(succession(corrected)).toEqual([
    'material_change must say whether more than the wording of txt_aid@1 changes',
  ])
})

test('a new version must name the version in the register', () => {
  const changed = { material_change: false, previous_version: undefined }
  expect(succession(changed)).toEqual([
    'previous_version must be txt_aid@1, which the register has',
  ])
})

describe('a change is more than wording with', () => {
  test.each<[string, Content, Content, Content]>([
    ['recipient', {}, { recipient_org_id: 'org_giver' }, agreement2],
    ['holder', {}, { holder_org_id: 'org_taker' }, agreement2],
    ['set of categories', { necessity_by_category: { cat_income: 'required' } }, {}, purpose2],
    [
      'set of categories',
      { necessity_by_category: { cat_income: 'optional', cat_children: 'optional' } },
      {},
      purpose2,
    ],
    [
      'set of categories',
      {},
      { datasets: [{ dataset_id: 'dst_notice@1', categories: ['cat_income'] }] },
      agreement2,
    ],
    ['duration', { max_duration: 'P18M' }, {}, purpose2],
    ['duration', { default_duration: 'P3M' }, {}, purpose2],
    ['limit', { frequency_limit: { count: 5, per: 'P1Y' } }, {}, purpose2],
    ['limit', { max_uses: 1 }, {}, purpose2],
    ['refusal consequence', { refusal_consequence: { fr: 'Autre', en: 'Trial' } }, {}, purpose2],
  ])('another %s: %j %j', (what, purpose, agreement, named) => {
    expect(succession({ ...named, material_change: false }, purpose, agreement)).toEqual([
      `material_change must be true: since txt_aid@1 there is another ${what}`,
    ])
    expect(succession({ ...named, material_change: true }, purpose, agreement)).toEqual([])
  })

  test('another purpose', () => {
    const other = another('purpose', { purpose_id: 'pur_other' })
    const objects = [
      ...everything,
      other,
      another('agreement', { version: 2, purposes: ['pur_other@1'] }),
      another('text', {
        version: 2,
        purpose_id: 'pur_other@1',
        ...agreement2,
        previous_version: 'txt_aid@1',
        material_change: false,
      }),
    ]
    const world = shelvesOf(
      objects.map((object, i) => ({ ...object, no: i, root: i, appliedAt: new Date(0) })),
    )
    const [before, after] = [world.text.find('txt_aid@1'), world.text.find('txt_aid@2')]
    const said = before && after && successionFaults(before, after, world)
    expect(said?.map(({ message }) => message)).toEqual([
      'material_change must be true: since txt_aid@1 there is another purpose',
    ])
  })

  test('but not with another label or retention, which the page does not show', () => {
    const text = { ...purpose2, material_change: false }
    expect(succession(text, { label: { fr: 'Autre', en: 'Other' } })).toEqual([])
  })
})

test('a material change needs a new version of the purpose, so that people are asked again', () => {
  expect(succession({ material_change: true })).toEqual([
    'a material change needs a new version of pur_aid@1, or those who allowed it are never asked again',
  ])
  expect(succession({ ...purpose2, material_change: true })).toEqual([])
})
