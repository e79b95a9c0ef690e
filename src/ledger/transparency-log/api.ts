import type { Context } from 'koa'
import type { Config } from '../../base/settings/config.ts'
import { usualLogBehindMs } from '../../base/settings/config.ts'
import type { Database } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import { readingSession } from '../../base/database/db-session.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { At } from '../../base/web/router.ts'
import { routes } from '../../base/web/router.ts'
import type { TileId } from '../../base/tlog/tiles.ts'
import { hashesAt, readTilePath, tileWidth } from '../../base/tlog/tiles.ts'
import { originOf } from '../chain/index.ts'
import { readLogFile } from './files.ts'
import { proofAt } from './proof.ts'
import { leafLines } from './public.ts'
import { publicDocument } from './public-store.ts'
import { tilesFromRows } from './rows-source.ts'
import type { KeyRow, LogRow } from './store.ts'
import { findLog, keysOf, lastCheckpoint, logRows, witnessLines } from './store.ts'

const tileSeconds = 365 * 24 * 3600
const maxPathLength = 80

/** The public log as C2SP tlog-tiles lays it out: from its files where they exist, otherwise from the rows that the files copy. */
export function logRoutes({ db, config }: Foundation): ServedRoutes {
  const session = readingSession(db)
  const { issuer, ledgerDir } = config
  return routes('programs', '/log')
    .get('/vkeys', async (ctx) => {
      const logs = await servedLogs(session, issuer)
      plain(ctx, logs.flatMap(({ keys }) => keys.map(({ vkey }) => `${vkey}\n`)).join(''))
    })
    .get('/policy', async (ctx) => {
      plain(ctx, await policyText(db, config))
    })
    .get('/leaves', async (ctx) => {
      plain(ctx, await leafLines(session, issuer))
    })
    .get('/objects/:file', async (ctx) => {
      const [, hex] = /^([0-9a-f]{64})\.json$/.exec(ctx.params.file) ?? []
      const document = hex && (await publicDocument(session, Buffer.from(hex, 'hex')))
      if (!document) throw new Refusal('not-found', 404)
      ctx.set('Cache-Control', `public, max-age=${tileSeconds}, immutable`)
      ctx.type = 'application/json'
      ctx.body = document
    })
    .get('/:year/:part/proof/:index', async (ctx) => {
      const log = await logOf(ctx, session)
      const [index, size] = [numberIn(ctx.params.index), numberIn(ctx.query['size'])]
      const isAsked = index !== undefined && (size !== undefined || ctx.querystring === '')
      const proof = isAsked ? await proofAt(session, log.logId, index, size) : undefined
      if (proof === undefined) throw new Refusal('not-found', 404)
      plain(ctx, proof)
    })
    .get('/:year/:part/checkpoint', async (ctx) => {
      const log = await logOf(ctx, session)
      const note =
        (await readLogFile(ledgerDir, log, 'checkpoint')) ??
        (await lastCheckpoint(session, log.logId))?.note
      if (note === undefined) throw new Refusal('not-found', 404)
      plain(ctx, note.toString())
    })
    .get('/:year/:part/tile/*path', async (ctx) => {
      const log = await logOf(ctx, session)
      const { body, type } = await tileOf(ctx, session, log, ledgerDir)
      ctx.set('Cache-Control', `public, max-age=${tileSeconds}, immutable`)
      ctx.type = type
      ctx.body = body
    })
    .served('page')
}

/**
 * The policy that this house offers: its logs, and the witnesses that its operator chose (C2SP tlog-policy). Comments say what the
 * format cannot: up to which size a retired key signed, how a closed log ended, and for how long something may be permitted while nothing
 * enters the log, where that is longer than usual.
 */
export async function policyText(
  db: Database,
  { issuer, logBehindMs = 0 }: Pick<Config, 'issuer'> & Partial<Pick<Config, 'logBehindMs'>>,
): Promise<string> {
  const session = readingSession(db)
  const logs = (await servedLogs(session, issuer)).map(policyOfLog).join('')
  const late =
    logBehindMs > usualLogBehindMs
      ? `# nothing is permitted once nothing has entered the log for ${logBehindMs / 1000} seconds\n`
      : ''
  return `# https://c2sp.org/tlog-policy\n${late}${logs}${await witnessLines(session)}`
}

function policyOfLog({ url, keys, end }: ServedLog): string {
  const lines = keys.flatMap(({ vkey, lastSize }) => [
    `log ${vkey} ${url}`,
    ...(lastSize === null
      ? []
      : [`# that key signed up to ${lastSize} entries, and signs no more`]),
  ])
  return [...lines, ...(end === undefined ? [] : [`# ${end}`])].map((line) => `${line}\n`).join('')
}

async function logOf(ctx: At<'year' | 'part'>, session: Session) {
  const [, year] = /^(2[0-9]{3})$/.exec(ctx.params.year) ?? []
  const [, shard] = /^p([0-9]|1[0-5])$/.exec(ctx.params.part) ?? []
  const log =
    year === undefined || shard === undefined
      ? undefined
      : await findLog(session, Number(year), Number(shard))
  if (log === undefined) throw new Refusal('not-found', 404)
  return log
}

function numberIn(text: unknown): number | undefined {
  return typeof text === 'string' && /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined
}

async function tileOf(ctx: At<'path'>, session: Session, log: LogRow, ledgerDir: string) {
  const path = `tile/${ctx.params.path}`
  const tile = path.length > maxPathLength ? undefined : readTilePath(path)
  // Serves only tiles within a signed tree: entries beyond its edge are not public yet.
  const signed = (await lastCheckpoint(session, log.logId))?.treeSize ?? 0
  if (tile === undefined || !isWithin(tile, signed)) throw new Refusal('not-found', 404)
  const body =
    (await readLogFile(ledgerDir, log, path)) ?? (await tilesFromRows(session, log.logId)(tile))
  return { body, type: 'application/octet-stream' }
}

function isWithin({ level, index, width }: TileId, size: number): boolean {
  return index * tileWidth + width <= hashesAt(level === 'entries' ? 0 : level, size)
}

type ServedLog = {
  readonly url: string
  readonly keys: readonly KeyRow[]
  /** How the log ended; undefined unless the log is closed and its last tree is signed. */
  readonly end: string | undefined
}

/** Newest first. */
async function servedLogs(session: Session, issuer: string): Promise<ServedLog[]> {
  const { protocol } = new URL(issuer)
  const rows = await logRows(session)
  const urlOf = ({ year, shard }: LogRow) => `${protocol}//${originOf(issuer, year, shard)}`
  const logs = await Promise.all(
    rows.map(async (log, at) => {
      // Oldest first: the log of its queue that comes next, in this year or a later one.
      const next = rows.slice(at + 1).find(({ queue }) => queue === log.queue)
      const isEnded = log.state === 'frozen' && next !== undefined
      const last = isEnded ? await lastCheckpoint(session, log.logId) : undefined
      const end =
        next !== undefined && last?.treeSize === log.treeSize
          ? `closed at ${log.treeSize} entries, root ${log.root.toString('base64')}: it goes on in ${urlOf(next)}`
          : undefined
      return { url: urlOf(log), keys: await keysOf(session, log.logId), end }
    }),
  )
  return logs.toReversed()
}

function plain(ctx: Context, body: string): void {
  ctx.set('Cache-Control', 'no-cache')
  ctx.type = 'text/plain; charset=utf-8'
  ctx.body = body
}
