import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'
import type { ReferenceKind, SearchReason } from './reference.ts'

/** What officers looked for. A row whose seal does not hold is not counted. */
export const searchTable = sealedTable('desk_search', {
  seal: ['search of a desk', 1],
  covers: [
    'search_id',
    'officer_id',
    'office_id',
    'org_id',
    'reason',
    'reference',
    'is_found',
    'sealed',
    'at',
  ],
  types: columnTypes<{ readonly reason: SearchReason; readonly reference: ReferenceKind }>(),
  inventory: {
    whose: 'operator',
    kept: 'traces',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'combien de fois, et pourquoi, une personne du comptoir a cherché un accès; la personne cherchée n’y est pas',
      en: 'how often, and why, an officer searched for an access; whoever was searched for is not in it',
    },
    columns: {
      technical: 'search_id seal',
      body: 'org_id',
      operator: 'officer_id office_id reason reference is_found sealed at',
    },
  },
})

export type SearchRow = RowOf<typeof searchTable>
