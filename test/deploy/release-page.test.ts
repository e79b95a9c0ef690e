import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blocksOf } from './guide.ts'
import { textOf } from './recipe.ts'

// « Is this release ours? »: its commands, run as they stand in a clone with a tag that was signed for it.

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'accord-release-'))
const clone = join(folder, 'clone')
const signers = join(folder, 'signers')
const tag = `v${(JSON.parse(textOf('package.json')) as { readonly version: string }).version}`
const run = promisify(execFile)
const blocks = blocksOf('docs/operate/release.en.md')

beforeAll(async () => {
  for (const name of ['one', 'other'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  writeFileSync(signers, `release@exemple.test namespaces="git" ${read('one.pub')}`)
  await run('git', ['clone', '-q', '--shared', '--sparse', root, clone])
  await run('git', ['-C', clone, 'tag', '-d', tag]).catch(() => undefined) // where there is one
  await sign('one')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a tag of a known signer is taken; one of another key, or none, is refused', async () => {
  const [verify = ''] = ofSection('1. The tag is signed')
  expect(await shell(verify)).toContain('Good "git" signature for release@exemple.test')
  await sign('other')
  await expect(shell(verify)).rejects.toThrow(/No principal matched/)
  await run('git', ['-C', clone, 'tag', '-f', tag])
  await expect(shell(verify)).rejects.toThrow(/cannot verify a non-tag object/)
})

test('the same commit gives the same archive, without what only helps to develop, and the list of its parts', async () => {
  const [archiving = '', listing = ''] = ofSection('2. The archive and the list of parts')
  const [one, again] = [await shell(archiving), await shell(archiving)]
  const archive = new RegExp(`^[0-9a-f]{64}  accord-${tag}\\.tar\\.gz$`, 'm')
  expect(archive.exec(again)?.[0]).toBe(archive.exec(one)?.[0] ?? 'no archive')
  const listed = await run('tar', ['-tzf', join(clone, `out/accord-${tag}.tar.gz`)])
  expect(listed.stdout).toContain(`accord-${tag}/src/main.ts`)
  expect(listed.stdout).not.toMatch(/\/(?:demo|test|bench|docs\/(?:pictures|profile))\//)
  expect(await shell(listing)).toMatch(/^[0-9a-f]{64} /)
  expect(readFileSync(join(clone, 'out/sbom.cdx.json'), 'utf8')).toContain('"purl": "pkg:npm/koa@')
})

function ofSection(title: string): string[] {
  return blocks.filter(({ section }) => section === title).map(({ text }) => text)
}

async function sign(key: string): Promise<void> {
  const settings = ['gpg.format=ssh', `user.signingKey=${join(folder, key)}`]
  const who = ['user.name=Release', 'user.email=release@exemple.test']
  const config = [...settings, ...who].flatMap((setting) => ['-c', setting])
  await run('git', [...config, '-C', clone, 'tag', '-f', '-s', '-m', tag, tag])
}

async function shell(script: string): Promise<string> {
  const env = { ...process.env, SIGNERS: signers, TAG: tag }
  const ran = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: clone, env })
  return ran.stdout + ran.stderr
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}
