import type { Transaction } from '../../base/database/database.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { PrincipalOf } from '../../people/accounts/index.ts'
import { tellAdded } from '../../people/accounts/index.ts'
import type { MandateVault } from '../../people/mandates/index.ts'
import { codeOfBrowser, useUpCode } from '../../people/offices/index.ts'
import type { VerifiedCreation } from '../../webauthn/index.ts'
import { addPasskey, keysOf, toldKey } from '../../webauthn/index.ts'

/** One that he carries, and one in a safe. */
const keysOfOfficer = 2

type Adding = {
  readonly vault: MandateVault
  readonly principalOf: PrincipalOf
  /** What the browser keeps in which the code was given. */
  readonly token: string
  readonly creation: VerifiedCreation
  readonly origin: Origin
  readonly now: Date
}

/**
 * Adds a key that its maker attested to the access of the code. With the second one the code is used up: nothing more is added here.
 * @throws Refusal desk.code-refused, challenge.unusable (409), and as `addPasskey`
 */
export async function addOfficerKey(
  tx: Transaction,
  { vault, principalOf, token, creation, origin, now }: Adding,
): Promise<{ readonly isLast: boolean }> {
  const { seals } = vault.vault
  const given = await codeOfBrowser(tx, vault.seals, token, now)
  if (given === undefined) throw new Refusal('desk.code-refused')
  const { namingId, personId } = given
  if (creation.personId !== personId || creation.attested === undefined)
    throw new Refusal('challenge.unusable', 409)
  // Nobody is told by a message of a key of a work access: nobody can add one but by the code.
  const passkeyId = await addPasskey(
    tx,
    personId,
    { ...creation, personId: undefined },
    origin,
    now,
  )
  const factor = toldKey({ ...creation.passkey, passkeyId })
  await tellAdded(tx, { vault: vault.vault, principalOf, personId }, { factor, by: [] }, now)
  const made = await keysOf(tx, seals, personId)
  const isLast = made.length >= keysOfOfficer
  if (isLast) await useUpCode(tx, vault.seals, namingId, now)
  return { isLast }
}
