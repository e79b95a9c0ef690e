import type { Context } from 'koa'
import { transact } from '../../base/database/database.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { shortNumber, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { readJson } from '../../base/web/forms.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import { policies } from '../../base/web/limits/policies.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { forOfficer } from '../../base/web/officer.ts'
import { setOwnPage } from '../../base/web/page.ts'
import type { SearchAnswer } from '../../people/searches/index.ts'
import { countedDays, countSearches, searchAccess } from '../../people/searches/index.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import type { ReferenceForm } from './reference-shapes.ts'
import {
  readReferenceForm,
  fieldsOf,
  referenceForm,
  referenceJson,
  refuseWhereOften,
} from './reference-shapes.ts'
import type { SearchCountsPage } from './search-pages.ts'
import { readDeskForm, showDesk } from './show.ts'

// « Chercher un accès »: a reference, a reason, one answer of a few words. What was typed is kept nowhere.

export const searchPage: DeskPage = {
  line: { path: '/recherche', act: 'search', name: 'search', icon: 'search' },
  hangUp(desk, context) {
    const mayEnter = forOfficer(context, 'search')
    desk.get('/recherche', mayEnter(showSearch)).post('/recherche', mayEnter(search))
  },
  hangUpFiles(files, context) {
    files.post('/recherche.json', forOfficer(context, 'search')(searchByJson))
  },
}

/** How often each office searched, for whoever answers for the desk. */
export const searchCountsPage: DeskPage = {
  line: { path: '/recherches', act: 'confirm', name: 'searches', icon: 'file' },
  hangUp(desk, context) {
    desk.get('/recherches', forOfficer(context, 'confirm')(showCounts))
  },
  hangUpFiles(files, context) {
    files.get('/recherches.json', forOfficer(context, 'confirm')(sendCounts))
  },
}

async function search(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const form = await readDeskForm(ctx, context, officer, referenceForm)
  const answer = await searchFor(ctx, context, officer, form).catch(
    recoverFrom(Refusal, (problem) => problem),
  )
  // Another search is another line: what was found stands beside a form that is empty again.
  if (answer instanceof Refusal) return showSearch(ctx, context, officer, { form, refused: answer })
  return showSearch(ctx, context, officer, { answer })
}

async function searchByJson(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
): Promise<void> {
  const { reference, reason, note } = await readJson(ctx, referenceJson)
  const form = { numero: reference, raison: reason, mots: note }
  ctx.body = { access: await searchFor(ctx, context, officer, form) }
}

async function searchFor(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
  form: ReferenceForm,
): Promise<SearchAnswer> {
  const { foundation, tries, vault } = context
  const { asked, by } = readReferenceForm(context, officer, form)
  const tried = { kind: 'desk-search', peer: peerOf(ctx), account: officer.officerId } as const
  return tries
    .judge(tried, (counted) =>
      transact(foundation.db, (tx) => searchAccess(counted, tx, vault, by, asked)),
    )
    .catch(refuseWhereOften('desk.searched-often'))
}

type Shown = {
  readonly form?: ReferenceForm
  readonly answer?: SearchAnswer
  readonly refused?: Refusal
}

function showSearch(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
  { form, answer, refused }: Shown = {},
): void {
  const page = {
    ...fieldsOf(form, refused),
    mostAnHour: policies['desk-search'].account[0].points,
    answer,
    refused,
  }
  setOwnPage(ctx, '/guichet/recherche')
  showDesk(ctx, context, officer, 'desk/search', page)
}

async function showCounts(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const page: Omit<SearchCountsPage, 'desk'> = {
    days: countedDays,
    rows: await countsFor(context, officer),
  }
  setOwnPage(ctx, '/guichet/recherches')
  showDesk(ctx, context, officer, 'desk/search-counts', page)
}

async function sendCounts(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const rows = await countsFor(context, officer)
  ctx.body = {
    days: countedDays,
    searches: rows.map(({ foundNobody: found_nobody, ...row }) => ({ ...row, found_nobody })),
  }
}

async function countsFor(
  { foundation: { db, clock }, vault }: DeskRoom,
  { organisation }: OfficerSession,
): Promise<SearchCountsPage['rows']> {
  const counts = await countSearches(db, vault, organisation, clock())
  return counts.map(({ officeId, ...row }) => ({
    office: shortNumber(writeId('man', officeId)),
    ...row,
  }))
}
