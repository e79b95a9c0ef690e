import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readRegister } from '../../src/registry/index.ts'

// Files of the guides that somebody copies are files that the register takes.

test.each(['integrate.md', 'integrate.en.md', 'integrate/register.md', 'integrate/register.en.md'])(
  'the files of the register in docs/%s can be copied',
  async (name) => {
    const guide = fs.readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
    const files = [...guide.matchAll(/^```yaml\n# (\S+\/\S+)\n([^]*?)^```$/gm)]
    expect(files.length).toBeGreaterThan(1)
    const folder = fs.mkdtempSync(join(tmpdir(), 'accord-guide-'))
    for (const [, path = '', file = ''] of files) {
      fs.mkdirSync(join(folder, dirname(path)), { recursive: true })
      fs.writeFileSync(join(folder, path), file)
    }
    const { objects, problems } = await readRegister(folder)
    fs.rmSync(folder, { recursive: true })
    expect([objects.length, problems]).toEqual([files.length, []])
  },
)

test.each(['operate.md', 'operate.en.md'])(
  'the provider in docs/%s can be copied',
  async (name) => {
    const guide = fs.readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
    const [, file = ''] = /```yaml\n(provider_id: [\s\S]*?)```/.exec(guide) ?? []
    const folder = fs.mkdtempSync(join(tmpdir(), 'accord-guide-'))
    const [, id] = /^provider_id: (.*)$/m.exec(file) ?? []
    fs.mkdirSync(join(folder, 'identity-providers'))
    fs.writeFileSync(join(folder, 'identity-providers', `${id}.yaml`), file)
    const { objects, problems } = await readRegister(folder)
    fs.rmSync(folder, { recursive: true })
    expect([objects.map((one) => [one.kind, one.id]), problems]).toEqual([
      [['identity-provider', id]],
      [],
    ])
  },
)
