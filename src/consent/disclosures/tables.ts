import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const disclosuresTables = [
  plainTable('disclosure', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-reports',
    exported: 'decisions',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: { stays: 'what was sent; three years' },
    why: { fr: 'ce qui a été envoyé', en: 'what was sent' },
    columns: {
      consent:
        'disclosure_id decision_id status occurred_at recorded_at categories_actual record_count result delivery query_id query_group_id late in_flight anomaly report_sha256 corrections corrected_at correction use_returned manifest_sha256',
      pseudonym: 'person_id',
      technical: 'person_seq',
      staff: 'initiator',
    },
  }),
  plainTable('disclosure_received', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-reports',
    exported: 'received',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: { stays: 'what a recipient says it got; with the disclosure' },
    why: { fr: 'ce qu’un destinataire dit avoir reçu', en: 'what a recipient says it received' },
    columns: {
      consent:
        'received_id decision_id consent_id holder recipient dataset query_id occurred_at recorded_at categories record_count content_sha256 manifest_sha256',
      pseudonym: 'person_id',
      technical: 'person_seq',
    },
  }),
  plainTable('disclosure_anomaly', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-reports',
    readBy: ['bodies'],
    change: 'events',
    why: { fr: 'deux comptes rendus qui ne concordent pas', en: 'two accounts that do not agree' },
    columns: { consent: 'about kind decision_id consent_id holder recipient noted_at settled_at' },
  }),
  plainTable('unconfirmed_mark', {
    whose: 'nobody',
    kept: 'now',
    change: { noFact: 'how far a job has come' },
    why: { fr: 'où en est la tâche', en: 'how far the job has come' },
    columns: { technical: 'one decision_id' },
  }),
  plainTable('disclosure_declared', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-reports',
    exported: 'declared',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: { stays: 'what a recipient declares that it got; three years' },
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
  }),
  plainTable('inquiry_tally', {
    whose: 'person',
    kept: 'night',
    told: 'sharings-reports',
    exported: 'inquiries',
    change: { noFact: 'counts of a day that is not closed: the event of that day tells them' },
    afterClosing: { stays: 'how often a holder introspected on a day; the night closes it' },
    why: {
      fr: 'combien de fois un détenteur a vérifié un partage, jusqu’à la fin du jour',
      en: 'how often a holder checked a sharing, until the day ends',
    },
    columns: {
      consent: 'day holder recipient dataset purpose agreement consent_id introspected asked_again',
      pseudonym: 'person_id',
    },
  }),
  plainTable('inquiry_excuse', {
    whose: 'person',
    kept: 'night',
    told: 'sharings-reports',
    change: { noFact: 'waits for the end of its day: the event of that day tells it' },
    afterClosing: { stays: 'what a holder said of that; the same' },
    why: {
      fr: 'pourquoi un détenteur n’a rien demandé après une vérification, jusqu’à la fin du jour',
      en: 'why a holder asked for nothing after it had checked, until the day ends',
    },
    columns: {
      consent: 'day holder recipient dataset purpose agreement consent_id why said_at',
      pseudonym: 'person_id',
      technical: 'excuse_id',
    },
  }),
  plainTable('inquiry_day', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-reports',
    exported: 'inquiries',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: { stays: 'on which days a holder introspected without asking; three years' },
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
  }),
  plainTable('inquiry_total', {
    whose: 'body',
    kept: 'traces',
    change: { noFact: 'sums of a day, for an alarm: the events tell the days' },
    why: {
      fr: 'combien un détenteur a vérifié en un jour, et combien sans demander : une alarme le lit',
      en: 'how often a holder checked in a day, and how often without asking: an alarm reads it',
    },
    columns: { figure: 'day holder introspected undecided' },
  }),
]
