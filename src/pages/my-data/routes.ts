import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { dayOf } from '../../base/platform/calendar.ts'
import { sendFile } from '../../base/web/download.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import { baseOf, languageOf, standsAt } from '../../base/web/page.ts'
import type { RequirePerson, SignedIn } from '../../base/web/person.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { routes } from '../../base/web/router.ts'
import type { MeDesk } from '../../api/me/index.ts'
import { exportCsv, exportJson, noteExport, tables } from '../../api/me/index.ts'
import { chainPage, keptFile } from './chain.ts'
import type { DataPage } from './pages.ts'

const path = '/acces/donnees'
const chainPath = '/acces/rien-ne-manque'
const maxNumber = 10_000_000
const emptyForm = z.object({})
const fileNames = {
  fr: {
    tout: 'accord-mes-donnees',
    partages: 'accord-mes-partages',
    envois: 'accord-mes-envois',
    activite: 'accord-mon-activite',
  },
  en: {
    tout: 'accord-my-data',
    partages: 'accord-my-sharing',
    envois: 'accord-my-sendings',
    activite: 'accord-my-activity',
  },
} as const

/**
 * « Prendre mes données ». A download is a POST: it is noted, and no other site may set it off. It wants a recent sign-in, for it
 * holds everything at once.
 */
export function myDataRoutes(desk: MeDesk, person: RequirePerson): Middleware {
  return routes()
    .get(path, async (ctx) => {
      const who = await person.fresh(ctx)
      if (who !== undefined) showData(ctx, desk, who)
    })
    .post(`${path}/:what`, async (ctx) => {
      const who = await person.fresh(ctx)
      if (who !== undefined) await download(ctx, desk, who, ctx.params['what'] ?? '')
    })
    .get(chainPath, async (ctx) => {
      const who = await person.anyone(ctx)
      if (who !== undefined) await showChain(ctx, desk, who)
    })
    .get(`${chainPath}/:id`, async (ctx) => {
      const who = await person.anyone(ctx)
      if (who === undefined) return
      const file = await keptFile(desk.foundation.db, who.personId, ctx.params['id'] ?? '')
      ctx.set('Cache-Control', 'no-store')
      ctx.set('Content-Disposition', `attachment; filename="${file.name}"`)
      ctx.body = file.body
      ctx.type = file.type
    })
    .middleware()
}

async function showChain(ctx: Context, { foundation, notary }: MeDesk, who: SignedIn) {
  const { db, clock, pages } = foundation
  const { apres } = ctx.query
  const number = typeof apres === 'string' && /^\d{1,8}$/.test(apres) ? Number(apres) : 0
  const after = Math.min(number, maxNumber)
  const at = { path: `${baseOf(ctx)}${chainPath}`, after, now: clock() }
  pages.show(ctx, 'my-data/chain', await chainPage(db, notary.vault, who.personId, at))
}

function showData(ctx: Context, { foundation }: MeDesk, who: SignedIn, problem?: Refusal): void {
  const { keys, pages } = foundation
  const page: DataPage = { csrf: formToken(keys, who.sessionUid), problem: problem?.code }
  standsAt(ctx, path)
  pages.show(ctx, 'my-data/data', page, problem?.status)
}

async function download(ctx: Context, desk: MeDesk, who: SignedIn, what: string): Promise<void> {
  const { foundation } = desk
  const table = tables.find((name) => name === what)
  if (table === undefined && what !== 'tout') throw new Refusal('not-found', 404)
  await readForm(ctx, foundation.keys, who.sessionUid, emptyForm)
  try {
    await noteExport(ctx, desk, who.personId)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showData(ctx, desk, who, error)
  }
  const language = languageOf(ctx)
  const parts =
    table === undefined
      ? await exportJson(desk, who.personId)
      : exportCsv(desk, who.personId, table, language)
  const kind = table === undefined ? 'json' : 'csv'
  const name = `${fileNames[language][table ?? 'tout']}-${dayOf(foundation.clock())}`
  sendFile(ctx, foundation, { name, kind }, parts)
}
