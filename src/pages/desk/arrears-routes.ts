import type { Context } from 'koa'
import { readingSession } from '../../base/database/db-session.ts'
import { dayOf } from '../../base/values/calendar.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { forOfficer } from '../../base/web/officer.ts'
import { languageOf, setOwnPage } from '../../base/web/page.ts'
import { reasonUser, refusalsOfBody } from '../../consent/decisions/index.ts'
import { waitingByBody } from '../../consent/signals/index.ts'
import { unreportedStops } from '../../consent/stops/index.ts'
import { bodyNo } from '../../registry/index.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import type { Arrears, ArrearsPage } from './arrears-pages.ts'
import { showDesk } from './show.ts'

// What waits at a body, and what it was refused today: counts, as the metrics of the house and its commands have them. Nobody is named.

const path = '/guichet/attente'
const acts = ['audit', 'incident'] as const

/** The page, for whoever answers for the privacy of a body and whoever stops an incident. */
export const arrearsPage: DeskPage = {
  line: { path: '/attente', act: acts, name: 'arrears', icon: 'waiting' },
  hangUp(desk, context) {
    desk.get('/attente', forOfficer(context, acts)(show))
  },
  hangUpFiles(files, context) {
    files.get('/attente.json', forOfficer(context, acts)(send))
  },
}

async function show(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const { refusals, ...waiting } = await arrearsOf(context, officer)
  const language = languageOf(ctx)
  const page: Omit<ArrearsPage, 'desk'> = {
    ...waiting,
    refusals: refusals.map((one) => ({ ...one, why: reasonUser(one.reason)[language] })),
  }
  setOwnPage(ctx, path)
  showDesk(ctx, context, officer, 'desk/arrears', page)
}

async function send(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const { refusals, signals, stops } = await arrearsOf(context, officer)
  ctx.body = {
    refusals: refusals.map(({ reason, asked: requests }) => ({ reason, requests })),
    signals: saidOf(signals),
    stops: saidOf(stops),
  }
}

function saidOf({ count, oldestAt }: Arrears) {
  return { count, oldest_at: oldestAt?.toISOString() ?? null }
}

async function arrearsOf(
  { foundation: { db, clock }, live }: DeskRoom,
  { organisation }: OfficerSession,
) {
  const session = readingSession(db)
  const now = clock()
  const body = bodyNo(live.current(), organisation)
  const streams = await waitingByBody(session)
  const stops = await unreportedStops(session)
  const events = streams.find(({ orgId }) => orgId === organisation)
  const unreported = stops.find(({ party }) => party === body)
  return {
    refusals: await refusalsOfBody(db, body, dayOf(now), now),
    signals: { count: events?.events ?? 0, oldestAt: events?.oldestAt ?? undefined },
    stops: { count: unreported?.stops ?? 0, oldestAt: unreported?.oldestAt ?? undefined },
  }
}
