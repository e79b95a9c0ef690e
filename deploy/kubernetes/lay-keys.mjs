// Accord takes keys from a folder that its own user alone may read, with a folder for each purpose that has several. A Secret is
// mounted as one folder, owned by root and readable by a group; `id-token__1.jwk.json` in it is `id-token/1.jwk.json`.
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'

const mostFiles = 200

/** Copies the files of a mounted Secret into a new folder. @throws Error where that folder is there, or a name leads elsewhere */
export function layKeys(from, to) {
  // A mounted Secret has links of its own, `..data` and the like.
  const names = fs.readdirSync(from).filter((name) => !name.startsWith('.'))
  if (names.length === 0 || names.length > mostFiles)
    throw new Error(`${from} holds no keys, or too many`)
  fs.mkdirSync(to, { mode: 0o700 })
  for (const name of names) {
    const path = name.split('__')
    if (path.length > 2 || path.some((part) => !/^[a-z0-9][\w.-]*$/i.test(part)))
      throw new Error(`${name} is no name of a key`)
    const file = join(to, ...path)
    fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    fs.writeFileSync(file, fs.readFileSync(join(from, name)), { mode: 0o600, flag: 'wx' })
  }
}

if (import.meta.main) layKeys('/run/secret-keys', '/run/keys/held')
