import { dayOf } from '../../base/values/calendar.ts'
import type { Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import {
  birthDateClass,
  statementsOf,
  trustedDesks,
  verifiedIdentityOf,
} from '../../people/identity/index.ts'
import type { Register } from '../../registry/index.ts'
import type { Notary } from '../record/index.ts'

type Allowing = {
  readonly notary: Pick<Notary, 'vouched'>
  readonly register: Pick<Register, 'knownProviders' | 'checkingBodies'>
  readonly personId: string
  readonly now: Date
}

/**
 * A consent of somebody under 14 is given by the holder of parental authority or by the tutor, and one of her own has no effect (LAI,
 * art. 53.1). Of whom no believed birth date says it, nothing is known. A no, a pause and a stop are always hers.
 *
 * One person alone can suspend a provider at once: a birth date that it said before goes on to refuse, or that one would let a child answer.
 *
 * @throws Refusal consent.too-young (403)
 */
export async function refuseUnder14(
  tx: Transaction,
  { notary, register, personId, now }: Allowing,
): Promise<void> {
  const providers = [...register.knownProviders.values()].filter(
    ({ status, isBraked }) => status === 'active' || isBraked === true,
  )
  const { birthdate } = verifiedIdentityOf(await statementsOf(tx, notary.vouched, personId), [
    ...providers,
    ...trustedDesks(register.checkingBodies),
  ])
  if (birthdate !== undefined && birthDateClass(birthdate.value, dayOf(now)) === 'under14')
    throw new Refusal('consent.too-young', 403)
}
