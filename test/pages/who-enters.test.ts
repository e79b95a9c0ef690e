import { afterAll, beforeAll, expect, test } from 'vitest'
import { roleNames } from '../../src/people/offices/index.ts'
import type { Comers } from '../support/who-enters.ts'
import {
  answerTo,
  levelProofs,
  methodsAt,
  nowhereFor,
  openComers,
  wordFor,
} from '../support/who-enters.ts'

import {
  attemptsOf,
  chainOf,
  changedTables,
  rowsAbout,
  tryAll,
  withEveryCookie,
} from '../support/stolen-desk.ts'

// Who may enter where: each endpoint of the house, asked by everybody who may come. `who-enters.txt` is what they find; whoever lets
// somebody in, or adds an endpoint, writes it anew (`vitest run test/pages/who-enters.test.ts -u`) and reads the difference.

const atOnce = 12
const leastTries = 900

let comers: Comers

beforeAll(async () => {
  comers = await openComers()
})
afterAll(() => comers.stop())

test('each endpoint answers everybody who may come as the file says', async () => {
  const rows = await inTurn(comers.endpoints, async (path) => {
    const at = comers.pathOf(path)
    const methods = await methodsAt(comers, path)
    expect([path.path, methods]).not.toEqual([path.path, []])
    return methods.map((method) => ({ method, path, at }))
  })
  const nowheres = new Map(
    await inTurn(
      Object.entries(comers.visitors).flatMap(([who, visitor]) =>
        ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].map((method) => ({ who, visitor, method })),
      ),
      async ({ who, visitor, method }) =>
        [`${method} ${who}`, await nowhereFor(visitor, method)] as const,
    ),
  )
  const lines = await inTurn(rows.flat(), async ({ method, ...place }) => {
    const words: [string, string][] = []
    for (const [who, visitor] of Object.entries(comers.visitors)) {
      const answer = await answerTo(visitor, method, place)
      const nowhere = nowheres.get(`${method} ${who}`) ?? answer
      words.push([who, wordFor(comers, answer, nowhere)])
    }
    return [`${method} ${place.path.path}`, words] as const
  })
  await expect(written(lines)).toMatchFileSnapshot('./who-enters.txt')
})

// Each search, and each look of a help, is a line in her chain and one in her activity. What else there is takes away: he ends the help,
// and each of the other three offices may suspend her access, of which she is told, and which only she lifts. A request to see
// with her opens nothing before her yes.
test.each([
  {
    how: 'under a help',
    who: 'counter',
    whom: 'helped',
    events: ['desk.searched', 'help.closed'],
    tables: ['activity', 'help_look', 'ledger_event', 'mandate', 'person_head'],
  },
  {
    how: 'with every office',
    who: 'every office',
    whom: 'sharer',
    events: ['access.standing', 'desk.searched'],
    tables: [
      'accounts',
      'activity',
      'help_request',
      'ledger_event',
      'notification',
      'oidc_artifacts',
      'oidc_sessions',
      'person_head',
    ],
  },
] as const)(
  'the browser of an officer $how, with all forms of her pages, answers nothing and shows no page of hers',
  async ({ who, whom, events, tables }) => {
    const { stage, visitors, everyOffice } = comers
    const officer = who === 'counter' ? visitors[who] : everyOffice
    const [planted, visitor] = [
      visitors['work as person'],
      visitors[whom === 'sharer' ? 'aal:2' : whom],
    ]
    if (!officer || !planted || !visitor) throw new Error('nobody came')
    const her = comers[whom]
    const attempts = await attemptsOf(comers, withEveryCookie(officer, planted), {
      sharer: her,
      visitor,
    })
    const [before, told] = [await rowsAbout(stage.db, her), await chainOf(comers, her)]
    const tried = await tryAll(attempts)
    expect(tried.length).toBeGreaterThan(leastTries)
    const since = (await chainOf(comers, her)).slice(told.length)
    expect([...new Set(since)].toSorted()).toEqual(events)
    expect(changedTables(before, await rowsAbout(stage.db, her))).toEqual(tables)
    const shown = tried.filter(
      ({ answer }) => answer.status < 300 && answer.body.includes(her.consentId),
    )
    expect(shown.map(({ what }) => what)).toEqual([])
  },
)

type Line = readonly [string, readonly (readonly [string, string])[]]

const groups: readonly (readonly [string, readonly string[]])[] = [
  ['every officer', roleNames],
  ['a person', [...Object.keys(levelProofs), 'helped']],
  ['a work access without an office', ['no office', 'work as person', 'ended office']],
]

/** What is found, by whom, and below it the endpoints where it is so; first where not everybody finds the same. */
function written(lines: readonly Line[]): string {
  const [same, told] = [new Map<string, string[]>(), new Map<string, string[]>()]
  for (const [what, words] of lines.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const by = Map.groupBy(words, ([, word]) => word)
    const all = [...by].map(([word, who]) => `${word}: ${namesOf(who.map(([name]) => name))}`)
    const [only = ''] = by.keys()
    const [place, found] = by.size === 1 ? [same, `${only}: everybody`] : [told, all.join('\n')]
    place.set(found, [...(place.get(found) ?? []), `  ${what}`])
  }
  return `${[...told, ...same].map(([found, places]) => [found, ...places].join('\n')).join('\n\n')}\n`
}

function namesOf(who: readonly string[]): string {
  const whole = groups.filter(([, names]) => names.every((name) => who.includes(name)))
  const among = whole.flatMap(([, names]) => names)
  const others = who.filter((name) => !among.includes(name))
  return [...whole.map(([name]) => name), ...others].join(', ')
}

async function inTurn<T, R>(
  them: readonly T[],
  deed: (one: T) => Promise<R>,
): Promise<readonly R[]> {
  const found: R[] = []
  const waiting = [...them.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      found[next[0]] = await deed(next[1])
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return found
}
