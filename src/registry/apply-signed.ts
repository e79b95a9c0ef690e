import type { Transaction } from '../base/platform/database.ts'
import type { InBoth } from '../base/platform/languages.ts'
import type { RowSeals } from '../base/platform/row-seal.ts'
import type { Authority, ServiceCheck } from './apply.ts'
import { applyRegister, compareRegister } from './apply.ts'
import type { HandKey } from './change-files.ts'
import { judgeChange, planOf, signPlan } from './change-files.ts'
import type { RegisterFiles } from './file-names.ts'
import type { RegisterObject } from './store.ts'
import { sealedRegister } from './store.ts'

type Signing = {
  readonly seals: RowSeals
  readonly keys: readonly HandKey[]
  readonly issuer: string
  readonly reason: InBoth
  readonly now: Date
  readonly unservable: ServiceCheck
}

/** Plans, signs and applies at once: for a demonstration, beside which the keys of its invented signers lie. */
export async function applySigned(
  tx: Transaction,
  files: RegisterFiles,
  { seals, keys, issuer, reason, now, unservable }: Signing,
): Promise<RegisterObject[]> {
  const before = await sealedRegister(tx)
  const difference = compareRegister(before.objects, files, now, unservable)
  const authority: Authority = async (found) => {
    const plan = planOf(found, difference, { issuer, reason, refused: [], now })
    const signatures = await Promise.all(keys.map((key) => signPlan(plan, key, now)))
    return judgeChange({ plan, signatures }, found, now, { issuer, demandsSignatures: false })
  }
  return applyRegister(tx, seals, files, now, { unservable, authority })
}
