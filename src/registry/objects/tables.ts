import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const registryTables = [
  plainTable('register_objects', {
    whose: 'body',
    kept: 'ever',
    readBy: ['bodies', 'operators', 'public'],
    change: 'events',
    why: {
      fr: 'le registre : organismes, services, ententes; les bureaux de qui signe',
      en: 'the register: bodies, services, agreements; the offices of those who sign',
    },
    columns: { technical: 'object_no version', body: 'kind id content applied_at' },
  }),
  plainTable('register_state', {
    whose: 'nobody',
    kept: 'now',
    change: { noFact: 'a number that makes processes read the register again' },
    why: { fr: 'fait relire le registre', en: 'makes processes read the register again' },
    columns: { technical: 'epoch seal' },
  }),
  plainTable('register_brake', {
    whose: 'body',
    kept: 'ever',
    readBy: ['operators'],
    change: 'events',
    why: {
      fr: 'ce qui est suspendu sans attendre, et par qui',
      en: 'what is suspended at once, and by whom',
    },
    columns: { technical: 'brake_no', body: 'sha256 operator' },
  }),
  plainTable('register_leaf', {
    whose: 'nobody',
    kept: 'ever',
    readBy: ['public'],
    change: 'events',
    why: { fr: 'la place d’une version dans le journal', en: 'the place of a version in the log' },
    columns: { technical: 'object_no leaf_id sha256' },
  }),
  plainTable('register_seal', {
    whose: 'nobody',
    kept: 'ever',
    change: 'events',
    why: { fr: 'le sceau d’une version', en: 'the seal of a version' },
    columns: { technical: 'object_no seal' },
  }),
]
