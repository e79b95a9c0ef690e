import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const askingTables = [
  plainTable('consent_request', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'requests',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: {
      stays: 'what was asked; three years after the end of the sharing or the refusal',
    },
    why: { fr: 'ce qui a été demandé', en: 'what was asked' },
    columns: {
      consent: 'request_id visit client_id recipient created_at expires_at answers_sha256',
      pseudonym: 'person_id',
    },
  }),
  plainTable('consent_request_item', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'requests',
    change: 'events',
    afterClosing: { stays: 'the same' },
    why: { fr: 'chaque partage demandé', en: 'each sharing that was asked for' },
    columns: {
      consent:
        'request_id item_no consent_id agreement purpose dataset text categories_required categories_optional valid_until valid_until_local max_uses frequency_count frequency_per lookback_from lookback_to state narrows amends',
    },
  }),
  plainTable('rendered_page', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'presentations',
    change: 'events',
    why: {
      fr: 'le texte de cette page, une fois pour tous',
      en: 'the text of that page, once for all',
    },
    columns: { consent: 'sha256 html first_shown_at' },
  }),
  plainTable('presentation', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'presentations',
    change: 'events',
    why: { fr: 'la page exacte qu’elle a vue', en: 'the exact page that she saw' },
    columns: {
      consent:
        'presentation_id request_id item_no text lang canonical_sha256 rendered_sha256 grant_label refuse_label order_of_items optional_prechecked shown_at channel agent_id assistance_offered assistance_used changes',
    },
  }),
  plainTable('answer_draft', {
    whose: 'person',
    kept: 'drafts',
    change: { noFact: 'an answer that is not given yet' },
    why: { fr: 'une réponse pas encore donnée', en: 'an answer that is not given yet' },
    columns: {
      consent: 'request_id item_no presentation_id answer chosen express until at resumes',
    },
  }),
  plainTable('notice_shown', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'presentations',
    change: 'events',
    afterClosing: { stays: 'what the law allows, and that she was told of it; three years' },
    why: {
      fr: 'ce que la loi permet, et qu’elle l’a lu',
      en: 'what the law allows, and that she was told',
    },
    columns: {
      consent: 'notice_id agreement purpose dataset categories lang rendered_sha256 shown_at',
      pseudonym: 'person_id',
    },
  }),
  plainTable('silenced_question', {
    whose: 'person',
    kept: 'closing',
    told: 'sharings-silenced',
    exported: 'silenced_questions',
    change: 'events',
    afterClosing: 'forgotten',
    why: {
      fr: 'une question à laquelle on répond non pour elle',
      en: 'a question that is answered with no for her',
    },
    columns: {
      consent: 'silence_id recipient holder dataset categories silenced_at last_at',
      pseudonym: 'person_id',
      technical: 'times',
    },
  }),
  plainTable('asked_again', {
    whose: 'nobody',
    kept: 'counts',
    told: 'sharings-silenced',
    readBy: ['public'],
    change: { noFact: 'a visit’s way past an earlier no' },
    why: {
      fr: 'combien de fois un organisme redemande, sans nom',
      en: 'how often a body asks again, without a name',
    },
    columns: { technical: 'visit item_no asked_at became', body: 'recipient' },
  }),
]
