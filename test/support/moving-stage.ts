import { transact } from '../../src/base/database/database.ts'
import type { RegisterObject } from '../../src/registry/index.ts'
import { applyRegister, legalBasis } from '../../src/registry/index.ts'
import type { Change } from './world.ts'
import { changed } from './world.ts'
import type { Stage } from './sharing.ts'
import { startStage } from './sharing.ts'
import { untyped } from './database.ts'
import { sealsOf } from './seals.ts'
import { coolDown } from './cooling.ts'
import { until } from './fault-process.ts'
import { changeSessions } from './resealed-access.ts'

/** A stage whose register moves while it runs: its processes find out by themselves. */
export type MovingStage = Stage & { apply(...changes: readonly Change[]): Promise<void> }

export async function startMovingStage(
  moreServices?: Parameters<typeof startStage>[2],
  database?: Parameters<typeof startStage>[1],
  more?: Parameters<typeof startStage>[3],
  change: (object: RegisterObject) => RegisterObject = (o) => o,
): Promise<MovingStage> {
  const objects: RegisterObject[] = []
  const noted = (object: RegisterObject) => {
    const next = change(object)
    objects.push(next)
    return next
  }
  const stage = await startStage(noted, database, moreServices, more)
  return {
    ...stage,
    async apply(...changes) {
      const next = changes.map((change) => changed(objects, change))
      const seals = await sealsOf(stage.keysDir)
      await transact(stage.db, (tx) =>
        applyRegister(tx, seals, { objects: next, problems: [] }, new Date()),
      )
      if (changes.some(isCooling)) await coolDown(stage.db, seals)
      // The next change of the same object is a version after this one.
      objects.unshift(...next)
      // A refusal is judged by the register in memory, so a restored service is known in every process within two seconds.
      if (changes.some(({ set }) => 'status' in set && set['status'] === 'active'))
        await until('every process serves again', () => isServed(stage))
    },
  }
}

// What is tested here is what a body may do, and not when.
function isCooling({ set }: Change): boolean {
  return legalBasis(String(set['legal_basis_id']))?.cools === true
}

async function isServed({ aid, revenue, ports }: Stage): Promise<boolean> {
  const pushed = [aid, revenue].flatMap((service) =>
    ports.map((port) => service.push({}, { port })),
  )
  return (await Promise.all(pushed)).every(({ status }) => status !== 401)
}

/** The numbers of rows of these tables, which a refused request must not change. */
export async function counts(
  { db }: Pick<Stage, 'db'>,
  tables: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const counted = await Promise.all(
    tables.map(async (table): Promise<[string, number]> => {
      const [row] = await untyped(db)<{ count: string }>(table).count<{ count: string }[]>(
        '* as count',
      )
      return [table, Number(row?.count)]
    }),
  )
  return Object.fromEntries(counted)
}

/** Lowers all sessions to a single factor, as after a recovery. */
export async function weaken(stage: Pick<Stage, 'db' | 'keysDir'>): Promise<void> {
  await changeSessions(
    stage,
    `update oidc_sessions set payload = jsonb_set(payload, '{acr}', '"urn:accord:aal:1"')`,
  )
}
