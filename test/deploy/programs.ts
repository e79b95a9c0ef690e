import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { nginxTooOld } from '../support/nginx-version.ts'

const places = ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/bin']

/** A test that is skipped, and says why, where a program is not installed, or too old. */
export function testWith(program: string, name: string, body: () => Promise<void>): void {
  const why = missing(program)
  if (why === undefined) test(name, body)
  else test.skip(`${name}: ${why}`, () => undefined)
}

function missing(program: string): string | undefined {
  if (!places.some((place) => existsSync(join(place, program))))
    return `${program} is not installed`
  return program === 'nginx' ? nginxTooOld() : undefined
}
