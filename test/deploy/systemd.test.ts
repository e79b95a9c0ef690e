import { describe, expect, test } from 'vitest'
import { readConfig } from '../../src/base/settings/config.ts'
import { shippedStart } from '../support/shipped-start.ts'
import { lacking, linesOf, numberIn, textOf } from './recipe.ts'

const processes = {
  'accord-web@.service': 'serve',
  'accord-work@.service': 'work',
  'accord-migrate.service': 'migrate',
  'accord-audit.service': 'accord',
  'accord-signer.service': 'accord',
  'accord-witness.service': 'accord',
} as const
const units = Object.keys(processes) as readonly (keyof typeof processes)[] // its own keys

const hardening = [
  'LimitCORE=0',
  'MemorySwapMax=0',
  'UMask=0077',
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'ProtectSystem=strict',
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectProc=invisible',
  'ProtectKernelTunables=yes',
  'RestrictNamespaces=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
]

describe.each(units)('%s', (unit) => {
  const file = `systemd/${unit}`

  test('starts a process as its npm script does, under a user of its own, and shut in', () => {
    const { env } = shippedStart(processes[unit])
    const command = commandOf(processes[unit])
    expect(unitSettings(file)).toMatchObject(env)
    const [started = '', ...more] = valuesOf(file, 'ExecStart')
    expect([`${started} `.slice(0, command.length + 1), more]).toEqual([`${command} `, []])
    expect(valuesOf(file, 'User')).toEqual([expect.stringMatching(/^accord(-signer|-witness)?$/)])
    expect(lacking(file, hardening)).toEqual([])
    expect(valuesOf(file, 'MemoryMax')).toHaveLength(1)
  })

  test('has the time that a process needs to stop', () => {
    const grace = numberIn(textOf('src/base/settings/config.ts'), /stopGraceMs: ([1-9][\d_]*)/)
    const stop = numberIn(textOf('src/house/shutdown.ts'), /^const stopMs = ([\d_]+)/)
    const given = numberIn(linesOf(file).join('\n'), /^TimeoutStopSec=(\d+)$/)
    expect(given * 1000).toBeGreaterThan(grace + stop)
  })
})

test('the environment of the units is one with which production starts, and no line of the file changes what a unit says', () => {
  const file = settingsIn(linesOf('systemd/accord.env'))
  const web = unitSettings('systemd/accord-web@.service')
  const work = unitSettings('systemd/accord-work@.service', '9464')
  const served = readConfig({ ...web, ...file })
  expect(served).toMatchObject({ mode: 'production', work: false, host: '127.0.0.1', port: 3001 })
  expect(served).toMatchObject({ metricsHost: '127.0.0.1', metricsPort: 13_001 })
  const working = readConfig({ ...work, ...file }, false)
  expect(working).toMatchObject({ work: true, metricsHost: '127.0.0.1', metricsPort: 9464 })
  expect(working.ledgerDir).toBe(
    `/var/lib/${valuesOf('systemd/accord-work@.service', 'StateDirectory')[0]}`,
  )
  expect(Object.keys(file).filter((name) => name in web || name in work)).toEqual([])
})

test('the command of the operator runs the tool as the units run theirs', () => {
  const command = linesOf('systemd/accord.sh').join(' ')
  expect(command).toContain(commandOf('accord'))
  for (const [name, value] of Object.entries(shippedStart('accord').env))
    expect(command).toContain(` --setenv=${name}=${value} `)
  for (const name of ['User', 'Group', 'WorkingDirectory', 'UMask', 'LimitCORE']) {
    const value = valuesOf('systemd/accord-work@.service', name).join()
    const isOneOf = name === 'User' || name === 'Group'
    expect(command).toContain(
      isOneOf ? `-p "${name}=\${ACCORD_USER:-${value}}" ` : `-p ${name}=${value} `,
    )
  }
  expect(command).toContain(':-/etc/accord/accord.env}')
  expect(command).toContain('--setenv="SUDO_USER=')
})

