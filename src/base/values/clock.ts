/** The one source of time; deeds receive its value as `now`. */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()

/** Whole seconds since the epoch, as JWTs count. */
export function epochSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000)
}

export function secondsAfter(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000)
}

const machineDate = Date
let aheadMs = 0

/**
 * Moves this process's `Date` ahead of the machine's clock. Our clock, oidc-provider, jose and the demonstration's applications
 * all read `Date`, and some of them take no other clock. Never moves back: when two readings overtake each other, the larger counts.
 * Outside production only, and only by `src/base/database/clock-offset.ts`.
 */
export function moveDateAhead(ms: number): void {
  aheadMs = Math.max(aheadMs, ms)
  if (aheadMs > 0) globalThis.Date = movedDate
}

/**
 * Goes back to the machine's clock: for a test process that starts one broker after another, and only while no broker with
 * a moved clock is open. No code of `src` calls this function; `test/support/house.test.ts` checks that.
 */
export function runWithMachine(): void {
  aheadMs = 0
  globalThis.Date = machineDate
}

/** How far this process's clock is ahead, in milliseconds. */
export function aheadOfMachine(): number {
  return aheadMs
}

/** This machine's own clock, in milliseconds of Unix time. For the comparison with the database's: nothing else is dated by it. */
export const machineNow = (): number => machineDate.now()

const now = () => machineDate.now() + aheadMs

const movedDate = new Proxy(machineDate, {
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  construct: (target, args, as) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, as) as Date,
  apply: () => new movedDate().toString(),
})

const units = [
  ['D', 86_400_000],
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1000],
] as const

/** `P3DT12H` → milliseconds; undefined if it is no such duration. Days are 24 hours; months have no fixed length. */
export function readDuration(text: string): number | undefined {
  const parts = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?$/.exec(text)
  if (parts === null || /[PT]$/.test(text)) return undefined
  return units.reduce((ms, [, unit], i) => ms + Number(parts[i + 1] ?? 0) * unit, 0)
}

/** Milliseconds → `P3DT12H`, rounded up to seconds. */
export function writeDuration(ms: number): string {
  let rest = ms
  const [days = '', ...time] = units.map(([letter, unit]) => {
    const count = letter === 'S' ? Math.ceil(rest / unit) : Math.floor(rest / unit)
    rest -= count * unit
    return count > 0 ? `${count}${letter}` : ''
  })
  return `P${days}${time.join('') === '' ? '' : `T${time.join('')}`}`
}
