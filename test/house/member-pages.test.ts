import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { memberPages, membersOf } from '../../scripts/member-pages.ts'
import { kinds } from '../../src/registry/objects/object-schemas.ts'

const root = join(import.meta.dirname, '../..')

test('docs/integrate/members.md and members.en.md have the members of the schemas: `npm run members` writes them', () => {
  for (const [file, text] of memberPages())
    expect(readFileSync(join(root, 'docs/integrate', file), 'utf8'), file).toBe(text)
})

test('each kind that has files has a section, in both languages', () => {
  for (const [file, text] of memberPages())
    for (const { folder, isMadeByApply } of Object.values(kinds))
      expect([file, folder, text.includes(`\n## \`${folder}/\`\n`)]).toEqual([
        file,
        folder,
        isMadeByApply !== true,
      ])
})

test('the members of a service are those of the register and those that the provider reads', () => {
  const names = membersOf('service').map(({ name }) => name)
  for (const name of ['profile', 'redirect_uris', 'backchannel_logout_uri', 'initiate_login_uri'])
    expect(names).toContain(name)
  expect(new Set(names).size).toBe(names.length)
})
