import type { Transaction } from '../../base/database/database.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Authority, ServiceCheck } from './apply.ts'
import { applyRegister, compareRegister } from './apply.ts'
import type { PermitsCheck } from './change-effects.ts'
import type { HandKey } from './change-files.ts'
import { judgeChange, planOf, signPlan } from './change-files.ts'
import type { RegisterFiles } from '../objects/file-names.ts'
import type { RefusalCount } from './plan-lines.ts'
import { refusalsByAgreement } from './plan-lines.ts'
import type { RegisterObject } from './store.ts'
import { sealedRegister } from './store.ts'

type Signing = {
  readonly seals: RowSeals
  readonly keys: readonly HandKey[]
  readonly issuer: string
  readonly reason: Bilingual
  readonly now: Date
  readonly unservable: ServiceCheck
  readonly permits: PermitsCheck
  readonly countRefusals: RefusalCount
}

/** Plans, signs and applies at once: for a demonstration, beside which the keys of its invented signers lie. */
export async function signAndApply(
  tx: Transaction,
  files: RegisterFiles,
  { seals, keys, issuer, reason, now, unservable, permits, countRefusals }: Signing,
): Promise<RegisterObject[]> {
  const before = await sealedRegister(tx)
  const difference = compareRegister(before.objects, files, now, unservable)
  const authority: Authority = async (found) => {
    const refused = await refusalsByAgreement(tx, difference, countRefusals)
    const about = { issuer, reason, refused, unasked: [], now, permits }
    const made = planOf(found, difference, about)
    const signatures = await Promise.all(keys.map((key) => signPlan(made.plan, key, now)))
    const set = { ...made, signatures }
    return judgeChange(set, found, now, { issuer, demandsSignatures: false, permits })
  }
  return applyRegister(tx, seals, files, now, { unservable, authority })
}
