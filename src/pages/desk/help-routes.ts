import type { Context } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/database/database.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { languagePrefixes } from '../../base/values/languages.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import type { OfficerHandler, OfficerSession } from '../../base/web/officer.ts'
import { forOfficer, hasDeskAct } from '../../base/web/officer.ts'
import { baseOf, languageOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { At } from '../../base/web/router.ts'
import type { HelpedPerson, HelpView } from '../../people/helps/index.ts'
import {
  endByOfficer,
  lookInHelp,
  openByCode,
  readDigits,
  settleHelp,
} from '../../people/helps/index.ts'
import { activityReadingOf, linesInHelp } from '../my-activity/index.ts'
import { questionsInHelp, sharingInputOf, sharingsInHelp } from '../my-sharing/index.ts'
import type { HelpAsked } from './ask-help.ts'
import { askByTelephone } from './ask-help.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import type {
  HelpFrame,
  HelpLinesPage,
  HelpOpeningPage,
  HelpQuestionsPage,
  HelpSharingsPage,
  HelpStartPage,
} from './help-pages.ts'
import { readReferenceForm, refuseWhereOften } from './reference-shapes.ts'
import { readDeskForm, showDesk } from './show.ts'

// « Aider quelqu’un »: an officer sees what a person opened, in her language, by the very functions of her own pages. Nothing here answers.

const path = '/guichet/aide'

/** What a page adds to the frame of the desk. */
type Shape<Page> = Omit<Page, 'desk' | 'problem' | 'values'>

export const helpPage: DeskPage = {
  hangUp(desk, context) {
    const door = forHelper(context)
    desk
      .get('/aide', door(showOpening))
      .post('/aide', door(open))
      .post('/aide/demande', forOfficer(context, 'telephone')(ask))
      .get('/aide/:man', door(look('help', showStart)))
      .get('/aide/:man/partages', door(look('sharings', showSharings)))
      .get('/aide/:man/questions', door(look('questions', showQuestions)))
      .get('/aide/:man/activite', door(look('lines', showLines)))
      .post('/aide/:man/fin', door(end))
  },
  line: { path: '/aide', act: ['assist', 'telephone'], name: 'help', icon: 'eye' },
}

/** At a counter or by telephone: nobody else finds these pages. */
function forHelper(context: DeskRoom) {
  const anyOfficer = forOfficer(context, undefined)
  return <Name extends string = never>(handle: OfficerHandler<DeskRoom, Name>) =>
    anyOfficer<Name>((ctx, room, officer) => {
      if (!hasDeskAct(officer, 'assist') && !hasDeskAct(officer, 'telephone'))
        throw new Refusal('not-found', 404)
      return handle(ctx, room, officer)
    })
}

/** GET /guichet/aide */
async function showOpening(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
  { refused, asked }: { readonly refused?: Refusal; readonly asked?: HelpAsked } = {},
): Promise<void> {
  const help = await settleHelp(context.helps, officer, originOf(ctx))
  const isHere = help?.desk.officerSession === officer.sessionUid
  const page: Shape<HelpOpeningPage> = {
    mayAsk: hasDeskAct(officer, 'telephone'),
    asked,
    openHref:
      help && isHere ? `${baseOf(ctx)}${path}/${writeId('man', help.mandateId)}` : undefined,
  }
  setOwnPage(ctx, path)
  showDesk(ctx, context, officer, 'desk/help-opening', { ...page, refused })
}

const digitsForm = z.object({ digits: z.string().max(40) })

/** POST /guichet/aide */
async function open(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const { digits: typed } = await readDeskForm(ctx, context, officer, digitsForm)
  const tried = { kind: 'help-code', peer: peerOf(ctx), account: officer.officerId } as const
  try {
    const digits = readDigits(typed)
    const helpId = await context.tries.judge(tried, (counted) =>
      openByCode(counted, context.helps, officer, { digits, origin: originOf(ctx) }),
    )
    seeOther(ctx, `${path}/${writeId('man', helpId)}`)
  } catch (error) {
    if (!(error instanceof Refusal) || !error.code.startsWith('help.')) throw error
    await showOpening(ctx, context, officer, { refused: error })
  }
}

const askForm = z.object({ numero: z.string().max(200) })

