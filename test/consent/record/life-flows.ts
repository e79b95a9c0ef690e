import { expect } from 'vitest'
import { consentsOf } from '../../../src/consent/record/index.ts'
import type { SharingDeed, StillFlows } from '../../../src/consent/standing/index.ts'
import { readStandingFacts, whatStillFlows } from '../../../src/consent/standing/index.ts'
import type { Load } from '../../support/sharing-load.ts'
import { registerOf } from './living.ts'

// What may flow about somebody whose consent lives: what a page promises before a deed is what is there after it.

/** What may flow by her rows as they stand, or as a deed would leave them. */
export async function flowsOf(
  load: Load,
  personId: string,
  deed?: SharingDeed,
): Promise<StillFlows> {
  const { db, vault } = load
  const answers = await consentsOf(db, vault.seals, personId)
  const register = await registerOf(load)
  const { seals, heads } = vault
  const facts = await readStandingFacts(db, seals, { personId, answers, register, heads })
  return whatStillFlows({ ...facts, deed }, register, new Date())
}

/** Does a deed of which a page said before what it leaves. @returns what the deed returns */
export async function doForeseen<T>(
  load: Load,
  personId: string,
  deed: SharingDeed,
  done: () => Promise<T>,
): Promise<T> {
  const before = await flowsOf(load, personId, deed)
  const result = await done()
  const after = await flowsOf(load, personId)
  expect(saidOf(before)).toEqual(saidOf(after))
  return result
}

/** Whether the recipient may receive all of these, by what she allowed. */
export function mayFlow({ flows }: StillFlows, categories: readonly string[]): boolean {
  return categories.every((category) =>
    flows.some((flow) => flow.category === category && flow.ways.some(({ by }) => by === 'choice')),
  )
}

// A narrower sharing is another record: by which one something may be sent is said by its purpose and its end.
function saidOf({ flows, ...rest }: StillFlows): object {
  const said = flows
    .map(({ ways, waits, ...flow }) => ({
      ...flow,
      ways: ways.map(rightOf),
      waits: waits.map(({ way, ...wait }) => ({ ...wait, way: rightOf(way) })),
    }))
    .toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)))
  return { ...rest, said }
}

function rightOf(right: StillFlows['flows'][number]['ways'][number]) {
  return [
    right.by,
    right.purpose.ref,
    right.dataset.ref,
    right.days,
    right.by === 'choice' ? right.until : right.agreement.ref,
  ]
}

function keyOf({
  recipient,
  holder,
  category,
}: Omit<StillFlows['flows'][number], 'ways' | 'waits'>) {
  return `${recipient} ${holder} ${category}`
}
