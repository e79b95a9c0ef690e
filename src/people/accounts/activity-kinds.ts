/** What happened to a person's access. Written in the transaction of the deed. */
export const activityKinds = [
  'access.opened',
  'access.signed-in',
  'access.recovered',
  'access.closed',
  'access.reopened',
  'access.disowned',
  'access.ordered',
  'access.suspended',
  'access.restored',
  'passkey.added',
  'passkey.renamed',
  'passkey.removed',
  'passkey.suspended',
  'security-key.added',
  'security-key.renamed',
  'security-key.removed',
  'security-key.suspended',
  'totp.added',
  'totp.removed',
  'totp.suspended',
  'password.added',
  'password.changed',
  'password.removed',
  'password.suspended',
  'identity.added',
  'identity.vouched',
  'identity.removed',
  'identity.blocked',
  'identity.unblocked',
  'recovery-codes.made',
  'recovery.lifted',
  'recovery.undone',
  'waiting.undone',
  'counter-code.made',
  'session.ended',
  'session.replaced',
  'session.ended-elsewhere',
  'session.told',
  'service.signed-in',
  'service.signed-in-on-device',
  'sign-in.declined',
  'sign-in.silenced',
  'sign-in.reopened',
  'sharing.changed',
  'question.silenced',
  'question.reopened',
  'record.untrusted',
  'data.taken',
  'contact.added',
  'contact.removed',
  'messages.changed',
  'signature.lifted',
  'claims.given',
  'claims.declined',
  'claims.ended',
  'connection.ended',
  'file.compared',
] as const
export type ActivityKind = (typeof activityKinds)[number]

/** Those that say that who gets in, or who is told of it, changed. */
export const accessChanges: readonly ActivityKind[] = [
  'access.recovered',
  'access.reopened',
  'access.disowned',
  'access.ordered',
  'passkey.added',
  'passkey.removed',
  'passkey.suspended',
  'security-key.added',
  'security-key.removed',
  'security-key.suspended',
  'totp.added',
  'totp.removed',
  'totp.suspended',
  'password.added',
  'password.changed',
  'password.removed',
  'password.suspended',
  'identity.added',
  'identity.removed',
  'identity.blocked',
  'identity.unblocked',
  'recovery-codes.made',
  'recovery.lifted',
  'recovery.undone',
  'waiting.undone',
  'counter-code.made',
  'contact.added',
  'contact.removed',
  'messages.changed',
  'signature.lifted',
]

export type Activity = {
  readonly kind: ActivityKind
  readonly personId: string | undefined
  readonly result: 'done' | 'refused'
  readonly reason?: string
  readonly acr?: string
  readonly amr?: readonly string[]
  /** The service that did it on behalf of the person. */
  readonly serviceId?: string
  /** What she did it with, as the list of her sessions says it: « Chrome, Linux ». */
  readonly device?: string
}
