import { readdirSync, readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'

// What the kernel counted (proc(5)). USER_HZ is 100 on every Linux that Node runs on.
const ticksPerSecond = 100

export type Stat = {
  readonly parent: number
  readonly ownTicks: number
  /** Of children that ended and were waited for. */
  readonly childTicks: number
}

/** /proc/PID/stat; the name in parentheses may hold spaces and parentheses itself. */
export function readStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [, parent, user, system, endedUser, endedSystem] = [0, 1, 11, 12, 13, 14].map((at) =>
    Number(fields[at]),
  )
  return {
    parent: parent ?? 0,
    ownTicks: (user ?? 0) + (system ?? 0),
    childTicks: (endedUser ?? 0) + (endedSystem ?? 0),
  }
}

/** CPU seconds of a process, its children, and those of them that are gone. */
export function cpuSeconds(pid: number): number {
  const own = statOf(pid)
  if (own === undefined) throw new Error(`process ${pid} is gone`)
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid)
  const living = children.reduce((sum, stat) => sum + (stat?.ownTicks ?? 0), 0)
  return (own.ownTicks + own.childTicks + living) / ticksPerSecond
}

/** CPU seconds of processes by themselves. */
export function ownCpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (statOf(pid)?.ownTicks ?? 0), 0) / ticksPerSecond
}

function statOf(pid: number): Stat | undefined {
  try {
    return readStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined // Ended between the two reads.
  }
}

/** The most memory that a process ever had in use, in MB. */
export function peakMegabytes(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kilobytes) / 1024)
}

export type Machine = {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  /** Processes that wanted a core in the minute before the run. */
  readonly loadBefore: number
}

/** Before a run: the run itself is load. */
export function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadBefore: loadavg()[0] ?? 0,
  }
}

const quietLoad = 0.75

/** Whether other programs were running: times measured beside them mean little. */
export function wasBusy({ cores, loadBefore }: Machine): boolean {
  return loadBefore > cores * quietLoad
}

/** What the kernel counted of a thread since it began, in seconds: on a core, and ready for one that it did not have. */
export type Ran = { readonly ran: number; readonly waited: number }

/** /proc/PID/task/TID/schedstat: nanoseconds on a core, nanoseconds on a run queue, turns (sched-stats.rst of Linux). */
export function readSchedstat(text: string): Ran {
  const [ran, waited] = text.split(' ').map((field) => Number(field) / 1e9)
  return { ran: ran ?? 0, waited: waited ?? 0 }
}

/** The main thread of a process, and all of its threads together. */
export function threadsOf(pid: number): { readonly main: Ran; readonly all: Ran } {
  const tids = readdirSync(`/proc/${pid}/task`).map(Number)
  const each = tids.map((tid) => ({ tid, ran: ranOf(pid, tid) }))
  const none: Ran = { ran: 0, waited: 0 }
  return {
    main: each.find(({ tid }) => tid === pid)?.ran ?? none,
    all: each.reduce((sum, { ran }) => plus(sum, ran), none),
  }
}

function plus(one: Ran, other: Ran): Ran {
  return { ran: one.ran + other.ran, waited: one.waited + other.waited }
}

function ranOf(pid: number, tid: number): Ran {
  try {
    return readSchedstat(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8'))
  } catch {
    return { ran: 0, waited: 0 } // Ended between the two reads.
  }
}

/** Seconds in which cores of the machine did nothing, since it started; what a disk was waited for is nothing, too. */
export function readIdle(text: string): number {
  const [, , , idle, waitingForDisk] = (/^cpu +(.*)$/m.exec(text)?.[1] ?? '').split(' ').map(Number)
  return ((idle ?? 0) + (waitingForDisk ?? 0)) / ticksPerSecond
}

export function idleSeconds(): number {
  return readIdle(readFileSync('/proc/stat', 'utf8'))
}
