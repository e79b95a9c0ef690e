import { execFile } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { openDatabase } from '../../src/base/database/database.ts'
import { makeMeter } from '../../src/base/logging/meter.ts'
import type { Metric } from '../../src/base/logging/metrics.ts'
import { metrics } from '../../src/base/logging/metrics.ts'
import { usage as usageNow } from '../../src/tool/help.ts'
import { freshDatabase } from '../support/database.ts'
import { textOf } from './recipe.ts'
import { alarmPages, alarmRules, severities } from '../../scripts/alarm-pages.ts'
import { testWith } from './programs.ts'

// Alarms, dashboard and the pages of incidents, held to the metrics that there are, to one another, and to the commands that exist.

type Route = {
  readonly matchers: readonly string[]
  readonly receiver: string
  readonly repeat_interval: string
}
type Panel = { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }

const pagesFolder = 'docs/operate/incidents'
const root = join(import.meta.dirname, '../..')
const rules = alarmRules()
const { panels } = JSON.parse(textOf('deploy/monitoring/dashboard.json')) as {
  readonly panels: readonly Panel[]
}
const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
const pages = fs.readdirSync(join(root, pagesFolder)).filter((name) => name !== 'images')

const table = new Map(Object.values(metrics).map((metric: Metric) => [metric.name, metric]))
const toldByNode = (await makeMeter().text()).matchAll(/^# TYPE ((?:process|nodejs)_\w+) /gm)
const others = new Set([...[...toldByNode].map(([, name = '']) => name), 'up'])

describe('the alarms', () => {
  test('each waits a time that is said, has a severity, and leads to a page in both languages that names it', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { alert, annotations, labels, ...rule } of rules) {
      expect(rule.for, alert).toMatch(/^\d+[smh]$/)
      expect(severities, alert).toContain(labels.severity)
      expect(Object.keys(annotations), alert).toEqual(['summary', 'summary_en', 'runbook_url'])
      const page = annotations.runbook_url
      const named = `\`${alert}\` (${labels.severity})`
      expect(textOf(page), alert).toContain(named)
      expect(textOf(page.replace(/\.md$/, '.en.md')), alert).toContain(named)
    }
  })

  test('all of them, and how many they are, stand in the pages as the rules have them: `npm run alarms` writes it', () => {
    for (const [file, text] of alarmPages())
      expect(textOf(`${pagesFolder}/${file}`), file).toBe(text)
  })

  test('no page says by hand how many alarms or metrics there are', () => {
    const typed = fs
      .globSync(['docs/**/*.md', 'deploy/**/*.md', '*.md'], { cwd: root })
      .filter((path) => !/^docs\/decisions\/|^CHANGELOG|^node_modules/.test(path))
      .flatMap((path) => countsTypedIn(textOf(path)).map((said) => `${path}: ${said}`))
    expect(typed).toEqual([])
    expect(countsTypedIn('Il y a 38\u00a0alarmes.')).toEqual(['38\u00a0alarmes'])
    expect(countsTypedIn('all thirty-eight alarms, 45 metrics')).toEqual([
      'eight alarms',
      '45 metrics',
    ])
  })

  test('one always rings, and Alertmanager sends it outside again and again', () => {
    const always = rules.filter(({ labels }) => labels.severity === 'heartbeat')
    expect(always.map(({ expr, for: waits }) => [expr, waits])).toEqual([['vector(1)', '0m']])
    const { route, receivers } = parse(textOf('deploy/monitoring/alertmanager.yml')) as {
      readonly route: { readonly receiver: string; readonly routes: readonly Route[] }
      readonly receivers: readonly { readonly name: string }[]
    }
    const sent = route.routes.find(({ matchers }) => matchers.includes('severity = "heartbeat"'))
    expect(sent).toMatchObject({ receiver: 'outside', repeat_interval: '5m' })
    const named = [route, ...route.routes].map(({ receiver }) => receiver)
    expect(receivers.map(({ name }) => name)).toEqual(expect.arrayContaining(named))
    expect(sent?.receiver).not.toBe(route.receiver)
  })

  test('the guide to a first production changes, for its exercise, what the rule has', () => {
    const witness = rules.find(({ alert }) => alert === 'AccordWitnessSilent')
    for (const page of ['begin.md', 'begin.en.md']) {
      const [, changed] = /AccordWitnessSilent\/,\/labels\/ s\/for: (\w+)\//.exec(
        textOf(`docs/operate/${page}`),
      ) ?? ['', 'nothing']
      expect(changed, page).toBe(witness?.for)
    }
  })

  test('a page names no alarm that is not there', () => {
    const known = new Set(rules.map(({ alert }) => alert))
    const named = pages.flatMap((name) => [
      ...textOf(`${pagesFolder}/${name}`).matchAll(/`(Accord[A-Z]\w+)`/g),
    ])
    expect(named.length).toBeGreaterThan(100)
    expect(named.map(([, alert = '']) => alert).filter((alert) => !known.has(alert))).toEqual([])
  })

  test('each asks metrics that there are, by labels and values that they have', () => {
    expect(rules.flatMap(({ expr }) => faultsOf(expr))).toEqual([])
    expect(faultsOf('max(accord_no_such) > 1')).toEqual(['accord_no_such'])
    expect(faultsOf('accord_database_up{pool="web"}')).toEqual(['accord_database_up pool'])
    expect(faultsOf('sum(accord_denials_total{reason=~"INTERNAL|NONE"})')).toEqual([
      'accord_denials_total reason NONE',
    ])
    expect(faultsOf('sum by (tasc) (accord_jobs_waiting)')).toEqual(['by tasc'])
  })
})

