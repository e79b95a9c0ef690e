import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { letKeep } from '../../base/web/kept-answer.ts'
import { Problem } from '../../base/platform/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { At } from '../../base/web/router.ts'
import { routes } from '../../base/web/router.ts'
import type { ListAsked } from './ask.ts'
import { readAsked } from './ask.ts'
import type { Copy } from './copy.ts'
import { listData, listTable, objectData, objectTable } from './data.ts'
import type { ListName } from './lists.ts'
import { listNames } from './lists.ts'
import { entryAt } from './object-page.ts'
import { operations } from './shapes.ts'

/** The public register for programs: a suffix says which form of a page is asked. */
export function registerApiRoutes({ clock }: Foundation, kept: () => Promise<Copy>): ServedRoutes {
  const { registerList, registerObject } = operations
  const served = routes('programs')
  for (const list of listNames) {
    // Described once for all lists.
    served
      .on({ ...registerList, path: `/register/${list}.json` }, async (ctx) => {
        const copy = await kept()
        send(ctx, 'application/json', listData(list, asked(ctx, list, copy), copy, clock()))
      })
      .on({ ...registerList, path: `/register/${list}.csv` }, async (ctx) => {
        const copy = await kept()
        send(ctx, 'text/csv; charset=utf-8', listTable(list, asked(ctx, list, copy), copy, clock()))
      })
      .on({ ...registerObject, path: `/register/${list}/:object.json` as '/' }, async (ctx) => {
        const copy = await kept()
        const found = foundAt(ctx, list, copy)
        send(
          ctx,
          'application/json',
          found && objectData(found.entry, found.version, copy, clock()),
        )
      })
      .on({ ...registerObject, path: `/register/${list}/:object.csv` as '/' }, async (ctx) => {
        const copy = await kept()
        const found = foundAt(ctx, list, copy)
        send(
          ctx,
          'text/csv; charset=utf-8',
          found && objectTable(found.entry, found.versions, copy, clock()),
        )
      })
  }
  return served.served()
}

function asked(ctx: Context, list: ListName, copy: Copy): ListAsked {
  const read = readAsked(list, ctx.query, copy)
  if ('parameter' in read)
    throw new Problem(
      'request.malformed',
      400,
      `${read.parameter}: not a filter of this list, or not one of its values`,
    )
  return read
}

// The version that is asked, or all of them where none is.
function foundAt(ctx: Context, list: ListName, copy: Copy) {
  const { object: ref } = (ctx as At<'object'>).params
  const found = entryAt(list, ref, { copy })
  if (found === undefined) return undefined
  const { entry, version } = found
  const versions = ref.includes('@') && version !== undefined ? [version] : entry.object?.versions
  return { entry, version, versions: versions ?? [] }
}

function send(ctx: Context, type: string, body: object | string | undefined): void {
  if (body === undefined) throw new Problem('not-found', 404, 'the register has no such object')
  ctx.type = type
  ctx.body = typeof body === 'string' ? body : JSON.stringify(body)
  ctx.set('X-Robots-Tag', 'noindex')
  letKeep(ctx)
}
