import * as fc from 'fast-check'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { moveFaults } from '../../../src/registry/objects/agreements.ts'
import { applyRegister, openRegister } from '../../../src/registry/index.ts'
import { legalBases, legalBasis } from '../../../src/registry/objects/legal-bases.ts'
import { shelvesOf } from '../../../src/registry/objects/object-index.ts'
import { referenceFaults } from '../../../src/registry/objects/references.ts'
import type { RegisterObject } from '../../../src/registry/changes/store.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { newFolder } from '../../support/fault-process.ts'
import type { Content } from '../whole-register.ts'
import { another, everything, resultsIn, writeFiles } from '../whole-register.ts'
import { housePatience } from '../../support/patience.ts'
import { seeded } from '../../support/property.ts'
import { unservable } from '../../support/unservable.ts'
import { given, seals } from '../../support/seals.ts'
import { registerCommand } from '../../support/commands.ts'

// What the law asks of an agreement (LAI 68, 67.2.3, 70.1), and that none makes a choice a fake one (I33).

const states = ['draft', 'filed', 'in_force', 'suspended', 'ended'] as const
type State = (typeof states)[number]

/** All that is legal, word for word: draft → filed → in_force → (suspended ↔ in_force) → ended. */
const legal: readonly `${State} ${State}`[] = [
  'draft filed',
  'filed in_force',
  'in_force suspended',
  'suspended in_force',
  'in_force ended',
  'suspended ended',
]

/** What is said of one object of a register of these. */
function saidOf(id: string, ...objects: readonly RegisterObject[]): string[] {
  const world = objects.map((object, i) => ({ ...object, no: i, root: i, appliedAt: new Date(0) }))
  return referenceFaults(objects, shelvesOf(world))
    .filter(({ file }) => file.includes(id))
    .map(({ message }) => message)
}

const withoutText = everything.filter(({ kind }) => kind !== 'text' && kind !== 'agreement')

function agreed(change: Content): RegisterObject {
  return another('agreement', change)
}

function typed(change: Content) {
  const found = shelvesOf([{ ...agreed(change), no: 1, root: 1, appliedAt: new Date(0) }]).agreement
    .current[0]
  if (found === undefined) throw new Error('no agreement')
  return found
}

const today = new Date('2026-03-01T17:00:00Z')

describe.each(states)('an agreement that is %s', (before) => {
  test.each(states)('may become %s or not', (after) => {
    const isLegal = before === after || legal.includes(`${before} ${after}`)
    const said = moveFaults(typed({ status: before }), typed({ status: after }), today)
    expect(said.map(({ path, message }) => [path, message])).toEqual(
      isLegal ? [] : [[['status'], `an agreement that is ${before} cannot be ${after} next`]],
    )
  })
})

test.each(states)(
  'a first version may already be %s, so that an existing register can be taken over',
  (status) => {
    expect(moveFaults(undefined, typed({ status }), today)).toEqual([])
  },
)

test.each([
  ['2026-03-01', '2026-01-05', 0],
  ['2026-03-02', '2026-01-05', 1],
  [undefined, '2026-03-02', 1],
  ['2026-01-05', '2026-03-02', 1],
])(
  'in force from %s, agreed from %s: on 1 March there are %s faults',
  (in_force_from, from, count) => {
    const change = { duration: { from }, in_force_from }
    const file = typed({ status: 'in_force', ...change })
    const said = [
      moveFaults(typed({ status: 'filed', ...change }), file, today),
      moveFaults(undefined, file, today),
    ]
    expect(said.map((faults) => faults.length)).toEqual([count, count])
    // It is in force already: that it is, is no deed of today.
    expect(moveFaults(file, file, today)).toEqual([])
    expect(moveFaults(undefined, typed({ status: 'filed', ...change }), today)).toEqual([])
  },
)

test('dates are judged in Québec’s time: at 23:30 it is still today', () => {
  const file = typed({ status: 'in_force', in_force_from: '2026-03-02' })
  expect(moveFaults(undefined, file, new Date('2026-03-02T04:30:00Z'))).toHaveLength(1)
  expect(moveFaults(undefined, file, new Date('2026-03-02T05:00:00Z'))).toEqual([])
})

