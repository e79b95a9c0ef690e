import type { Transaction } from '../../base/database/database.ts'
import { highest } from '../../base/values/assurance-levels.ts'
import { writeId } from '../../base/values/ids.ts'
import type { PaperKind } from '../../base/values/paper-kinds.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Actor } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { PrincipalOf } from '../accounts/index.ts'
import { lockAccount, openAccount, recordActivity, tellOpened } from '../accounts/index.ts'
import type { IdentitySeals } from '../identity/index.ts'
import { keepChecked, readPapersText } from '../identity/index.ts'
import type { MandateVault } from '../mandates/index.ts'
import type { DecidedDeed } from './proposals.ts'

// Who she is, as two officers saw it on her papers. Of these only the kind, the last four characters and the day are kept, in her chain.

export type CheckTools = {
  readonly vault: MandateVault
  readonly identities: IdentitySeals
  readonly principalOf: PrincipalOf
  /** Which papers the register lets this desk accept. */
  readonly accepted: readonly PaperKind[]
  readonly origin: Origin
}

/**
 * Does what was proposed. Whoever decides has the papers in his hands: he types the last four characters of each again.
 * @returns the check, by which a card is made
 * @throws Refusal desk.papers (400): these are not the papers that the other one saw; desk.paper-kind (409); desk.unreadable (400);
 * desk.decided (409): her access is gone
 */
export async function checkIdentity(
  tx: Transaction,
  { vault: { vault }, identities, principalOf, accepted, origin }: CheckTools,
  { proposalId: checkId, organisation, content, offices, at }: DecidedDeed<'identity.check'>,
  typed: readonly string[],
): Promise<{ readonly checkId: string; readonly personId: string }> {
  const { person: personId, papers, access, language } = content
  if (papers.some(({ last_four: last }, n) => last !== typed[n])) throw new Refusal('desk.papers')
  if (papers.some(({ kind }) => !accepted.includes(kind))) throw new Refusal('desk.paper-kind', 409)
  const vouched = readPapersText(content, at)
  if (vouched === undefined) throw new Refusal('desk.unreadable')
  if (access === 'new') {
    await openAccount(tx, vault.seals, { language, origin, now: at, personId })
    await tellOpened(tx, { vault, personId, principalOf }, [])
  } else if (!(await lockAccount(tx, personId))) throw new Refusal('desk.decided', 409)
  const checked = { checkId, personId, organisation, vouched, at }
  const replaced = await keepChecked(tx, identities, checked)
  const book = await openBook(tx, vault, personId)
  const actor: Actor = { type: 'organisation', organisation }
  await book.append({
    kind: 'identity.checked',
    actor,
    fields: {
      check: writeId('fac', checkId),
      replaces: replaced === undefined ? null : writeId('fac', replaced),
      organisation,
      papers: papers.map((paper) => ({ ...paper })),
      level: highest,
      offices: offices.map((office) => writeId('man', office)),
    },
  })
  await recordActivity(tx, { kind: 'identity.checked', personId, result: 'done' }, origin, at)
  return { checkId, personId }
}
