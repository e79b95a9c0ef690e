import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Effects } from '../../../src/registry/changes/change-effects.ts'
import type { ShownChange } from '../../../src/registry/changes/change-text.ts'
import { changeText } from '../../../src/registry/changes/change-text.ts'
import { thumbprintOf } from '../../../src/registry/changes/differences.ts'
import { fileKinds, kinds } from '../../../src/registry/objects/object-schemas.ts'
import type { Kind } from '../../../src/registry/objects/object-schemas.ts'
import { orderText } from '../../../src/registry/changes/order-text.ts'
import type { Order } from '../../../src/registry/changes/order-shape.ts'
import type { JsonSchema } from '../../../src/registry/objects/json-schemas.ts'
import { jsonSchemaOf } from '../../../src/registry/objects/json-schemas.ts'
import type { RegisterObject } from '../../../src/registry/changes/store.ts'
import { visible } from '../../../src/registry/changes/visible.ts'
import { anyCharacter, seeded } from '../../support/property.ts'
import type { Content } from '../whole-register.ts'
import { another, objectOf, whole } from '../whole-register.ts'

// What somebody reads before a signature: all of the change, the worst first, and nothing that writes on the terminal by itself.

const quiet: Effects = {
  stops: [],
  begins: [],
  asked_again: [],
  reworded: [],
  sign_in_stops: [],
  sign_in_begins: [],
  signers_leave: [],
  signers_come: [],
  outdated: [],
  cooling: [],
  alike: [],
}

function textOf(
  objects: readonly RegisterObject[],
  replaced: readonly RegisterObject[] = [],
  more: Partial<ShownChange> = {},
): string[] {
  return changeText({ objects, replaced, effects: quiet, refused: [], unasked: [], ...more })
}

/** The text in one piece, where lines were broken for the terminal. */
function joined(lines: readonly string[]): string {
  return lines.join('\n').replaceAll('\n    … ', '')
}

/** A content with everything that the schema of a kind knows; nothing of it needs to be true. */
function sampleOf(schema: JsonSchema): unknown {
  const [named = schema['const']] = (schema['enum'] ?? []) as unknown[]
  const [choice] = (schema['anyOf'] ?? schema['oneOf'] ?? []) as JsonSchema[]
  if (choice !== undefined) return sampleOf(choice)
  if (schema['type'] === 'array') return [sampleOf(schema.items ?? {})]
  return schema['type'] === 'object' ? membersOf(schema) : (named ?? 'a text')
}

function membersOf({ properties = {}, additionalProperties: others }: JsonSchema): unknown {
  const members = Object.entries(properties)
  // Of a record the names are anybody's.
  if (members.length === 0 && typeof others === 'object')
    return { cat_a: sampleOf(others as JsonSchema) }
  return Object.fromEntries(members.map(([name, member]) => [name, sampleOf(member)]))
}

type Path = readonly (string | number)[]

/** Where the values are: those of members and items, and the lists and groups themselves. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inside = Array.isArray(value)
    ? value.flatMap((item: unknown, n) => pathsIn(item, [...path, n]))
    : Object.entries(value).flatMap(([name, item]) => pathsIn(item, [...path, name]))
  return path.length === 0 ? inside : [path, ...inside]
}

/** The value with another one at a place; undefined takes it out. */
function put(value: unknown, [step, ...rest]: Path, other: unknown): unknown {
  if (step === undefined) return other
  if (Array.isArray(value))
    return value.flatMap((item: unknown, n) => {
      const changed = n === step ? put(item, rest, other) : item
      return changed === undefined ? [] : [changed]
    })
  const members = Object.entries(value as object).map(
    ([name, item]) => [name, name === step ? put(item, rest, other) : (item as unknown)] as const,
  )
  return Object.fromEntries(members.filter(([, item]) => item !== undefined))
}

