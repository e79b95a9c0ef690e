import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { settingsOf } from '../../bench/servers.ts'
import { startOf } from '../../bench/stage.ts'
import { issuer, makeSigners } from '../../bench/world.ts'
import { readConfig } from '../../src/base/settings/config.ts'

test('what is measured is a deployment: its settings are those with which production starts', () => {
  const place = { dir: tmpdir(), keysDir: tmpdir(), ours: {}, signers: makeSigners() }
  const urls = { accord: 'postgres://127.0.0.1:5432/any', naive: '', ceiling: '' }
  const { env } = startOf('accord', { ...place, urls, postgres: { pid: 1 } })
  const config = readConfig({ HOST: '127.0.0.1', PORT: '4000', ...settingsOf(issuer), ...env })
  expect(config).toMatchObject({ mode: 'production' })
})
