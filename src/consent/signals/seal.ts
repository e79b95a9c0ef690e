import type { Keys } from '../../base/keys/keys.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import { makeSeals } from '../../base/sealing/encryption.ts'
import type { StoredStream, Stream } from './rows.ts'

// A stream leads out of the house. One that this broker did not write is sent nothing.

export const streamTable = sealedTable('signal_stream', {
  seal: ['signal stream', 2],
  covers: [
    'stream_id',
    'org_id',
    'party',
    'method',
    'endpoint',
    'requested',
    'kinds',
    'status',
    'created_at',
    'told_since',
  ],
  unsealed: {
    authorization_sealed: 'is sealed by itself, bound to its stream: changed, it opens nothing',
    description: 'what the body calls its stream',
    reason: 'what the body says of its status',
    verified_at: 'when the body asked last for a sign of life',
    failures: 'counts of pushes',
    due_at: 'when it is pushed next',
  },
  inventory: {
    whose: 'body',
    kept: 'deed',
    readBy: ['bodies'],
    change: {
      noFact: 'where a body is told: it bears a seal, and without it nothing is sent there',
    },
    why: { fr: 'où un organisme veut être prévenu', en: 'where a body wants to be told' },
    columns: {
      body: 'stream_id org_id party method endpoint requested kinds description status reason created_at told_since verified_at failures due_at',
      opens: 'authorization_sealed',
      technical: 'seal',
    },
  },
})

export function sealOfStream(seals: RowSeals, stream: Stream): Buffer {
  return seals.seal(streamTable, stream)
}

export function isStreamAuthentic(seals: RowSeals, { seal, ...stream }: StoredStream): boolean {
  return seals.holds(streamTable, stream, seal)
}

/** Seals the header that a body wants of each push, bound to its stream: moved to another one, it does not open. */
export function headerSeals({ data }: Pick<Keys, 'data'>): Seals {
  return makeSeals(data, 'stream header')
}

/** Headers under the newest key. */
export function headerRenewal(headers: Seals): Renewal {
  return {
    purpose: 'data',
    table: 'signal_stream',
    renew: (tx, pages) =>
      renewRows(tx, pages, dueHeaders, headers.newestId, (row: SealedHeader) =>
        opened(headers, row),
      ),
  }
}

type SealedHeader = { readonly streamId: string; readonly sealed: Buffer }

const dueHeaders = {
  table: 'signal_stream',
  isDue:
    't.authorization_sealed is not null and substring(t.authorization_sealed from 1 for 8) <> :newest',
  columns: 't.stream_id as "streamId", t.authorization_sealed as "sealed"',
  written: ['authorization_sealed'],
}

function opened(headers: Seals, { streamId, sealed }: SealedHeader): readonly Buffer[] | 'none' {
  try {
    return [headers.seal(headers.open(sealed, streamId), streamId)]
  } catch {
    return 'none' // it opens by no key that is here
  }
}