test.each([
  ['consent_53', 'law_67', 1],
  ['law_67', 'consent_53', 1],
  ['consent_53', 'consent_59_sensitive', 0],
  ['law_67', 'agreement_68_1', 0],
])('a change from %s to %s is allowed or refused', (before, after, count) => {
  const said = moveFaults(
    typed({ legal_basis_id: before }),
    typed({ legal_basis_id: after }),
    today,
  )
  expect(said.map(({ message }) => message)).toEqual(
    Array.from(
      { length: count },
      () => 'an agreement cannot turn from consent to law, or back: end it, and make another',
    ),
  )
})

const filing = {
  transmission_method: 'API',
  security_measures_summary: { fr: 'Essai', en: 'Trial' },
  periodicity: 'yearly',
  pia_conclusion_date: '2025-10-01',
}
const received = { cai_received_on: '2025-12-06', in_force_from: '2026-01-05' }

describe('an agreement under section 68 must reach the Commission thirty days before it is in force', () => {
  const under68 = { legal_basis_id: 'agreement_68_1', ...filing }
  const said = (change: Content) =>
    saidOf('agr_one', ...withoutText, agreed({ ...under68, ...change }))

  test.each([
    ['2025-12-06', '2026-01-05', true],
    ['2025-12-07', '2026-01-05', false],
    ['2025-12-06', '2026-01-04', false],
    ['2024-01-31', '2024-03-01', true], // 29 days in February
    ['2024-01-31', '2024-02-29', false],
    ['2025-12-06', '2027-01-05', true],
  ])('received on %s, in force from %s: %s', (cai_received_on, in_force_from, isLegal) => {
    for (const status of ['in_force', 'suspended', 'ended'])
      expect(said({ status, cai_received_on, in_force_from })).toHaveLength(isLegal ? 0 : 1)
    for (const status of ['draft', 'filed'])
      expect(said({ status, cai_sent_on: '2025-12-01', cai_received_on, in_force_from })).toEqual(
        [],
      )
  })

  test.each<[Content, string[]]>([
    [{ status: 'draft', transmission_method: undefined, pia_conclusion_date: undefined }, []],
    [{ status: 'filed' }, ['cai_sent_on']],
    [{ status: 'filed', cai_sent_on: '2025-12-01', periodicity: undefined }, ['periodicity']],
    [{ status: 'in_force' }, ['cai_received_on', 'in_force_from']],
    [{ status: 'in_force', ...received, pia_conclusion_date: undefined }, ['pia_conclusion_date']],
    [
      { status: 'suspended', ...received, security_measures_summary: undefined },
      ['security_measures_summary'],
    ],
  ])('%j misses %j', (change, missing) => {
    // As YAML leaves it out.
    const written = JSON.parse(JSON.stringify({ ...under68, ...change })) as Content
    const file = agreed(written)
    expect(saidOf('agr_one', ...withoutText, file)).toEqual(
      missing.map(
        (field) =>
          `${field} is missing: an agreement under agreement_68_1 that is ${String(change['status'])} must say it`,
      ),
    )
  })

  test('the same holds under each of its four grounds and for research, and nowhere else', () => {
    const delayed = legalBases.filter(({ id }) => (legalBasis(id)?.caiDelayDays ?? 0) > 0)
    expect(delayed.map(({ id }) => id)).toEqual([
      'research_67_2_1',
      'agreement_68_1',
      'agreement_68_1_1',
      'agreement_68_2',
      'agreement_68_3',
    ])
    for (const { id } of legalBases) {
      const file = agreed({
        legal_basis_id: id,
        ...filing,
        ...received,
        cai_received_on: '2026-01-01',
      })
      const faults = saidOf('agr_one', ...withoutText, file)
      expect([id, faults.length]).toEqual([id, delayed.some((basis) => basis.id === id) ? 1 : 0])
    }
  })
})

