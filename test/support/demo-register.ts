import { join } from 'node:path'
import { readRegister } from '../../src/registry/index.ts'

let reading: ReturnType<typeof readRegister> | undefined

/** The demonstration's register as its files say it, read once a worker. */
export function demoRegister(): ReturnType<typeof readRegister> {
  return (reading ??= readRegister(join(import.meta.dirname, '../../demo/register')))
}
