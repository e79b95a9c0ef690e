import { expect, test } from 'vitest'
import { shippedStart } from '../support/shipped-start.ts'
import { linesOf, textOf } from './recipe.ts'

const instructions = linesOf('Containerfile').map((line) => line.split(' '))
const ofKind = (kind: string) => instructions.filter(([word]) => word === kind)
const lastFrom = instructions.findLastIndex(([word]) => word === 'FROM')
const final = instructions.slice(lastFrom + 1)

test('each base is named by a digest that the builder gives, and by nothing else', () => {
  const names = ofKind('ARG').map(([, name = '']) => name)
  expect(names).toEqual(['BUILD_DIGEST', 'RUN_DIGEST'])
  const bases = ofKind('FROM').map(([, base]) => base)
  expect(bases).toHaveLength(2)
  for (const [i, base = ''] of bases.entries()) expect(base).toMatch(endsWith(`@\${${names[i]}}`))
  expect(textOf('.npmrc')).toContain('ignore-scripts=true')
})

test('what runs has no shell, cannot change its code, and hears a signal itself', () => {
  expect(final.filter(([word]) => word === 'RUN' || word === 'VOLUME')).toEqual([])
  expect(final.flatMap((words) => words.filter((word) => word.startsWith('--chown')))).toEqual([])
  expect(ofKind('USER')).toEqual([['USER', '65532:65532']])
  const { env, flags, words } = shippedStart()
  expect([...listOf('ENTRYPOINT'), ...listOf('CMD')]).toEqual([
    '/nodejs/bin/node',
    ...flags,
    ...words,
  ])
  const set = ofKind('ENV').flatMap((line) => line.slice(1))
  expect(set).toEqual([
    'NODE_ENV=production',
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ])
})

test('each script starts Node with the same flags and variables, which its memory and its keys need', () => {
  const started = ['start', 'serve', 'work', 'migrate', 'accord'].map((script) => {
    const { env, flags } = shippedStart(script)
    return [env, flags]
  })
  const memory = [
    { MALLOC_ARENA_MAX: expect.stringMatching(/^\d$/) },
    [
      ...['--max-semi-space-size', '--heap-growing-percent'].map((flag) =>
        expect.stringMatching(new RegExp(`^${flag}=\\d+$`)),
      ),
      '--disable-sigusr1',
    ],
  ]
  expect(started).toEqual(started.map(() => memory))
  expect(new Set(started.map((one) => JSON.stringify(one))).size).toBe(1)
})

test('it holds what a process reads, and the build sees nothing more', () => {
  const copied = ofKind('COPY')
    .filter(([, option = '']) => !option.startsWith('--from'))
    .flatMap((words) => words.slice(1, -1))
  const inFinal = final
    .filter(([word, option = '']) => word === 'COPY' && !option.startsWith('--from'))
    .flatMap((words) => words.slice(1, -1))
  expect(inFinal.toSorted()).toEqual([
    'LICENSE',
    'migrations',
    'package.json',
    'public',
    'src',
    'views',
  ])
  const [all, ...seen] = linesOf('Containerfile.containerignore')
  expect(all).toBe('*')
  expect(seen.map((line) => line.slice(1)).toSorted()).toEqual([...new Set(copied)].toSorted())
})

function listOf(kind: string): string[] {
  const [line = '[]'] = linesOf('Containerfile').filter((text) => text.startsWith(`${kind} `))
  return JSON.parse(line.slice(kind.length + 1)) as string[] // the exec form is a list of words
}

function endsWith(text: string): RegExp {
  return new RegExp(`[a-z0-9]${text.replaceAll(/[${}]/g, String.raw`\$&`)}$`)
}
