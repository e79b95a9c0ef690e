import { proofOfHers } from '../../api/me/index.ts'
import type { ErasureRow } from '../../consent/erasure/index.ts'
import { erasuresOf } from '../../consent/erasure/index.ts'
import { refusalsClosing } from '../../consent/decisions/index.ts'
import { noonOf } from '../../base/values/calendar.ts'
import { claimedTime } from '../../base/keys/jws.ts'
import { closedDays, daysNotClosed } from '../../base/jobs/day-closing.ts'
import type { Database } from '../../base/database/database.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { ChainStretch, StretchEntry, Vault } from '../../ledger/chain/index.ts'
import { delayedChains, newestOfKinds, verifyStretch } from '../../ledger/chain/index.ts'
import type { FoldParts } from '../../ledger/fold/index.ts'
import { foldInSnapshot } from '../../ledger/fold/index.ts'
import type { EventPlacement } from '../../ledger/transparency-log/index.ts'
import {
  howItWaits,
  isOverdue,
  placesOf,
  restoreRows,
  toldRestores,
} from '../../ledger/transparency-log/index.ts'
import { personCreatedAt } from '../../people/accounts/index.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Register } from '../../registry/index.ts'
import type { EntryTeller } from './entries.ts'
import { entryTeller } from './entries.ts'
import type { ChainEntry, ChainErasure, ChainLater, ChainPage } from './pages.ts'

// « Rien ne manque »: checks a stretch of the person's chain while she waits.

const pageSize = 100
const maxLater = 20

export async function chainPage(
  db: Database,
  { vault, partsNow }: { readonly vault: Vault; readonly partsNow: () => Promise<FoldParts> },
  personId: string,
  at: At,
): Promise<ChainPage> {
  const { path, after, now } = at
  const { stretch, entries, signedAt } = await partOf(db, vault, personId, at)
  if (isBeyond(stretch, after)) throw new Refusal('not-found', 404)
  const misplaced = entries.find(({ state }) => state === 'wrong')?.number
  const [{ number: first } = none, { number: last } = none] = [entries.at(0), entries.at(-1)]
  const count = (state: ChainEntry['state']) => entries.filter((one) => one.state === state).length
  const differencesOf = async () => {
    const folded = await foldInSnapshot(db, vault, partsNow, { personId, now })
    return folded === 'too-many' ? folded : folded.differences.length
  }
  const session = readingSession(db)
  const since = await personCreatedAt(db, personId)
  const [openDay] = daysNotClosed(await closedDays(session, refusalsClosing), now)
  return {
    restores: toldRestores(vault.seals, await restoreRows(session), since),
    first,
    last,
    wrong: stretch.wrong?.personSeq ?? misplaced,
    differences: after === 0 ? await differencesOf() : undefined,
    doubtedSince: await doubtedSince(db, personId),
    waiting: count('waiting'),
    late: count('late'),
    notClosedSince: openDay === undefined ? undefined : noonOf(openDay),
    signedAt,
    entries,
    later: after === 0 ? await laterOf(db, vault, personId, at) : [],
    erasures: (await erasuresOf(db, personId)).map((row) => erasureOf(row, path)),
    earlierHref: after === 0 ? undefined : hrefAt(path, Math.max(0, after - pageSize)),
    laterHref: stretch.isEnd ? undefined : hrefAt(path, last),
  }
}

async function doubtedSince(db: Database, personId: string): Promise<Date | undefined> {
  const newest = await newestOfKinds(db, personId, ['rows.differed', 'rows.settled'])
  return newest?.kind === 'rows.differed' ? newest.recordedAt : undefined
}

/** How much this page found about her: what is found stays found. */
export function countFindings({ wrong, differences, later }: ChainPage): number {
  const kept = typeof differences === 'number' ? differences : 0
  const chains = later.filter(({ isWrong }) => isWrong).length
  return kept > 0 ? kept : chains + (wrong === undefined ? 0 : 1)
}

