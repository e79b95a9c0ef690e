import { plainTable } from '../database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const baseTables = [
  plainTable('rate_limits', {
    whose: 'person',
    kept: 'window',
    change: { noFact: 'counts of tries' },
    why: {
      fr: 'comptes d’essais, par réseau, adresse et accès, en empreintes',
      en: 'counts of tries, by network, address and access, as digests',
    },
    columns: { pseudonym: 'key', trace: 'points expire' },
  }),
  plainTable('key_check', {
    whose: 'nobody',
    kept: 'ever',
    readBy: ['operators'],
    change: { noFact: 'a list of keys: a process that holds others does not start' },
    why: { fr: 'quelles clés la base connaît', en: 'which keys the database knows' },
    columns: { technical: 'purpose check_value state noted_at used_at renewed_at' },
  }),
  plainTable('duty_lease', {
    whose: 'nobody',
    kept: 'now',
    change: { noFact: 'which process does a duty now' },
    why: { fr: 'quel processus fait une tâche', en: 'which process does a duty' },
    columns: { technical: 'duty number holder until backend backend_began' },
  }),
  plainTable('worker_beat', {
    whose: 'nobody',
    kept: 'silent',
    readBy: ['operators'],
    change: { noFact: 'when a worker gave its last sign of life' },
    why: {
      fr: 'le dernier signe de vie d’un travailleur',
      en: 'the last sign of life of a worker',
    },
    columns: { technical: 'worker beat_at beside' },
  }),
  plainTable('job_given_up', {
    whose: 'nobody',
    kept: 'traces',
    readBy: ['operators'],
    change: { noFact: 'counts of jobs that were given up' },
    why: { fr: 'tâches abandonnées', en: 'jobs that were given up' },
    columns: { technical: 'day job why status times last_at', body: 'service_id' },
  }),
  plainTable('migration_bears', {
    whose: 'nobody',
    kept: 'ever',
    change: { noFact: 'which code may start: `migrate` writes it anew' },
    why: { fr: 'quel code peut démarrer', en: 'which code may start' },
    columns: { technical: 'name bears' },
  }),
  plainTable('served_minute', {
    whose: 'nobody',
    kept: 'traces',
    readBy: ['public'],
    change: { noFact: 'that a process could serve: the count of a month bears a seal' },
    why: { fr: 'qu’un processus pouvait servir', en: 'that a process could serve' },
    columns: { technical: 'minute process' },
  }),
  plainTable('held_tries', {
    whose: 'person',
    kept: 'window',
    change: { noFact: 'counts of tries that are given back, for hours' },
    why: {
      fr: 'comptes d’essais à rendre quand ce qui a commencé finit bien, en empreintes',
      en: 'counts of tries that are given back when what was begun ends well, as digests',
    },
    columns: { pseudonym: 'name key', trace: 'ends place points' },
  }),
]
