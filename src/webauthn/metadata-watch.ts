import type { FidoSettings } from '../base/settings/config.ts'
import type { Clock } from '../base/values/clock.ts'
import type { Database } from '../base/database/database.ts'
import { recoverFrom } from '../base/values/expected-errors.ts'
import type { Log } from '../base/logging/log.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import { noteMetadata } from './attestation-store.ts'
import type { AttestingThread } from './attestation-worker.ts'
import { startAttesting } from './attestation-worker.ts'
import type { MetadataFiles } from './metadata-files.ts'
import { isSignedFor, readFiles, stampOf } from './metadata-files.ts'
import type { Metadata } from './models.ts'
import { readMetadata } from './models.ts'
import { standingOfChain } from './revocation.ts'

// The operator's metadata file as it is now: read again when it changes, refused when it is older than one that was seen, and of no use
// after its last day.

// So often at most the files are looked at.
const lookEveryMs = 60_000

/** What keeps every key from the level: the files cannot be used, or a newer one was seen, or its time is over. */
export type MetadataTrouble = 'unusable' | 'older' | 'over' | 'changed-mark'

export type MetadataNeeds = {
  readonly db: Database
  readonly seals: RowSeals
  readonly clock: Clock
  readonly log: Log
}

export type HeldMetadata = MetadataFiles & Metadata

export type MetadataWatch = {
  /** What may be relied on now; undefined: nothing. */
  current(): Promise<HeldMetadata | undefined>
  /** What was read last, whether or not it may be relied on. */
  held(): HeldMetadata | undefined
  trouble(): Promise<MetadataTrouble | undefined>
  /** It took the file that is held. */
  thread(): AttestingThread
}

export async function watchMetadata(
  settings: FidoSettings,
  { db, seals, clock, log }: MetadataNeeds,
): Promise<MetadataWatch> {
  let thread = startAttesting()
  let held: HeldMetadata | undefined
  let stamp = ''
  let trouble: MetadataTrouble | undefined
  let lookedAt = 0
  let looking: Promise<void> | undefined

  function say(why: string): void {
    log.error({ why }, 'the FIDO metadata cannot be used: no key gives level 3')
  }

  async function read(): Promise<void> {
    const found = await stampOf(settings).catch(wordsOf)
    if (!thread.isAlive()) {
      thread = startAttesting()
      stamp = ''
    }
    if (found === stamp) return
    held = await load(thread, settings, clock()).catch((error: unknown) => {
      say(wordsOf(error))
      return undefined
    })
    stamp = found
  }

  async function look(): Promise<void> {
    await read()
    // Another process may have seen a newer file since.
    const mark = held && (await noteMetadata(db, seals, held, clock()))
    const now = held === undefined ? 'unusable' : (mark ?? overOn(held, clock()))
    if (now !== trouble && now !== undefined && now !== 'unusable') say(said[now])
    trouble = now
    lookedAt = clock().getTime()
  }

  async function current(): Promise<HeldMetadata | undefined> {
    if (Math.abs(clock().getTime() - lookedAt) >= lookEveryMs)
      await (looking ??= look().finally(() => (looking = undefined)))
    return trouble === undefined ? held : undefined
  }

  await look()
  return {
    current,
    held: () => held,
    async trouble() {
      await current()
      return trouble
    },
    thread: () => thread,
  }
}

const said: Readonly<Record<Exclude<MetadataTrouble, 'unusable'>, string>> = {
  older: 'a newer file was seen before',
  over: 'its nextUpdate is over',
  'changed-mark': 'the note of the newest file was changed in the database',
}

/** Reads the files once. @throws OperatorError where they cannot be used */
export async function readMetadataOnce(settings: FidoSettings, now: Date): Promise<HeldMetadata> {
  const thread = startAttesting()
  try {
    return await load(thread, settings, now)
  } catch (cause) {
    throw new OperatorError(`The FIDO metadata cannot be used: ${wordsOf(cause)}.`, { cause })
  } finally {
    await thread.close()
  }
}

/** @throws Error in our words, or the library's */
async function load(
  thread: AttestingThread,
  settings: FidoSettings,
  now: Date,
): Promise<HeldMetadata> {
  const files = await readFiles(settings)
  const payload = await thread.take(files)
  if (!isSignedFor(files.signers, settings.signer))
    throw new Error(`the certificate of its signer is not of ${settings.signer}`)
  const standing = await standingOfChain(files.signers, files.roots, files.lists, now)
  if (standing === 'revoked') throw new Error('the certificate of its signer was revoked')
  if (standing === 'unknown')
    throw new Error('FIDO_CRLS has no current list for the certificate of its signer')
  const metadata = readMetadata(payload)
  if (metadata === undefined) throw new Error('its payload is malformed')
  return { ...files, ...metadata }
}

function overOn({ nextUpdate }: Metadata, now: Date): MetadataTrouble | undefined {
  return dayOf(now) > nextUpdate ? 'over' : undefined
}

export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10)
}

const wordsOf = recoverFrom(Error, ({ message }) => message)
