import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { lacking, linesOf, numberIn, textOf } from './recipe.ts'

test('copies by pgBackRest are sealed, and gone before people are told that they are', () => {
  const conf = 'backup/pgbackrest.conf'
  const sealed = ['repo1-cipher-type=aes-256-cbc', 'repo1-retention-full-type=time', 'start-fast=y']
  expect(lacking(conf, sealed)).toEqual([])
  expect(linesOf(conf).join('\n')).not.toMatch(/-pass=|-key=|-secret=/)
  // The window keeps the whole copy before it, too, and one is made each Sunday.
  const plan = linesOf('backup/crontab').map((line) => line.split(' '))
  const whole = plan.filter((words) => words.includes('--type=full'))
  expect(whole.map(([, , day, month, weekday]) => [day, month, weekday])).toEqual([['*', '*', '0']])
  const oldest = numberIn(linesOf(conf).join('\n'), /^repo1-retention-full=(\d+)$/) + 7
  const most = /\*\*Backups and WAL must not be older than (\d+) days\*\*/
  expect(oldest).toBeLessThan(numberIn(textOf('docs/operate.en.md'), most))
})

test('with Patroni a standby confirms each commit or nobody does, and one server alone takes writes', () => {
  const text = textOf('deploy/patroni/patroni.yml')
  const read = parse(text) as {
    readonly bootstrap: {
      readonly dcs: { readonly postgresql: { readonly parameters: Record<string, unknown> } }
    }
  }
  expect(read).toMatchObject({
    bootstrap: {
      dcs: {
        synchronous_mode: true,
        synchronous_mode_strict: true,
        synchronous_node_count: 1,
        maximum_lag_on_failover: 0,
      },
    },
    watchdog: { mode: 'required' },
  })
  const { parameters } = read.bootstrap.dcs.postgresql
  expect(parameters).toMatchObject({ fsync: 'on', synchronous_commit: 'on', archive_mode: 'on' })
  expect(text).not.toMatch(/password:|trust\b|\bhost /)
  // The settings without Patroni are the same.
  expect(
    lacking('backup/postgresql.conf', [
      `archive_command = '${String(parameters['archive_command'])}'`,
      `archive_timeout = ${String(parameters['archive_timeout'])}`,
      'archive_mode = on',
    ]),
  ).toEqual([])
})
