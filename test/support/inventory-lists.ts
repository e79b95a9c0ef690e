// What the database holds about whom, table by table and column by column: `npm run inventory` writes docs/operate/inventory.md and its
// English pair from this list and from what the code already says (`inventory.ts`). A table or column without an entry fails a test.

/** What a column says of somebody. */
export type Said =
  /** An address at which she is reached. */
  | 'contact'
  /** A name or a birth date. */
  | 'identity'
  /** A number or digest that stands for her in this house alone. */
  | 'pseudonym'
  /** What she was asked, answered and shown, and what was permitted and sent. */
  | 'consent'
  /** What opens an access or a seal, or proves it. */
  | 'opens'
  /** What she or a program did: when, with which service, browser and truncated network. */
  | 'trace'
  /** Who asked for her data within a body, by the body's own reference. */
  | 'staff'
  /** An operator, by name or office. */
  | 'operator'
  /** A body, its services and its agreements. */
  | 'body'
  /** Counts of people; what is published of them is rounded. */
  | 'figure'
  | 'technical'

export type Whose = 'person' | 'body' | 'operator' | 'nobody'

/** How long rows stay; `kinds` of the rules that `inventory.ts` holds against the code. */
export type Kept =
  | 'law'
  | 'decided'
  | 'unreadable'
  | 'closing'
  | 'ended'
  | 'second'
  | 'window'
  | 'hours4'
  | 'day'
  | 'night'
  | 'dayAfter'
  | 'days90'
  | 'months13'
  | 'days800'
  | 'walk'
  | 'silent'
  | 'deed'
  | 'now'
  | 'ever'
  | 'tree'

export type Entry = {
  readonly whose: Whose
  readonly kept: Kept
  /** The sentences of the page « Confidentialité » that tell of it: keys below `site.privacy.`. */
  readonly told?: string
  /** The members of her export that have it. */
  readonly exported?: string
  readonly why: { readonly fr: string; readonly en: string }
  /** Each column once, by what it says. */
  readonly columns: Readonly<Partial<Record<Said, string>>>
}

