import type { Context } from 'koa'
import type { Interaction } from 'oidc-provider'
import { languageOf } from '../../base/web/page.ts'
import { devicePath } from '../clients/endpoints.ts'
import { detailsOf } from './interaction-model.ts'
import type { Locales } from './unit.ts'

/** The addresses of a visit's pages, in French. The composition takes them from the rooms that have the pages. */
export type VisitAddresses = {
  /** The page on which a person says who she is. */
  readonly signIn: (visit: { readonly id: string }) => string
  /** The same, for a person who the service says has no access yet. */
  readonly create: (visit: { readonly id: string }) => string
  /** The page on which she is asked what she allows. */
  readonly question: (visit: { readonly id: string }) => string
  /** The page that says what the service would be told of her. */
  readonly claims: (visit: { readonly id: string }) => string
  /** The page to which a visit of our own service leads when the page where it began is not known. */
  readonly home: string
}

/** A visit that begins at a page of our own speaks its language, whatever the service asked for. */
export function localesOf(ctx: Context): Locales {
  return ctx.path === devicePath ? { ui_locales: languageOf(ctx) } : {}
}

/** The path of a visit's page: French, unless the service asked for English. The notice of attestation comes before the English one. */
export function visitPath(
  addresses: Pick<VisitAddresses, 'signIn' | 'create' | 'question' | 'claims'>,
  interaction: Pick<Interaction, 'uid' | 'prompt' | 'params'>,
): string {
  const { uid: id, params } = interaction
  const french = addresses[pageOf(interaction)]({ id })
  const uiLocales: unknown = params['ui_locales']
  return typeof uiLocales === 'string' && /^en\b/.test(uiLocales) ? `/en${french}` : french
}

function pageOf(
  interaction: Pick<Interaction, 'prompt' | 'params'>,
): Exclude<keyof VisitAddresses, 'home'> {
  const { name } = interaction.prompt
  if (name === 'claims' || name === 'create') return name
  return name === 'consent' && detailsOf(interaction).length > 0 ? 'question' : 'signIn'
}