test.each(fileKinds)(
  'each member of the kind %s that is another, or gone, or new, stands in the text',
  (kind) => {
    const { idField } = kinds[kind]
    const sample = { ...(sampleOf(jsonSchemaOf(kind)) as Content), [idField]: 'one', version: 1 }
    const before = objectOf(kind, sample)
    const paths = pathsIn(sample).filter(([member]) => member !== idField && member !== 'version')
    expect(new Set(paths.map(([member]) => member)).size).toBe(Object.keys(sample).length - 2)
    const texts = new Set<string>()
    const withVersion = (content: unknown) =>
      objectOf(kind, { ...(content as Content), version: 2 })
    for (const path of paths) {
      const changed = joined(textOf([withVersion(put(sample, path, 'OTHER'))], [before]))
      expect(changed, path.join('.')).toContain('"OTHER"')
      const gone = joined(textOf([withVersion(put(sample, path, undefined))], [before]))
      texts.add(changed).add(gone)
      const come = joined(
        textOf([withVersion(sample)], [withVersion(put(sample, path, undefined))]),
      )
      expect(come).toContain(`+ ${String(path[0])}`)
    }
    // A list of one item, and its item, go in the same text.
    const ways = new Set(
      paths
        .flatMap((path) => [put(sample, path, 'OTHER'), put(sample, path, undefined)])
        .map((one) => JSON.stringify(one)),
    )
    expect(texts.size).toBe(ways.size)
    expect(texts).not.toContain(joined(textOf([withVersion(sample)], [before])))
  },
)

const oddName = fc.oneof(
  fc.constantFrom('a', 'b', 'version', 'client_id', 'keys', 'kty', 'a.b', '[0]', '__proto__', ''),
  fc.string({ unit: anyCharacter, maxLength: 3 }),
)
const scalar = fc.oneof(
  fc.constantFrom<unknown>(0, 1, true, false, null, '', 'x', '0', '→', '[0]', 'a\nhash b'),
  fc.string({ unit: anyCharacter, maxLength: 4 }),
  fc.integer(),
)
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(oddName, tie('value'), { maxKeys: 3 }),
    fc.record({
      kty: fc.constant('OKP'),
      crv: scalar,
      x: fc.constantFrom('A', 'B'),
      kid: tie('value'),
    }),
  ),
}))
const content = fc.dictionary(oddName, json, { maxKeys: 4 })

/** Near each other: the other one differs in one place, or in all. */
const twoContents = content.chain((one) => {
  const places = pathsIn(one)
  const near = fc
    .tuple(
      fc.constantFrom<Path>(...(places.length === 0 ? [['a']] : places)),
      fc.option(json, { nil: undefined }),
    )
    .map(([path, other]) => put(one, path, other) as Content)
  return fc.tuple(fc.constant(one), fc.oneof(near, content))
})

/** Id and version stand in the heading: a content that repeats them says no more than one without them, which no file may be. */
function belowHeading({ client_id: id, version, ...rest }: Content): Content {
  return {
    ...rest,
    ...(id === 'x' || id === undefined ? {} : { client_id: id }),
    ...(version === 2 || version === undefined ? {} : { version }),
  }
}

test('two different changes of one register have two texts, whatever is in them', () => {
  const changes = fc.tuple(twoContents, content, fc.boolean())
  fc.assert(
    fc.property(changes, ([[one, other], stored, isNearer]) => {
      const before = [
        objectOf('service', { ...(isNearer ? one : stored), client_id: 'x', version: 1 }),
      ]
      const objects = [one, isNearer ? stored : other].map((said) => ({
        kind: 'service' as const,
        id: 'x',
        version: 2,
        content: said,
      }))
      const [a, b] = objects.map((object) => joined(textOf([object], before)))
      const [c, d] = objects.map((object) => joined(textOf([object])))
      // Members have no order: those of two files that say the same in another order are one content.
      if (sorted(belowHeading(one)) === sorted(belowHeading(isNearer ? stored : other))) {
        expect(a).toBe(b)
        return
      }
      expect(a).not.toBe(b)
      expect(c).not.toBe(d)
    }),
    seeded({ numRuns: 500 }),
  )
})

