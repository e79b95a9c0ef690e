import { inject } from 'vitest'
import { byServing } from './database-roles.ts'

/** The same database, by the role that serves; one that is on no server of the tests, as it is. */
export function served(url: string): string {
  const isOurs = URL.canParse(url) && new URL(url).password === new URL(inject('adminUrl')).password
  return isOurs ? byServing(url) : url
}

/** With the role that serves, as a process has it. One that moves the clock replaces a function, which is for its owner. */
export function servedEnv(env: Readonly<Record<string, string | undefined>>): {
  DATABASE_URL?: string
} {
  const url = env['DATABASE_URL'] ?? ''
  if (url === '' || (env['CLOCK_OFFSET'] ?? '') !== '') return {}
  return { DATABASE_URL: served(url) }
}
