import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as jose from 'jose'
import { until } from '../support/fault-process.ts'
import type { Settings } from './clients-stage.ts'

// Clients that are no packages of npm, where they are installed.

const folder = new URL('../../demo/clients/', import.meta.url).pathname
const [apache, modules] = ['/usr/sbin/apache2', '/usr/lib/apache2/modules']
// Debian's packages are those of Debian's Python.
const python = '/usr/bin/python3'

export function isApacheThere(): boolean {
  return [apache, `${modules}/mod_auth_openidc.so`].every((path) => fs.existsSync(path))
}

export function isFlaskThere(): boolean {
  try {
    execFileSync(python, ['-c', 'import authlib, flask, requests'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export async function startApache(settings: Settings): Promise<() => Promise<void>> {
  const root = fs.mkdtempSync(join(tmpdir(), 'accord-apache-'))
  fs.chmodSync(root, 0o755) // its children are not root
  fs.mkdirSync(join(root, 'pages'))
  for (const page of ['index.html', 'private', 'fresh'])
    fs.writeFileSync(join(root, 'pages', page), '<a href="/private">Sign in</a>')
  await writePems(settings, root)
  fs.writeFileSync(join(root, 'httpd.conf'), apacheConf(root, new URL(settings.address).port))
  const { issuer: ISSUER, clientId: CLIENT_ID, address: ADDRESS, secret: SECRET, key } = settings
  const env = { ISSUER, CLIENT_ID, ADDRESS, SECRET, KEYS: root, KEY_ID: key.kid ?? '' }
  return started(apache, ['-X', '-f', join(root, 'httpd.conf')], env, root)
}

function apacheConf(root: string, port: string): string {
  const loaded = ['authn_core', 'authz_core', 'authz_user', 'dir', 'headers', 'auth_openidc']
  return [
    `ServerRoot ${root}`,
    `PidFile ${root}/pid`,
    `Listen 127.0.0.1:${port}`,
    'ServerName localhost',
    `ErrorLog ${root}/log`,
    `LoadModule mpm_event_module ${modules}/mod_mpm_event.so`,
    ...loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    `DocumentRoot ${root}/pages`,
    'DirectoryIndex index.html',
    `Include ${folder}apache.conf`,
    '',
  ].join('\n')
}

async function writePems({ key }: Settings, root: string): Promise<void> {
  const secretKey = (await jose.importJWK(key, 'RS256', { extractable: true })) as jose.CryptoKey // a pair, no shared key
  const { kty, n, e } = key
  const open = (await jose.importJWK({ kty, n, e } as jose.JWK, 'RS256', {
    extractable: true,
  })) as jose.CryptoKey
  fs.writeFileSync(join(root, 'private.pem'), await jose.exportPKCS8(secretKey), { mode: 0o600 })
  fs.writeFileSync(join(root, 'public.pem'), await jose.exportSPKI(open))
}

export function startFlask(settings: Settings): Promise<() => Promise<void>> {
  const { issuer: ISSUER, clientId: CLIENT_ID, address: ADDRESS, secret: SECRET, key } = settings
  const env = { ISSUER, CLIENT_ID, ADDRESS, SECRET, KEY: JSON.stringify(key) }
  const { port } = new URL(ADDRESS)
  const words = ['-m', 'flask', '--app', join(folder, 'flask_app.py'), 'run', '--port', port]
  const root = fs.mkdtempSync(join(tmpdir(), 'accord-flask-'))
  return started(python, words, { ...env, PYTHONDONTWRITEBYTECODE: '1' }, root)
}

async function started(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  root: string,
): Promise<() => Promise<void>> {
  const child = spawn(program, words, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const end = async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
    fs.rmSync(root, { recursive: true, force: true })
  }
  await until(`${program} answers`, async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said.join('')}`)
    const answer = await fetch(`${env['ADDRESS']}/`).catch(() => undefined)
    return answer?.ok === true
  })
  return end
}
