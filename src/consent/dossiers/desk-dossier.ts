import type { Transaction } from '../../base/database/database.ts'
import { nameOfKey, sealTo } from '../../base/keys/jwe.ts'
import { signStatement } from '../../base/keys/jws.ts'
import { endOfDay, startOfDay } from '../../base/values/calendar.ts'
import { writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { isKnownPerson, recordActivity } from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { DecidedDeed } from '../../people/offices/index.ts'
import { reasonOfDeed } from '../../people/searches/index.ts'
import { dossierClaims } from './build-dossier.ts'
import type { DossierParts } from './commands.ts'

const origin = { requestId: 'desk', network: undefined }

/**
 * A dossier for somebody who cannot sign in, as two privacy officers of a body decided: what `accord audit person` makes, sealed to a key
 * that neither of them needs to have. She reads at which body, and why. @returns the sealed text, which is stored nowhere
 * @throws Refusal desk.decided (409) where her access is erased; desk.dossier-large (422) where the days have too many entries
 */
export async function makeDeskDossier(
  tx: Transaction,
  { vault, statements, pairwise, issuer }: Omit<DossierParts, 'signers'>,
  { content, organisation, offices }: DecidedDeed<'dossier.make'>,
): Promise<string> {
  const { person: personId, from, to, key: x, reason } = content
  // Her chain is open since the decision: nobody erases her meanwhile.
  if (!(await isKnownPerson(tx, personId))) throw new Refusal('desk.decided', 409)
  const reader = { kty: 'OKP', crv: 'X25519', x }
  const key = await nameOfKey(reader)
  const by = { organisation, offices: offices.map((office) => writeId('man', office)) }
  const book = await openBook(tx, vault, personId)
  const { personSeq } = await book.append({
    kind: 'desk.dossier-made',
    actor: { type: 'organisation', organisation },
    fields: { ...by, from, to, key, reason },
  })
  const line = { kind: 'desk.dossier-made', personId, result: 'done' } as const
  await recordActivity(tx, { ...line, reason: reasonOfDeed(personSeq) }, origin, book.now)
  await notify(tx, personId, 'dossier.made', book.now)
  // The body’s own name for her: what was typed is kept nowhere.
  const about = pairwise.subject(personId, organisation)
  const order = {
    deed: 'dossier',
    about,
    reason: { fr: reason, en: reason },
    details: { from, to, key },
  }
  const ordered = { order, signatures: [], operator: undefined, desk: by }
  const span = { from, to, since: startOfDay(from), until: endOfDay(to) }
  const making = { vault, pairwise, issuer, personId, span, ordered, now: book.now }
  return sealTo(
    reader,
    await signStatement(statements, 'audit-dossier+jwt', await dossierClaims(tx, making)),
  )
}
