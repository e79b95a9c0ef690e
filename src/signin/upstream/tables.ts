import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const upstreamTables = [
  plainTable('upstream_logouts', {
    whose: 'nobody',
    kept: 'over',
    change: { noFact: 'logout tokens that are used up, for minutes' },
    why: { fr: 'jetons de sortie déjà servis', en: 'logout tokens that are used up' },
    columns: { technical: 'token_sha256 expires_at' },
  }),
]
