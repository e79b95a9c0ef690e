import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from './fault-process.ts'
import { nginxTooOld } from './nginx-version.ts'

// Servers with systemd, as an operator has them: this machine's own files below an empty layer in memory, in namespaces of their own.
// What is done there is seen nowhere else, and is gone with them. Making them takes root.

export type EmptyServer = {
  /** Runs it as root, in one session with what was run before. @throws with what it said, where a command fails: then the session is over */
  run(script: string, limitMs: number): Promise<string>
}

export type EmptyServers = {
  readonly servers: readonly EmptyServer[]
  /** The folder that all of them see, at /media/stick. */
  readonly stick: string
  end(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
/** The version that they have, at /opt/accord-TAG. */
export const tag = `v${versionOf()}`
const net = '10.213.78'
const startLimitMs = 60_000
const goneLimitMs = 5000
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
// What a guide for an empty Debian installs first.
const needed = {
  systemd: '/lib/systemd/systemd',
  'systemd-sysusers': '/usr/bin/systemd-sysusers',
  unshare: '/usr/bin/unshare',
  'postgresql-common': '/usr/bin/pg_createcluster',
  nginx: '/usr/sbin/nginx',
  npm: '/usr/bin/npm',
  prometheus: '/usr/bin/prometheus',
  cron: '/usr/sbin/cron',
} as const

function versionOf(): string {
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version // its own manifest
}

/** What is missing here to make them; undefined where nothing is. */
export function missingForServers(): string | undefined {
  if (process.getuid?.() !== 0) return 'this takes root'
  const missing = Object.entries(needed).filter(([, file]) => !existsSync(file))
  if (missing.length > 0) return `not installed: ${missing.map(([name]) => name).join(', ')}`
  const old = nginxTooOld()
  if (old !== undefined) return old
  return cgroupFolder() === undefined ? 'no cgroup2 is mounted' : undefined
}

/** @param names hosts, each the name of a server; all of them know all */
export async function startEmptyServers(names: readonly string[]): Promise<EmptyServers> {
  const folder = mkdtempSync(join(tmpdir(), 'accord-servers-'))
  const stick = join(folder, 'stick')
  mkdirSync(stick)
  const hosts = ['127.0.0.1 localhost', ...names.map((name, n) => `${net}.${n + 1} ${name}`)]
  writeFileSync(join(folder, 'hosts'), `${hosts.join('\n')}\n`)
  const code = join(folder, 'code')
  copyCode(code)
  const started: Awaited<ReturnType<typeof start>>[] = []
  const end = async () => {
    for (const one of started) await one.end()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const [n, name] of names.entries()) started.push(await start({ folder, name, n }))
    if (started.length > 1) await connect(started.map(({ init }) => init))
    return { servers: started, stick, end }
  } catch (error) {
    await end()
    throw error
  }
}

/** What a deployment has of this repository, as it is now. */
function copyCode(into: string): void {
  mkdirSync(into)
  const without = ['demo', 'test', 'bench'].map((name) => `:!${name}`)
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '.']
  const files = execFileSync('git', [...listed, ...without], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(root, file)))
  execFileSync('cp', ['--parents', '-t', into, ...files], { cwd: root })
  mkdirSync(join(into, 'node_modules'))
  // Each server has its own, above this one.
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
}

// Arguments: the folder of the server, that of all, the repository, a host, a version. PATH: what systemd begins with.
const booting = `set -e
own=$1 all=$2 repository=$3 name=$4
mkdir -p "$own/root" "$own/over"
mount -t tmpfs -o mode=0755 tmpfs "$own/over"
mkdir "$own/over/upper" "$own/over/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$own/over/upper,workdir=$own/over/work" "$own/root"
cd "$own/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for place in run tmp dev; do mount -t tmpfs -o mode=0755 tmpfs "$place"; done
chmod 1777 tmp
# The settings of the kernel are those of this machine: nobody changes them there.
mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
for device in null zero full random urandom tty; do touch "dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
mkdir dev/shm dev/pts dev/mqueue dev/hugepages
mount -t tmpfs tmpfs dev/shm
mount -t devpts devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
touch "$own/console" dev/console
mount --bind "$own/console" dev/console
mkdir -p media/stick "opt/accord-$5" old
mount --bind "$all/stick" media/stick
cp -a "$all/code/." "opt/accord-$5"
mount --bind "$repository/node_modules" "opt/accord-$5/node_modules"
mount -o remount,bind,ro "opt/accord-$5/node_modules"
mount -t tmpfs tmpfs "opt/accord-$5/node_modules/.cache"
mount --bind "$all/hosts" etc/hosts
rm -f etc/hostname && echo "$name" > etc/hostname
# What this machine does by the clock, its server does not.
rm -f etc/systemd/system/timers.target.wants/* usr/lib/systemd/system/timers.target.wants/*
ip link set lo up
pivot_root . old
umount -l /old
exec env -i container=accord PATH="$PATH" /lib/systemd/systemd --unit=basic.target --show-status=0
`

