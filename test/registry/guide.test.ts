import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRegister } from '../../src/registry/index.ts'

// The guide's file of a provider of identities is one that the register takes.

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