describe('the dashboard', () => {
  test('asks metrics that there are, and shows each of them', () => {
    expect(shown.flatMap(faultsOf)).toEqual([])
    const all = shown.join('\n')
    expect([...table.keys()].filter((name) => !all.includes(name))).toEqual([])
  })
})

test('Prometheus asks the ports that the units of systemd give', () => {
  const { scrape_configs: scraped } = parse(textOf('deploy/monitoring/prometheus.yml')) as {
    readonly scrape_configs: readonly {
      readonly job_name: string
      readonly static_configs: readonly { readonly targets: readonly string[] }[]
    }[]
  }
  expect(scraped.map(({ job_name: job }) => job)).toEqual(['accord'])
  const [targets = []] = scraped.flatMap((job) => job.static_configs.map((one) => one.targets))
  expect(targets).toHaveLength(4)
  expect(textOf('deploy/systemd/accord-work@.service')).toContain('METRICS_PORT=%i')
  expect(textOf('deploy/systemd/accord-web@.service')).toContain('METRICS_PORT=1%i')
  expect(targets).toEqual([
    '127.0.0.1:9464',
    '127.0.0.1:9465',
    '127.0.0.1:13001',
    '127.0.0.1:13002',
  ])
  // The guide to a first production waits until all of them answer.
  for (const page of ['begin.md', 'begin.en.md'])
    expect(textOf(`docs/operate/${page}`), page).toContain(
      `'query=sum(up)' "$ASK" | grep '"${targets.length}"'`,
    )
})