/** POST /guichet/aide/demande: counted, and told to her, as any search. */
async function ask(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const { foundation, helps, tries } = context
  const { numero } = await readDeskForm(ctx, context, officer, askForm)
  const tried = { kind: 'desk-search', peer: peerOf(ctx), account: officer.officerId } as const
  try {
    const form = { numero, raison: 'telephone', mots: '' } as const
    const { asked: search, by } = readReferenceForm(context, officer, form)
    const sought = { asked: search, now: foundation.clock() }
    const asked = await tries
      .judge(tried, (counted) =>
        transact(foundation.db, (tx) =>
          askByTelephone(counted, tx, helps, { ...officer, ...by }, sought),
        ),
      )
      .catch(refuseWhereOften('desk.searched-often'))
    await showOpening(ctx, context, officer, { asked })
  } catch (error) {
    if (!(error instanceof Refusal) || !error.code.startsWith('desk.')) throw error
    await showOpening(ctx, context, officer, { refused: error })
  }
}

type Shown = {
  readonly officer: OfficerSession
  readonly person: HelpedPerson
  readonly help: HelpFrame
}
type Show = (ctx: Context, context: DeskRoom, shown: Shown) => Promise<void> | void

/** A page of hers: the look is written before anything is read. */
function look(what: HelpView, show: Show): OfficerHandler<DeskRoom, 'man'> {
  return async (ctx, context, officer) => {
    const helpId = helpIdIn(ctx)
    const language = languageOf(ctx)
    const person = await transact(context.foundation.db, (tx) =>
      lookInHelp(tx, context.helps, officer, { helpId, what, language, origin: originOf(ctx) }),
    )
    if (person.language !== language) {
      ctx.status = 303
      ctx.redirect(`${languagePrefixes[person.language]}${ctx.path.replace(/^\/en(?=\/)/, '')}`)
      return
    }
    const { since, until } = person
    const help = { since, until, path: `${path}/${ctx.params.man}` }
    await show(ctx, context, { officer, person, help })
  }
}

/** @throws Refusal not-found (404) */
function helpIdIn(ctx: At<'man'>): string {
  const helpId = readId('man', ctx.params.man)
  if (helpId === undefined) throw new Refusal('not-found', 404)
  return helpId
}

function showStart(ctx: Context, context: DeskRoom, { officer, help }: Shown): void {
  const page: Shape<HelpStartPage> = { help }
  showDesk(ctx, context, officer, 'desk/help-start', page)
}

async function showSharings(
  ctx: Context,
  context: DeskRoom,
  { officer, person, help }: Shown,
): Promise<void> {
  const input = await sharingInputOf(partsOf(context), person, person.language)
  const seen = await sharingsInHelp(input, person.since)
  const page: Shape<HelpSharingsPage> = { help, seen }
  showDesk(ctx, context, officer, 'desk/help-sharings', page)
}

async function showQuestions(
  ctx: Context,
  context: DeskRoom,
  { officer, person, help }: Shown,
): Promise<void> {
  const input = await sharingInputOf(partsOf(context), person, person.language)
  const found = await questionsInHelp(input, person.since)
  const page: Shape<HelpQuestionsPage> = { help, ...found }
  showDesk(ctx, context, officer, 'desk/help-questions', page)
}

async function showLines(
  ctx: Context,
  context: DeskRoom,
  { officer, person, help }: Shown,
): Promise<void> {
  const reading = await activityReadingOf(partsOf(context), person, person.language)
  const days = await linesInHelp(reading, person.since)
  const page: Shape<HelpLinesPage> = { help, days }
  showDesk(ctx, context, officer, 'desk/help-lines', page)
}

function partsOf({ foundation, live, helps: { vault } }: DeskRoom) {
  return { foundation, live, vault }
}

/** POST /guichet/aide/:man/fin */
async function end(ctx: At<'man'>, context: DeskRoom, officer: OfficerSession): Promise<void> {
  await readDeskForm(ctx, context, officer, z.object({}))
  const of = { helpId: helpIdIn(ctx), origin: originOf(ctx) }
  await transact(context.foundation.db, (tx) => endByOfficer(tx, context.helps, officer, of))
  seeOther(ctx, path)
}
