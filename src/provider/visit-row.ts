import type { Interaction } from 'oidc-provider'
import { isOfBrowser } from './browser.ts'
import type { Json } from './unit-store.ts'
import type { Unit } from './unit.ts'
import { nowSeconds, rowId } from './unit.ts'

/** Where a visit leads back to: to a service, or to a page of our own. */
export type VisitOrigin = { readonly clientId: string; readonly ownPath: string | undefined }

/** What the row of a visit says, once it was read. */
export type Standing =
  | { readonly is: 'open'; readonly payload: Json }
  /** Never begun, or over for so long that its row was swept. */
  | { readonly is: 'unknown' }
  /** Begun in another browser: whoever asks learns where to begin again, and nothing else. */
  | ({ readonly is: 'elsewhere' } & VisitOrigin)
  /** Resumed: nothing of it is left but where it came from. */
  | ({ readonly is: 'done' } & VisitOrigin)
  | ({ readonly is: 'expired' } & VisitOrigin)

export function standingOf(unit: Unit, visitId: string): Standing {
  const payload = unit.artifacts.get(rowId('Interaction', visitId))?.payload
  if (payload === undefined) return { is: 'unknown' }
  const origin = originOf(payload)
  if (!isOfBrowser(payload['browser'], unit.browser)) return { is: 'elsewhere', ...origin }
  if (payload['consumed'] !== undefined) return { is: 'done', ...origin }
  // The library asks no visit whether it is over: until the sweep comes, its row is still there.
  if (Number(payload['exp']) <= nowSeconds(unit)) return { is: 'expired', ...origin }
  return { is: 'open', payload }
}

function originOf({ clientId, ownPath, params }: Json): VisitOrigin {
  const { client_id: asked } = (params ?? {}) as Json // as the library pushed them
  return {
    clientId: String(clientId ?? asked),
    ownPath: typeof ownPath === 'string' ? ownPath : undefined,
  }
}

/** Where a visit's page is. French, unless the service asked for English; the notice of attestation stands before it. */
export function visitPath(interaction: Pick<Interaction, 'uid' | 'prompt' | 'params'>): string {
  const { uid, prompt, params } = interaction
  const isConsent = prompt.name === 'consent' && detailsOf(interaction).length > 0
  const french = isConsent ? `/partage/demande/${uid}` : `/connexion/${uid}`
  const uiLocales: unknown = params['ui_locales']
  return typeof uiLocales === 'string' && /^en\b/.test(uiLocales) ? `/en${french}` : french
}

// Checked by the provider when they were pushed.
export function detailsOf({ params }: Pick<Interaction, 'params'>): readonly unknown[] {
  const { authorization_details: text } = params
  const details: unknown = typeof text === 'string' ? JSON.parse(text) : []
  return Array.isArray(details) ? details : []
}
