import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const signalsTables = [
  plainTable('signal_event', {
    whose: 'person',
    kept: 'signals',
    told: 'kept-signals',
    readBy: ['bodies'],
    change: { noFact: 'waits for a body: of a row that is not of its stream nothing is sent' },
    afterClosing: { stays: 'what bodies are still to be told of the end; ninety days at most' },
    why: { fr: 'ce qui attend d’être dit à un organisme', en: 'what waits to be told to a body' },
    columns: {
      consent: 'event_no jti stream_id kind content event_seq occurred_at queued_at tries due_at',
      pseudonym: 'person_id ordered_by',
    },
  }),
  plainTable('signal_subject_removed', {
    whose: 'person',
    kept: 'closing',
    change: { noFact: 'of whom a body does not want to be told' },
    afterClosing: 'forgotten',
    why: {
      fr: 'de qui un organisme ne veut rien savoir',
      en: 'of whom a body does not want to be told',
    },
    columns: { body: 'stream_id', pseudonym: 'person_id' },
  }),
  plainTable('signal_note', {
    whose: 'body',
    kept: 'traces',
    readBy: ['operators'],
    change: { noFact: 'counts of events that were dropped or refused' },
    why: {
      fr: 'combien d’événements ont été perdus ou refusés',
      en: 'how many events were dropped or refused',
    },
    columns: { technical: 'day stream_id org_id what times last_at' },
  }),
]
