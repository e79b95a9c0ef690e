import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Launched } from '../support/fault-process.ts'
import { launch } from '../support/fault-process.ts'

// An image that was unpacked, and a process in it as an engine of images starts it: its root read-only, a process number of its own, the
// image's user and variables, no right that the kernel has, and nothing mounted but what a deployment gives.

const script = `set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -o remount,bind,ro,nosuid "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=0755,size=1m accord "$1/dev"
for NAME in null zero random urandom; do touch "$1/dev/$NAME"; mount --bind "/dev/$NAME" "$1/dev/$NAME"; done
mount -t tmpfs -o mode=0755,size=1m accord "$1/run"
mkdir "$1/run/keys" "$1/run/ledger" "$1/run/register"
mount --bind "$2/keys" "$1/run/keys"
[ "$6" = creates ] || mount -o remount,bind,ro "$1/run/keys"
mount --bind "$2/ledger" "$1/run/ledger"
mount --bind "$2/register" "$1/run/register"
mount -o remount,bind,ro "$1/run/register"
mount -o remount,ro "$1/run" && mount -o remount,ro "$1/dev"
unset NODE_COMPILE_CACHE
INSIDE=$1 AS=$3 OF=$4 WITHIN=$5
shift 6
exec setpriv --no-new-privs --inh-caps=-all unshare --root="$INSIDE" --wd="$WITHIN" --setgid="$OF" --setuid="$AS" -- "$@"`

// As docs/operate/begin.en.md writes them.
const register = {
  'organisations/org_exemple': `org_id: org_exemple
version: 1
name: { fr: Organisme exemple, en: Example body }
status: active
`,
  'services/exemple': `client_id: exemple
version: 1
organisation: org_exemple
name: { fr: Service exemple, en: Example service }
redirect_uris: [https://service.exemple.test/callback]
jwks_uri: https://service.exemple.test/jwks
`,
}

const apart = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--']

/** What umoci tells an engine to do. */
type Config = {
  readonly process: {
    readonly user: { readonly uid: number; readonly gid: number }
    readonly args: readonly string[]
    readonly env: readonly string[]
    readonly cwd: string
    readonly noNewPrivileges: boolean
  }
}

export type ImageRoot = {
  readonly root: string
  readonly config: Config
  /** Starts what the image starts; `words` stand in the place of its own, after Node and its flags. */
  start(words: readonly string[], env?: Readonly<Record<string, string>>, keys?: 'creates'): InImage
}

export type InImage = Launched & {
  /** Ends its first process by a signal, as an engine does. */
  stop(signal: NodeJS.Signals): Promise<number | string>
}

export const whyNoRoot = 'an image cannot be started here: that takes root, unshare and mounts'

/** @returns undefined where a root of one's own cannot be made */
export function unpackImage(image: string, folder: string): ImageRoot | undefined {
  if (!canBeApart()) return undefined
  const bundle = join(folder, 'bundle')
  execFileSync('umoci', ['unpack', '--image', image, bundle], { stdio: 'pipe' })
  const root = join(bundle, 'rootfs')
  const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as Config
  const { user, args, env: own, cwd } = config.process
  const given = join(folder, 'given')
  for (const name of ['keys', 'ledger', 'register'])
    mkdirSync(join(given, name), { recursive: true, mode: 0o700 })
  for (const [name, lines] of Object.entries(register)) {
    mkdirSync(join(given, 'register', dirname(name)))
    writeFileSync(join(given, 'register', `${name}.yaml`), lines)
  }
  execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, given])
  const before = args.slice(0, args.indexOf('src/main.ts'))
  return {
    root,
    config,
    start(words, env = {}, keys) {
      const places = [root, given, String(user.uid), String(user.gid), cwd, keys ?? 'reads']
      const process = launch(['-ec', script, 'sh', ...places, ...before, ...words], {
        env: {
          ...Object.fromEntries(own.map((pair) => pair.split('=', 2))),
          ...hostPath(),
          ...env,
        },
        command: [...apart, 'sh'],
      })
      return {
        ...process,
        stop(signal) {
          const first = firstInside(process.process.pid)
          if (first !== undefined) globalThis.process.kill(first, signal)
          return process.gone()
        },
      }
    },
  }
}

// The programs that lay the root are found by it; the image's own has no meaning for them.
function hostPath(): Readonly<Record<string, string>> {
  return { PATH: process.env['PATH'] ?? '' }
}

function firstInside(parent: number | undefined): number | undefined {
  const [pid] = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ')
  return pid === undefined || pid === '' ? undefined : Number(pid)
}

function canBeApart(): boolean {
  try {
    const [file = '', ...words] = apart
    execFileSync(file, [...words, 'mount', '--make-rprivate', '/'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