function listing(version: number, keys: unknown): RegisterObject {
  return objectOf('service', { client_id: 'x', version, keys })
}

test('two different lists have two texts, although their items are alike', () => {
  const item = fc.constantFrom<unknown>('x', 'y', ['x'], { a: 'x' }, { a: 'x', b: 'x' }, {})
  const list = fc.array(item, { maxLength: 4 })
  fc.assert(
    fc.property(list, list, list, (stored, one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other))
      const texts = [one, other].map((keys) =>
        joined(textOf([listing(2, keys)], [listing(1, stored)])),
      )
      expect(texts[0]).not.toBe(texts[1])
    }),
    seeded({ numRuns: 3000 }),
  )
})

function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

test('another id, version, kind, reason, count or consequence is another text', () => {
  const service = another('service', { version: 2 })
  const reason = { fr: 'Parce que', en: 'Because' }
  const plan = {
    issuer: 'https://id.test',
    epoch: 3,
    planned_at: '2026-11-24T15:00:00.000Z',
    reason,
  }
  const base: ShownChange = {
    plan,
    objects: [service],
    replaced: [another('service', {})],
    effects: quiet,
    refused: [],
    unasked: [],
  }
  const flow = {
    agreement: 'agr_a',
    holder: 'org_a',
    recipient: 'org_b',
    purpose: 'pur_a@1',
    dataset: 'dst_a@1',
    categories: ['cat_a'],
    by_law: false,
  }
  const flows = [
    [],
    [flow],
    [flow, flow],
    ...Object.entries(flow).map(([name, value]) => [
      {
        ...flow,
        [name]: typeof value === 'boolean' ? !value : Array.isArray(value) ? ['cat_b'] : 'other',
      },
    ]),
    [{ ...flow, categories: ['cat_a', 'cat_b'] }],
    [{ ...flow, categories: ['cat_a, cat_b'] }],
  ]
  const names = [['a'], ['a', 'b'], ['a b'], ['a, b']]
  const others: Effects[] = [
    ...flows.flatMap((one) => [
      { ...quiet, stops: one },
      { ...quiet, begins: one },
    ]),
    ...(
      ['sign_in_stops', 'sign_in_begins', 'signers_leave', 'signers_come', 'outdated'] as const
    ).flatMap((member) => names.map((one) => ({ ...quiet, [member]: one }))),
    ...names.map((agreements) => ({ ...quiet, asked_again: [{ by: 'text txt_a@2', agreements }] })),
    { ...quiet, asked_again: [{ by: 'text txt_b@2', agreements: ['a'] }] },
    { ...quiet, cooling: [{ id: 'agr_a', until: '2026-11-25T15:00:00.000Z' }] },
    { ...quiet, cooling: [{ id: 'agr_a', until: '2026-11-26T15:00:00.000Z' }] },
    { ...quiet, alike: [{ name: 'rn.test', like: 'm.test', of: 'service a' }] },
    { ...quiet, alike: [{ name: 'rn.test', like: 'm.test', of: 'service b' }] },
  ]
  const shown: ShownChange[] = [
    ...others.map((effects) => ({ ...base, effects })),
    { ...base, plan: { ...plan, issuer: 'https://other.test' } },
    { ...base, plan: { ...plan, epoch: 4 } },
    { ...base, plan: { ...plan, planned_at: '2026-11-24T15:00:01.000Z' } },
    { ...base, plan: { ...plan, reason: { ...reason, fr: 'x' } } },
    { ...base, plan: { ...plan, reason: { ...reason, en: 'x' } } },
    { ...base, refused: [{ id: 'agr_a', people: '<10' }] },
    { ...base, refused: [{ id: 'agr_a', people: '15' }] },
    { ...base, unasked: [{ id: 'elsewhere', why: 'away' }] },
    { ...base, objects: [another('service', { version: 3 })] },
    { ...base, objects: [{ ...service, id: 'other' }] },
    { ...base, objects: [{ ...service, kind: 'category' }] },
    { ...base, objects: [service, another('organisation', {})] },
    { ...base, replaced: [] },
  ]
  const texts = shown.map((one) => joined(changeText(one)))
  // `stops: []` and `begins: []` are the change as it is.
  expect(new Set(texts).size).toBe(texts.length - 1)
})

