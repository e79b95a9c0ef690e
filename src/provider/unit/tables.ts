import { plainTable } from '../../base/database/plain-table.ts'
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
  inventory: {
    whose: 'person',
    kept: 'over',
    readBy: ['bodies'],
    change: 'seal',
    afterClosing: 'ended',
    why: {
      fr: 'codes, jetons, visites, demandes : le SHA-256 de leur numéro',
      en: 'codes, tokens, visits, requests: the SHA-256 of their number',
    },
    columns: {
      opens: 'id model grant_id connection_id client_id session_uid parent_id',
      trace: 'payload consumed_at expires_at',
      pseudonym: 'account_id',
      technical: 'version seal',
    },
  },
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
  inventory: {
    whose: 'person',
    kept: 'over',
    told: 'kept-sessions',
    exported: 'sessions',
    change: 'seal',
    afterClosing: 'ended',
    why: { fr: 'une session ouverte', en: 'an open session' },
    columns: {
      opens: 'id',
      trace:
        'uid payload device network signed_in_at last_seen_at expires_at factor_ids session_epoch',
      pseudonym: 'account_id',
      technical: 'seal',
    },
  },
})
export type SessionContent = RowOf<typeof sessionTable>

export const authorizationTable = sealedUnitTable('oidc_session_authorizations', {
  seal: ['session authorization', 1],
  covers: ['session_uid', 'client_id', 'content'],
  types: columnTypes<{ readonly content: Json }>(),
  called: { session_uid: 'uid', content: 'payload' },
  inventory: {
    whose: 'person',
    kept: 'ended',
    told: 'kept-sessions',
    change: 'seal',
    why: { fr: 'les services d’une session', en: 'the services of a session' },
    columns: { trace: 'session_uid client_id content', technical: 'seal' },
  },
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
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-services',
    exported: 'connections',
    change: 'seal',
    afterClosing: 'forgotten',
    why: { fr: 'les services qu’elle utilise', en: 'the services that she uses' },
    columns: {
      trace: 'connection_id service_id scopes claims first_used_at last_used_at ended_at',
      pseudonym: 'person_id',
      technical: 'seal',
    },
  },
})

/** The tables of this room whose rows bear no seal. */
export const providerTables = [
  plainTable('oidc_replays', {
    whose: 'nobody',
    kept: 'over',
    change: { noFact: 'proofs that are used up, for minutes' },
    why: { fr: 'preuves déjà servies', en: 'proofs that are used up' },
    columns: { technical: 'id expires_at request_sha256' },
  }),
  plainTable('sign_in_silence', {
    whose: 'person',
    kept: 'closing',
    told: 'kept-requests',
    exported: 'sign_in_silences',
    change: { noFact: 'of which bodies she wants no sign-in requests: nothing opens by it' },
    afterClosing: 'forgotten',
    why: {
      fr: 'de qui elle ne veut pas de telles demandes',
      en: 'from whom she wants no such requests',
    },
    columns: { pseudonym: 'person_id', consent: 'org_id silenced_at' },
  }),
  plainTable('session_ending', {
    whose: 'nobody',
    kept: 'over',
    change: { noFact: 'what a browser is told once: it opens and allows nothing' },
    why: {
      fr: 'qu’une session a été fermée d’ailleurs, et pourquoi : son navigateur le dit; à qui elle était n’y est pas',
      en: 'that a session was ended from elsewhere, and why: its browser says so; whose it was is not there',
    },
    columns: { trace: 'because ended_at expires_at', technical: 'id' },
  }),
]
