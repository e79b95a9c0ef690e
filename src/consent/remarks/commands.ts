import type { Database } from '../../base/database/database.ts'
import { StartError } from '../../base/values/start-error.ts'
import { remarkCalled } from './store.ts'

/** `accord remark show`: nothing about the person. */
export async function showRemark(db: Database, reference: string): Promise<string[]> {
  const found = await remarkCalled(db, reference)
  if (found === undefined) throw new StartError(`No remark has the reference ${reference}.`)
  return [`made ${found.madeAt.toISOString()}`, `service ${found.serviceId}`, `word ${found.word}`]
}