test('an address, a key, a category and a term come before a hundred typing errors', () => {
  const typing = Array.from({ length: 100 }, (_, n) =>
    another('category', {
      category_id: `cat_${n}`,
      version: 2,
      example: { fr: 'Faute', en: 'Error' },
    }),
  )
  const was = typing.map(({ id }) => another('category', { category_id: id }))
  const key = { kty: 'EC', crv: 'P-256', x: 'B'.repeat(43), y: 'A'.repeat(43), kid: 'new' }
  const uri = 'https://giver.test.stranger.test/cb'
  const text = textOf(
    [
      ...typing,
      another('service', {
        version: 2,
        redirect_uris: [uri],
        jwks: { keys: [...(whole.service['jwks'] as { keys: object[] }).keys, key] },
        claims: { email: { purpose: { fr: 'Vous écrire', en: 'Write to you' }, optional: false } },
      }),
      another('purpose', { version: 2, max_duration: 'P3Y' }),
      another('agreement', {
        version: 2,
        datasets: [
          { dataset_id: 'dst_notice@1', categories: ['cat_income', 'cat_children', 'cat_health'] },
        ],
      }),
      another('signer', { version: 2, public_key: `${'B'.repeat(42)}A` }),
    ],
    [
      ...was,
      another('service', {}),
      another('purpose', {}),
      another('agreement', {}),
      another('signer', {}),
    ],
  )
  const first = text.findIndex((line) => line.includes('example'))
  const above = joined(text.slice(0, first))
  expect(above).toContain('was "https://giver.test/cb"')
  expect(above).toContain(`now ${JSON.stringify(uri)}`)
  expect(above).toContain('! another host: "giver.test", and now "giver.test.stranger.test"')
  expect(above).toMatch(
    /\+ jwks\.keys\[ → 1\]: key [\w-]{43} \(EC\), \{"kid":"new"\}\n {6}! a new key/,
  )
  expect(above).toContain('! service giver: asks each person for email (compulsory)')
  expect(above).toContain('was "P12M"\n      now "P3Y"\n      ! longer than before')
  expect(above).toContain(
    '+ datasets[0].categories[ → 2]: "cat_health"\n      ! wider: it was not there',
  )
  expect(above).toMatch(/now "B{42}A"\n.*\n.*a new key, of thumbprint [\w-]{43}/)
})

test('what a service newly asks people for has a sentence', () => {
  const purpose = { fr: 'Vous écrire', en: 'Write to you' }
  const email = (optional: boolean) => ({ email: { purpose, optional } })
  expect(asksIn(email(false), email(true))).toEqual([
    '  ! service giver: asks each person for email (she may refuse it)',
  ])
  const more = { ...email(true), birthdate: { purpose, optional: false } }
  expect(asksIn(email(true), more)).toEqual([
    '  ! service giver: asks each person for birthdate (compulsory)',
  ])
  expect(asksIn(more, more)).toEqual([])
})

function asksIn(was: object, is: object): string[] {
  const [before, object] = [was, is].map((claims, n) =>
    another('service', { version: n + 1, claims }),
  )
  return textOf([object ?? objectOf('service', {})], [before ?? objectOf('service', {})]).filter(
    (line) => line.includes('asks each person'),
  )
}

test('a thumbprint is that of RFC 7638', () => {
  // Its section 3.1.
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  const key = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }
  expect(thumbprintOf(key)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  for (const [none] of [
    [{ ...key, kty: 'oct' }],
    [{ kty: 'RSA', n }],
    ['RSA'],
    [null],
    [{ ...key, e: 1 }],
  ])
    expect(thumbprintOf(none)).toBeUndefined()
})