async function start(given: {
  readonly folder: string
  readonly name: string
  readonly n: number
}) {
  const { folder, name, n } = given
  const own = join(folder, String(n))
  mkdirSync(own)
  const cgroup = join(cgroupFolder() ?? '', `accord-server-${process.pid}-${n}`)
  mkdirSync(cgroup)
  const apart = '--mount --net --pid --uts --ipc --cgroup --fork --kill-child --propagation private'
  // In its cgroup before it gets a namespace of its own; it ends with this process, in whatever way this ends.
  const inside = `echo 0 > "${cgroup}/cgroup.procs"; exec setpriv --pdeathsig KILL unshare ${apart} bash -c "$0" boot "$@"`
  const child = spawn('bash', ['-c', inside, booting, own, folder, root, name, tag], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: path },
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const exit = once(child, 'exit')
  let init = 0
  const end = async () => {
    if (init > 0) await quietly('kill', ['-KILL', String(init)])
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await exit
    await until('its cgroup is gone', () => isRemoved(cgroup), goneLimitMs).catch(() => undefined)
  }
  try {
    await until(
      `${name} has started`,
      async () => {
        if (child.exitCode !== null) throw new Error(`it ended: ${said.join('')}`)
        init ||= childOf(child.pid ?? 0)
        if (init === 0) return false
        const state = await quietly('nsenter', [
          ...entering(init),
          'systemctl',
          'is-system-running',
        ])
        return /^(?:running|degraded)/.test(state)
      },
      startLimitMs,
    )
  } catch (error) {
    await end()
    throw error
  }
  const session = openSession(init)
  return {
    init,
    run: session.run,
    async end() {
      session.close()
      await end()
    },
  }
}

/** One session of root, as that of somebody who copies one block after the other: folder, umask and variables stay. */
function openSession(init: number) {
  const words = [...entering(init), 'env', '-i', 'HOME=/root', `PATH=${path}`, 'LANG=C.UTF-8']
  const child = spawn('nsenter', [...words, 'bash', '-euo', 'pipefail'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  child.stdin.on('error', () => undefined) // it is over, which its exit code says
  child.stdin.write('cd\n')
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  return {
    async run(script: string, limitMs: number): Promise<string> {
      said = ''
      const done = `done-${randomUUID()}`
      // No command reads what follows it.
      const encoded = Buffer.from(script).toString('base64')
      child.stdin.write(`eval "$(base64 -d <<< ${encoded})" < /dev/null\necho ${done}\n`)
      await until('the block is done', () => isOver() || said.includes(done), limitMs).catch(
        () => undefined,
      )
      if (said.includes(done)) return said.replace(`${done}\n`, '')
      child.kill('SIGKILL')
      throw new Error(`it failed, or took too long:\n${script}\n${said.slice(-6000)}`)
    },
    close: () => void child.kill('SIGKILL'),
  }
}

/** Each is plugged into the first one. */
async function connect([first = 0, ...others]: readonly number[]): Promise<void> {
  const run = promisify(execFile)
  for (const [n, other] of others.entries()) {
    const [near, far] = [
      `acc${process.pid}n${n}`.slice(0, 14),
      `acc${process.pid}f${n}`.slice(0, 14),
    ]
    await run('ip', [
      'link',
      'add',
      near,
      'netns',
      String(first),
      'type',
      'veth',
      'peer',
      'name',
      far,
      'netns',
      String(other),
    ])
    for (const [init, device, own, theirs] of [
      [first, near, 1, n + 2],
      [other, far, n + 2, 1],
    ] as const) {
      const ip = (words: string) =>
        run('nsenter', ['-t', String(init), '-n', 'ip', ...words.split(' ')])
      await ip(`address add ${net}.${own} peer ${net}.${theirs} dev ${device}`)
      await ip(`link set ${device} up`)
    }
  }
}

function entering(init: number): string[] {
  return ['-t', String(init), ...'-m -p -n -u -i -C -r -w'.split(' ')]
}

async function quietly(file: string, args: readonly string[]): Promise<string> {
  return promisify(execFile)(file, args).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout?: string }) => error.stdout ?? '',
  )
}

function childOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
  } catch {
    return 0
  }
}

/** Where this process is in the tree of cgroup2. */
function cgroupFolder(): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  const mount = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))
  return mount === undefined || own === null ? undefined : join(mount[1] ?? '', own[1] ?? '')
}

// A folder of cgroups is removed from its leaves; its files go with it.
function isRemoved(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) isRemoved(join(folder, entry.name))
    rmdirSync(folder)
    return true
  } catch {
    return !existsSync(folder) // its last process is still on the way out
  }
}
