import { expect, test } from 'vitest'
import { startDemonstration } from '../../demo/start.ts'
import { newFolder } from '../support/fault-process.ts'
import { startBoth } from './demonstration.ts'

test('a busy port is named and nothing stays behind', async () => {
  const both = await startBoth()
  const busy = Number(new URL(both.addresses.studentAid).port)
  const dataDir = newFolder()
  // Its Revenue Agency would take our Student Aid's port; its Student Aid starts before, on the port below.
  const starting = startDemonstration({ issuer: 'http://localhost:1', port: busy - 2, dataDir })
  await expect(starting).rejects.toThrow(String(busy))
  await expect(fetch(`http://localhost:${busy - 1}/`)).rejects.toThrow()
  await both.close()
})

test('a closed application no longer answers', async () => {
  const both = await startBoth()
  const { studentAid } = both.addresses
  expect((await fetch(`${studentAid}/`)).status).toBe(200)
  await both.close()
  await expect(fetch(`${studentAid}/`)).rejects.toThrow()
})
