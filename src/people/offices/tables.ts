import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'

/** The closed list of what one officer proposes and another decides; the database holds the same list. */
export type ProposedDeed =
  | 'office.name'
  | 'incident.hold'
  | 'incident.lift'
  | 'dossier.make'
  | 'consent.void'
  | 'order.commission'
  | 'identity.check'
  | 'card.make'
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

/** Whose a work access is, by the number that the body gives to the employee. */
export const workAccessTable = sealedTable('work_access', {
  seal: ['work access', 1],
  covers: ['person_id', 'org_id', 'sealed', 'number_mark', 'opened_at', 'ended_at'],
  inventory: {
    whose: 'operator',
    kept: 'closing',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'à quel numéro d’employé d’un organisme un accès de travail appartient',
      en: 'to which employee number of an organisation a work access belongs',
    },
    columns: {
      pseudonym: 'person_id number_mark',
      identity: 'sealed',
      body: 'org_id',
      trace: 'opened_at ended_at',
      technical: 'seal',
    },
  },
})
export type WorkAccessRow = RowOf<typeof workAccessTable>

/** The code of a new officer, by the digests of its halves. A row whose seal does not hold opens nothing. */
export const deskCodeTable = sealedTable('desk_code', {
  seal: ['desk code', 1],
  covers: [
    'naming_id',
    'person_id',
    'first_mark',
    'second_mark',
    'expires_at',
    'browser_mark',
    'given_at',
    'used_at',
  ],
  unsealed: { tries: 'how often it was tried: setting it back lets somebody try ten times more' },
  inventory: {
    whose: 'operator',
    kept: 'traces',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'le code avec lequel une personne du comptoir fait ses clés',
      en: 'the code with which an officer makes his keys',
    },
    columns: {
      pseudonym: 'person_id',
      opens: 'first_mark second_mark browser_mark',
      trace: 'tries expires_at given_at used_at',
      technical: 'naming_id seal',
    },
  },
})
export type DeskCodeRow = RowOf<typeof deskCodeTable>

/** The session of an officer: one, of the access that it names. A row whose seal does not hold is nobody's. */
export const deskSessionTable = sealedTable('desk_session', {
  seal: ['desk session', 1],
  covers: [
    'officer_id',
    'session_sha256',
    'org_id',
    'passkey_id',
    'session_epoch',
    'began_at',
    'seen_at',
  ],
  inventory: {
    whose: 'operator',
    kept: 'over',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'la session d’une personne du comptoir, une à la fois',
      en: 'the session of an officer of a desk, one at a time',
    },
    columns: {
      technical: 'session_epoch seal',
      opens: 'session_sha256 passkey_id',
      body: 'org_id',
      operator: 'officer_id began_at seen_at',
    },
  },
})

export type DeskSessionRow = RowOf<typeof deskSessionTable>
