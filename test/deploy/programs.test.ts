import { execFile } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect } from 'vitest'
import { certificateFor } from '../support/tls.ts'
import { testWith } from './programs.ts'
import { textOf } from './recipe.ts'

// The recipes, read by the programs that they are for, where those are installed.

const run = promisify(execFile)
const folder = fs.mkdtempSync(join(tmpdir(), 'accord-recipes-'))
const mostMs = 20_000
const unitsFolder = join(import.meta.dirname, '../../deploy/systemd')

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

const checks = [
  {
    file: 'proxies/nginx.conf',
    program: 'nginx',
    words: ['-t', '-q', '-c'],
    known: 'merge_slashes',
  },
  { file: 'proxies/haproxy.cfg', program: 'haproxy', words: ['-c', '-f'], known: 'balance' },
  {
    file: 'proxies/Caddyfile',
    program: 'caddy',
    words: ['validate', '--adapter', 'caddyfile', '--config'],
    known: 'health_uri',
  },
] as const

for (const { file, program, words, known } of checks)
  testWith(
    program,
    `${program} takes ${file}, and refuses it with a word that it does not know`,
    async () => {
      const copy = join(folder, program)
      const text = (await withCertificate(textOf(`deploy/${file}`))).replaceAll(
        /\/(?:run|var\/log\/nginx)\/(?=nginx\.pid|access\.log)/g,
        `${folder}/`,
      )
      fs.writeFileSync(copy, text)
      await run(program, [...words, copy], { timeout: mostMs })
      fs.writeFileSync(
        copy,
        text.replace(` ${known} `, ' no_such_word ').replace(`\t${known} `, '\tno_such_word '),
      )
      await expect(run(program, [...words, copy], { timeout: mostMs })).rejects.toThrow(
        /no_such_word/,
      )
    },
  )

testWith(
  'systemd-analyze',
  'systemd takes the units, finds them shut in, and refuses a setting that it does not know',
  async () => {
    const names = fs.readdirSync(unitsFolder).filter((name) => name.endsWith('.service'))
    expect(names.length).toBeGreaterThan(4)
    const copies = names.map((name) => {
      const text = textOf(`deploy/systemd/${name}`).replaceAll('/usr/bin/node', process.execPath)
      return copyOf(name, text)
    })
    const verify = async (files: readonly string[]) =>
      (await run('systemd-analyze', ['verify', '--man=no', ...files], { timeout: mostMs })).stderr
    expect(await verify(copies)).toBe('')
    const security = ['security', '--offline=yes', '--no-pager', '--threshold=20', ...copies]
    await run('systemd-analyze', security, { timeout: mostMs })
    const broken = textOf('deploy/systemd/accord-web@.service').replace('UMask', 'NoSuchSetting')
    expect(await verify([copyOf('broken@.service', broken)])).toContain('NoSuchSetting')
  },
)

function copyOf(name: string, text: string): string {
  const copy = join(folder, name)
  fs.writeFileSync(copy, text)
  return copy
}

let certificate: Promise<string> | undefined

/** A recipe whose certificate exists: the chain and its key in one file, which all three programs read. */
async function withCertificate(text: string): Promise<string> {
  certificate ??= makeCertificate()
  const file = await certificate
  return text.replaceAll(/\/etc\/accord\/tls\/\w+\.pem/g, file)
}

async function makeCertificate(): Promise<string> {
  const { cert, key } = await certificateFor(['accord.exemple.test'])
  const file = join(folder, 'accord.pem')
  fs.writeFileSync(file, `${cert}\n${key}`, { mode: 0o600 })
  return file
}
