import type { Transaction } from '../../src/base/database/database.ts'
import { isOutage } from '../../src/base/database/database-outages.ts'
import type { CodeMarks } from '../../src/base/migrating/code-marks.ts'
import { changeBetween, readMarks } from '../../src/base/migrating/code-marks.ts'
import { codeDifferences } from '../../src/base/migrating/code-watch.ts'
import { revokeConsent } from '../../src/consent/record/index.ts'
import { acr } from '../consent/record/living.ts'
import { codeSeen } from './code-of.ts'
import { undemanding } from './database.ts'
import type { Load } from './sharing-load.ts'
import { currentRows } from './sharing-load.ts'
import type { Objects } from './tamper-objects.ts'
import { changeObject, runAll } from './tamper-objects.ts'
import type { Tried } from './tamper-report.ts'
import { nothingFound } from './tamper-report.ts'
import type { Tampered } from './tampering.ts'
import { pick } from './tampering.ts'
import type { World } from './tamper-looks.ts'
import { decisionsOf, inUndone, lookAround, undoneWithin } from './tamper-looks.ts'
import type { Before } from './tamper-shown.ts'
import { shownNow } from './tamper-shown.ts'

// One try with an object of the catalogue.

/**
 * An object of the catalogue is another one. As often as not it is put back once she has stopped what she allowed: then what she stopped
 * stays so, and what was recorded meanwhile is whole. A difference that stays is named by a process that starts.
 */
export function oneObjectTry(
  world: World,
  n: number,
  before: Before,
  objects: Objects,
): Promise<Tried> {
  const { life, sharers } = world
  const { chance, load } = life
  return inUndone(load, async (tx) => {
    const { seals } = load.vault
    const marks = await readMarks(tx)
    const one = await changeObject(tx, objects, chance)
    if (one === undefined) return { n, change: undefined, found: nothingFound }
    const meanwhile = await decidedMeanwhile(world, tx, before, marks)
    const isPutBack = chance() < 0.5
    const sharer = pick(chance, sharers)
    const isStopped = isPutBack && chance() < 0.5 && (await stopIn(load, tx, sharer.personId))
    if (isPutBack) await runAll(tx, one.undo)
    const start = await codeDifferences({ db: tx, place: undemanding, seals })
    const change = { table: one.kind, kind: kindOf(isPutBack), said: one.said }
    if (!isPutBack && one.isAllowed !== true)
      return { n, change, found: { ...nothingFound, ...meanwhile, start }, harm: [onlyStarts] }
    const moved = changeBetween(marks, await readMarks(tx), true)
    const running = [...meanwhile.running, ...(moved === undefined ? [] : [moved])]
    if (isStopped) {
      const decided = before.decided.map((was, i) => (sharers[i] === sharer ? stopped : was))
      const found = { ...(await lookAround(world, tx, decided)), start, running }
      return { n, change: { ...change, said: `${one.said}; she stops` }, found, harm: [] }
    }
    const { others: harm, named: pages } = await shownNow(world, tx, before)
    const looked = await lookAround(world, tx, before.decided)
    const wrongPermits = looked.wrongPermits + meanwhile.wrongPermits
    const found = { ...looked, start, running, pages, wrongPermits }
    return { n, change: { ...change, said: [one.said, ...harm].join('; ') }, found, harm }
  })
}

const stopped = 'CONSENT_REVOKED'
const onlyStarts = 'a process starts with it'

/** What a process answers that looked before, and what it says of it; nothing of that is kept. */
function decidedMeanwhile(world: World, tx: Transaction, { decided }: Before, marks: CodeMarks) {
  const { live, vault } = world.life.load
  return undoneWithin(tx, async (inner) => {
    const now = await decisionsOf(world, inner, live, codeSeen(vault.seals, marks))
    return {
      running: now.filter((one, i) => one === 'RECORD_UNTRUSTED' && decided[i] !== one),
      wrongPermits: now.filter((one, i) => one === 'PERMIT' && decided[i] !== one).length,
    }
  })
}

function kindOf(isPutBack: boolean): Tampered['kind'] {
  return isPutBack ? 'object, put back' : 'object'
}

/** Whether a stop of what she allows was taken. */
async function stopIn(load: Load, tx: Transaction, personId: string): Promise<boolean> {
  const rows = await currentRows({ ...load, db: tx }, personId)
  const live = rows.find(({ state }) => state === 'active' || state === 'suspended')
  if (live === undefined) return false
  try {
    await tx.transaction((inner) =>
      revokeConsent(inner, load.notary, { personId, consentId: live.consentId, acr }),
    )
    return true
  } catch (error) {
    if (isOutage(error) || !(error instanceof Error)) throw error
    return false
  }
}
