import { hash } from 'node:crypto'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { fetchSome } from '../../base/tlog/fetch-text.ts'
import type { LogFault } from '../../base/tlog/verify-log.ts'
import { publicHashIn } from '../chain/index.ts'
import { houseOf } from './served-log.ts'

// Public entries and their documents (decision 0045). The hash of an entry does not say where its document is: the list does.

const maxListBytes = 16 * 1024 * 1024
const maxLines = 50_000
const listMs = 60_000
const maxDocumentBytes = 2 * 1024 * 1024
const documentsAtOnce = 8
/** After so many wrong documents of one log no other one is fetched. */
const maxFaults = 100

// Origin, index, SHA-256, path: a path of the same house, for `//` would begin the name of another one.
const lineFormat = /^(\S+) (0|[1-9]\d{0,14}) ([0-9a-f]{64}) (\/[^/\s]\S*)$/

/** A public entry, as `/log/leaves` names it; `url`: where its document is. */
type ListedLeaf = { readonly sha256: string; readonly path: string; readonly url: string }
export type LeavesByIndex = ReadonlyMap<number, ListedLeaf>
type LeafList = ReadonlyMap<string, LeavesByIndex>

/** A document that is the one of its entry. */
export type Document = ListedLeaf & { readonly index: number; readonly bytes: Buffer }

/** Reads the public entries of a log in the list of the house that serves it; undefined where none is served. @throws OperatorError */
export type ReadLeaves = (origin: string, at: string) => Promise<LeavesByIndex | undefined>

/** Reads the list of each house once. */
export function leavesOnce(): ReadLeaves {
  const lists = new Map<string, Promise<LeafList | undefined>>()
  return async (origin, at) => {
    const house = houseOf(at)
    if (house === undefined) return undefined
    const list = lists.get(house) ?? listAt(house)
    lists.set(house, list)
    return (await list)?.get(origin)
  }
}

/** Of all logs of a house, by their origins. */
async function listAt(house: string): Promise<LeafList | undefined> {
  const place = `${house}/log/leaves`
  const bytes = await fetchSome(place, maxListBytes, listMs)
  if (bytes === undefined) return undefined
  const list = new Map<string, Map<number, ListedLeaf>>()
  const lines = bytes.toString().split('\n', maxLines + 2)
  if (lines.length > maxLines + 1 || lines.pop() !== '') throw noList(place)
  for (const line of lines) {
    const [, origin, index, sha256, path] = lineFormat.exec(line) ?? []
    if (origin === undefined || sha256 === undefined || path === undefined) throw noList(place)
    const ofLog = list.get(origin) ?? new Map<number, ListedLeaf>()
    if (ofLog.has(Number(index))) throw noList(place)
    list.set(origin, ofLog.set(Number(index), { sha256, path, url: `${house}${path}` }))
  }
  return list
}

function noList(place: string): OperatorError {
  return new OperatorError(`${place} is no list of public entries.`)
}

/** Checks public entries as a walk meets them. */
export type DocumentCheck = {
  /** How many public entries there were. */
  count(): number
  onEntries(entries: readonly Buffer[], from: number): Promise<undefined>
  /** What is wrong with the public entries before this index, once the walk has met them. */
  faults(before: number): Promise<EntryFault[]>
}

type EntryFault = LogFault & { readonly index: number }

/**
 * @param first the index of the first entry whose document is looked at
 * @param list of the log; read when the first public entry is met, so that it is newer than the checkpoint
 * @param keep takes each document that is right
 */
export function checkDocuments(
  first: number,
  list: () => Promise<LeavesByIndex | undefined>,
  keep: (document: Document) => Promise<void>,
): DocumentCheck {
  const found: EntryFault[] = []
  let [count, wrong] = [0, 0]
  const isPublic = new Set<number>()
  const check = async (index: number, sha256: string): Promise<EntryFault | undefined> => {
    const listed = (await list())?.get(index)
    if (listed === undefined)
      return { index, because: 'it is public, but no list names its document' }
    if (listed.sha256 !== sha256) return { index, because: 'the list names another document of it' }
    const bytes = await documentAt(listed.url, sha256)
    if (!Buffer.isBuffer(bytes)) return { index, because: `its document ${listed.path} ${bytes}` }
    await keep({ ...listed, index, bytes })
    return undefined
  }
  return {
    count: () => count,
    async onEntries(entries, from) {
      const open = entries.flatMap((entry, i) => {
        const sha256 = publicHashIn(entry)?.toString('hex')
        const index = from + i
        return sha256 === undefined || index < first ? [] : [{ index, sha256 }]
      })
      count += open.length
      for (const { index } of open) if (isPublic.size < maxLines) isPublic.add(index)
      for (let at = 0; at < open.length && wrong < maxFaults; at += documentsAtOnce) {
        const some = open.slice(at, at + documentsAtOnce)
        const faults = await Promise.all(some.map(({ index, sha256 }) => check(index, sha256)))
        const bad = faults.filter((fault) => fault !== undefined)
        wrong += bad.length
        found.push(...bad.slice(0, maxFaults - found.length))
      }
      return undefined
    },
    async faults(before) {
      const strays = [...((await list())?.keys() ?? [])]
        .filter((index) => index >= first && index < before && !isPublic.has(index))
        .slice(0, maxFaults)
        .map((index) => ({ index, because: 'the list names it, but it is no public entry' }))
      return [...found, ...strays].toSorted((one, other) => one.index - other.index)
    },
  }
}

/** @returns the document, or why it is not the one with this hash */
export async function documentAt(url: string, sha256: string): Promise<Buffer | string> {
  const bytes = await fetchSome(url, maxDocumentBytes).catch(
    recoverFrom(OperatorError, () => 'cannot be read'),
  )
  if (bytes === undefined) return 'is not there'
  if (typeof bytes === 'string') return bytes
  return hash('sha256', bytes) === sha256 ? bytes : 'is another'
}
