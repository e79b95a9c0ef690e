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

const easy = [
  { picture: 'file', fr: '{holder} connaît {data}.', en: '{holder} knows {data}.' },
  {
    picture: 'money',
    fr: '{recipient} veut le voir pour {why}.',
    en: '{recipient} wants to see it to {why}.',
  },
  { picture: 'calendar', fr: 'Jusqu’au {until}, {times}.', en: 'Until {until}, {times}.' },
  {
    picture: 'hand',
    fr: 'Vous pouvez dire non. Vous pouvez arrêter après.',
    en: 'You can say no. You can stop later.',
  },
] as const
type Easy = { readonly picture: string; readonly fr: string; readonly en: string }

/** What is said of plain lines: these, with one replaced, under this purpose. */
function saidOfPlain(at: number, change: Partial<Easy>, terms: Content = {}): string[] {
  const plain = easy.map((line, n) => (n === at ? { ...line, ...change } : line))
  const said = { fr: 'votre revenu', en: 'your income' }
  const why = { fr: 'calculer votre aide', en: 'work out your aid' }
  const objects = everything.map((object) =>
    object.kind === 'text'
      ? another('text', { plain })
      : object.kind === 'purpose'
        ? another('purpose', { why, ...terms })
        : object.id === 'cat_income'
          ? another('category', { in_sentence: said })
          : object,
  )
  const world = objects.map((object, i) => ({ ...object, no: i, root: i, appliedAt: new Date(0) }))
  return referenceFaults(objects, shelvesOf(world)).map(({ message }) => message)
}

test('plain lines whose facts are places, in few and easy words, have no fault', () => {
  expect(saidOfPlain(0, {})).toEqual([])
})

test.each<[string, number, Partial<Easy>, Content, readonly string[]]>([
  [
    'a day that is typed',
    2,
    { fr: 'Du 1er mars, {until}, {times}.' },
    {},
    ['plain.2.fr has a digit: days and times are the places {until} and {times}'],
  ],
  [
    'a body that is named',
    0,
    { en: '{holder}, trials, Trial org_taker, knows {data}.' },
    {},
    [
      'plain.0.en names Trial: its place is {holder}',
      'plain.0.en names Trial org_taker: its place is {recipient}',
    ],
  ],
  [
    'a no in the line of the data',
    0,
    { fr: '{holder} n’envoie pas {data}.' },
    {},
    ['plain.0.fr says no of {data}: a line that names what is sent has no negation'],
  ],
  [
    'no place for what is asked',
    1,
    { fr: '{recipient} veut le voir.', en: '{recipient} wants to see it.' },
    {},
    ['no line of plain has {why} in fr', 'no line of plain has {why} in en'],
  ],
  [
    'a place that does not exist',
    3,
    { en: 'You can say no. You can stop after {day}.' },
    {},
    [
      'plain.3.en has {day}, which is no place of this text: {holder}, {recipient}, {data}, {why}, {until}, {times}',
    ],
  ],
  [
    'a place in one language',
    3,
    { fr: 'Vous pouvez dire non à {recipient}. Vous pouvez arrêter après.' },
    {},
    ['plain.3 has not the same places in French and in English'],
  ],
  [
    'nothing of a no and a stop',
    3,
    { fr: 'Vous choisissez.', en: 'You choose.' },
    {},
    ['« dire non »', '« arrêter »', '“say no”', '“stop”'].map(
      (words) => `no line of plain says ${words}: she can always say no, and stop later`,
    ),
  ],
  [
    'a long line',
    3,
    {
      en: 'You can say no now or say so later, and you can stop it on any day.',
    },
    {},
    [
      'plain.3.en has 17 words, more than 12: “You can say no now or say so later, and you can stop it on any day.”',
    ],
  ],
  [
    'hard words',
    3,
    {
      fr: 'Refuser demeure possible : dire non, arrêter ultérieurement, désistement inconditionnel.',
    },
    {},
    [expect.stringMatching(/^plain is hard to read in fr: LIX \d+\.\d, more than 25/)],
  ],
  [
    'times that the terms do not have',
    0,
    {},
    { frequency_limit: undefined },
    [
      'plain.2.fr has {times}, which is no place of this text: {holder}, {recipient}, {data}, {why}, {until}',
      'plain.2.en has {times}, which is no place of this text: {holder}, {recipient}, {data}, {why}, {until}',
    ],
  ],
  [
    'a purpose without its reason',
    0,
    {},
    { why: undefined },
    ['plain says {why}, and pur_aid@1 has no why'],
  ],
])('plain lines with %s are refused, and it is said why', (_, at, change, terms, said) => {
  const found = saidOfPlain(at, change, terms).filter(
    (message) => !message.startsWith('optional_items') && !message.startsWith('how_often'),
  )
  expect(found).toEqual(said)
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

function hashOf(change: Content): string | undefined {
  const objects = everything.map((object) =>
    object.kind === 'text' ? another('text', change) : object,
  )
  const world = objects.map((object, no) => ({ ...object, no, root: no, appliedAt: new Date(0) }))
  return shelvesOf(world).text.find('txt_aid@1')?.sha256.fr.toString('hex')
}

test('plain lines are part of what is hashed', () => {
  const turned = easy.map((line, n) => (n === 0 ? { ...line, picture: 'house' } : line))
  const hashes = [{}, { plain: easy }, { plain: turned }, { plain: easy.toReversed() }].map(hashOf)
  expect(new Set(hashes).size).toBe(4)
  expect(hashOf({ plain: easy })).toBe(hashes[1])
})

test('plain lines, and other ones, are no material change: nobody is asked again', () => {
  expect(succession({ plain: easy, material_change: false })).toEqual([])
})

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
