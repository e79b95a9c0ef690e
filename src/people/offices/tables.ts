import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'

/** The closed list of what one officer proposes and another decides; the database holds the same list. */
export type ProposedDeed = 'office.name'
export type ProposalOutcome = 'done' | 'refused'

/** A proposal of one officer, for another one. A row whose seal does not hold is decided by nobody. */
export const proposalTable = sealedTable('proposal', {
  seal: ['proposal', 1],
  covers: [
    'proposal_id',
    'org_id',
    'deed',
    'sealed',
    'payload_sha256',
    'made_by',
    'made_at',
    'expires_at',
    'decided_by',
    'decided_at',
    'decision',
  ],
  types: columnTypes<{ readonly deed: ProposedDeed; readonly decision: ProposalOutcome | null }>(),
  inventory: {
    whose: 'operator',
    kept: 'traces',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'ce qu’une personne du comptoir propose et qu’une autre décide',
      en: 'what one officer proposes and another one decides',
    },
    columns: {
      technical: 'proposal_id payload_sha256 seal',
      body: 'org_id',
      operator: 'deed sealed made_by made_at expires_at decided_by decided_at decision',
    },
  },
})

export type DeskProposalRow = RowOf<typeof proposalTable>
