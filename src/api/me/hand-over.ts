import type { FileHandle } from 'node:fs/promises'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { intoNewFile } from '../../base/values/new-file.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { present } from '../../base/values/present.ts'
import { accountKept, lockAccount, personOf, tellOrdered } from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { OrderWords } from '../../registry/index.ts'
import { authorizeOrder, isDraft } from '../../registry/index.ts'
import { exportJson } from './export.ts'
import type { ExportContext } from './head.ts'

// Everything held about a person who cannot sign in, for whoever two signers say it is given to: the same as she takes herself. She
// reads that it was made, by whose order and why, and is told at every address, because it may have been given to somebody else.

/** What a person of the largest history has is some tens of megabytes. */
const maxBytes = 256 * 1024 * 1024

export type HandOverAsked = {
  readonly reference: string
  /** Absent, where only the order is written. */
  readonly into: string | undefined
  readonly words: OrderWords
}

/**
 * `accord person export`, by the order of two signers. @returns the lines to print
 * @throws OperatorError where it is not ordered, or cannot be written
 */
export async function handOver(
  db: Database,
  { reference, into, words }: HandOverAsked,
  now: Date,
  open: () => Promise<ExportContext>,
): Promise<string[]> {
  const personId = await personOf(db, reference)
  const account = personId === undefined ? undefined : await accountKept(db, personId)
  if (personId === undefined || account === undefined)
    throw new OperatorError(`No access belongs to ${reference}.`)
  const context = await open()
  const { issuer, live } = context.notary
  const { signers } = live.current()
  const ordered = await authorizeOrder(
    { issuer, deed: 'export', about: reference, details: {}, signers, needed: 2, now },
    words,
  )
  if (isDraft(ordered)) return [...ordered]
  const path = present(into, 'the file of an export')
  const { vault } = context.notary
  // The file is there, and empty, before she is told, and has nothing of her until that is kept: none is made of which she does not learn.
  const written = await intoNewFile(path, async (file) => {
    await transact(db, async (tx) => {
      await lockAccount(tx, personId)
      await tellOrdered(tx, { vault, personId }, ordered)
      // Nobody knows who reads the mailbox of somebody who died.
      if (account.status !== 'deceased') await notify(tx, personId, 'data.handed-over', now)
    })
    return write(file, await exportJson(context, personId, 'order'))
  })
  return [
    `${written} bytes written to ${path}, to be read by its owner alone. She is told that it was made.`,
  ]
}

async function write(file: FileHandle, parts: AsyncIterable<string>): Promise<number> {
  let written = 0
  for await (const part of parts) {
    written += (await file.write(part)).bytesWritten
    if (written > maxBytes)
      throw new OperatorError('What is held about her is over 256 MB: nothing is kept of the file.')
  }
  await file.sync()
  return written
}
