import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

// Namespaces of their own for a program and all that it starts: network, processes, mounts. There its machines, bridges and addresses
// exist, and its folders, in memory; all of it is gone with its first process, however that one ends. Nothing of it has a way out.

const inside = `set -e
mount -t tmpfs accord /run
mount -t tmpfs accord /dev/shm
ip link set lo up
exec "$@"`

const commands = [
  ['setpriv', '--pdeathsig', 'KILL'], // with whoever starts it
  ['unshare', '--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child', '--'],
  ['sh', '-c', inside, 'sh'],
].flat()

const mark = 'ACCORD_APART'

/** What a program gets that runs there: its folders are made in memory. */
export const apartEnv: Readonly<Record<string, string>> = { [mark]: 'yes', TMPDIR: '/dev/shm' }

/** The command that starts another one there. @returns undefined where this is not allowed, or a program for it is missing */
export function apart(): readonly string[] | undefined {
  const [file = '', ...words] = commands
  try {
    execFileSync(file, [...words, 'ip', 'netns', 'list'], { stdio: 'ignore', timeout: 10_000 })
    return commands
  } catch {
    return undefined
  }
}

/** Whether this process runs there. */
export function isApart(): boolean {
  return process.env[mark] === 'yes' && existsSync('/proc/1')
}

export const whyNotApart = 'namespaces cannot be made here: that takes root, unshare and ip'
