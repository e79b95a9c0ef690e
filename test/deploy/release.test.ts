import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { linesOf, textOf } from './recipe.ts'

type Job = {
  readonly stage: string
  readonly image?: string
  readonly needs?: readonly string[]
  readonly script: readonly string[]
}

const text = textOf('deploy/release/gitlab-ci.yml')
const read = parse(text) as Readonly<Record<'suite' | 'files' | 'image', Job>> & {
  readonly default: { readonly image: string }
  readonly workflow: { readonly rules: readonly { readonly if: string }[] }
}
const { suite, files, image } = read

test('a release is made of a protected tag alone, and only after the whole suite', () => {
  expect(read.workflow.rules).toHaveLength(1)
  expect(read.workflow.rules[0]?.if).toContain('$CI_COMMIT_REF_PROTECTED == "true"')
  expect(suite.script.slice(1)).toEqual(['npm ci', 'npm audit signatures', 'npm test'])
  for (const job of [files, image]) expect([job.stage, job.needs]).toEqual(['make', ['suite']])
})

test('what makes a release is named by digest, and the image that it gives is the one that was built', () => {
  expect(read.default.image).toMatch(/^[a-z0-9./-]+@\$[A-Z]+_DIGEST$/)
  expect(image.image).toBeUndefined()
  const push = image.script.find((line) => line.startsWith('skopeo')) ?? ''
  expect(push).toContain('--preserve-digests --digestfile image.digest')
  expect(image.script.at(-1)).toBe('grep "$(cat image.digest)" image.json')
})

test('each npm script that it calls exists', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: object }
  const called = [...text.matchAll(/npm run -s (\w+)/g)].map(([, name = '']) => name)
  expect(called).toEqual(['sbom', 'image'])
  expect(called.filter((name) => !(name in scripts))).toEqual([])
})

test('no recipe names an image by a tag that moves', () => {
  const recipes = ['kubernetes/database.yaml', 'release/gitlab-ci.yml']
  const named = recipes.flatMap((path) =>
    linesOf(path).filter((line) => /^(?:image:|imageName:) /.test(line)),
  )
  expect(named).toHaveLength(2)
  expect(named.filter((line) => !line.includes('@'))).toEqual([])
})