export const entries: Readonly<Record<string, Entry>> = {
  accounts: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-services kept-nickname',
    exported: 'account',
    why: {
      fr: 'si une personne peut se connecter, dans quelle langue, sous quel nom affiché',
      en: 'whether a person can sign in, in which language, under which name shown',
    },
    columns: {
      pseudonym: 'person_id',
      trace:
        'locale opened_at closed_at invited_at erase_at suspended_at session_epoch sessions_from session_kept',
      technical: 'seal',
      identity: 'nickname',
    },
  },
  activity: {
    whose: 'person',
    kept: 'months13',
    told: 'kept-activity',
    exported: 'activity',
    why: { fr: 'ce que « Mon activité » lui montre', en: 'what « Mon activité » shows her' },
    columns: {
      trace:
        'activity_id kind service_id acr amr result reason request_id network at device settled_at factor_ids',
      pseudonym: 'person_id',
    },
  },
  answer_draft: {
    whose: 'person',
    kept: 'hours4',
    why: { fr: 'une réponse pas encore donnée', en: 'an answer that is not given yet' },
    columns: {
      consent: 'request_id item_no presentation_id answer chosen express until at resumes',
    },
  },
  applied_functions: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'les fonctions en place', en: 'the functions in place' },
    columns: { technical: 'room sha256 applied_at' },
  },
  asked_again: {
    whose: 'nobody',
    kept: 'days800',
    told: 'sharings-silenced',
    why: {
      fr: 'combien de fois un organisme redemande, sans nom',
      en: 'how often a body asks again, without a name',
    },
    columns: { technical: 'visit item_no asked_at became', body: 'recipient' },
  },
  checkpoint: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'les notes signées', en: 'the signed notes' },
    columns: { technical: 'log_id tree_size root note signed_at' },
  },
  claim_answer: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-services',
    exported: 'claims',
    why: { fr: 'ce qu’elle laisse dire à un service', en: 'what she lets a service be told' },
    columns: {
      pseudonym: 'person_id',
      consent: 'service_id claim is_given purpose_sha256 answered_at',
      technical: 'seal',
    },
  },
  connections: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-services',
    exported: 'connections',
    why: { fr: 'les services qu’elle utilise', en: 'the services that she uses' },
    columns: {
      trace: 'connection_id service_id scopes claims first_used_at last_used_at ended_at',
      pseudonym: 'person_id',
      technical: 'seal',
    },
  },
  consent_current: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'consents',
    why: { fr: 'l’état de sa réponse', en: 'the state of her answer' },
    columns: {
      pseudonym: 'person_id',
      consent:
        'consent_id arrangement_id holder recipient dataset purpose agreement categories state state_at suspended_reasons valid_from valid_until max_uses frequency_count frequency_per lookback_from lookback_to uses window_started_at window_uses last_use_at confirmed_at uses_returned window_returned',
      technical: 'state_seq seal',
    },
  },
  consent_record: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'consents',
    why: { fr: 'sa réponse', en: 'her answer' },
    columns: {
      consent:
        'consent_id arrangement_id version_in_arrangement supersedes_consent_id request_id agreement purpose dataset legal_basis_id holder recipient categories_granted categories_declined express one_time max_uses frequency_count frequency_per lookback_from lookback_to valid_from valid_until valid_until_local tz presentation_id text_pair_sha256 channel acr amr agent_id created_at',
      pseudonym: 'person_id',
    },
  },
  consent_reminder: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-messages',
    why: { fr: 'qu’un rappel est parti', en: 'that a reminder went out' },
    columns: { pseudonym: 'person_id', trace: 'consent_id due reminded_at' },
  },
  consent_request: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'requests',
    why: { fr: 'ce qui a été demandé', en: 'what was asked' },
    columns: {
      consent: 'request_id visit client_id recipient created_at expires_at answers_sha256',
      pseudonym: 'person_id',
    },
  },
  consent_request_item: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'requests',
    why: { fr: 'chaque partage demandé', en: 'each sharing that was asked for' },
    columns: {
      consent:
        'request_id item_no consent_id agreement purpose dataset text categories_required categories_optional valid_until valid_until_local max_uses frequency_count frequency_per lookback_from lookback_to state narrows amends',
    },
  },
  contact_point: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-messages',
    exported: 'messages',
    why: {
      fr: 'l’adresse où elle veut être prévenue',
      en: 'the address at which she wants to be told',
    },
    columns: {
      trace: 'contact_id channel created_at message_id confirm_by tries confirmed_at removed_at',
      pseudonym: 'person_id digest',
      contact: 'sealed',
      technical: 'seal',
    },
  },
  counted_month: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'qu’un mois a été compté', en: 'that a month was counted' },
    columns: { technical: 'month counted_at cells sha256 minutes served seal' },
  },
  decision: {
    whose: 'person',
    kept: 'decided',
    told: 'sharings-decisions',
    exported: 'decisions',
    why: {
      fr: 'chaque demande d’envoi, permise ou refusée',
      en: 'each request to send, allowed or refused',
    },
    columns: {
      consent:
        'decision_id evaluated_at consent_id holder recipient dataset purpose agreement legal_basis_id asked permitted outcome reason_code policy_version valid_until status query_id last_at visible_from period_from period_to',
      pseudonym: 'person_id',
      technical: 'person_seq times',
    },
  },
  decision_key: {
    whose: 'person',
    kept: 'day',
    why: { fr: 'reconnaît une demande répétée', en: 'knows a repeated request' },
    columns: { technical: 'request_key decision_id content_sha256 at' },
  },
  dek: {
    whose: 'person',
    kept: 'unreadable',
    told: 'sharings-sealed',
    why: {
      fr: 'la clé d’une personne et d’une année, enveloppée',
      en: 'the key of a person and a year, wrapped',
    },
    columns: {
      pseudonym: 'person_id',
      opens: 'year wrapped_key destroy_event_id',
      technical: 'kek_id',
      trace: 'created_at destroyed_at',
    },
  },
  disclosure: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-reports',
    exported: 'decisions',
    why: { fr: 'ce qui a été envoyé', en: 'what was sent' },
    columns: {
      consent:
        'disclosure_id decision_id status occurred_at recorded_at categories_actual record_count result delivery query_id query_group_id late in_flight anomaly report_sha256 corrections corrected_at correction use_returned',
      pseudonym: 'person_id',
      technical: 'person_seq',
      staff: 'initiator',
    },
  },
  disclosure_anomaly: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-reports',
    why: { fr: 'deux comptes rendus qui ne concordent pas', en: 'two accounts that do not agree' },
    columns: { consent: 'about kind decision_id consent_id holder recipient noted_at settled_at' },
  },
  disclosure_declared: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-reports',
    exported: 'declared',
    why: {
      fr: 'ce qu’un organisme déclare avoir reçu sans passer par ici',
      en: 'what a body declares that it received past the broker',
    },
    columns: {
      consent:
        'declaration_id holder recipient dataset legal_basis_id law reference occurred_at recorded_at categories record_count',
      pseudonym: 'person_id',
      technical: 'person_seq',
    },
  },
  inquiry_day: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-reports',
    exported: 'inquiries',
    why: {
      fr: 'les jours où un détenteur a vérifié un partage sans demander ensuite la permission d’envoyer',
      en: 'the days on which a holder checked a sharing and did not ask next for permission to send',
    },
    columns: {
      consent:
        'inquiry_id day holder recipient dataset purpose agreement consent_id introspected decided excused undecided recorded_at',
      pseudonym: 'person_id',
      technical: 'person_seq',
    },
  },
  inquiry_excuse: {
    whose: 'person',
    kept: 'night',
    told: 'sharings-reports',
    why: {
      fr: 'pourquoi un détenteur n’a rien demandé après une vérification, jusqu’à la fin du jour',
      en: 'why a holder asked for nothing after it had checked, until the day ends',
    },
    columns: {
      consent: 'day holder recipient dataset purpose agreement consent_id why said_at',
      pseudonym: 'person_id',
      technical: 'excuse_id',
    },
  },
  inquiry_tally: {
    whose: 'person',
    kept: 'night',
    told: 'sharings-reports',
    exported: 'inquiries',
    why: {
      fr: 'combien de fois un détenteur a vérifié un partage, jusqu’à la fin du jour',
      en: 'how often a holder checked a sharing, until the day ends',
    },
    columns: {
      consent: 'day holder recipient dataset purpose agreement consent_id introspected asked_again',
      pseudonym: 'person_id',
    },
  },
  inquiry_total: {
    whose: 'body',
    kept: 'months13',
    why: {
      fr: 'combien un détenteur a vérifié en un jour, et combien sans demander : une alarme le lit',
      en: 'how often a holder checked in a day, and how often without asking: an alarm reads it',
    },
    columns: { figure: 'day holder introspected undecided' },
  },
  disclosure_received: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-reports',
    exported: 'received',
    why: { fr: 'ce qu’un destinataire dit avoir reçu', en: 'what a recipient says it received' },
    columns: {
      consent:
        'received_id decision_id consent_id holder recipient dataset query_id occurred_at recorded_at categories record_count content_sha256',
      pseudonym: 'person_id',
      technical: 'person_seq',
    },
  },
  dispute: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'disputes',
    why: {
      fr: '« Ce n’est pas normal? » et la réponse',
      en: '« Ce n’est pas normal? » and the answer',
    },
    columns: {
      consent:
        'dispute_id decision_id consent_id routed_to opened_at due_at body answered_at outcome answer_id answer_body',
      pseudonym: 'person_id',
      technical: 'dek_year answer_year',
    },
  },
  duty_lease: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'quel processus fait une tâche', en: 'which process does a duty' },
    columns: { technical: 'duty number holder until backend backend_began' },
  },
  erasure: {
    whose: 'person',
    kept: 'ever',
    told: 'sharings-kept',
    exported: 'erasures',
    why: {
      fr: 'ce qui a été effacé, avec un certificat',
      en: 'what was erased, with a certificate',
    },
    columns: {
      technical:
        'erasure_id event_id person_seq rule from_year through_year from_seq through_seq before erased_at',
      pseudonym: 'person_id',
      consent: 'certificate',
    },
  },
  erasure_mark: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'où en est la tâche', en: 'how far the job has come' },
    columns: { technical: 'one reached' },
  },
  factors_set_aside: {
    whose: 'person',
    kept: 'dayAfter',
    told: 'kept-codes',
    why: {
      fr: 'ce qu’un retour a remplacé, 72 heures',
      en: 'what a recovery replaced, for 72 hours',
    },
    columns: {
      opens: 'factor_id kind content stands_until',
      pseudonym: 'person_id',
      technical: 'seal',
    },
  },
  fido_metadata: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'le dernier fichier de modèles vu', en: 'the newest file of models seen' },
    columns: { technical: 'one no next_update seen_at seal' },
  },
  first_seals: {
    whose: 'operator',
    kept: 'ever',
    why: { fr: 'qui a fait sceller une table', en: 'who had a table sealed' },
    columns: { technical: 'table_name rows at seal', operator: 'operator reason' },
  },
  fold_walk: {
    whose: 'nobody',
    kept: 'walk',
    why: {
      fr: 'la comparaison de la nuit et ce qu’elle a trouvé',
      en: 'the comparison of the night and what it found',
    },
    columns: {
      technical: 'walk_id began_at seventh since reached people events differences named ended_at',
    },
  },
  job_given_up: {
    whose: 'nobody',
    kept: 'months13',
    why: { fr: 'tâches abandonnées', en: 'jobs that were given up' },
    columns: { technical: 'day job why status times last_at', body: 'service_id' },
  },
  kept_pepper: {
    whose: 'nobody',
    kept: 'ever',
    why: {
      fr: 'ce qu’une clé retirée laisse pour vérifier les mots de passe',
      en: 'what a retired key leaves so that passwords are checked',
    },
    columns: { opens: 'key_id sealed' },
  },
  key_attestations: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-keys',
    exported: 'attested_model',
    why: {
      fr: 'le modèle attesté d’une clé de niveau 3',
      en: 'the attested model of a level 3 key',
    },
    columns: {
      opens: 'passkey_id aaguid format certificates metadata_no',
      pseudonym: 'person_id',
      trace: 'attested_at',
      technical: 'seal',
    },
  },
  key_check: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'quelles clés la base connaît', en: 'which keys the database knows' },
    columns: { technical: 'purpose check_value state noted_at used_at renewed_at' },
  },
  known_devices: {
    whose: 'person',
    kept: 'months13',
    told: 'cookies-text',
    exported: 'devices',
    why: {
      fr: 'reconnaît le navigateur où elle s’est déjà connectée',
      en: 'knows the browser in which she signed in before',
    },
    columns: {
      pseudonym: 'person_id',
      opens: 'device_sha256',
      trace: 'first_seen_at last_seen_at',
      technical: 'seal',
    },
  },
  ledger_event: {
    whose: 'person',
    kept: 'unreadable',
    told: 'sharings-sealed',
    exported: 'timeline shown_later',
    why: { fr: 'sa chaîne, chiffrée avec sa clé', en: 'her chain, encrypted with her key' },
    columns: {
      pseudonym: 'person_id',
      consent: 'event_id recorded_at visible_from kind commitment body',
      technical: 'person_seq shard dek_year',
    },
  },
  ledger_pending: {
    whose: 'person',
    kept: 'second',
    told: 'sharings-sealed',
    why: {
      fr: 'attend sa place dans le journal public',
      en: 'waits for its place in the public log',
    },
    columns: { technical: 'id event_id shard commitment class' },
  },
  ledger_position: {
    whose: 'person',
    kept: 'tree',
    told: 'sharings-sealed',
    exported: 'timeline',
    why: {
      fr: 'la place d’un engagement dans le journal',
      en: 'the place of a commitment in the log',
    },
    columns: { technical: 'log_id class leaf_index event_id commitment' },
  },
  log: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'les journaux de chaque année', en: 'the logs of each year' },
    columns: { technical: 'log_id year shard state tree_size root frontier queue' },
  },
  log_key: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'les clés publiées du journal', en: 'the published keys of the log' },
    columns: { technical: 'log_id vkey first_at last_size' },
  },
  log_node: {
    whose: 'nobody',
    kept: 'tree',
    why: { fr: 'l’arbre du journal', en: 'the tree of the log' },
    columns: { technical: 'log_id level node_index hash' },
  },
  log_restore: {
    whose: 'nobody',
    kept: 'ever',
    why: {
      fr: 'qu’une base a été remise, et qui l’a confirmé',
      en: 'that a database was put back, and who confirmed it',
    },
    columns: {
      technical:
        'restore_id origin year shard found_at held signed root known_to went_on_at taken_up_at seal',
      operator: 'words',
    },
  },
  log_signing: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'où en est le signataire', en: 'how far the signer has come' },
    columns: { technical: 'log_id lease tree_size root' },
  },
  log_witnesses: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'les témoins demandés', en: 'the witnesses that are asked' },
    columns: { technical: 'is_one lines' },
  },
  matching_answer: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-files',
    exported: 'timeline',
    why: {
      fr: 'un service a demandé si un dossier est le sien',
      en: 'a service asked whether a file is hers',
    },
    columns: {
      trace: 'reference org_id service_id result reason answered_at',
      pseudonym: 'person_id',
    },
  },
  matching_stop: {
    whose: 'body',
    kept: 'now',
    why: {
      fr: 'un organisme à qui l’on ne répond plus',
      en: 'a body that gets no answers any more',
    },
    columns: {
      body: 'org_id stopped_at no_matches lifted_at',
      operator: 'lifted_by',
      technical: 'seal',
    },
  },
  me_answer: {
    whose: 'person',
    kept: 'day',
    why: { fr: 'une réponse sous son Idempotency-Key', en: 'an answer under its Idempotency-Key' },
    columns: { technical: 'key_sha256 request_sha256', consent: 'answer at' },
  },
  migration_bears: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'quel code peut démarrer', en: 'which code may start' },
    columns: { technical: 'name bears' },
  },
  monthly_count: {
    whose: 'nobody',
    kept: 'ever',
    why: {
      fr: 'les chiffres d’un mois; publiés arrondis',
      en: 'the figures of a month; published rounded',
    },
    columns: {
      figure: 'month outcome agreement holder recipient purpose basis detail people',
      technical: 'times',
    },
  },
  notice_shown: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'presentations',
    why: {
      fr: 'ce que la loi permet, et qu’elle l’a lu',
      en: 'what the law allows, and that she was told',
    },
    columns: {
      consent: 'notice_id agreement purpose dataset categories lang rendered_sha256 shown_at',
      pseudonym: 'person_id',
    },
  },
  notices: {
    whose: 'person',
    kept: 'months13',
    told: 'kept-activity',
    exported: 'notices',
    why: {
      fr: '« Était-ce vous? » après une connexion inhabituelle',
      en: '« Était-ce vous? » after an unusual sign-in',
    },
    columns: {
      trace: 'notice_id kind factor factor_id device network at answer answered_at',
      pseudonym: 'person_id',
    },
  },
  notification: {
    whose: 'person',
    kept: 'days90',
    told: 'kept-messages',
    exported: 'notifications',
    why: {
      fr: 'qu’un message est parti; de quoi vérifier son code',
      en: 'that a message left; what checks its code',
    },
    columns: {
      trace:
        'notification_id kind channel contact_id language queued_at sent_at given_up_at checks contains_personal_data tried_at',
      pseudonym: 'person_id',
      technical: 'template_version',
      opens: 'code_digest',
      contact: 'sealed_address',
    },
  },
  notification_preference: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-messages',
    exported: 'messages',
    why: { fr: 'comment elle veut être prévenue', en: 'how she wants to be told' },
    columns: {
      pseudonym: 'person_id',
      trace: 'channel language changed_at sendings sendings_told_until question_reminders',
    },
  },
  oidc_artifacts: {
    whose: 'person',
    kept: 'dayAfter',
    why: {
      fr: 'codes, jetons, visites, demandes : le SHA-256 de leur numéro',
      en: 'codes, tokens, visits, requests: the SHA-256 of their number',
    },
    columns: {
      opens: 'id model grant_id connection_id client_id session_uid parent_id',
      trace: 'payload consumed_at expires_at',
      pseudonym: 'account_id',
      technical: 'version seal',
    },
  },
  oidc_replays: {
    whose: 'nobody',
    kept: 'dayAfter',
    why: { fr: 'preuves déjà servies', en: 'proofs that are used up' },
    columns: { technical: 'id expires_at' },
  },
  session_ending: {
    whose: 'nobody',
    kept: 'dayAfter',
    why: {
      fr: 'qu’une session a été fermée d’ailleurs, et pourquoi : son navigateur le dit; à qui elle était n’y est pas',
      en: 'that a session was ended from elsewhere, and why: its browser says so; whose it was is not there',
    },
    columns: { trace: 'because ended_at expires_at', technical: 'id' },
  },
  oidc_session_authorizations: {
    whose: 'person',
    kept: 'ended',
    told: 'kept-sessions',
    why: { fr: 'les services d’une session', en: 'the services of a session' },
    columns: { trace: 'session_uid client_id content', technical: 'seal' },
  },
  oidc_sessions: {
    whose: 'person',
    kept: 'dayAfter',
    told: 'kept-sessions',
    exported: 'sessions',
    why: { fr: 'une session ouverte', en: 'an open session' },
    columns: {
      opens: 'id',
      trace:
        'uid payload device network signed_in_at last_seen_at expires_at factor_ids session_epoch',
      pseudonym: 'account_id',
      technical: 'seal',
    },
  },
  operator_deed: {
    whose: 'operator',
    kept: 'ever',
    why: {
      fr: 'ce que les exploitants ont fait avec l’outil, en chaîne',
      en: 'what operators did with the tool, in a chain',
    },
    columns: {
      operator: 'operator account signers reason_sha256',
      pseudonym: 'person_id object',
      technical: 'deed_no at phase begun_no action instance sha256 seal',
    },
  },
  operator_deed_head: {
    whose: 'operator',
    kept: 'ever',
    why: { fr: 'quel geste est le dernier', en: 'which deed is the last' },
    columns: { technical: 'only_one deed_no sha256 seal' },
  },
  outgoing_mail: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'si le courrier part', en: 'whether mail goes out' },
    columns: { technical: 'one failing_since failed_at reached' },
  },
  passkeys: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-keys',
    exported: 'passkeys security_keys',
    why: { fr: 'la partie publique de ses clés d’accès', en: 'the public part of her passkeys' },
    columns: {
      opens: 'passkey_id credential_id public_key sign_count backup_eligible backup_state kind',
      pseudonym: 'person_id',
      trace: 'transports aaguid name created_at last_used_at suspended_at',
      technical: 'seal',
    },
  },
  password_proposals: {
    whose: 'person',
    kept: 'dayAfter',
    told: 'kept-password',
    why: {
      fr: 'un mot de passe qui attend le code de son adresse',
      en: 'a password that waits for the code of its address',
    },
    columns: {
      opens: 'errand_sha256 factor_id proof wrapped_key message_id code_by',
      pseudonym: 'person_id address_mark',
      contact: 'sealed',
      technical: 'kek_id sealed_year seal',
      trace: 'tries proved_at expires_at',
    },
  },
  passwords: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-password',
    exported: 'password',
    why: {
      fr: 'son mot de passe (HMAC d’une empreinte) et son adresse',
      en: 'her password (HMAC of a digest) and its address',
    },
    columns: {
      pseudonym: 'person_id address_mark',
      opens: 'factor_id proof wrapped_key',
      contact: 'sealed',
      technical: 'kek_id sealed_year seal',
      trace: 'created_at last_used_at suspended_at address_proved_at',
    },
  },
  person_head: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-sealed',
    exported: 'timeline',
    why: { fr: 'la fin de sa chaîne', en: 'the end of her chain' },
    columns: {
      pseudonym: 'person_id known',
      technical: 'updated_at next_seq shard head_commitment delayed live seal',
    },
  },
  persons: {
    whose: 'person',
    kept: 'law',
    why: {
      fr: 'le numéro au hasard auquel tient le reste',
      en: 'the random number that the rest hangs on',
    },
    columns: { pseudonym: 'person_id', technical: 'status created_at' },
  },
  presentation: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'presentations',
    why: { fr: 'la page exacte qu’elle a vue', en: 'the exact page that she saw' },
    columns: {
      consent:
        'presentation_id request_id item_no text lang canonical_sha256 rendered_sha256 grant_label refuse_label order_of_items optional_prechecked shown_at channel agent_id assistance_offered assistance_used changes',
    },
  },
  public_object: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'les documents publics', en: 'the public documents' },
    columns: { body: 'sha256 leaf_id document announced_at' },
  },
  published_file: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'les fichiers de données ouvertes', en: 'the open data files' },
    columns: {
      figure: 'file_no dataset month correction format document sha256 leaf_id published_at reason',
    },
  },
  held_tries: {
    whose: 'person',
    kept: 'window',
    why: {
      fr: 'comptes d’essais à rendre quand ce qui a commencé finit bien, en empreintes',
      en: 'counts of tries that are given back when what was begun ends well, as digests',
    },
    columns: { pseudonym: 'name key', trace: 'ends place points' },
  },
  rate_limits: {
    whose: 'person',
    kept: 'window',
    why: {
      fr: 'comptes d’essais, par réseau, adresse et accès, en empreintes',
      en: 'counts of tries, by network, address and access, as digests',
    },
    columns: { pseudonym: 'key', trace: 'points expire' },
  },
  receipt: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'receipts',
    why: { fr: 'les reçus qu’elle a', en: 'the receipts that she has' },
    columns: {
      consent: 'receipt_id consent_id event_id kind body jwt_sha256 issued_at',
      pseudonym: 'person_id',
      technical: 'dek_year',
    },
  },
  recovery_codes: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-codes',
    exported: 'recovery_codes',
    why: { fr: 'ses codes de secours', en: 'her recovery codes' },
    columns: {
      opens: 'code_index secret_sha256 proof',
      pseudonym: 'person_id',
      trace: 'created_at used_at expires_at',
      technical: 'seal',
    },
  },
  recovery_holds: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-codes',
    why: {
      fr: 'retient 72 heures ce qui pourrait l’enfermer dehors',
      en: 'holds for 72 hours what could lock her out',
    },
    columns: { pseudonym: 'person_id', opens: 'since until added', technical: 'seal' },
  },
  refused_day: {
    whose: 'person',
    kept: 'law',
    why: {
      fr: 'quel événement tient les refus d’un jour',
      en: 'which event holds the refusals of a day',
    },
    columns: { pseudonym: 'person_id', technical: 'day visible_from event_id' },
  },
  refused_mark: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'où en est la tâche', en: 'how far the job has come' },
    columns: { technical: 'one day' },
  },
  register_leaf: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'la place d’une version dans le journal', en: 'the place of a version in the log' },
    columns: { technical: 'object_no leaf_id sha256' },
  },
  register_objects: {
    whose: 'body',
    kept: 'ever',
    why: {
      fr: 'le registre : organismes, services, ententes; les bureaux de qui signe',
      en: 'the register: bodies, services, agreements; the offices of those who sign',
    },
    columns: { technical: 'object_no version', body: 'kind id content applied_at' },
  },
  register_seal: {
    whose: 'nobody',
    kept: 'ever',
    why: { fr: 'le sceau d’une version', en: 'the seal of a version' },
    columns: { technical: 'object_no seal' },
  },
  register_state: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'fait relire le registre', en: 'makes processes read the register again' },
    columns: { technical: 'epoch seal' },
  },
  rendered_page: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'presentations',
    why: {
      fr: 'le texte de cette page, une fois pour tous',
      en: 'the text of that page, once for all',
    },
    columns: { consent: 'sha256 html first_shown_at' },
  },
  revocation_delivery: {
    whose: 'person',
    kept: 'law',
    told: 'sharings-answers',
    exported: 'stops',
    why: { fr: 'ce que chaque organisme a fait d’un arrêt', en: 'what each body did after a stop' },
    columns: {
      consent:
        'consent_id party role queued_at acknowledged_at effect law effect_at kept_until delivered_at',
      pseudonym: 'person_id',
      technical: 'person_seq',
    },
  },
  served_minute: {
    whose: 'nobody',
    kept: 'months13',
    why: { fr: 'qu’un processus pouvait servir', en: 'that a process could serve' },
    columns: { technical: 'minute process' },
  },
  service_secret: {
    whose: 'body',
    kept: 'now',
    why: {
      fr: 'le secret d’un service « legacy », en SHA-256',
      en: 'the secret of a « legacy » service, as SHA-256',
    },
    columns: {
      opens: 'service_id newest_sha256 older_sha256',
      trace: 'newest_at older_at',
      technical: 'seal',
    },
  },
  sign_in_request: {
    whose: 'person',
    kept: 'dayAfter',
    told: 'kept-requests',
    why: { fr: 'un service demande qu’elle se connecte', en: 'a service asks her to sign in' },
    columns: {
      trace:
        'request_id artifact_id org_id service_id words level requested_at expires_at approval ended_at polled_at',
      pseudonym: 'person_id',
      technical: 'seal interval_seconds',
      opens: 'ping',
    },
  },
  sign_in_silence: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-requests',
    exported: 'sign_in_silences',
    why: {
      fr: 'de qui elle ne veut pas de telles demandes',
      en: 'from whom she wants no such requests',
    },
    columns: { pseudonym: 'person_id', consent: 'org_id silenced_at' },
  },
  signal_event: {
    whose: 'person',
    kept: 'days90',
    told: 'kept-signals',
    why: { fr: 'ce qui attend d’être dit à un organisme', en: 'what waits to be told to a body' },
    columns: {
      consent: 'event_no jti stream_id kind content occurred_at queued_at tries due_at',
      pseudonym: 'person_id ordered_by',
    },
  },
  signal_note: {
    whose: 'body',
    kept: 'months13',
    why: {
      fr: 'combien d’événements ont été perdus ou refusés',
      en: 'how many events were dropped or refused',
    },
    columns: { technical: 'day stream_id org_id what times last_at' },
  },
  signal_stream: {
    whose: 'body',
    kept: 'deed',
    why: { fr: 'où un organisme veut être prévenu', en: 'where a body wants to be told' },
    columns: {
      body: 'stream_id org_id party method endpoint requested kinds description status reason created_at verified_at failures due_at',
      opens: 'authorization_sealed',
      technical: 'seal',
    },
  },
  signal_subject_removed: {
    whose: 'person',
    kept: 'closing',
    why: {
      fr: 'de qui un organisme ne veut rien savoir',
      en: 'of whom a body does not want to be told',
    },
    columns: { body: 'stream_id', pseudonym: 'person_id' },
  },
  signin_attempts: {
    whose: 'person',
    kept: 'dayAfter',
    why: {
      fr: 'ce qui est prouvé dans une visite en cours',
      en: 'what is proved in a visit under way',
    },
    columns: {
      opens:
        'visit_id_sha256 proof codes_due invitation_due reach_due factor_ids session_epoch code_index',
      pseudonym: 'person_id',
      trace: 'proved_at expires_at',
      technical: 'seal',
    },
  },
  signin_passwords: {
    whose: 'person',
    kept: 'dayAfter',
    why: {
      fr: 'la première moitié d’une connexion par mot de passe',
      en: 'the first half of a sign-in by password',
    },
    columns: {
      opens: 'visit_id_sha256 factor_id session_epoch taken',
      pseudonym: 'person_id address_mark tries_key',
      trace: 'expires_at',
      technical: 'seal',
    },
  },
  silenced_question: {
    whose: 'person',
    kept: 'closing',
    told: 'sharings-silenced',
    exported: 'silenced_questions',
    why: {
      fr: 'une question à laquelle on répond non pour elle',
      en: 'a question that is answered with no for her',
    },
    columns: {
      consent: 'silence_id recipient holder dataset categories silenced_at last_at',
      pseudonym: 'person_id',
      technical: 'times',
    },
  },
  totp_enrolments: {
    whose: 'person',
    kept: 'dayAfter',
    told: 'kept-password',
    why: {
      fr: 'une application qui attend son premier code',
      en: 'an application that waits for its first code',
    },
    columns: {
      opens: 'errand_sha256 factor_id sealed wrapped_key',
      pseudonym: 'person_id',
      technical: 'kek_id sealed_year seal',
      trace: 'expires_at',
    },
  },
  totp_factors: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-password',
    exported: 'code_application',
    why: { fr: 'son application de codes', en: 'her code application' },
    columns: {
      pseudonym: 'person_id',
      opens: 'factor_id sealed wrapped_key last_step',
      technical: 'kek_id sealed_year seal',
      trace: 'created_at last_used_at suspended_at',
    },
  },
  unconfirmed_mark: {
    whose: 'nobody',
    kept: 'now',
    why: { fr: 'où en est la tâche', en: 'how far the job has come' },
    columns: { technical: 'one decision_id' },
  },
  upstream_arrivals: {
    whose: 'person',
    kept: 'dayAfter',
    told: 'kept-identity',
    why: { fr: 'un retour d’un fournisseur qui attend', en: 'a return from a provider that waits' },
    columns: {
      opens: 'errand_sha256 provider_id issuer level links',
      pseudonym: 'identity_sha256',
      trace: 'proved_at expires_at',
      technical: 'seal',
      identity: 'vouched',
    },
  },
  upstream_errands: {
    whose: 'person',
    kept: 'dayAfter',
    why: { fr: 'un départ vers un fournisseur', en: 'a departure to a provider' },
    columns: {
      opens: 'state_sha256 errand_sha256 provider_id nonce verifier max_age',
      trace: 'begun_at expires_at',
      technical: 'seal',
    },
  },
  upstream_identities: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-accounts',
    exported: 'accounts_elsewhere',
    why: {
      fr: 'un compte d’ailleurs qui ouvre son accès',
      en: 'an account elsewhere that opens her access',
    },
    columns: {
      opens: 'factor_id issuer',
      pseudonym: 'person_id identity_sha256',
      trace: 'created_at last_used_at',
      technical: 'seal',
    },
  },
  upstream_logouts: {
    whose: 'nobody',
    kept: 'dayAfter',
    why: { fr: 'jetons de sortie déjà servis', en: 'logout tokens that are used up' },
    columns: { technical: 'token_sha256 expires_at' },
  },
  upstream_sessions: {
    whose: 'person',
    kept: 'dayAfter',
    why: {
      fr: 'quelle session un fournisseur peut terminer',
      en: 'which session a provider can end',
    },
    columns: {
      opens: 'errand_sha256 provider_id',
      pseudonym: 'identity_sha256 session_sha256',
      trace: 'expires_at',
      technical: 'seal',
    },
  },
  vouched_values: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-identity',
    exported: 'verified_identity',
    why: {
      fr: 'ce qu’un fournisseur dit de son identité',
      en: 'what a provider says of her identity',
    },
    columns: {
      trace: 'factor_id issuer level vouched_at',
      pseudonym: 'person_id',
      identity: 'sealed',
      technical: 'seal',
    },
  },
  ways_in: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-keys',
    why: { fr: 'la liste scellée de ses façons d’entrer', en: 'the sealed list of her ways in' },
    columns: { pseudonym: 'person_id', opens: 'ways', technical: 'seal ends_at' },
  },
  webauthn_challenges: {
    whose: 'person',
    kept: 'dayAfter',
    why: { fr: 'un défi de cinq minutes', en: 'a challenge of five minutes' },
    columns: {
      opens: 'challenge ceremony errand',
      pseudonym: 'person_id user_handle',
      trace: 'expires_at',
      technical: 'seal',
    },
  },
  webauthn_users: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-keys',
    why: { fr: 'le numéro que ses clés connaissent', en: 'the number that her keys know' },
    columns: { pseudonym: 'person_id user_handle', technical: 'seal' },
  },
  worker_beat: {
    whose: 'nobody',
    kept: 'silent',
    why: {
      fr: 'le dernier signe de vie d’un travailleur',
      en: 'the last sign of life of a worker',
    },
    columns: { technical: 'worker beat_at' },
  },
}