test.each<[string, Content, string[]]>([
  ['one that is over', { status: 'ended' }, []],
  [
    'one still in force',
    { status: 'in_force' },
    ['agr_old is not ended: two would be in force for one thing'],
  ],
  [
    'one of other parties',
    { status: 'ended', holder_org_id: 'org_taker' },
    ['agr_old@1 is an agreement of other parties'],
  ],
])('an agreement may renew %s or not', (_, change, said) => {
  const old = agreed({ agreement_id: 'agr_old', ...change })
  expect(saidOf('agr_one', ...withoutText, old, agreed({ supersedes: 'agr_old@1' }))).toEqual(said)
})

test('an agreement cannot renew itself or an unknown one', () => {
  expect(saidOf('agr_one', ...withoutText, agreed({ supersedes: 'agr_one@1' }))).toEqual([
    'agr_one@1 is this agreement itself, and not one that it renews',
  ])
  expect(saidOf('agr_one', ...withoutText, agreed({ supersedes: 'agr_old@1' }))).toEqual([
    'agr_old@1 is neither in the files nor in the register',
  ])
})

test('an agreement that leads outside Québec needs a country and an assessment', () => {
  const world = withoutText.map((object) =>
    object.kind === 'purpose' ? another('purpose', { outside_quebec: true }) : object,
  )
  expect(saidOf('agr_one', ...world, agreed({}))).toEqual([
    'pur_aid@1 leads outside Québec: outside_quebec must name the country and the assessment (LAI 70.1)',
  ])
  const outside_quebec = { country: 'CA', pia_70_1: 'EFVP 12' }
  expect(saidOf('agr_one', ...world, agreed({ outside_quebec }))).toEqual([])
})

const unlimited = withoutText.map((object) =>
  object.kind === 'purpose'
    ? another('purpose', { frequency_limit: undefined, max_uses: undefined })
    : object,
)

// I20: never of a consent, never without a basis that says so, never longer than its most.
test.each(legalBases.map(({ id, delay }) => [id, delay?.maxDays ?? 0] as const))(
  'under %s a use may be shown %i days later at most',
  (legal_basis_id, most) => {
    const said = (days: number) =>
      saidOf('agr_one', ...unlimited, agreed({ legal_basis_id, shown_after_days: days })).filter(
        (message) => /shows? |sees|the most/.test(message),
      )
    expect(said(1)).toHaveLength(most === 0 ? 1 : 0)
    if (most > 0) expect(() => said(most + 1)).toThrow('Too big')
  },
)

test('only an investigation may be shown later, and may have no limit of uses', () => {
  expect(legalBases.filter(({ delay }) => delay !== undefined).map(({ id }) => id)).toEqual([
    'investigation_59',
  ])
  const later = agreed({ legal_basis_id: 'investigation_59', shown_after_days: 30 })
  expect(saidOf('agr_one', ...unlimited, later)).toEqual([])
  for (const limit of [{ max_uses: 1 }, { frequency_limit: { count: 1, per: 'P1Y' } }]) {
    const world = unlimited.map((object) =>
      object.kind === 'purpose' ? another('purpose', limit) : object,
    )
    expect(saidOf('agr_one', ...world, later)).toEqual([
      'pur_aid@1 limits its uses, which are not counted where they are shown later',
    ])
  }
})

