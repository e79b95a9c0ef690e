import type { Load } from './sharing-load.ts'
import { openLoad, reasonOf } from './sharing-load.ts'
import type { Json, Stage } from './sharing.ts'
import { decide, holderToken, startStage } from './sharing.ts'

/** A stage whose holder asks, with the deeds of the rooms beside it. */
export type Deciding = {
  readonly stage: Stage
  readonly load: Load
  /** The token of the holder's questions. */
  readonly token: string
  /** Asks, and says whether it is permitted, and the reason. */
  ask(question: Json): Promise<readonly [boolean, unknown]>
  close(): Promise<void>
}

export async function startDeciding(): Promise<Deciding> {
  const stage = await startStage()
  const load = await openLoad(stage)
  const token = await holderToken(stage, 'decide')
  return {
    stage,
    load,
    token,
    async ask(question) {
      const decision = await decide(stage, token, question)
      return [decision.decision, reasonOf(decision)]
    },
    async close() {
      await load.close()
      await stage.stop()
    },
  }
}
