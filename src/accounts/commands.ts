import type { Database, Transaction } from '../foundation/database.ts'
import { transact } from '../foundation/database.ts'
import { readId } from '../foundation/ids.ts'
import { StartError } from '../foundation/start-error.ts'
import { recordActivity } from './activity.ts'
import type { AccountKept } from './closing-store.ts'
import {
  accountKept,
  personOfConsent,
  personOfDecision,
  suspend,
  writeStatus,
} from './closing-store.ts'

export const accountUsage = `  accord account show REF     state of the access that a reference belongs to: con_… (a sharing) or dec_… (a sending)
  accord account suspend REF  nobody is signed in with it, from now on; sharings go on
  accord account deceased REF the same, and nothing is sent any more (PERSON_DECEASED)
  accord account restore REF  lifts both
                              --json, for machines`

type Deed = (tx: Transaction, personId: string, now: Date) => Promise<void>

const deeds: Readonly<
  Record<string, { readonly kind: 'access.suspended' | 'access.restored'; readonly deed: Deed }>
> = {
  suspend: { kind: 'access.suspended', deed: (tx, personId, now) => suspend(tx, personId, now) },
  deceased: {
    kind: 'access.suspended',
    deed: (tx, personId) => writeStatus(tx, personId, 'deceased'),
  },
  restore: {
    kind: 'access.restored',
    async deed(tx, personId) {
      await suspend(tx, personId, null)
      await writeStatus(tx, personId, 'active')
    },
  },
}

/**
 * `accord account show|suspend|deceased|restore REF [--json]`: by a reference that the person quotes from her pages, never by a
 * text about her; nothing of her but the state is shown.
 * @returns the lines to print; undefined: wrong usage. @throws StartError when the reference belongs to no access
 */
export async function accountCommand(
  db: Database,
  args: readonly string[],
  now: Date,
): Promise<string[] | undefined> {
  const asked = readArguments(args)
  if (asked === undefined) return undefined
  const { word, reference, isJson } = asked
  const personId = await personOf(db, reference)
  const found = personId === undefined ? undefined : await accountKept(db, personId)
  if (personId === undefined || found === undefined)
    throw new StartError(`No access belongs to ${reference}.`)
  const chosen = deeds[word]
  if (chosen === undefined) return said(found, isJson)
  await act(db, personId, chosen, now)
  return said((await accountKept(db, personId)) ?? found, isJson)
}

function readArguments([word = '', reference = '', json, ...more]: readonly string[]) {
  if ((word !== 'show' && !Object.hasOwn(deeds, word)) || reference === '') return undefined
  if ((json !== undefined && json !== '--json') || more.length > 0) return undefined
  return { word, reference, isJson: json !== undefined }
}

function act(
  db: Database,
  personId: string,
  { kind, deed }: { kind: 'access.suspended' | 'access.restored'; deed: Deed },
  now: Date,
): Promise<void> {
  return transact(db, async (tx) => {
    await deed(tx, personId, now)
    const origin = { requestId: 'operator', network: undefined }
    await recordActivity(tx, { kind, personId, result: 'done' }, origin, now)
  })
}

/** Whose access a reference belongs to: `con_…`, a sharing, or `dec_…`, a sending. */
export async function personOf(db: Database, reference: string): Promise<string | undefined> {
  const consentId = readId('con', reference)
  if (consentId !== undefined) return personOfConsent(db, consentId)
  const decisionId = readId('dec', reference)
  return decisionId === undefined ? undefined : personOfDecision(db, decisionId)
}

function said(account: AccountKept, isJson: boolean): string[] {
  const { status, openedAt, closedAt, eraseAt, suspendedAt } = account
  const facts = {
    person: status,
    opened_at: openedAt.toISOString(),
    suspended_at: suspendedAt?.toISOString() ?? null,
    closed_at: closedAt?.toISOString() ?? null,
    erased_after: eraseAt?.toISOString() ?? null,
  }
  if (isJson) return [JSON.stringify(facts)]
  return Object.entries(facts).map(([name, value]) => `${name.padEnd(14)}${value ?? '-'}`)
}
