import { consentIdIn, sharingInputOf } from './sharing-input.ts'
import type { At } from '../../base/web/router.ts'
import type { SharingContext } from './context.ts'
import {
  narrowConsent,
  narrowingSign,
  OldPage,
  presentNarrowing,
  transactQuestion,
  signedForm,
  untilBoxes,
  typedEndDate,
  withFormSignature,
} from '../../consent/asking/index.ts'
import { categoriesIn, registerEpoch } from '../../consent/record/index.ts'
import { objectsOf } from '../../registry/index.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { baseOf, languageOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { narrowingOfChoice, narrowPage, narrowingPage } from './narrow.ts'
import type { NarrowChoice } from './narrow.ts'
import type { NarrowingPage, NarrowPage, NarrowTyped } from './narrow-pages.ts'
import { z } from 'zod'
import { originOf } from '../../base/web/request-log.ts'

const choiceForm = z.object({
  ...untilBoxes,
  garder: z
    .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
    .optional()
    .transform((kept) => [kept ?? []].flat()),
  fois: z.string().max(16).optional(),
})
type ChoiceForm = z.infer<typeof choiceForm>
const narrowForm = z.object({ presentation: z.string().max(64), ...signedForm })

/** GET /mes-partages/:id/reduction: the choice; once it is made, the page on which she confirms it. */
export async function showNarrow(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const { fin, garder, fois } = ctx.query
  if (typeof fin !== 'string') return showChoice(ctx, context, who)
  return confirmChoice(ctx, context, who, {
    lastDay: fin,
    keep: [garder ?? []].flat(),
    times: timesIn([fois].flat()[0]),
  })
}

/** How often at most, as typed; NaN for a text that is no number. */
function timesIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : /^\s*\d{1,6}\s*$/.test(text) ? Number(text) : Number.NaN
}

/** The choice, with the problem about it and the fields as she left them. */
async function showChoice(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedInPerson,
  failed?: { readonly form: ChoiceForm; readonly problem: Refusal },
): Promise<void> {
  const { keys, pages } = context.foundation
  const reading = await sharingInputOf(context, who, languageOf(ctx))
  const found = await narrowPage(reading, ctx.params.id, failed?.form.garder)
  const path = `/mes-partages/${ctx.params.id}`
  const page: NarrowPage = {
    ...found,
    typed: failed && typedIn(failed.form),
    csrf: formToken(keys, who.sessionUid),
    action: `${baseOf(ctx)}${path}/reduction`,
    keepHref: `${baseOf(ctx)}${path}`,
    problem: failed?.problem.code,
    field: failed && fieldOf(failed.problem),
  }
  setOwnPage(ctx, `${path}/reduction`)
  pages.show(ctx, 'my-sharing/narrow', page, failed?.problem)
}

function typedIn(form: ChoiceForm): NarrowTyped {
  const { until_day: day, until_month: month, until_year: year, fois: times } = form
  return { day, month, year, times }
}

function fieldOf({ code }: Refusal): NarrowPage['field'] {
  if (code === 'narrowing.times') return 'fois'
  return code.startsWith('narrowing.') ? 'until_day' : undefined
}

async function confirmChoice(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedInPerson,
  choice: NarrowChoice,
): Promise<void> {
  const { keys, pages, words } = context.foundation
  const reading = await sharingInputOf(context, who, languageOf(ctx))
  const found = await narrowingPage(reading, words, ctx.params.id, choice)
  const { narrowing, region, contacts, left, afterwards, counted } = found
  const { language, register } = reading
  const labels = {
    grant: words.t(language, 'my-sharing.narrowing.confirm'),
    refuse: words.t(language, 'my-sharing.narrowing.change'),
  }
  const terms = pages.fragment(language, 'partials/narrowing', { narrowing: region })
  const html = terms + pages.fragment(language, 'partials/offered', { labels })
  const shown = { sessionUid: who.sessionUid, language, region: html, labels }
  const { presentationId, page: shownPage } = await transactQuestion(
    context.foundation,
    originOf(ctx),
    (tx) => presentNarrowing(tx, context.vault, register, narrowing, shown),
  )
  const path = `${baseOf(ctx)}/mes-partages/${ctx.params.id}/reduction`
  const page: NarrowingPage = {
    contacts,
    csrf: formToken(keys, who.sessionUid),
    presentation: writeId('pre', presentationId),
    narrowing: region,
    labels,
    left,
    afterwards,
    counted,
    sign: await narrowingSign(context, register, { row: narrowing.row, page: shownPage }),
    action: `${path}/confirmation`,
    changeHref: path,
  }
  pages.show(ctx, 'my-sharing/narrowing', page)
}

export async function choose(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const { keys } = context.foundation
  const form = await readForm(ctx, keys, who.sessionUid, choiceForm)
  const keep = form.garder
  const times = timesIn(form.fois)
  try {
    const reading = await sharingInputOf(context, who, languageOf(ctx))
    const choice = { lastDay: typedEndDate(form), keep, times }
    const { row } = await narrowingOfChoice(reading, ctx.params.id, choice)
    seeOther(ctx, confirmationOf(ctx.params.id, { lastDay: row.validUntilLocal, keep, times }))
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 400) throw error
    return showChoice(ctx, context, who, { form, problem: error })
  }
}

/** The page on which she confirms a choice. */
function confirmationOf(
  id: string,
  { lastDay, keep, times }: NarrowChoice & { readonly lastDay: string },
): string {
  const query = new URLSearchParams({ fin: lastDay })
  for (const category of keep) query.append('garder', category)
  if (times !== undefined) query.set('fois', String(times))
  return `/mes-partages/${id}/reduction?${query.toString()}`
}

export async function narrow(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const { db, keys } = context.foundation
  const form = await readForm(ctx, keys, who.sessionUid, narrowForm)
  const presentationId = readId('pre', form.presentation)
  if (presentationId === undefined) throw new Refusal('form.invalid')
  const { personId, acr, amr } = who
  const given = { personId, consentId: consentIdIn(ctx.params.id), presentationId, acr, amr }
  const register = await context.live.at(await registerEpoch(db))
  const made = await withFormSignature(ctx, context, { personId, ...form }, (signing) =>
    transactQuestion(context.foundation, originOf(ctx), (tx) =>
      narrowConsent(tx, context.notary, register, { ...given, signing }),
    ),
  ).catch(recoverFrom(OldPage, ({ row }) => row))
  // An older process showed the page: it is shown anew, with the same choice.
  if (typeof made !== 'string') {
    const { validUntilLocal: lastDay, categoriesOptional: kept, frequencyCount } = made
    const keep = categoriesIn(objectsOf(made, register).dataset, kept)
    const choice = { lastDay, keep, times: frequencyCount ?? undefined }
    return seeOther(ctx, confirmationOf(ctx.params.id, choice))
  }
  seeOther(ctx, `/mes-partages/${writeId('con', made)}?fait=reduction`)
}
