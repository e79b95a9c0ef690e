import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { fetchSome, fetchText, readable } from '../../base/tlog/fetch-text.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import type { Signature, Verifier } from '../../base/tlog/note.ts'
import { maxNoteBytes, openNote, splitNote } from '../../base/tlog/note.ts'
import type { ReadTile } from '../../base/tlog/tiles.ts'
import { bundleOf, entriesIn, tilePath, tileWidth } from '../../base/tlog/tiles.ts'

// What a log and its house serve to everybody, read with a limit of bytes and time for each answer.

const maxTileBytes = 64 * 1024

/** An address that is looked at: the logs' common one, `…/log`, and the one log, where the address is that of a log. */
export type WatchedAddress = { readonly base: string; readonly logs: string; readonly own?: string }

export async function lookAt(url: string): Promise<WatchedAddress> {
  const base = url.replace(/\/$/, '')
  const own = await originAt(base)
  if (own === undefined) return { base, logs: `${base}/log` }
  return { base, logs: new URL('../..', `${base}/`).href.replace(/\/$/, ''), own }
}

/** The log that is served at this address, as its checkpoint or the address says; undefined for the address of an issuer. */
async function originAt(base: string): Promise<string | undefined> {
  const note = await fetchSome(`${base}/checkpoint`, maxNoteBytes)
  const named =
    note &&
    attempt(
      () => originIn(note),
      recoverFrom(NoteError, () => undefined),
    )
  return named ?? (placeOf(base) === undefined ? undefined : base.replace(/^https?:\/\//, ''))
}

function originIn(note: Buffer): string {
  return readCheckpoint(splitNote(note.toString()).text).origin
}

/** The logs to look at, by their origins, each with its address. */
export function logsOf(
  { base, own }: WatchedAddress,
  policy: LogPolicy,
): ReadonlyMap<string, string> {
  if (own !== undefined) return new Map([[own, base]])
  const { protocol } = new URL(base)
  return new Map(
    policy.logs.map(({ verifier: { name }, url }) => [name, url ?? `${protocol}//${name}`]),
  )
}

/** A checkpoint with the signatures of known keys; all of these hold. */
export type OpenedCheckpoint = {
  readonly note: string
  readonly tree: Checkpoint
  readonly signatures: readonly Signature[]
  /** Keys of which this program cannot check the signatures. */
  readonly unchecked: readonly Verifier[]
}

/** @throws OperatorError */
export async function checkpointAt(
  at: string,
  known: readonly Verifier[],
): Promise<OpenedCheckpoint> {
  const place = `${at}/checkpoint`
  const note = await fetchText(place)
  return readable(place, () => {
    const { text, ...signed } = openNote(note, known)
    return { note, tree: readCheckpoint(text), ...signed }
  })
}

/** Reads the tiles of the log at this address. */
export function tilesAt(at: string): ReadTile {
  return async (tile) => {
    const exact = await fetchSome(`${at}/${tilePath(tile)}`, maxTileBytes)
    if (exact !== undefined) return exact
    // C2SP tlog-tiles: once the tree has outgrown a partial tile, the full tile holds the same hashes.
    const full = await fetchSome(`${at}/${tilePath({ ...tile, width: tileWidth })}`, maxTileBytes)
    if (full === undefined) throw new RangeError('there is no such tile')
    if (tile.level !== 'entries') return full.subarray(0, tile.width * 32)
    return bundleOf((entriesIn(full, tileWidth) ?? []).slice(0, tile.width))
  }
}

/**
 * The house of a log, and the log's place among the logs of that house: a log of a later year, or the next one of a year, which follows a
 * restore, goes on after the one before.
 * @param log its origin, or the address where it is served. @returns undefined for the log of others
 */
export function placeOf(
  log: string,
): { readonly house: string; readonly order: number } | undefined {
  const [, house, year, number] = /^(.+)\/log\/(\d{4})\/p(\d{1,5})$/.exec(log) ?? []
  return house === undefined ? undefined : { house, order: Number(year) * 100_000 + Number(number) }
}

/** The house that serves a log at this address, and the documents of its public entries; undefined for the log of others. */
export function houseOf(at: string): string | undefined {
  return placeOf(at)?.house
}
