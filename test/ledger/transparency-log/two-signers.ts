import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import type { Session } from '../../../src/base/database/db-session.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import type { Lease } from '../../../src/base/jobs/lease.ts'
import { LeaseLost, asLeaseLost, takeLease } from '../../../src/base/jobs/lease.ts'
import { youngestIn } from '../../../src/ledger/transparency-log/temporary-files.ts'
import type { SigningContext } from '../../../src/ledger/transparency-log/sign.ts'
import { signerLease } from '../../../src/ledger/transparency-log/record.ts'
import { signOnce } from '../../../src/ledger/transparency-log/sign.ts'

// Signers that run the real code, over the real database and real files, and stop before each statement and each move of a file until
// they are let on: one that is not let on is frozen there.

const running = new AsyncLocalStorage<Signer>()
const files = createRequire(import.meta.url)('node:fs/promises') as {
  rename: (from: string, to: string) => Promise<void>
}
const { rename } = files

/** From now on whoever is a signer waits before it moves a file. @returns puts the real function back */
export function gateFiles(): () => void {
  files.rename = (from, to) => {
    const signer = running.getStore()
    if (signer === undefined) return rename(from, to)
    return signer.step(`move ${basename(to)}`, () => rename(from, to))
  }
  syncBuiltinESMExports()
  return () => {
    files.rename = rename
    syncBuiltinESMExports()
  }
}

/** A write that was let through, and under which lease. */
export type Wrote = { readonly by: string; readonly lease: number; readonly what: string }

export type Signer = {
  step<T>(what: string, deed: () => Promise<T>): Promise<T>
  /** Lets it do its next step. */
  letOn(): Promise<void>
  /** Lets it go on to the end of its turn, and then ends it. */
  end(): Promise<void>
}

const longMs = 600_000
const mostSteps = 10_000
const nothing = () => undefined

/** What a signer is doing. */
type Doing = {
  readonly gates: (() => Promise<void>)[]
  readonly ending: AbortController
  readonly over: AbortController
  wake: () => void
  lease?: Lease | undefined
}

export async function openSigner(
  name: string,
  databaseUrl: string,
  desk: SigningContext,
  wrote: (write: Wrote) => void,
): Promise<Signer> {
  const { session, close } = await openSession(databaseUrl)
  const holder = crypto.randomUUID()
  const doing: Doing = {
    gates: [],
    ending: new AbortController(),
    over: new AbortController(),
    wake: nothing,
  }

  function step<T>(what: string, deed: () => Promise<T>): Promise<T> {
    const passed = Promise.withResolvers<T>()
    doing.gates.push(async () => {
      const [outcome] = await Promise.allSettled([deed()])
      if (outcome.status === 'rejected') return passed.reject(outcome.reason)
      // A folder that is taken over is named by a number.
      const isWrite = /^(write|move (?!\d))/.test(what)
      if (doing.lease !== undefined && isWrite) wrote({ by: name, lease: doing.lease.number, what })
      passed.resolve(outcome.value)
    })
    doing.wake()
    return passed.promise
  }

  const gated: Session = {
    rows: <Row>(text: string, values?: readonly unknown[]) => {
      const isWrite = /require_lease|note_signing/.test(text)
      return step(isWrite ? `write ${text.slice(0, 30)}` : 'read', () =>
        session.rows<Row>(text, values),
      )
    },
  }

  async function live({ ending }: Doing): Promise<void> {
    while (!ending.signal.aborted) {
      const above = await youngestIn(desk.ledgerDir)
      const wanted = { duty: signerLease(desk.shard), holder, lifeMs: longMs, above }
      const lease = await step('take', () => takeLease(session, wanted))
      doing.lease = lease
      if (lease !== undefined) await signOn(lease, ending.signal)
    }
  }

  async function signOn(lease: Lease, ending: AbortSignal): Promise<void> {
    try {
      while (!ending.aborted) await signOnce(gated, desk, lease)
    } catch (error) {
      if (!(asLeaseLost(error) instanceof LeaseLost)) throw error
    }
  }

  /** Until it waits at a gate again, or is at its end. */
  async function untilWaiting(): Promise<void> {
    if (doing.gates.length > 0 || doing.over.signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    doing.wake = resolve
    await Promise.race([promise, living])
  }

  const signer: Signer = {
    step,
    async letOn() {
      await doing.gates.shift()?.()
      await untilWaiting()
    },
    async end() {
      doing.ending.abort()
      for (let n = 0; !doing.over.signal.aborted && n < mostSteps; n++) await signer.letOn()
      await living
      await close()
    },
  }
  const living = running.run(signer, () => live(doing)).finally(() => doing.over.abort())
  living.catch(nothing)
  await untilWaiting()
  return signer
}
