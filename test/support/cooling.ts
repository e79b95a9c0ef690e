import type { Database } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import { sealRegister } from '../../src/registry/changes/seal.ts'
import { sealedRegister } from '../../src/registry/changes/store.ts'

/**
 * Dates the whole register two days back, and seals it anew: what is new in it has cooled, and no clock has moved. Processes find it
 * with their next question.
 */
export async function coolDown(db: Database, seals: RowSeals): Promise<void> {
  await transact(db, async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw("update register_objects set applied_at = applied_at - interval '2 days'")
    await tx.raw('set local session_replication_role = origin')
    await tx.raw('update register_state set epoch = epoch + 1, seal = null')
    await tx.raw('delete from register_seal')
    const register = await sealedRegister(tx)
    const current = new Map(
      register.objects.map((object) => [`${object.kind} ${object.id}`, object]),
    )
    await sealRegister(tx, seals, [...current.values()], register)
  })
}
