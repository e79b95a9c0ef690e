// The kinds of events that a stream may carry, by their short names. Those of consents are our own: OpenID has none for them.

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/'

export const consentKinds = [
  'consent-granted',
  'consent-revoked',
  'consent-expired',
  'consent-suspended',
  'consent-resumed',
  'consent-superseded',
] as const
export type ConsentKind = (typeof consentKinds)[number]

/** What a body may ask for. `verification` comes without being asked for, at the body's own word. */
export const signalKinds = [
  ...consentKinds,
  'agreement-status-changed',
  'person-status-changed',
  'token-claims-change',
  'session-revoked',
  'credential-change',
  'account-disabled',
  'account-enabled',
  'account-purged',
] as const
export type SignalKind = (typeof signalKinds)[number]
export type AnyKind = SignalKind | 'verification'

const elsewhere: Readonly<Partial<Record<AnyKind, string>>> = {
  verification: ssf,
  'token-claims-change': caep,
  'session-revoked': caep,
  'credential-change': caep,
  'account-disabled': risc,
  'account-enabled': risc,
  'account-purged': risc,
}

/** The kinds of our own about people: each names the one before it. */
const ownKinds = [...consentKinds, 'person-status-changed'] as const
export type OwnKind = (typeof ownKinds)[number]

export function isOwnKind(kind: string): kind is OwnKind {
  return (ownKinds as readonly string[]).includes(kind)
}

/** As `migrations#pace_of_signal`, of what events make. */
export function paceOf(kind: SignalKind): 'night' | 'minute' | 'at once' {
  if (kind === 'account-disabled') return 'minute'
  return isConsentKind(kind) || kind === 'token-claims-change' ? 'at once' : 'night'
}

/** Whether a signal of this kind is made by an event of a person's chain, always. */
export function isMadeByEvent(kind: string): boolean {
  return (
    isOwnKind(kind) ||
    kind === 'token-claims-change' ||
    /^account-(disabled|enabled|purged)$/.test(kind)
  )
}

/** The address of a kind, as it stands in a token. */
export function addressOf(issuer: string, kind: AnyKind): string {
  return `${elsewhere[kind] ?? `${issuer}/secevent/consent/event-type/`}${kind}`
}

export function isSignalKind(kind: string): kind is SignalKind {
  return (signalKinds as readonly string[]).includes(kind)
}

export function isConsentKind(kind: string): kind is ConsentKind {
  return (consentKinds as readonly string[]).includes(kind)
}

/** The kinds that have these addresses; addresses of no kind are left out (SSF 1.0, section 8.1.1). */
export function kindsAt(issuer: string, addresses: readonly string[]): SignalKind[] {
  return signalKinds.filter((kind) => addresses.includes(addressOf(issuer, kind)))
}
