import type { Context } from 'koa'
import { categoriesIn } from '../record/index.ts'
import { formToken } from '../../base/web/forms.ts'
import { baseOf, languageOf, standsAt } from '../../base/web/page.ts'
import type { Language } from '../../base/platform/languages.ts'
import type { Register } from '../../registry/index.ts'
import type { Again } from './again.ts'
import { againKey } from './again.ts'
import { noteReminded, noteSilenced } from './again-store.ts'
import type { AgainPage } from './pages.ts'
import type { Errand, Questions } from './routes.ts'
import type { Shown } from './show.ts'

/** « Vous avez dit non »: before anything of it is shown, and so without a presentation. */
export async function showAgain(
  ctx: Context,
  { foundation }: Shown,
  { visit, place }: Errand,
  { again, register, at }: Questions,
): Promise<void> {
  const { db, pages, keys } = foundation
  const language = languageOf(ctx)
  await noteReminded(db, askedAgainOf(visit, again, register), at)
  const base = `${baseOf(ctx)}${place.path}/rappel`
  const page: AgainPage = {
    csrf: formToken(keys, place.binding),
    recipient: recipientOf(again, register)?.name[language] ?? '',
    items: again.map((item) => itemOf(item, register, language)),
    keepAction: `${base}/refus`,
    seeAction: `${base}/question`,
    silenceAction: `${base}/silence`,
  }
  standsAt(ctx, place.path)
  pages.show(ctx, 'asking/again', page)
}

function itemOf({ asked, no }: Again, register: Register, language: Language) {
  const { dataset, required, optional, agreement } = asked
  const labelOf = (id: string) => register.category(id)?.label[language] ?? id
  const ids = categoriesIn(dataset, required | optional)
  return {
    kind: no.kind,
    at: no.at,
    holder: register.organisation(agreement.holder)?.name[language] ?? agreement.holder,
    same: ids.filter((id) => no.about.includes(id)).map(labelOf),
    added: ids.filter((id) => !no.about.includes(id)).map(labelOf),
  }
}

/** Counts what is answered for her, once a visit. */
export async function noteAnsweredForHer(
  { foundation }: Shown,
  { visit }: Errand,
  { silenced, register, at }: Questions,
): Promise<void> {
  if (silenced.length === 0) return
  const again = askedAgainOf(visit, silenced, register)
  const silences = silenced.map(({ silenceId }) => silenceId)
  await noteSilenced(foundation.db, again, silences, at)
}

function askedAgainOf(
  visit: Errand['visit'],
  items: readonly { readonly itemNo: number }[],
  register: Register,
) {
  const orgId = register.services.get(visit.clientId)?.orgId ?? ''
  const recipient = register.organisation(orgId)?.root ?? 0
  return { visit: againKey(visit), recipient, itemNos: items.map(({ itemNo }) => itemNo) }
}

function recipientOf(again: readonly Again[], register: Register) {
  return register.organisation(again[0]?.asked.agreement.recipient ?? '')
}
