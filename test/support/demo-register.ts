import { join } from 'node:path'
import type { Register } from '../../src/registry/index.ts'
import { readRegister } from '../../src/registry/index.ts'
import { registerOf } from '../../src/registry/objects/register.ts'
import { shelvesOf } from '../../src/registry/objects/object-index.ts'

let reading: ReturnType<typeof readRegister> | undefined

/** The demonstration's register as its files say it, read once a worker. */
export function demoRegister(): ReturnType<typeof readRegister> {
  return (reading ??= readRegister(join(import.meta.dirname, '../../demo/register')))
}

/** The same as it is once it is applied, without a database: for what is told or judged by values alone. */
export async function appliedDemo(): Promise<Register> {
  const appliedAt = new Date('2026-01-05T15:00:00.000Z')
  const { objects } = await demoRegister()
  const stored = objects.map((object, n) => ({ ...object, no: n + 1, root: n + 1, appliedAt }))
  return registerOf(1, stored, shelvesOf(stored))
}
