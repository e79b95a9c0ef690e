import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import type { MatchingStop, StoredStop } from './rows.ts'

// A lift opens something for a body. A row that this broker did not write lifts nothing: the body stays stopped.

export const stopTable = sealedTable('matching_stop', {
  seal: ['matching stop', 1],
  covers: ['org_id', 'stopped_at', 'no_matches', 'lifted_at', 'lifted_by'],
  inventory: {
    whose: 'body',
    kept: 'now',
    readBy: ['operators'],
    change: { noFact: 'that a body gets no answers: it bears a seal, and operators end it' },
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
})

export function sealOfStop(seals: RowSeals, stop: MatchingStop): Buffer {
  return seals.seal(stopTable, stop)
}

/** Whether the body may ask again. */
export function isLifted(seals: RowSeals, { seal, ...stop }: StoredStop): boolean {
  return stop.liftedAt !== null && seals.holds(stopTable, stop, seal)
}
