import { createHash } from 'node:crypto'
import type { JsonValue } from '../../ledger/chain/index.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { DecisionRow } from './rows.ts'

/**
 * The columns that each list hashes, by the list's number. A list never changes: rows with further columns get a further list, and the
 * hashes that older events hold stay true. No list has the person, since no payload names her. The columns that are missing here have
 * one value in every deny, which the table demands.
 */
const lists = {
  1: [
    'decisionId',
    'evaluatedAt',
    'consentId',
    'holder',
    'recipient',
    'dataset',
    'purpose',
    'agreement',
    'legalBasisId',
    'asked',
    'reasonCode',
    'policyVersion',
    'validUntil',
    'visibleFrom',
    'queryId',
    'times',
    'lastAt',
    'periodFrom',
    'periodTo',
  ],
} as const satisfies Readonly<Record<number, readonly (keyof DecisionRow | 'policyVersion')[]>>

/** The number of the list that new events name. */
export const refusedList = 1

/** The columns of a deny that its event tells of. */
export const refusedColumns = lists[refusedList]

/** A deny, as its event tells of it. */
export type RefusedRow = Pick<
  DecisionRow & { readonly policyVersion: number },
  (typeof refusedColumns)[number]
>

/**
 * The members of `decisions.refused` that the denies of a day determine: how many rows, how often for each reason, and the hash of the
 * rows, SHA-256 of their canonical JSON (RFC 8785) in the order of their ids.
 * @param list the number that the event names
 */
export function refusedDigest(
  rows: readonly RefusedRow[],
  list: keyof typeof lists = refusedList,
): Readonly<Record<string, JsonValue>> {
  const sorted = rows.toSorted((a, b) => (a.decisionId < b.decisionId ? -1 : 1))
  const text = canonical(sorted.map((row) => hashedOf(row, list)))
  return {
    denies: rows.length,
    reasons: timesByReason(rows),
    refused_list: list,
    refused_sha256: createHash('sha256').update(text).digest('hex'),
  }
}

function hashedOf(row: RefusedRow, list: keyof typeof lists): JsonValue {
  return Object.fromEntries(
    lists[list].map((name): [string, JsonValue] => [name, plain(row[name])]),
  )
}

function plain(value: RefusedRow[keyof RefusedRow]): JsonValue {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'bigint' ? String(value) : value
}

function timesByReason(rows: readonly RefusedRow[]): JsonValue {
  const times = new Map<string, number>()
  for (const { reasonCode, times: more } of rows)
    times.set(reasonCode, (times.get(reasonCode) ?? 0) + more)
  return [...times]
    .map(([code, count]) => ({ code, times: count }))
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
}