test.each<[string, unknown, unknown, string | undefined]>([
  [
    'a name before the host',
    'https://aide.test/cb',
    'https://aide.test@evil.test/cb',
    'another host: "aide.test", and now "evil.test"',
  ],
  [
    'a name before the host',
    undefined,
    'https://aide.test@evil.test/cb',
    'a browser goes to the host "evil.test"',
  ],
  [
    'a backslash',
    undefined,
    'https:\\\\evil.test\\@aide.test',
    'a browser goes to the host "evil.test"',
  ],
  [
    'a letter of another script',
    undefined,
    'https://\u0430ide.test/cb',
    'its host has other letters than a to z',
  ],
  [
    'the same, as DNS has it',
    undefined,
    'https://xn--ide-5cd.test/cb',
    'its host has other letters than a to z',
  ],
  [
    'the same, in the place of what was there',
    'https://aide.test/cb',
    'https://xn--ide-5cd.test/cb',
    'another host: "aide.test", and now "\u0430ide.test"',
  ],
  [
    'a value that looks like the one before',
    'org_revenu-l',
    'org_revenu-1',
    'it looks like the value before, and is another',
  ],
  ['rn for m', 'https://commune.test', 'https://cornrnune.test', 'it looks like'],
  ['a word of two scripts', 'Aide', '\u0410ide', 'letters of two scripts in one word: "\u0410ide"'],
  ['a later day', '2026-12-01', '2027-12-01', 'later than before'],
  ['an earlier day', '2026-12-01', '2026-11-01', 'earlier than before'],
  ['a longer time', 'P90D', 'P9M', 'longer than before'],
  ['a shorter time', 'P9M', 'P90D', 'not longer than before'],
  ['a number', 1, 2, 'more than before'],
  ['another capital', 'Revenu', 'revenu', undefined],
  ['an address of the same host', 'https://aide.test:1/a', 'https://aide.test:1/b', undefined],
])('of %s the text says so', (_, was, is, said) => {
  const service = (value: unknown) =>
    another('service', { version: value === was ? 1 : 2, resource_server: value })
  const text = joined(textOf([service(is)], [service(was)]))
  const remarks = text.match(/(?<=^ {6}! ).*$/gm) ?? []
  if (said === undefined) expect(remarks).toEqual([])
  else expect(remarks.join(' ')).toContain(said)
})

// Controls, marks that turn the writing round, what is invisible; and the letters that are written from right to left.
const steering = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u0590-\u08ff]/u
const attack = '\u001b[2J\u202e\u2066\u200b\r\nhash 000000 \u05d0\u0301'

test('nothing that others wrote steers a terminal, or looks like a line of ours', () => {
  const evil = fc.oneof(
    fc.constant(attack),
    fc.string({ unit: anyCharacter }),
    fc.constant(`a${' '.repeat(70)}hash 000000`),
  )
  fc.assert(
    fc.property(evil, content, (text, more) => {
      const names = [text]
      const flow = {
        agreement: text,
        holder: text,
        recipient: text,
        purpose: text,
        dataset: text,
        categories: names,
        by_law: true,
      }
      const effects: Effects = {
        stops: [flow],
        begins: [flow],
        asked_again: [{ by: text, agreements: names }],
        reworded: names,
        sign_in_stops: names,
        sign_in_begins: names,
        signers_leave: names,
        signers_come: names,
        outdated: names,
        cooling: [{ id: text, until: text }],
        alike: [{ name: text, like: text, of: text }],
      }
      const objects = (version: number) => [
        {
          kind: 'service' as const,
          id: text,
          version,
          content: {
            ...more,
            [text]: text,
            deep: { [text]: [text] },
            jwks: { kty: 'OKP', crv: text, x: text, kid: text },
          },
        },
      ]
      const plan = { issuer: text, epoch: 1, planned_at: text, reason: { fr: text, en: text } }
      const lines = changeText({
        plan,
        sha256: 'f'.repeat(64),
        objects: objects(2),
        replaced: objects(1),
        effects,
        refused: [{ id: text, people: text }],
        unasked: [{ id: text, why: text }],
      })
      const order = {
        type: 'accord.order.v1',
        issuer: text,
        deed: 'erase',
        about: text,
        details: { [text]: text },
        reason: plan.reason,
        made_at: text,
        nonce: text,
      } as const
      const all = [...lines, ...orderText(order, 'f'.repeat(64))]
      expect(all.filter((line) => steering.test(line))).toEqual([])
      expect(all.filter((line) => line.startsWith('hash '))).toEqual([
        `hash ${'f'.repeat(64)}`,
        `hash ${'f'.repeat(64)}`,
      ])
      expect(all.filter((line) => Array.from(line).length > 76)).toEqual([])
      expect(all.filter((line) => line.includes('   hash 0'))).toEqual([])
    }),
    seeded({ numRuns: 80 }),
  )
})