test('what is compiled before a start is what the units load, by their user and with their flags', () => {
  const command = linesOf('systemd/accord-compile.sh').join(' ')
  const { flags } = shippedStart('serve')
  const user = valuesOf('systemd/accord-work@.service', 'User').join()
  const start = ['/usr/bin/node', ...flags, '--import ./src/guard.js'].join(' ')
  expect(command).toContain(`runuser -u ${user} -- ${start} `)
  expect(command).toContain("'house/processes', 'house/app'")
})

test('only the signer reads its keys, and it reaches no network', () => {
  expect(
    lacking('systemd/accord-signer.service', [
      'PrivateNetwork=yes',
      'RestrictAddressFamilies=AF_UNIX',
    ]),
  ).toEqual([])
  const folders = linesOf('systemd/accord.tmpfiles.conf').map((line) => line.split(' '))
  expect(folders.map(([, path]) => path)).toContain('/var/lib/accord-signer/keys')
  for (const [kind, path = '', mode, user, group] of folders) {
    const [, owner] = /^\/var\/lib\/([^/]+)/.exec(path) ?? []
    expect([kind, mode, user, group], path).toEqual(['d', '0700', owner, owner])
  }
})

test('each purpose of the signer has a socket of one user, and that of the log is of one who serves no web', () => {
  const web = valuesOf('systemd/accord-web@.service', 'User').join()
  const work = valuesOf('systemd/accord-work-apart.conf', 'User').join()
  expect(work).not.toBe(web)
  const own = purposesOf('accord-signer.service')
  const all = purposesOf('accord-signer-log.conf')
  expect(own).not.toContain('log')
  expect(all).toEqual([...own, 'log'])
  for (const [unit, template, user, purposes] of [
    ['accord-signer.service', 'accord-signer', web, own],
    ['accord-signer-log.conf', 'accord-signer-work', work, all],
  ] as const) {
    const sockets = purposes.map((purpose) => `${template}@${purpose}.socket`).join(' ')
    expect(valuesOf(`systemd/${unit}`, 'Sockets')).toEqual([sockets])
    const said = ['SocketMode', 'SocketUser', 'FileDescriptorName', 'ListenStream', 'DirectoryMode']
    const file = `systemd/${template}@.socket`
    expect(said.map((name) => valuesOf(file, name).join())).toEqual([
      '0600',
      user,
      '%i',
      `/run/${template}/%i`,
      '0755',
    ])
  }
  const { flags, words } = shippedStart('accord')
  for (const unit of ['accord-signer.service', 'accord-signer-log.conf'])
    expect(valuesOf(`systemd/${unit}`, 'ExecStart').at(-1)).toContain(
      `/usr/bin/node ${[...flags, ...words].join(' ')} signer serve `,
    )
  // What the comments of the units say to write is taken as it stands.
  const apart = textOf('deploy/systemd/accord-work-apart.conf')
  const lines = [...apart.matchAll(/^# ([A-Z_]+=.+)$/gm)].map(([, line = '']) => line)
  const config = readConfig(settingsIn([...linesOf('systemd/accord.env'), ...lines]), false)
  expect(Object.keys(config.signerSockets)).toEqual(all)
  expect(config.keysDir).toBe('/var/lib/accord-work/keys')
  expect(config.ledgerDir).toBe(
    `/var/lib/${valuesOf('systemd/accord-work-apart.conf', 'StateDirectory').at(-1)}`,
  )
})

function purposesOf(unit: string): string[] {
  const started = valuesOf(`systemd/${unit}`, 'ExecStart').at(-1) ?? ''
  const [, purposes = ''] = /signer serve (?:--\S+ \S+ )+(.+)$/.exec(started) ?? []
  expect(started).toContain(' --issuer ${SIGNER_ISSUER} ')
  return purposes.split(' ')
}

function commandOf(script: string): string {
  const { flags, words } = shippedStart(script)
  return ['/usr/bin/node', ...flags, ...words].join(' ')
}

/** The values of a name in a unit, in order. */
function valuesOf(file: string, name: string): string[] {
  return linesOf(file)
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1))
}

function unitSettings(file: string, port = '3001'): Record<string, string> {
  const set = valuesOf(file, 'Environment').flatMap((line) => line.split(' '))
  return settingsIn(set.map((entry) => entry.replaceAll('%i', port)))
}

function settingsIn(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}
