import { isDeepStrictEqual } from 'node:util'
import type { RegisterObject } from './store.ts'

/** Whether a file says what is stored: its content is compared after a round trip through JSON, as the database stores it. */
export function hasSameContent(
  file: Pick<RegisterObject, 'content'>,
  stored: Pick<RegisterObject, 'content'>,
): boolean {
  return isDeepStrictEqual(stored.content, JSON.parse(JSON.stringify(file.content)))
}
