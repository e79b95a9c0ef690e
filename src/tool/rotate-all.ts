import type { Database } from '../base/database/database.ts'
import { announceKeys } from '../base/keys/key-changes.ts'
import type { HeldKeys, NotedKey } from '../base/keys/key-check.ts'
import { heldKeys } from '../base/keys/key-check.ts'
import { addKey, takeKeyOut, useKey } from '../base/keys/key-rotation.ts'
import { knownKeys } from '../base/keys/key-store.ts'
import type { FolderKeys } from '../base/keys/keys.ts'
import { readHeldKeys } from '../base/keys/keys.ts'
import { systemClock } from '../base/values/clock.ts'
import type { KeyPurpose, LogPurpose, RotatedPurpose } from '../base/values/key-purposes.ts'
import { isOfLog, isRotated } from '../base/values/key-purposes.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import { placeOf, retire, rotate } from './change-keys.ts'
import type { House } from './house.ts'

// The keys of all purposes, a step at a time. Nothing is remembered of it: what comes next follows from the folder, from the database and
// from the instant at which this rotation began, so a call that was cut off anywhere is taken up by the next one.

type Asked = { readonly since: Date; readonly isAtOnce: boolean }
/** What became of a purpose: it is a step further, it waits for the reason that is said, or its key is new and alone. */
type Step = { readonly is: 'changed' | 'waits' | 'done'; readonly said: readonly string[] }

type StepOf = Step & { readonly purpose: KeyPurpose }

const done: Step = { is: 'done', said: [] }
const changed = (...said: readonly string[]): Step => ({ is: 'changed', said })

/** @returns a line a step; the last one is that of the whole */
export async function rotateAll(asked: Asked, house: House): Promise<string[]> {
  if (asked.since > systemClock()) throw new OperatorError('--since is in the future.')
  const held = heldKeys(await readHeldKeys(placeOf(house).keysDir))
  const steps = await takeUp(held, house)
  // Nothing else opens the database before it knows them; every process learns them first.
  if (steps.length === 0)
    await house.withDatabase(async (db, now) => {
      // Opened once: what opens it compares all the code of the database.
      const opened: House = { ...house, withDatabase: (deed) => deed(db, now) }
      for (const purpose of held.keys())
        if (purpose !== 'pairwise')
          steps.push({ purpose, ...(await stepOf(purpose, asked, opened)) })
    })
  const all = (['changed', 'waits'] as const).find((is) => steps.some((step) => step.is === is))
  return [
    ...steps.flatMap(({ purpose, is, said }) =>
      said.length === 0 ? [`${purpose}: ${is}`] : said.map((line) => `${purpose}: ${line}`),
    ),
    all ?? 'done',
  ]
}

/** Keys that were made by a command that was cut off before the database knew them. */
async function takeUp(held: HeldKeys, house: House): Promise<StepOf[]> {
  const known = await house.withAnyKeys(knownKeys)
  const steps: StepOf[] = []
  for (const [purpose, values] of held) {
    const own = new Set(known.filter((key) => key.purpose === purpose).map((key) => key.checkValue))
    if (own.size === 0 || values.every((value) => own.has(value))) continue
    const state = isOfLog(purpose) ? 'used' : 'announced'
    const fresh = await house.withAnyKeys((db) => announceKeys(db, house.config, purpose, state))
    steps.push({ purpose, ...changed(`announced ${fresh.join(', ')}`) })
  }
  return steps
}

/** A refusal of one purpose, which is too early or has rows that need the old key, holds no other one up. */
async function stepOf(purpose: KeyPurpose, asked: Asked, house: House): Promise<Step> {
  try {
    if (isOfLog(purpose)) return await stepOfLog(purpose, asked, house)
    if (isRotated(purpose)) return await stepOfOther(purpose, asked, house)
    return done
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { is: 'waits', said: [error.message] }
  }
}

async function stepOfOther(
  purpose: RotatedPurpose,
  { since, isAtOnce: isHasty }: Asked,
  house: House,
): Promise<Step> {
  const { keysDir } = placeOf(house)
  const { config: place } = house
  // Rows of people depend on these keys: there is no haste in which they may go.
  const isAtOnce = isHasty && purpose !== 'data' && purpose !== 'seal'
  const keys = await readHeldKeys(keysDir)
  const held = heldKeys(keys).get(purpose) ?? []
  const known = await house.withDatabase((db) => knownOf(db, purpose))
  const lacking = known.find(
    ({ state, notedAt, checkValue }) =>
      state !== 'retired' && notedAt >= since && !held.includes(checkValue),
  )
  if (lacking !== undefined)
    throw new OperatorError(
      `KEYS_DIR lacks ${lacking.checkValue}, which was added on another machine: give it that KEYS_DIR.`,
    )
  const standing = known.filter(
    ({ state, checkValue }) => state !== 'retired' && held.includes(checkValue),
  )
  const newest = standing.toSorted((a, b) => a.notedAt.getTime() - b.notedAt.getTime()).at(-1)
  if (newest === undefined || newest.notedAt < since) {
    const added = await house.withDatabase((db) => addKey(db, place, purpose))
    return changed(`added ${added}`)
  }
  if (newest.state === 'announced' || held[0] !== newest.checkValue) {
    const used = await house.withDatabase((db) =>
      useKey(db, place, purpose, { now: systemClock(), isAtOnce }),
    )
    return changed(`uses ${used}`)
  }
  const old = standing.find((key) => key !== newest)
  if (old !== undefined)
    return changed(...(await retire({ purpose, key: old.checkValue, isAtOnce }, house)))
  const left = known.find(
    ({ state, checkValue }) => state === 'retired' && isWhole(keys, purpose, checkValue, held),
  )
  if (left === undefined) return done
  await takeKeyOut(keysDir, purpose, left.checkValue)
  return changed(`took ${left.checkValue} out of KEYS_DIR`)
}

/** All keys of these sign at once: one is added, and later the others go. */
async function stepOfLog(
  purpose: LogPurpose,
  { since, isAtOnce }: Asked,
  house: House,
): Promise<Step> {
  const held = heldKeys(await readHeldKeys(placeOf(house).keysDir)).get(purpose) ?? []
  const known = await house.withDatabase((db) => knownOf(db, purpose))
  const newest = known.find(({ checkValue }) => checkValue === held[0])
  if (newest === undefined || newest.notedAt < since)
    return changed(...(await rotate({ purpose, isInUse: false, isAtOnce: false }, house)))
  return held.length < 2 ? done : changed(...(await retire({ purpose, isAtOnce }, house)))
}

async function knownOf(db: Database, purpose: KeyPurpose): Promise<NotedKey[]> {
  return (await knownKeys(db)).filter((key) => key.purpose === purpose)
}

/** Of a key pair whose public half checks for ever, the folder may have that half alone. */
function isWhole(
  keys: FolderKeys,
  purpose: RotatedPurpose,
  value: string,
  held: readonly string[],
): boolean {
  if (purpose !== 'decision' && purpose !== 'receipt') return held.includes(value)
  return keys[purpose].some(({ kid, d }) => kid === value && d !== undefined)
}