function backFrom(text: string): unknown {
  return JSON.parse(
    text.replaceAll(
      /(?<!\\)((?:\\\\)*)\\u\{([0-9a-f]+)\}/g,
      (_all, before: string, code: string) =>
        before + JSON.stringify(String.fromCodePoint(Number.parseInt(code, 16))).slice(1, -1),
    ),
  )
}

test('a value that is shown comes back the same, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (text) => {
      expect(backFrom(visible(text))).toBe(text)
    }),
    seeded({ numRuns: 300 }),
  )
  expect(visible(attack)).toBe(
    String.raw`"\u001b[2J\u{202e}\u{2066}\u{200b}\r\nhash 000000 \u{5d0}\u{301}"`,
  )
  // An accent on its letter is an accent, and French stays French.
  expect(visible('élève « e\u0301 »')).toBe('"élève « e\u0301 »"')
})

test('each member of an order stands in its text, with what the deed does', () => {
  const order: Order = {
    type: 'accord.order.v1',
    issuer: 'https://id.test',
    deed: 'counter-code',
    about: 'con_1',
    details: { from: '2026-01-01', key: 'A'.repeat(43) },
    reason: { fr: 'papiers vus', en: 'papers seen' },
    made_at: '2026-11-24T15:00:00.000Z',
    nonce: 'A'.repeat(22),
  }
  const text = joined(orderText(order, 'f'.repeat(64)))
  for (const part of [
    'makes a code that opens this access',
    'con_1',
    '2026-01-01',
    'A'.repeat(43),
    'papiers vus',
    'papers seen',
    order.made_at,
    order.nonce,
    'https://id.test',
  ])
    expect(text).toContain(part)
  const others: Order[] = [
    { ...order, issuer: 'https://other.test' },
    { ...order, deed: 'erase' },
    { ...order, about: 'con_2' },
    { ...order, details: {} },
    { ...order, details: { ...order.details, from: 'x' } },
    { ...order, details: { key: order.details['from'] ?? '', from: order.details['key'] ?? '' } },
    { ...order, reason: { ...order.reason, fr: 'x' } },
    { ...order, reason: { ...order.reason, en: 'x' } },
    { ...order, made_at: '2026-11-24T15:00:01.000Z' },
    { ...order, nonce: 'B'.repeat(22) },
  ]
  const texts = [order, ...others].map((one) => joined(orderText(one, 'f'.repeat(64))))
  expect(new Set(texts).size).toBe(others.length + 1)
})

test('of each kind the text of a new object has all of its file', () => {
  for (const kind of Object.keys(whole) as Kind[]) {
    const object = objectOf(kind, whole[kind])
    const text = joined(textOf([object]))
    for (const value of Object.values(object.content).filter((one) => typeof one === 'string'))
      expect(text).toContain(value)
  }
})
