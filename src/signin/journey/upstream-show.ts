import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import { reaches } from '../../base/values/assurance-levels.ts'
import type { Language } from '../../base/values/languages.ts'
import { languageOf, setOwnPage } from '../../base/web/page.ts'
import type { Refusal } from '../../base/values/refusal.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { UpstreamProvider } from '../upstream/index.ts'
import { visitAddress } from './address.ts'
import type { ArrivalPage, LinkPage, ProviderButton } from './pages.ts'
import { common } from './step-show.ts'
import type { UpstreamWay } from './upstream-way.ts'

/**
 * The buttons « Continuer avec … » of a sign-in, of providers by which it can reach its level; and the names of those of them that a brake
 * suspends.
 */
export function providersShown(
  ctx: Context,
  { held, known }: Pick<UpstreamWay, 'held' | 'known'>,
  level: Level | undefined,
): { readonly providers: readonly ProviderButton[]; readonly paused: readonly string[] } {
  const braked = [...known().values()].filter(({ isBraked }) => isBraked === true)
  return {
    providers: buttons([...held().values()], languageOf(ctx), level),
    paused: buttons(braked, languageOf(ctx), level).map(({ name }) => name),
  }
}

function buttons(
  among: readonly UpstreamProvider[],
  language: Language,
  level: Level | undefined,
): readonly ProviderButton[] {
  return among
    .filter(({ ceiling }) => reaches(ceiling, level))
    .map(({ id, name }) => ({ id, name: name[language] }))
    .toSorted((one, other) => one.name.localeCompare(other.name, language))
}

/** The pages for somebody who came with an account that opens no access here. */
export function upstreamPages({ keys, pages }: Foundation) {
  return {
    arrival(ctx: Context, visit: Visit, { name }: UpstreamProvider): void {
      const page: ArrivalPage = { ...common(keys, visit), provider: name[languageOf(ctx)] }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/arrival', page)
    },

    link(ctx: Context, visit: Visit, { name }: UpstreamProvider, problem?: Refusal): void {
      const page: LinkPage = { ...common(keys, visit, problem), provider: name[languageOf(ctx)] }
      setOwnPage(ctx, visitAddress(visit))
      pages.show(ctx, 'signin/link', page, problem)
    },
  }
}
