import * as fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OperatorError } from '../values/operator-error.ts'

const lockAttempts = 5

/** What a process takes a folder for: `serve` keeps it until it is stopped, a `command` gives it back by itself. */
export type FolderUse = 'serve' | 'command'

/** Another running Accord has the folder. */
export class FolderInUse extends OperatorError {
  readonly purpose: FolderUse

  constructor(message: string, purpose: FolderUse) {
    super(message)
    this.purpose = purpose
  }
}

/** The folder's real path; makes the folder if it is missing. @throws OperatorError if the folder cannot hold our data */
export function openFolder(dataDir: string): string {
  try {
    makeFolder(resolve(dataDir))
    const folder = fs.realpathSync(dataDir)
    fs.accessSync(`${folder}/.`, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
    return folder
  } catch (cause) {
    const why = ['EEXIST', 'ENOTDIR'].includes(codeOf(cause)) ? 'not a folder' : 'not writable'
    throw new OperatorError(
      `The data folder ${dataDir} is ${why} (${codeOf(cause)}): choose another with DATA_DIR.`,
      { cause },
    )
  }
}

// Not `recursive: true`: on /proc that never returns (Node 24.21).
function makeFolder(path: string): void {
  if (fs.existsSync(path)) return
  makeFolder(dirname(path))
  try {
    fs.mkdirSync(path, { mode: 0o700 })
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause // Another process made it in the meantime.
  }
}

/** Takes the folder for this process; returns the function that gives it back. @throws FolderInUse */
export function lockFolder(folder: string, purpose: FolderUse = 'serve'): () => void {
  const lock = join(folder, 'accord.pid')
  const mine = `${process.pid} ${processStartOf(process.pid)} ${purpose}\n`
  const draft = `${lock}.${process.pid}`
  fs.writeFileSync(draft, mine)
  try {
    for (let attempt = 0; attempt < lockAttempts; attempt++) {
      if (tryLink(draft, lock)) return () => fs.rmSync(lock, { force: true })
      setAsideIfStale(lock, folder)
    }
  } finally {
    fs.rmSync(draft, { force: true })
  }
  throw new OperatorError(`Another Accord is starting in ${folder}: try again.`)
}

/** When a process was born, in ticks since the machine started: a pid alone may belong to another process by now. */
export function processStartOf(pid: number): string | undefined {
  try {
    // The name in parentheses may contain spaces and parentheses itself; state and birth are fields 3 and 22 (proc(5)).
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
    return fields?.[0] === 'Z' ? undefined : fields?.[19]
  } catch {
    return undefined
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

// A hard link appears at once and with its content: of two processes only one can make it.
function tryLink(draft: string, lock: string): boolean {
  try {
    fs.linkSync(draft, lock)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw cause
  }
}

function setAsideIfStale(lock: string, folder: string): void {
  refuseIfHeld(lock, folder)
  const aside = `${lock}.stale.${process.pid}`
  try {
    fs.renameSync(lock, aside)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return // another process set it aside first
    throw cause
  }
  try {
    // Another process may have taken the folder between our check and our rename: then its lock is put back.
    refuseIfHeld(aside, folder)
  } catch (cause) {
    fs.renameSync(aside, lock)
    throw cause
  }
  fs.rmSync(aside)
}

function refuseIfHeld(lock: string, folder: string): void {
  const holder = readFileIfPresent(lock)?.trim().split(' ') ?? []
  const [pid, born] = [Number(holder[0]), holder[1]]
  if (born === undefined || processStartOf(pid) !== born) return
  throw new FolderInUse(
    `Another Accord (process ${pid}) is using ${folder}: stop it, or choose another folder with DATA_DIR.`,
    holder[2] === 'command' ? 'command' : 'serve',
  )
}

export function readFileIfPresent(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return undefined
    throw new OperatorError(
      `${path} cannot be read (${codeOf(cause)}): start as the user it belongs to, or choose another folder with DATA_DIR.`,
      { cause },
    )
  }
}
