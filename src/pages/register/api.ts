import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { letKeep } from '../../base/web/kept-answer.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { ListAsked } from './list-query.ts'
import { readListQuery } from './list-query.ts'
import { momentOf } from './agreement-words.ts'
import type { Copy } from './register-cache.ts'
import { listData, listTable, objectData, objectTable } from './data.ts'
import type { ListName } from './lists.ts'
import { listNames } from './lists.ts'
import { entryAt } from './object-page.ts'
import { operations } from './shapes.ts'

/** The public register for programs: a suffix says which form of a page is asked. */
export function registerApiRoutes({ clock }: Foundation, kept: () => Promise<Copy>): ServedRoutes {
  const { registerList, registerObject } = operations
  return (
    routes('programs')
      .on(registerList, async (ctx) => {
        const { copy, list } = await listAt(ctx.params.list, kept)
        send(
          ctx,
          'application/json',
          listData(list, asked(ctx, list, copy), copy, momentOf(clock())),
        )
      })
      // A table is described with its list.
      .on({ ...registerList, path: '/register/:list.csv' }, async (ctx) => {
        const { copy, list } = await listAt(ctx.params.list, kept)
        send(
          ctx,
          'text/csv; charset=utf-8',
          listTable(list, asked(ctx, list, copy), copy, momentOf(clock())),
        )
      })
      .on(registerObject, async (ctx) => {
        const { copy, list } = await listAt(ctx.params.list, kept)
        const { entry, version } = foundAt(ctx.params.object, list, copy)
        send(ctx, 'application/json', objectData(entry, version, copy, momentOf(clock())))
      })
      .on({ ...registerObject, path: '/register/:list/:object.csv' }, async (ctx) => {
        const { copy, list } = await listAt(ctx.params.list, kept)
        const { entry, versions } = foundAt(ctx.params.object, list, copy)
        send(ctx, 'text/csv; charset=utf-8', objectTable(entry, versions, copy, momentOf(clock())))
      })
      .served('page')
  )
}

async function listAt(name: string, kept: () => Promise<Copy>) {
  const list = listNames.find((one) => one === name)
  if (list === undefined) throw missing()
  return { copy: await kept(), list }
}

function asked(ctx: Context, list: ListName, copy: Copy): ListAsked {
  const read = readListQuery(list, ctx.query, copy)
  if ('parameter' in read)
    throw new Problem(
      'request.malformed',
      400,
      `${read.parameter}: not a filter of this list, or not one of its values`,
    )
  return read
}

// The version that is asked, or all of them where none is.
function foundAt(ref: string, list: ListName, copy: Copy) {
  const found = entryAt(list, ref, { copy })
  if (found === undefined) throw missing()
  const { entry, version } = found
  const versions = ref.includes('@') && version !== undefined ? [version] : entry.object?.versions
  return { entry, version, versions: versions ?? [] }
}

function missing(): Problem {
  return new Problem('not-found', 404, 'the register has no such list, object or page')
}

function send(ctx: Context, type: string, body: object | string | undefined): void {
  if (body === undefined) throw missing()
  ctx.type = type
  ctx.body = typeof body === 'string' ? body : JSON.stringify(body)
  letKeep(ctx)
}
