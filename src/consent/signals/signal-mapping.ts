import { readId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import type { EventKind, NewEvent, SignalMapping } from '../../ledger/chain/index.ts'
import { toldOfOrders } from '../../ledger/chain/index.ts'
import type { State } from '../record/index.ts'
import type { ConsentKind, SignalKind } from './event-types.ts'

// Which signals each event makes (docs/design/domain.md#signals). They are queued by the statement that appends the event
// (`migrations#queue_signals`), which finds the streams of those who are told. The events of a chain that its person sees later tell nobody.

/** Who is told of something: the two bodies of a consent; its recipient, where it has a live token of it; or the bodies that know a person. */
export type Signal =
  | (OfConsent & { readonly to: 'parties'; readonly kind: ConsentKind })
  | (OfConsent & { readonly to: 'token'; readonly kind: 'token-claims-change' } & Replacing)
  | {
      readonly to: 'person'
      readonly kind: SignalKind
      readonly content: { readonly status?: AccessState | 'erased' }
    }

type OfConsent = {
  readonly consent: string
  readonly content: {
    readonly consent_id: string
    readonly state: State
    readonly reasons: readonly string[]
  }
  /** When it happened; left out: at the time of the event. */
  readonly at?: string
}
/** Only where the consent takes the place of another one: what is new has no token yet. */
type Replacing = { readonly replacing?: true }

type Fields = NewEvent['fields']

const ofEvents = {
  'consent.granted': granted,
  'consent.revoked': (fields) => moved(fields, 'consent-revoked', 'revoked'),
  'consent.voided': (fields) => moved(fields, 'consent-revoked', 'void'),
  'consent.suspended': (fields) =>
    moved(fields, 'consent-suspended', 'suspended', { reasons: reasonsIn(fields) }),
  // While another cause is left, nothing flows.
  'consent.resumed': (fields) =>
    reasonsIn(fields).length > 0 ? [] : moved(fields, 'consent-resumed', 'active'),
  'consent.expired': (fields) =>
    moved(fields, 'consent-expired', 'expired', { at: textIn(fields, 'expired_at') }),
  // What replaces a consent changes the tokens of its arrangement; that the old one is replaced says nothing more.
  'consent.superseded': (fields) => [ofParties(fields, 'consent-superseded', 'superseded')],
  'consent.confirmed': 'nobody',
  'consent.refused': 'nobody',
  'consent.presented': 'nobody',
  'question.silenced': 'nobody',
  'question.reopened': 'nobody',
  'notice.shown': 'nobody',
  'decisions.refused': 'nobody',
  'disclosure.authorised': 'nobody',
  'disclosure.recorded': 'nobody',
  'disclosure.nil': 'nobody',
  'disclosure.received': 'nobody',
  'disclosure.unconfirmed': 'nobody',
  'disclosure.disputed': 'nobody',
  'disclosure.answered': 'nobody',
  'disclosure.corrected': 'nobody',
  'disclosure.declared': 'nobody',
  'disclosure.inquired': 'nobody',
  'revocation.delivered': 'nobody',
  'revocation.acknowledged': 'nobody',
  'revocation.effect-reported': 'nobody',
  // Who has an account now is known to no body yet.
  'access.opened': 'nobody',
  // Ways in come and go without an event, too: one that was set aside is in use again. The event of a removal does not say what it
  // removed. So the statement that writes or deletes a way in tells it itself (`migrations#queue_credential_signal`).
  'access.factor-added': 'nobody',
  'access.factor-removed': 'nobody',
  'access.recovered': 'nobody',
  'access.standing': (fields) =>
    fields['status'] === 'erased' ? purged : ofAccess(textIn(fields, 'was'), accessIn(fields)),
  'access.providers-blocked': 'nobody',
  'office.named': 'nobody',
  'office.ended': 'nobody',
  'office.acted': 'nobody',
  'identity.checked': 'nobody',
  'card.made': 'nobody',
  'card.ended': 'nobody',
  'desk.searched': 'nobody',
  'desk.found-nobody': 'nobody',
  'desk.dossier-made': 'nobody',
  'help.opened': 'nobody',
  'help.closed': 'nobody',
  'signature.required': 'nobody',
  'signature.lifted': 'nobody',
  'claims.answered': 'nobody',
  'claims.ended': 'nobody',
  'connection.ended': 'nobody',
  'file.compared': 'nobody',
  ...toldOfOrders,
} satisfies { readonly [Kind in EventKind]: 'nobody' | ((fields: Fields) => readonly Signal[]) }

export const signalMapping: SignalMapping = { ofEvents }

const makers = new Map<string, (fields: Fields) => readonly Signal[]>(
  Object.entries(ofEvents).flatMap(([kind, maker]) => (maker === 'nobody' ? [] : [[kind, maker]])),
)

/** The kinds of events that may make signals. */
export const toldKinds = [...makers.keys()] as EventKind[]

/** The signals of an event, in their order; none where it makes none. */
export function listOf(kind: EventKind, fields: Fields): readonly Signal[] {
  return makers.get(kind)?.(fields) ?? []
}

function granted(fields: Fields): readonly Signal[] {
  const [parties, token] = moved(fields, 'consent-granted', 'active')
  return [parties, { ...token, replacing: true }]
}

type Moved = { readonly reasons?: readonly string[]; readonly at?: string }

/** Of a move of a consent that its tokens follow. */
function moved(fields: Fields, kind: ConsentKind, state: State, more: Moved = {}) {
  const parties = ofParties(fields, kind, state, more)
  return [parties, { ...parties, to: 'token', kind: 'token-claims-change' }] as const
}

function ofParties(
  fields: Fields,
  kind: ConsentKind,
  state: State,
  { reasons = [], ...more }: Moved = {},
) {
  const consent = present(readId('con', textIn(fields, 'consent_id')), 'the consent of an event')
  const content = { consent_id: consent, state, reasons }
  return { to: 'parties', kind, consent, content, ...more } as const
}

// The access is gone, and with it what a body knew its person by.
const purged: readonly Signal[] = [
  { to: 'person', kind: 'person-status-changed', content: { status: 'erased' } },
  { to: 'person', kind: 'account-purged', content: {} },
]

/** How far an access is open, as bodies are told of it. That its person died is told to nobody by this. */
type AccessState = 'active' | 'suspended' | 'closed'

function accessIn({ suspended_at, closed_at }: Fields): AccessState {
  if (suspended_at !== null) return 'suspended'
  return closed_at === null ? 'active' : 'closed'
}

function ofAccess(was: string, is: AccessState): readonly Signal[] {
  if (was === is) return []
  const status = { to: 'person', kind: 'person-status-changed', content: { status: is } } as const
  if (was === 'active') return [status, { to: 'person', kind: 'account-disabled', content: {} }]
  if (is === 'active') return [status, { to: 'person', kind: 'account-enabled', content: {} }]
  return [status]
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string') throw new TypeError(`an event without ${name}`)
  return value
}

function reasonsIn({ suspended_reasons: reasons }: Fields): readonly string[] {
  if (!Array.isArray(reasons)) throw new TypeError('an event without suspended_reasons')
  return reasons.map(String)
}
