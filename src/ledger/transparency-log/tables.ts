import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const transparencyLogTables = [
  plainTable('ledger_pending', {
    whose: 'person',
    kept: 'second',
    told: 'sharings-sealed',
    change: { noFact: 'waits for its place, a second long' },
    afterClosing: { stays: 'the same, until the public log has taken it in' },
    why: {
      fr: 'attend sa place dans le journal public',
      en: 'waits for its place in the public log',
    },
    columns: { pseudonym: 'record', technical: 'id event_id shard commitment class' },
  }),
  plainTable('log', {
    whose: 'nobody',
    kept: 'ever',
    readBy: ['public'],
    change: 'events',
    why: { fr: 'les journaux de chaque année', en: 'the logs of each year' },
    columns: { technical: 'log_id year shard state tree_size root frontier queue' },
  }),
  plainTable('ledger_position', {
    whose: 'person',
    kept: 'tree',
    told: 'sharings-sealed',
    exported: 'timeline',
    readBy: ['public'],
    change: 'events',
    afterClosing: {
      stays: 'where her events stand in the public log: commitments, which lead to nobody',
    },
    why: {
      fr: 'la place d’un engagement dans le journal',
      en: 'the place of a commitment in the log',
    },
    columns: { technical: 'log_id class leaf_index event_id commitment' },
  }),
  plainTable('log_node', {
    whose: 'nobody',
    kept: 'tree',
    readBy: ['public'],
    change: 'events',
    why: { fr: 'l’arbre du journal', en: 'the tree of the log' },
    columns: { technical: 'log_id level node_index hash' },
  }),
  plainTable('checkpoint', {
    whose: 'nobody',
    kept: 'ever',
    readBy: ['public'],
    change: {
      noFact:
        'a list of signed notes: files, witnesses, monitors and the signer’s record hold them',
    },
    why: { fr: 'les notes signées', en: 'the signed notes' },
    columns: { technical: 'log_id tree_size root note signed_at' },
  }),
  plainTable('log_key', {
    whose: 'nobody',
    kept: 'ever',
    readBy: ['public'],
    change: {
      noFact: 'a list of keys that were published: monitors and the secrets of the house hold them',
    },
    why: { fr: 'les clés publiées du journal', en: 'the published keys of the log' },
    columns: { technical: 'log_id vkey first_at last_size' },
  }),
  plainTable('log_witnesses', {
    whose: 'nobody',
    kept: 'now',
    change: { noFact: 'the witnesses that this house asks' },
    why: { fr: 'les témoins demandés', en: 'the witnesses that are asked' },
    columns: { technical: 'is_one lines' },
  }),
  plainTable('public_object', {
    whose: 'nobody',
    kept: 'ever',
    readBy: ['public'],
    change: 'events',
    why: { fr: 'les documents publics', en: 'the public documents' },
    columns: { body: 'sha256 leaf_id document announced_at' },
  }),
  plainTable('log_signing', {
    whose: 'nobody',
    kept: 'now',
    change: { noFact: 'how far the signer has come: its record is kept in files' },
    why: { fr: 'où en est le signataire', en: 'how far the signer has come' },
    columns: { technical: 'log_id lease tree_size root' },
  }),
]
