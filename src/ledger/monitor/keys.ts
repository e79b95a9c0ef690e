import { fetchSome, fetchText } from '../../base/tlog/fetch-text.ts'
import type { Finding } from '../../base/tlog/verify-log.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { canonical } from '../chain/index.ts'
import type { JsonValue } from '../chain/index.ts'
import { houseOf } from './served-log.ts'
import type { MonitorState } from './shapes.ts'
import { keySetFrom } from './shapes.ts'

// The keys that a house publishes: those of its logs at `/log/vkeys`, those of receipts and decisions at `/keys`. No key may go: people
// hold texts that it signed.

const maxKeyBytes = 256 * 1024
/** A key that signs is announced in the log within ten minutes; then its entry must be signed. */
const announcedWithinMs = 3600 * 1000

export type KeysSeen = {
  readonly findings: readonly Finding[]
  readonly news: readonly string[]
  readonly keys: MonitorState['keys']
}

/** Compares the keys of receipts and decisions with those of the last pass. @throws OperatorError */
export async function seeStatementKeys(
  house: string,
  before: MonitorState,
  accepts: boolean,
): Promise<KeysSeen> {
  const place = `${house}/keys`
  const known = before.keys
  const bytes = await fetchSome(place, maxKeyBytes)
  if (bytes === undefined && Object.keys(known).length === 0)
    return { findings: [], news: [], keys: {} }
  const set = bytes && keySetFrom(bytes.toString())
  if (set === undefined) throw new OperatorError(`${place} holds no keys.`)
  // `kid` names a key: a name that is there twice, or for another key than before, could stand for either.
  const served: Record<string, string> = {}
  for (const key of set.keys) served[key.kid] = canonical(key as JsonValue) // It was JSON.
  const isFirst = before.heldAt === null && Object.keys(known).length === 0
  const news = Object.keys(served)
    .filter((kid) => !isFirst && !Object.hasOwn(known, kid))
    .map((kid) => `${place}: a new key, ${kid}`)
  const findings = Object.entries(known).flatMap(([kid, text]): Finding[] => {
    if (!Object.hasOwn(served, kid)) return [{ where: place, because: `the key ${kid} is gone` }]
    return served[kid] === text
      ? []
      : [{ where: place, because: `the key ${kid} is another than before` }]
  })
  if (!accepts) return { findings, news, keys: { ...served, ...known } }
  const accepted = findings.map(({ where, because }) => `${where}: ${because}: accepted`)
  return { findings: [], news: [...news, ...accepted], keys: served }
}

type HouseLogs = Pick<MonitorState, 'logs' | 'announced'>

/** The logs of each house, and the keys that are announced for them: a house lists its own keys. A log of others has no list. */
export function logsByHouse({ logs, announced }: HouseLogs): ReadonlyMap<string, HouseLogs> {
  const all = Object.entries(logs)
  const houses = new Set(all.flatMap(([, { url }]) => houseOf(url) ?? []))
  const ofHouse = (house: string): HouseLogs => {
    const own = Object.fromEntries(all.filter(([, { url }]) => houseOf(url) === house))
    const names = new Set(Object.keys(own).map(houseOf))
    const isOwn = (vkey: string) => {
      const origin = vkey.replace(/\+.*$/, '')
      // A log that is served elsewhere has its list there.
      return (
        Object.hasOwn(own, origin) || (!Object.hasOwn(logs, origin) && names.has(houseOf(origin)))
      )
    }
    return { logs: own, announced: announced.filter(isOwn) }
  }
  return new Map([...houses].map((house) => [house, ofHouse(house)]))
}

/**
 * Compares the keys that the logs of a house are known by with its list of all keys that ever signed them, and with the keys that the
 * logs themselves announce. @throws OperatorError
 */
export async function seeLogKeys(
  place: string,
  state: HouseLogs,
  now: Date,
): Promise<readonly Finding[]> {
  const listed = new Set((await fetchText(place)).split('\n').filter((line) => line !== ''))
  const announced = new Set(state.announced)
  const findings: Finding[] = []
  for (const [origin, { keys, publicEntries }] of Object.entries(state.logs))
    for (const [vkey, seenAt] of Object.entries(keys)) {
      if (!listed.has(vkey)) findings.push({ where: place, because: `the key ${vkey} is gone` })
      const isLate = now.getTime() - Date.parse(seenAt) > announcedWithinMs
      if (isLate && publicEntries.length > 0 && !announced.has(vkey))
        findings.push({ where: origin, because: `no public entry announces its key ${vkey}` })
    }
  for (const vkey of [...announced].toSorted())
    if (!listed.has(vkey))
      findings.push({
        where: place,
        because: `the key ${vkey}, which the log announces, is missing`,
      })
  return findings
}