/**
 * Who reads what comes of these rows, besides the code, and besides her in her pages and her file (`exported`). Bodies read what is about
 * themselves; operators what a command of the tool tells; the public what is published.
 */
export const readers: Readonly<Record<'bodies' | 'operators' | 'public', readonly string[]>> = {
  bodies: [
    'claim_answer',
    'consent_current',
    'consent_record',
    'consent_request',
    'contact_point',
    'decision',
    'disclosure',
    'disclosure_anomaly',
    'disclosure_declared',
    'inquiry_day',
    'disclosure_received',
    'dispute',
    'matching_answer',
    'monthly_count',
    'oidc_artifacts',
    'register_objects',
    'revocation_delivery',
    'sign_in_request',
    'signal_event',
    'signal_stream',
    'vouched_values',
  ],
  operators: [
    'accounts',
    'dek',
    'erasure',
    'first_seals',
    'fold_walk',
    'job_given_up',
    'key_check',
    'ledger_event',
    'log_restore',
    'matching_stop',
    'receipt',
    'register_objects',
    'signal_note',
    'worker_beat',
  ],
  public: [
    'asked_again',
    'checkpoint',
    'ledger_position',
    'log',
    'log_key',
    'log_node',
    'monthly_count',
    'public_object',
    'published_file',
    'register_leaf',
    'register_objects',
    'served_minute',
  ],
}
