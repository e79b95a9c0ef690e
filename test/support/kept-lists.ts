// What becomes of the tables about people once an access is erased. `test/pages/my-access/close-account.test.ts` erases one and looks; the
// inventory (docs/operate/inventory.en.md) reads the same lists.

/** What the law keeps of a person whose access is erased, why, and until when. Under her random number, without a name. */
export const keptByLaw: Readonly<Record<string, string>> = {
  persons: 'the random number that the rows below hang on; with the last of them',
  person_head: 'the end of her chain; with the chain',
  dek: 'opens her chain and receipts; destroyed three years after the end of the sharing (LAI, CCQ 2925)',
  ledger_event: 'her chain, sealed; unreadable with its data key',
  ledger_pending: 'the same, until the public log has taken it in',
  ledger_position: 'where her events stand in the public log: commitments, which lead to nobody',
  consent_request: 'what was asked; three years after the end of the sharing or the refusal',
  consent_request_item: 'the same',
  notice_shown: 'what the law allows, and that she was told of it; three years',
  consent_record: 'her answer; three years after the end',
  consent_current: 'its state; with the record',
  revocation_delivery: 'what the bodies were told of the end, and said; with the record',
  signal_event: 'what bodies are still to be told of the end; ninety days at most',
  disclosure_received: 'what a recipient says it got; with the disclosure',
  disclosure_declared: 'what a recipient declares that it got; three years',
  inquiry_tally: 'how often a holder introspected on a day; the night closes it',
  inquiry_excuse: 'what a holder said of that; the same',
  inquiry_day: 'on which days a holder introspected without asking; three years',
  decision: 'what was permitted and refused; three years',
  refused_day: 'which event holds the hash of the refusals of a day; with the chain',
  decision_key: 'one day',
  disclosure: 'what was sent; three years',
  dispute: 'her question about a sending and the answer, sealed; with the decision',
  receipt: 'what she was given, sealed; with the record',
  operator_deed:
    'what operators did about her, in their chain: a number that leads to nobody without the rows above',
  erasure: 'that content of hers was erased, with its certificate: tells nothing of what it was',
}

/** What is gone thirty days after the closing. */
export const forgotten: readonly string[] = [
  'accounts',
  'activity',
  'claim_answer',
  'connections',
  'consent_reminder',
  'contact_point',
  'factors_set_aside',
  'key_attestations',
  'known_devices',
  'matching_answer',
  'notices',
  'notification',
  'notification_preference',
  'passkeys',
  'password_proposals',
  'passwords',
  'recovery_codes',
  'recovery_holds',
  'sign_in_request',
  'sign_in_silence',
  'signal_subject_removed',
  'signin_attempts',
  'signin_passwords',
  'silenced_question',
  'totp_enrolments',
  'totp_factors',
  'upstream_identities',
  'vouched_values',
  'ways_in',
  'webauthn_challenges',
  'webauthn_users',
]

/** What is gone at the closing itself. */
export const ended: readonly string[] = ['oidc_artifacts', 'oidc_sessions']