type At = {
  readonly path: string
  readonly after: number
  readonly now: Date
  readonly register: Register
  readonly language: Language
}

async function partOf(db: Database, vault: Vault, chainId: string, at: At) {
  const { path, after, now, register, language } = at
  const stretch = await verifyStretch(db, vault, chainId, { after, limit: pageSize })
  const { places, signedAt } = await placesOf(db, chainId, { after, limit: pageSize })
  const told = entryTeller(stretch.entries, register, language)
  const entries = stretch.entries.map((entry) =>
    entryOf(entry, places.get(entry.personSeq) ?? 'wrong', { path, now, told }),
  )
  return { stretch, entries, signedAt }
}

async function laterOf(
  db: Database,
  vault: Vault,
  personId: string,
  at: Omit<At, 'after'>,
): Promise<ChainLater[]> {
  const looked: ChainLater[] = []
  // One chain after the other, so that a page does not take all connections.
  for (const { chainId, visibleFrom } of await delayedChains(db, personId, maxLater)) {
    const { stretch, entries } = await partOf(db, vault, chainId, { ...at, after: 0 })
    const isWrong = stretch.wrong !== undefined || entries.some(({ state }) => state === 'wrong')
    looked.push({ shownFrom: visibleFrom, isWrong, entries })
  }
  return looked
}

const none = { number: 0 }

// Whether nothing was ever written on this page, not even the entry before it.
function isBeyond({ entries, wrong }: ChainStretch, after: number): boolean {
  return after > 0 && entries.length === 0 && wrong?.personSeq === after
}

function hrefAt(path: string, after: number): string {
  return after === 0 ? path : `${path}?apres=${after}`
}

function entryOf(
  stretch: StretchEntry,
  place: EventPlacement,
  { path, now, told }: Pick<At, 'path' | 'now'> & { readonly told: EntryTeller },
): ChainEntry {
  const { eventId, personSeq, recordedAt, isErased, isAfterRestore } = stretch
  const isLate = place === 'waiting' && isOverdue(recordedAt, now)
  return {
    number: personSeq,
    ...told(stretch),
    at: recordedAt,
    isErased,
    isAfterRestore,
    state: isLate ? 'late' : place,
    proofHref: place === 'in' ? `${path}/${writeId('evt', eventId)}` : undefined,
  }
}

function erasureOf(row: ErasureRow, path: string): ChainErasure {
  const { eventId, rule, fromSeq, throughSeq, before, erasedAt, certificate } = row
  const entries =
    fromSeq === null || throughSeq === null ? undefined : { from: fromSeq, through: throughSeq }
  // What the certificate says, and no other column of its row: whoever has its file can check it.
  const backupsUntil = certificate === null ? undefined : claimedTime(certificate, 'backups_until')
  const href = `${path}/${writeId('ers', eventId)}`
  const certified = backupsUntil && { backupsUntil, href }
  return { rule, entries, before, at: erasedAt, certified }
}

/** The file that a line offers: the proof of an entry, or the certificate of an erasure. @throws Refusal */
export async function keptFile(db: Database, personId: string, id: string, now: Date) {
  const eventId = readId('evt', id)
  if (eventId !== undefined) {
    const found = await proofOfHers(db, personId, eventId)
    if (found === 'waiting') throw new Refusal(`proof.${howItWaits(eventId, now)}`, 409)
    if (found !== undefined)
      return { body: found.proof, name: `${id}.tlog-proof`, type: 'text/plain; charset=utf-8' }
  }
  const erasureEvent = readId('ers', id)
  const erasure = (await erasuresOf(db, personId)).find((row) => row.eventId === erasureEvent)
  const body = erasure?.certificate ?? undefined
  if (body === undefined) throw new Refusal('not-found', 404)
  return { body, name: `${id}.jwt`, type: 'application/jwt' }
}
