import type { Clock } from '../values/clock.ts'
import type { Log } from '../logging/log.ts'
import type { ServedPurpose } from '../values/key-purposes.ts'

// What a signer says of its work: how many questions of each purpose it answered in each hour, to be held against what the house did;
// and what it refused, summed, for whoever asks without end must not fill a disk.

/** How often it looks whether there is something to say. A line of each reason, at most, and of each purpose. */
const lookMs = 1000

/** From a closed list: each is a line of its own. */
export type SignerRefused = { readonly refused: string; readonly isBusy?: boolean }
export type SignerTally = {
  answered(purpose: ServedPurpose): void
  refused(purpose: ServedPurpose, refusal: SignerRefused): void
  /** Says what was refused since the last look, and the hour that is over. */
  look(): void
  /** Says the rest. */
  end(): void
}

export function makeSignerTally(clock: Clock, log: Log): SignerTally {
  const answered = new Map<ServedPurpose, number>()
  const refused = new Map<
    string,
    { purpose: ServedPurpose; refusal: SignerRefused; count: number }
  >()
  let hour = hourOf(clock())

  function sayHour(): void {
    for (const [purpose, count] of answered)
      log.info({ code: 'SIGNER_COUNT', purpose, count, hour }, 'so much was signed or opened')
    answered.clear()
  }

  function look(): void {
    for (const { purpose, refusal, count } of refused.values()) {
      const code = refusal.isBusy === true ? 'SIGNER_BUSY' : 'SIGNER_REFUSES'
      log.warn({ code, purpose, count, why: refusal.refused }, 'questions are refused')
    }
    refused.clear()
    const now = hourOf(clock())
    if (now === hour) return
    sayHour()
    hour = now
  }

  const looking = setInterval(look, lookMs).unref()
  return {
    answered(purpose) {
      if (hourOf(clock()) !== hour) look()
      answered.set(purpose, (answered.get(purpose) ?? 0) + 1)
    },
    refused(purpose, refusal) {
      const name = `${purpose} ${refusal.refused}`
      const said = refused.get(name) ?? { purpose, refusal, count: 0 }
      refused.set(name, { ...said, count: said.count + 1 })
    },
    look,
    end() {
      clearInterval(looking)
      look()
      sayHour()
    },
  }
}

/** `2026-12-01T18Z` */
function hourOf(now: Date): string {
  return `${now.toISOString().slice(0, 13)}Z`
}
