import { afterAll, beforeAll, expect, test } from 'vitest'
import { holdsProof, readProof } from '../../../src/base/tlog/log-proof.ts'
import { openNote } from '../../../src/base/tlog/note.ts'
import { logEntry } from '../../../src/ledger/chain/index.ts'
import { proofOf } from '../../../src/ledger/transparency-log/proof.ts'
import type { LogStage } from './stage.ts'
import { openLogStage } from './stage.ts'

let stage: LogStage

beforeAll(async () => {
  stage = await openLogStage()
})
afterAll(() => stage.close())

test('every event of a person has a proof that is valid for it only and given to that person only', async () => {
  const persons = [await stage.grow(5), await stage.grow(7)]
  for (const personId of persons) {
    const events: { eventId: string; commitment: Buffer }[] = await stage
      .db('ledgerEvent')
      .where({ personId })
    for (const { eventId, commitment } of events) {
      const found = await proofOf(stage.db, personId, eventId)
      if (found === undefined || found === 'waiting') throw new Error('no proof')
      const proof = readProof(found.proof)
      expect(openNote(proof.checkpoint, stage.verifiers).signatures).toHaveLength(1)
      const holding = events.filter((event) => holdsProof(proof, logEntry(event.commitment)))
      expect(holding.map((event) => event.commitment)).toEqual([commitment])
      const [other] = persons.filter((one) => one !== personId)
      expect(await proofOf(stage.db, other ?? '', eventId)).toBeUndefined()
    }
  }
})

test('an event that no signed tree has yet is answered as waiting', async () => {
  const personId = await stage.newPerson()
  const [entry] = await stage.write(personId, 1)
  const id = entry?.eventId ?? ''
  expect(await proofOf(stage.db, personId, id)).toBe('waiting')
  await stage.sequence()
  expect(await proofOf(stage.db, personId, id)).toBe('waiting')
  await stage.sign()
  expect(await proofOf(stage.db, personId, id)).toHaveProperty('proof')
})
