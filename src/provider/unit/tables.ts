import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable, sealedUnitTable } from '../../base/sealing/sealed-table.ts'

// What units keep: tokens and visits, sessions, what a session authorized, and the services that a person uses.

export type Json = Readonly<Record<string, unknown>>

export const artifactTable = sealedUnitTable('oidc_artifacts', {
  seal: ['artifact', 1],
  covers: [
    'id',
    'model',
    'payload',
    'grant_id',
    'connection_id',
    'client_id',
    'account_id',
    'session_uid',
    'parent_id',
    'version',
    'consumed_at',
    'expires_at',
  ],
  types: columnTypes<{ readonly payload: Json }>(),
  // The uid of its session.
  called: { session_uid: 'uid' },
})
export type ArtifactContent = RowOf<typeof artifactTable>

/** `factor_ids`, `session_epoch`: with which factors its person proved who she is, and how often her sessions had been ended then. */
export const sessionTable = sealedUnitTable('oidc_sessions', {
  seal: ['session', 1],
  covers: [
    'id',
    'uid',
    'account_id',
    'payload',
    'device',
    'network',
    'signed_in_at',
    'expires_at',
    'factor_ids',
    'session_epoch',
  ],
  unsealed: { last_seen_at: 'changes with each use' },
  types: columnTypes<{ readonly payload: Json }>(),
})
export type SessionContent = RowOf<typeof sessionTable>

export const authorizationTable = sealedUnitTable('oidc_session_authorizations', {
  seal: ['session authorization', 1],
  covers: ['session_uid', 'client_id', 'content'],
  types: columnTypes<{ readonly content: Json }>(),
  called: { session_uid: 'uid', content: 'payload' },
})
export type AuthorizationContent = RowOf<typeof authorizationTable>

/** One that ended opens nothing: each that is read has no end. */
export const connectionTable = sealedTable('connections', {
  seal: ['connection', 1],
  covers: [
    'connection_id',
    'person_id',
    'service_id',
    'scopes',
    'claims',
    'first_used_at',
    'ended_at',
  ],
  unsealed: { last_used_at: 'changes with each use' },
})
