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

test('what makes a release is named by digest, and so is what it is made of', () => {
  for (const name of [read.default.image, image.image ?? ''])
    expect(name).toMatch(/^[a-z0-9./-]+@\$[A-Z]+_DIGEST$/)
  const [build = '', push = ''] = image.script
  for (const [, name = ''] of textOf('deploy/Containerfile').matchAll(/^ARG (\w+)$/gm))
    expect(build).toContain(`--build-arg ${name}="$${name}"`)
  expect(push).toContain('--digestfile image.digest')
})

test('each npm script that it calls exists', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: object }
  const called = [...text.matchAll(/npm run -s (\w+)/g)].map(([, name = '']) => name)
  expect(called).toEqual(['sbom'])
  expect(called.filter((name) => !(name in scripts))).toEqual([])
})

test('no recipe names an image by a tag that moves', () => {
  const recipes = ['Containerfile', 'kubernetes/database.yaml', 'release/gitlab-ci.yml']
  const named = recipes.flatMap((path) =>
    linesOf(path).filter((line) => /^(?:FROM|image:|imageName:) /.test(line)),
  )
  expect(named).toHaveLength(5)
  expect(named.filter((line) => !line.includes('@'))).toEqual([])
})
