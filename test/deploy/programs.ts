import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'

const places = ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/bin']

/** A test that is skipped, and says why, where a program is not installed. */
export function testWith(program: string, name: string, body: () => Promise<void>): void {
  if (places.some((place) => existsSync(join(place, program)))) test(name, body)
  else test.skip(`${name}: ${program} is not installed`, () => undefined)
}
