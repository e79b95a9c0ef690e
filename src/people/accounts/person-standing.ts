import type { SignInState } from '../../base/web/proof.ts'
import { isByCard } from '../../base/values/assurance-levels.ts'
import type { AnsweringActor } from '../../base/web/visit.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'
import type { AccessUse, MarkRead, ToldStanding } from '../../ledger/chain/index.ts'
import { endFromJson, isSameMark, markIn, markOf } from '../../ledger/chain/index.ts'

// Whether a person may sign in, which of her sessions count, and whether bodies get an answer about her. Whoever writes to the database
// could open again what is closed, suspended or deceased: so a seal covers all of it.

export const accountTable = sealedTable('accounts', {
  seal: ['standing', 2],
  covers: [
    'person_id',
    'status',
    'opened_at',
    'closed_at',
    'erase_at',
    'suspended_at',
    'session_epoch',
    'sessions_from',
    'session_kept',
    'use',
  ],
  unsealed: {
    locale: 'in which language she is written to',
    invited_at: 'when she was last asked whether she wants a passkey',
    nickname: 'what she calls her access: nothing opens by it',
  },
  types: columnTypes<{ readonly status: PersonStatus; readonly use: AccessUse }>(),
  joined: { table: 'persons', by: 'person_id' },
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-services kept-nickname',
    exported: 'account',
    readBy: ['operators'],
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'si une personne peut se connecter, dans quelle langue, sous quel nom affiché',
      en: 'whether a person can sign in, in which language, under which name shown',
    },
    columns: {
      pseudonym: 'person_id',
      trace:
        'locale use opened_at closed_at invited_at erase_at suspended_at session_epoch sessions_from session_kept',
      technical: 'seal',
      identity: 'nickname',
    },
  },
})

export type PersonStatus = 'active' | 'deceased' | 'merged'

/**
 * `sessionEpoch`: how often sessions were ended. Sessions that began under a number smaller than `sessionsFrom` were ended, but for
 * `sessionKept`, from which the others were.
 */
export type PersonStanding = RowOf<typeof accountTable>

/** A standing as it was read: only one that is trusted opens something. */
export type JudgedStanding = PersonStanding & { readonly isTrusted: boolean }

export function sealOfStanding(seals: RowSeals, standing: PersonStanding): Buffer {
  return seals.seal(accountTable, standing)
}

/** What an access is that was just opened: its chain tells no standing of it. */
export const openStanding = {
  status: 'active',
  suspendedAt: null,
  closedAt: null,
  eraseAt: null,
  use: 'own',
} as const satisfies ToldStanding

/**
 * Whether a row says what her chain told last. Where the end of her chain is not as it was written, nobody can say: then nothing is
 * permitted by that.
 */
export function isAsTold(standing: PersonStanding, told: MarkRead): boolean {
  return told === 'unknown' || isSameMark(told, markOf(standing.personId, standing))
}

/** The standing of a person who opens an account. */
export function newStanding(personId: string, now: Date, use: AccessUse): PersonStanding {
  return {
    personId,
    openedAt: now,
    ...openStanding,
    use,
    sessionEpoch: 0,
    sessionsFrom: 0,
    sessionKept: null,
  }
}

type Json = Readonly<Record<string, unknown>>

/**
 * A row of the view `standings`, as JSON; or of `standings_told`, which brings the end of her chain: then a row that was put back is not
 * trusted either.
 */
export function standingFromJson(seals: RowSeals, row: Json): JudgedStanding {
  const text = (name: string) => row[name] as string | null // as PostgreSQL writes the column
  const at = (name: string) => instant(text(name))
  const standing = {
    personId: String(row['person_id']),
    status: row['status'] as PersonStatus, // the table has no others
    openedAt: new Date(String(row['opened_at'])),
    closedAt: at('closed_at'),
    eraseAt: at('erase_at'),
    suspendedAt: at('suspended_at'),
    sessionEpoch: Number(row['session_epoch']),
    sessionsFrom: Number(row['sessions_from']),
    sessionKept: text('session_kept'),
    use: row['use'] as AccessUse, // the table has no others
  }
  const seal = text('seal')
  const bytes = seal === null ? null : Buffer.from(seal.slice(2), 'hex')
  const isOurs = seals.holds(accountTable, standing, bytes)
  return { ...standing, isTrusted: isOurs && isAsTold(standing, markBeside(seals, row)) }
}

function markBeside(seals: RowSeals, row: Json): MarkRead {
  const { head } = row
  if (head === undefined) return 'unknown'
  return markIn(endFromJson(seals, String(row['person_id']), head as Json | null)) // as the view has it
}

function instant(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}

/**
 * Who answers in a session or by a token of a person’s own access, where the provider reads it: a house rule finds every other call.
 * @returns undefined: a card opened the session, in which nobody answers
 */
export function answererOf<Session extends SignInState & { readonly personId: string }>(
  session: Session,
  amr: readonly string[] | undefined,
): (Session & AnsweringActor) | undefined {
  return isByCard(amr) ? undefined : actorOfOwnAccess(session)
}

/** As `answererOf`, of a proof that is no card’s. */
export function actorOfOwnAccess<Session extends SignInState & { readonly personId: string }>(
  session: Session,
): Session & AnsweringActor {
  return session as Session & AnsweringActor // the one place that says so
}

/**
 * Whether an access is of a person who decides about herself. Each door of people’s own asks it: a work access signs in to no service and to
 * no page of a person, and bodies get no answer about it.
 */
export function isOwnAccess({ use }: { readonly use?: unknown }): boolean {
  return use === 'own'
}

/** What bodies get an answer about: null, about nobody. */
export function answerable(standing: PersonStanding): 'open' | 'deceased' | null {
  const { status, closedAt } = standing
  if (!isOwnAccess(standing)) return null
  if (status === 'deceased') return 'deceased'
  return status === 'active' && closedAt === null ? 'open' : null
}

/** How far the access is open, as bodies are told of it. */
export function accessState({
  suspendedAt,
  closedAt,
}: Pick<PersonStanding, 'suspendedAt' | 'closedAt'>): 'active' | 'suspended' | 'closed' {
  if (suspendedAt !== null) return 'suspended'
  return closedAt === null ? 'active' : 'closed'
}

/** Whether a session that began under this number was ended with others. */
export function isPast(
  { sessionsFrom, sessionKept }: Pick<PersonStanding, 'sessionsFrom' | 'sessionKept'>,
  uid: string,
  began: number | null,
): boolean {
  return uid !== sessionKept && (began ?? -1) < sessionsFrom
}

type Ended = {
  readonly but?: string | undefined
  readonly only?: string | undefined
  readonly madeBy?: readonly string[] | undefined
}

/** The standing once sessions were ended. Where all were, or all but one, older ones that are put back count no more. */
export function afterEnd(standing: PersonStanding, { but, only, madeBy }: Ended): PersonStanding {
  const sessionEpoch = standing.sessionEpoch + 1
  if (only === undefined && madeBy === undefined)
    return { ...standing, sessionEpoch, sessionsFrom: sessionEpoch, sessionKept: but ?? null }
  const sessionKept = only === standing.sessionKept ? null : standing.sessionKept
  return { ...standing, sessionEpoch, sessionKept }
}