describe('no fake choice (I33)', () => {
  const ids = ['cat_income', 'cat_children'] as const
  const bases = ['consent_53', 'consent_59_sensitive', 'law_67', 'emergency_59'] as const
  const anAgreement = fc.record({
    legal_basis_id: fc.constantFrom(...bases),
    programme: fc.constantFrom('Un programme', ' un  PROGRAMME', 'Un autre', undefined),
    // Mostly in force, or there would be few conflicts to find.
    status: fc.constantFrom('in_force', 'in_force', 'in_force', 'in_force', ...states),
    categories: fc.subarray([...ids], { minLength: 1 }),
  })

  test('two agreements are refused if, and only if, one of each kind is in force for the same', () => {
    const property = fc.property(anAgreement, anAgreement, (one, other) => {
      const [first, second] = [one, other].map(({ categories, legal_basis_id, status }, i) =>
        agreed({
          agreement_id: `agr_n${i}`,
          legal_basis_id,
          status,
          purposes: [`pur_n${i}@1`],
          datasets: [{ dataset_id: 'dst_notice@1', categories }],
        }),
      )
      if (first === undefined || second === undefined) return
      const purposes = [one, other].map(({ programme }, i) =>
        another('purpose', { purpose_id: `pur_n${i}`, programme }),
      )
      const said = [...withoutText, ...purposes]
      const [is, was] = [one, other].map(({ programme }) => programme?.trim().toLowerCase())
      const isFake =
        one.status === 'in_force' &&
        other.status === 'in_force' &&
        one.legal_basis_id.startsWith('consent_') !== other.legal_basis_id.startsWith('consent_') &&
        (is === undefined || was === undefined || is.split(/ +/)[1] === was.split(/ +/)[1]) &&
        one.categories.some((category) => other.categories.includes(category))
      for (const id of ['agr_n0', 'agr_n1'])
        expect(saidOf(id, ...said, first, second)).toHaveLength(isFake ? 1 : 0)
    })
    fc.assert(property, seeded({ numRuns: 200 }))
  })

  test.each(legalBases.map(({ id }) => id))(
    'a text that asks is allowed only under a consent: %s',
    (basis) => {
      const world = everything.map((object) =>
        object.kind === 'agreement'
          ? agreed({ legal_basis_id: basis, ...filing, ...received })
          : object,
      )
      expect(saidOf('txt_aid', ...world)).toEqual(
        basis.startsWith('consent_')
          ? []
          : ['agr_one@1 rests on the law: nobody may be asked for what a refusal would not change'],
      )
    },
  )
})

describe('in the register', () => {
  let fresh: FreshDatabase
  let db: Database

  beforeAll(async () => {
    fresh = await freshDatabase()
    db = openDatabase(fresh.url, housePatience)
  })

  afterAll(async () => {
    await db.destroy()
    await fresh.drop()
  })

  async function applyFiles(...objects: readonly RegisterObject[]) {
    const dir = newFolder()
    try {
      writeFiles(dir, objects)
      return resultsIn(await registerCommand(db, ['apply', dir], new Date(), unservable, given))
    } finally {
      rmSync(dir, { recursive: true })
    }
  }

  test('an agreement or body can be suspended and restored by its file; an ended one stays ended', async () => {
    await applyFiles(...everything)
    const suspended = [
      agreed({ version: 2, status: 'suspended' }),
      another('organisation', { version: 2, status: 'suspended' }),
    ]
    expect(await applyFiles(...suspended)).toEqual(['applied org_giver', 'applied agr_one'])
    const during = (await openRegister(db, seals)).current()
    expect([during.agreement('agr_one')?.status, during.organisation('org_giver')?.status]).toEqual(
      ['suspended', 'suspended'],
    )
    expect(during.agreement('agr_one@1')?.status).toBe('in_force')
    await applyFiles(
      agreed({ version: 3, status: 'in_force' }),
      another('organisation', { version: 3 }),
    )
    expect((await openRegister(db, seals)).current().agreement('agr_one')?.status).toBe('in_force')
    await applyFiles(agreed({ version: 4, status: 'ended' }))
    await expect(applyFiles(agreed({ version: 5, status: 'in_force' }))).rejects.toThrow(
      /agreements\/agr_one\.yaml:1: an agreement that is ended cannot be in_force next/,
    )
    await expect(applyFiles(agreed({ version: 5, status: 'draft' }))).rejects.toThrow(
      'cannot be draft next',
    )
  })

  test('an agreement may be put in force on its first day, not before', async () => {
    const base = {
      agreement_id: 'agr_later',
      duration: { from: '2026-01-05' },
      in_force_from: '2026-02-10',
    }
    const at = (day: string, version: number, status: State) =>
      transact(db, (tx) =>
        applyRegister(
          tx,
          seals,
          { objects: [agreed({ ...base, version, status })], problems: [] },
          new Date(`${day}T15:00:00Z`),
        ),
      )
    await at('2026-01-10', 1, 'filed')
    await expect(at('2026-02-09', 2, 'in_force')).rejects.toThrow(
      'it cannot be in_force before its first day, 2026-02-10: until then it is filed',
    )
    await at('2026-02-10', 2, 'in_force')
    // In two steps at once is not a way round.
    await expect(at('2026-02-11', 3, 'draft')).rejects.toThrow('cannot be draft next')
  })
})
