import { formToken, readButton } from '../../base/web/forms.ts'
import type { At } from '../../base/web/router.ts'
import { forPerson } from '../../base/web/person.ts'
import type { Context } from 'koa'
import { dayOf } from '../../base/values/calendar.ts'
import { sendFile } from '../../base/web/download.ts'
import { baseOf, languageOf, setOwnPage } from '../../base/web/page.ts'
import type { RequirePerson, SignedInPerson } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { MeContext } from '../../api/me/index.ts'
import { exportCsv, exportJson, noteExport, tables } from '../../api/me/index.ts'
import type { FoldParts } from '../../ledger/fold/index.ts'
import { doubtPerson } from '../../ledger/fold/index.ts'
import { registerEpoch } from '../../consent/record/index.ts'
import { chainPage, countFindings, keptFile } from './chain.ts'
import { proofsPage } from './proofs.ts'
import type { DataPage } from './pages.ts'

const path = '/acces/donnees'
const chainPath = '/acces/rien-ne-manque'
const maxNumber = 10_000_000

/** What the pages of a person's data work with: the data that a program of the house reads, for the person herself. */
type MyDataContext = MeContext & {
  readonly person: RequirePerson
  /** The rooms whose rows are held against her entries, by the register of now. */
  readonly partsNow: () => Promise<FoldParts>
}
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
 * « Mes preuves », « Rien ne manque » and « Prendre mes données ». A download is a POST: it is noted, and no other site can start it. It needs a recent sign-in, since it
 * holds all data at once.
 */
export function myDataRoutes(context: MyDataContext): ServedRoutes {
  const { anyone, fresh } = forPerson(context, '/acces')
  return routes('people')
    .get(
      path,
      fresh((ctx, _, who) => showData(ctx, context, who)),
    )
    .post(`${path}/:what`, fresh(download))
    .get('/preuves', anyone(showProofs))
    .get(chainPath, anyone(showChain))
    .get(`${chainPath}/:id`, anyone(sendKept))
    .served('page')
}

/** Sends the file that a line of « Rien ne manque » offers. */
async function sendKept(
  ctx: At<'id'>,
  { foundation }: MyDataContext,
  { personId }: SignedInPerson,
): Promise<void> {
  const file = await keptFile(foundation.db, personId, ctx.params.id, foundation.clock())
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Disposition', `attachment; filename="${file.name}"`)
  ctx.body = file.body
  ctx.type = file.type
}

async function showChain(
  ctx: Context,
  { foundation, notary: { vault, live }, partsNow }: MyDataContext,
  who: SignedInPerson,
) {
  const { db, clock, pages, log } = foundation
  const { apres } = ctx.query
  const number = typeof apres === 'string' && /^\d{1,8}$/.test(apres) ? Number(apres) : 0
  const after = Math.min(number, maxNumber)
  const register = await live.at(await registerEpoch(db))
  const language = languageOf(ctx)
  const at = { path: `${baseOf(ctx)}${chainPath}`, after, now: clock(), register, language }
  const page = await chainPage(db, { vault, partsNow }, who.personId, at)
  const differences = countFindings(page)
  const seen = { personId: who.personId, seenAt: at.now, differences }
  const isDoubted = differences > 0 && (await doubtPerson({ db, vault, log }, seen, 'page'))
  pages.show(ctx, 'my-data/chain', {
    ...page,
    doubtedSince: page.doubtedSince ?? (isDoubted ? at.now : undefined),
  })
}

/** GET /preuves */
async function showProofs(
  ctx: Context,
  { foundation: { db, pages, clock }, notary: { vault, live } }: MyDataContext,
  { personId }: SignedInPerson,
) {
  const before = ctx.query['avant']
  const page = await proofsPage({
    db,
    seals: vault.seals,
    personId,
    register: await live.at(await registerEpoch(db)),
    language: languageOf(ctx),
    now: clock(),
    before: typeof before === 'string' ? before : undefined,
  })
  pages.show(ctx, 'my-data/proofs', page)
}

function showData(
  ctx: Context,
  { foundation }: MeContext,
  who: SignedInPerson,
  problem?: Refusal,
): void {
  const { keys, pages } = foundation
  const page: DataPage = { csrf: formToken(keys, who.sessionUid), problem: problem?.code }
  setOwnPage(ctx, path)
  pages.show(ctx, 'my-data/data', page, problem)
}

async function download(
  ctx: At<'what'>,
  context: MyDataContext,
  who: SignedInPerson,
): Promise<void> {
  const { foundation } = context
  const { what } = ctx.params
  const table = tables.find((name) => name === what)
  if (table === undefined && what !== 'tout') throw new Refusal('not-found', 404)
  await readButton(ctx, foundation.keys, who.sessionUid)
  try {
    await noteExport(context, { personId: who.personId }, originOf(ctx))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showData(ctx, context, who, error)
  }
  const language = languageOf(ctx)
  const parts =
    table === undefined
      ? await exportJson(context, who.personId, 'person')
      : exportCsv(context, who.personId, table, language)
  const kind = table === undefined ? 'json' : 'csv'
  const name = `${fileNames[language][table ?? 'tout']}-${dayOf(foundation.clock())}`
  sendFile(ctx, foundation, { name, kind }, parts)
}
