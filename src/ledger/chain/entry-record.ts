import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import { uuidBytes, uuidText } from '../../base/values/ids.ts'

// Whose an entry of the log is: it waits beside the entry, under a seal that binds it to this entry alone, and goes into the feed of heads
// (src/ledger/heads). The public log never has it.

/** chain(16) ‖ number of the next event(4) ‖ 0 ‖ flags(1) */
const recordBytes = 22
const delayedFlag = 1

export type EntryRecord = {
  readonly chainId: string
  /** The number of the chain's next event. */
  readonly nextSeq: number
  /** Whether its person sees the event later: then the chain is no person's. */
  readonly isDelayed: boolean
}

/** The entry that a record belongs to. */
export type RecordedEntry = { readonly eventId: string; readonly commitment: Buffer }

const recordSeal = sealedRow('entry', 1, { eventId: 'uuid', commitment: 'bytes', record: 'bytes' })

/** The record with its seal, as `ledger_pending` has it. */
export function sealRecord(
  seals: RowSeals,
  { eventId, commitment }: RecordedEntry,
  { chainId, nextSeq, isDelayed }: EntryRecord,
): Buffer {
  const record = Buffer.alloc(recordBytes)
  record.set(uuidBytes(chainId))
  record.writeUInt32BE(nextSeq, 16)
  record.writeUInt8(isDelayed ? delayedFlag : 0, 21)
  return Buffer.concat([record, seals.seal(recordSeal, { eventId, commitment, record })])
}

/** @returns undefined unless its seal is of this entry */
export function openRecord(
  seals: RowSeals,
  { eventId, commitment }: RecordedEntry,
  sealed: Buffer,
): EntryRecord | undefined {
  const record = sealed.subarray(0, recordBytes)
  const seal = sealed.subarray(recordBytes)
  if (!seals.holds(recordSeal, { eventId, commitment, record }, seal)) return undefined
  return {
    chainId: uuidText(record.subarray(0, 16)),
    nextSeq: record.readUInt32BE(16),
    isDelayed: record.readUInt8(21) === delayedFlag,
  }
}
