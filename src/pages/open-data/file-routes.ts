import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { readingSession } from '../../base/database/db-session.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { routes } from '../../base/web/router.ts'
import type { Register } from '../../registry/index.ts'
import { catalogueOf, csvMetadataOf, tableSchemaOf } from './catalogue.ts'
import { datasetOf } from './datasets.ts'
import { readFileName } from './files.ts'
import { policiesOf } from './odrl.ts'
import { fileDocument, fileRecords } from './store.ts'

const yearSeconds = 365 * 24 * 3600
/** The list of files changes once a month. */
const listSeconds = 300
const types = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const
const metadataName = /^(.*)-metadata\.json$/

/** What programs read: files of a month, which never change, and what says which there are. Anybody may keep all of it. */
export function openDataFileRoutes(
  { db, config }: Foundation,
  register: () => Register,
): ServedRoutes {
  const session = readingSession(db)
  const { issuer } = config
  const operator = config.operator.name
  return routes('programs', '/register/open-data')
    .get('/catalogue.jsonld', async (ctx) => {
      sendList(
        ctx,
        'application/ld+json',
        catalogueOf({ issuer, operator }, await fileRecords(session)),
      )
    })
    .get('/ententes.jsonld', (ctx) => {
      sendList(ctx, 'application/ld+json', policiesOf(register(), issuer))
    })
    .get('/:dataset/:file', async (ctx) => {
      const dataset = datasetOf(ctx.params.dataset)
      const { file } = ctx.params
      if (dataset === undefined) throw new Refusal('not-found', 404)
      if (file === 'schema.json') {
        sendList(ctx, 'application/json', tableSchemaOf(dataset))
        return
      }
      const [, described] = metadataName.exec(file) ?? []
      const name = readFileName(described ?? file)
      const found =
        name &&
        (await fileDocument(session, { dataset: dataset.id, ...name, month: `${name.month}-01` }))
      if (name === undefined || found === undefined) throw new Refusal('not-found', 404)
      if (described !== undefined) {
        sendList(ctx, 'application/csvm+json', csvMetadataOf(issuer, dataset, described))
        return
      }
      ctx.set('Cache-Control', `public, max-age=${yearSeconds}, immutable`)
      ctx.set('Link', `<${file}-metadata.json>; rel="describedby"; type="application/csvm+json"`)
      ctx.type = types[name.format]
      ctx.body = found.document
      setTag(ctx, found.sha256)
    })
    .served('page')
}

function sendList(ctx: Context, type: string, document: object): void {
  const text = `${JSON.stringify(document, null, 1)}\n`
  ctx.set('Cache-Control', `public, max-age=${listSeconds}`)
  ctx.type = type
  ctx.body = text
  setTag(ctx, createHash('sha256').update(text).digest())
}

// 304 without a body where the reader has this text already.
function setTag(ctx: Context, sha256: Buffer): void {
  ctx.set('ETag', `"${sha256.toString('base64url')}"`)
  if (ctx.fresh) ctx.status = 304
}