describe('the pages of incidents', () => {
  const french = pages.filter((name) => /^[a-z-]+\.md$/.test(name))
  const parts = {
    fr: ['Ce que les gens voient', 'Ce que cela veut dire', 'Regardez d’abord', 'Faites', 'Jamais'],
    en: ['What people see', 'What it means', 'First look', 'Do', 'Never'],
  }
  const ends = {
    fr: ['C’est fini quand', 'À qui le dire'],
    en: ['It is over when', 'Whom to tell'],
  }

  test('each is there in both languages, with the same parts and the same commands', () => {
    expect(french.length).toBeGreaterThan(20)
    for (const name of french) {
      const [fr, en] = [name, name.replace(/\.md$/, '.en.md')].map((one) =>
        textOf(`${pagesFolder}/${one}`),
      ) as [string, string]
      for (const [language, text] of [
        ['fr', fr],
        ['en', en],
      ] as const)
        for (const part of [...parts[language], ...ends[language]])
          expect(text, `${name} ${language}`).toContain(`**${part}`)
      expect(commandsIn(fr), name).toEqual(commandsIn(en))
      expect(commandsIn(fr).length, name).toBeGreaterThan(0)
      for (const index of ['README.md', 'README.en.md'])
        expect(textOf(`${pagesFolder}/${index}`)).toContain(name.replace('.md', ''))
    }
  })

  const commands = [
    ...new Set(french.flatMap((name) => commandsIn(textOf(`${pagesFolder}/${name}`)))),
  ]

  test('each command is of a program that a machine has, and of ours that its help names', async () => {
    const programs = ['accord', 'accord-sql', 'chronyc', 'curl', 'df', 'journalctl', 'systemctl']
    const used = new Set(commands.map((line) => /^[\w-]+/.exec(line)?.[0] ?? line))
    expect([...used].toSorted()).toEqual([...programs, 'timedatectl', 'uptime'])
    const own = commands.filter((line) => line.startsWith('accord '))
    expect(own.length).toBeGreaterThan(5)
    const usage = await usageNow()
    const words = [...new Set(usage.match(/(?<=^ {2}accord )[\w-]+/gm))].join('|')
    const inText = pages.flatMap((name) => [
      ...textOf(`${pagesFolder}/${name}`).matchAll(
        new RegExp(`\`((?:${words}) [a-z-]{4,})\\b[^\`]*\``, 'g'),
      ),
    ])
    expect(inText.length).toBeGreaterThan(40)
    expect(
      inText.map(([, two = '']) => two).filter((two) => !usage.includes(`accord ${two}`)),
    ).toEqual([])
    expect(own.filter((line) => !usage.includes(`accord ${ownWordsOf(line)}`))).toEqual([])
  })

  test('what is looked for in the log is a word of the code, and in the metrics a name of theirs', () => {
    const sources = fs
      .globSync('src/**/*.ts', { cwd: root })
      .map((path) => textOf(path))
      .join('\n')
    const lines = commands.filter((line) => line.startsWith('journalctl'))
    const words = lines
      .flatMap((line) => [...line.matchAll(/grep (.*)$/g)])
      .flatMap(([, rest = '']) => [...rest.matchAll(/'([^']+)'|(?<= |^)([A-Za-z][\w.]+)(?= |$)/g)])
      .map(([, quoted, bare]) => quoted ?? bare ?? '')
      .filter((word) => !/^(?:level|requestId)\.:/.test(word))
    expect(words.length).toBeGreaterThan(12)
    expect(words.filter((word) => !sources.includes(word))).toEqual([])
    const asked = commands.flatMap((line) => [...line.matchAll(/\/metrics \| grep '\^(\w+)'/g)])
    expect(asked.length).toBeGreaterThan(5)
    const unknown = asked.filter(
      ([, start = '']) => ![...table.keys()].some((name) => name.startsWith(start)),
    )
    expect(unknown).toEqual([])
  })

  test('each statement of SQL runs on the tables that there are, and changes nothing', async () => {
    const database = await freshDatabase()
    const db = openDatabase(database.url)
    const otherDays = commandsIn(textOf('docs/operate/other-days.en.md'))
    const lines = [...commands, ...otherDays].filter((line) => line.startsWith('accord-sql'))
    const statements = lines.flatMap((line) => [...line.matchAll(/^accord-sql -c "(.*)"$/g)])
    expect(statements.length).toBe(lines.length)
    for (const [, sql = ''] of statements)
      await db.transaction(
        async (tx) => {
          await tx.raw(sql).catch((cause: unknown) => {
            throw new Error(`it does not run: ${sql}`, { cause })
          })
        },
        { readOnly: true },
      )
    expect(statements.length).toBeGreaterThan(10)
    // What a superuser does to the database, to this one and undone.
    const name = new URL(database.url).pathname.slice(1)
    const ofServer = otherDays
      .filter((line) => line.includes('psql'))
      .flatMap((line) => [...line.matchAll(/ -c "([^"]*)"/g)])
      .map(([, sql = '']) => sql.replace('database accord', `database ${name}`))
    const undone = db.transaction(async (tx) => {
      for (const sql of ofServer) await tx.raw(sql)
      expect(ofServer.length).toBeGreaterThan(4)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    await db.destroy()
    await database.drop()
  })
})

describe('by Prometheus’s own program', () => {
  const run = promisify(execFile)
  const folder = fs.mkdtempSync(join(tmpdir(), 'accord-monitoring-'))
  afterAll(() => fs.rmSync(folder, { recursive: true }))
  const promtool = (...words: string[]) => run('promtool', words, { cwd: folder, timeout: 60_000 })

  testWith('promtool', 'the rules are read, ring when they must, and not when not', async () => {
    for (const file of ['alerts.yml', 'alerts.test.yml', 'prometheus.yml'])
      fs.writeFileSync(join(folder, file), textOf(`deploy/monitoring/${file}`))
    const { stdout } = await promtool('check', 'rules', 'alerts.yml')
    expect(stdout).toContain(`${rules.length} rules found`)
    await promtool('check', 'config', '--syntax-only', 'prometheus.yml')
    await promtool('test', 'rules', ...eachByItsRules())
    const deaf = textOf('deploy/monitoring/alerts.yml').replace(
      '_age_seconds) > 5',
      '_age_seconds) > 50000',
    )
    fs.writeFileSync(join(folder, 'alerts.yml'), deaf)
    const { tests, ...rest } = ruleTests()
    const first = stringify({ ...rest, tests: tests.slice(0, 1) })
    fs.writeFileSync(join(folder, 'alerts.test.yml'), first)
    await expect(promtool('test', 'rules', 'alerts.test.yml')).rejects.toThrow(/WitnessSilent/)
  })

  /**
   * Each test in a file of its own, beside the rules that it asks about alone: for every test all rules were judged, each fifteen seconds
   * of hours, which took ten times as long. No rule asks about another one. @returns the names of the files
   */
  function eachByItsRules(): string[] {
    const alerts = textOf('deploy/monitoring/alerts.yml')
    expect(alerts).not.toMatch(/\bALERTS|^\s*- record:/m)
    const { groups } = parse(alerts) as { readonly groups: readonly RuleGroup[] }
    const { tests, ...rest } = ruleTests()
    expect(tests.length).toBeGreaterThan(15)
    return tests.map((one, n) => {
      const asked = one.alert_rule_test.map(({ alertname }) => alertname)
      const chosen = groups
        .map((group) => ({
          ...group,
          rules: group.rules.filter(({ alert }) => asked.includes(alert)),
        }))
        .filter((group) => group.rules.length > 0)
      const found = chosen.flatMap((group) => group.rules.map(({ alert }) => alert))
      expect(found.toSorted(), one.name).toEqual([...new Set(asked)].toSorted())
      fs.writeFileSync(join(folder, `rules-${n}.yml`), stringify({ groups: chosen }))
      const file = { ...rest, rule_files: [`rules-${n}.yml`], tests: [one] }
      fs.writeFileSync(join(folder, `test-${n}.yml`), stringify(file))
      return `test-${n}.yml`
    })
  }
})

type RuleGroup = { readonly rules: readonly { readonly alert: string }[] }
type RuleTest = {
  readonly name: string
  readonly alert_rule_test: readonly { readonly alertname: string }[]
}

function ruleTests() {
  return parse(textOf('deploy/monitoring/alerts.test.yml')) as {
    readonly evaluation_interval: string
    readonly tests: readonly RuleTest[]
  }
}

const numbers =
  /(?:\d+|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|vingt|trente|quarante|cinquante))[\s-](?:alarm|alert|metric|alarme|alerte|mesure)s\b/gi

/** Where a text says how many there are; what is written from the rules says it, too. */
function countsTypedIn(text: string): string[] {
  const byHand = text.replace(/<!-- npm run alarms -->.*?<!-- /s, '<!-- ')
  return [...byHand.matchAll(numbers)].map(([said]) => said)
}

/** The lines of the blocks of commands. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  )
}

function ownWordsOf(line: string): string {
  return /^accord ([a-z]+(?: [a-z]+)?)/.exec(line)?.[1] ?? line
}

/** What an expression asks that no metric of ours or of Node has. */
function faultsOf(expr: string): string[] {
  const outside = expr.replaceAll(/"[^"]*"/g, '""')
  const names = [...outside.matchAll(/\b(?:accord|nodejs|process)_\w+|\bup\b/g)].map(
    ([name]) => name,
  )
  const unknown = names.filter((name) => metricOf(name) === undefined && !others.has(name))
  const known = names.flatMap((name) => metricOf(name) ?? [])
  const grouped = [...outside.matchAll(/\bby \(([^)]*)\)/g)]
    .flatMap(([, list = '']) => list.split(/,\s*/))
    .filter((label) => !['instance', 'le'].includes(label))
    .filter((label) => !known.some(({ labels }) => Object.hasOwn(labels, label)))
    .map((label) => `by ${label}`)
  const matched = [...expr.matchAll(/\b(accord_\w+)\{([^}]*)\}/g)].flatMap(
    ([, name = '', list = '']) =>
      [...list.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, label = '', values = '']) => {
        const allowed = metricOf(name)?.labels[label]
        if (allowed === undefined) return [`${name} ${label}`]
        if ('named' in allowed) return []
        return values
          .split('|')
          .filter((value) => !allowed.includes(value))
          .map((value) => `${name} ${label} ${value}`)
      }),
  )
  return [...unknown, ...grouped, ...matched]
}

function metricOf(name: string): Metric | undefined {
  return table.get(name) ?? table.get(name.replace(/_(?:bucket|sum|count)$/, ''))
}
