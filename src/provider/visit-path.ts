import type { Interaction } from 'oidc-provider'

/** The path of a visit's page: French, unless the service asked for English. The notice of attestation comes before the English one. */
export function visitPath(interaction: Pick<Interaction, 'uid' | 'prompt' | 'params'>): string {
  const { uid, prompt, params } = interaction
  const isConsent = prompt.name === 'consent' && detailsOf(interaction).length > 0
  const french = isConsent ? `/partage/demande/${uid}` : `/connexion/${uid}`
  const uiLocales: unknown = params['ui_locales']
  return typeof uiLocales === 'string' && /^en\b/.test(uiLocales) ? `/en${french}` : french
}

// The provider checked these details when they were pushed.
export function detailsOf({ params }: Pick<Interaction, 'params'>): readonly unknown[] {
  const { authorization_details: text } = params
  const details: unknown = typeof text === 'string' ? JSON.parse(text) : []
  return Array.isArray(details) ? details : []
}
