import type { Context } from 'koa'
import { transact } from '../../base/database/database.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { readJson } from '../../base/web/forms.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { forOfficer } from '../../base/web/officer.ts'
import { setOwnPage } from '../../base/web/page.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import type { ReferenceForm } from './reference-shapes.ts'
import {
  readReferenceForm,
  fieldsOf,
  referenceForm,
  referenceJson,
  refuseWhereOften,
} from './reference-shapes.ts'
import { readDeskForm, showDesk } from './show.ts'
import type { SuspensionAnswer } from './suspend-at-request.ts'
import { suspendAtRequest, suspendingActs } from './suspend-at-request.ts'

// « Suspendre un accès à la demande de la personne »: it begins as a search does, and takes away.

export const suspensionPage: DeskPage = {
  line: { path: '/suspension', act: suspendingActs, name: 'suspension', icon: 'lock' },
  hangUp(desk, context) {
    const mayEnter = forOfficer(context, suspendingActs)
    desk.get('/suspension', mayEnter(show)).post('/suspension', mayEnter(suspend), 'stop')
  },
  hangUpFiles(files, context) {
    files.post('/suspension.json', forOfficer(context, suspendingActs)(suspendByJson), 'stop')
  },
}

async function suspend(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const form = await readDeskForm(ctx, context, officer, referenceForm)
  const answer = await suspendFor(ctx, context, officer, form).catch(
    recoverFrom(Refusal, (problem) => problem),
  )
  if (answer instanceof Refusal) return show(ctx, context, officer, { form, refused: answer })
  return show(ctx, context, officer, { answer })
}

async function suspendByJson(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
): Promise<void> {
  const { reference, reason, note } = await readJson(ctx, referenceJson)
  const form = { numero: reference, raison: reason, mots: note }
  ctx.body = { access: await suspendFor(ctx, context, officer, form) }
}

function suspendFor(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
  form: ReferenceForm,
): Promise<SuspensionAnswer> {
  const { foundation, tries, vault, sessions } = context
  const { asked, by } = readReferenceForm(context, officer, form)
  const tried = { kind: 'desk-suspension', peer: peerOf(ctx), account: officer.officerId } as const
  return tries
    .judge(tried, (counted) =>
      transact(foundation.db, (tx) =>
        suspendAtRequest(counted, tx, { ...vault, sessions, now: foundation.clock() }, by, asked),
      ),
    )
    .catch(refuseWhereOften('desk.suspended-often'))
}

type Shown = {
  readonly form?: ReferenceForm
  readonly answer?: SuspensionAnswer
  readonly refused?: Refusal
}

function show(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
  { form, answer, refused }: Shown = {},
): void {
  setOwnPage(ctx, '/guichet/suspension')
  const page = { ...fieldsOf(form, refused), answer, refused }
  showDesk(ctx, context, officer, 'desk/suspension', page)
}
