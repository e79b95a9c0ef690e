import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFarKeys } from '../../src/base/keys/remote-keys.ts'
import { makeSigner } from '../../src/base/keys/remote-signer.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { isSignature, publicKeyOf } from '../../src/base/keys/signer.ts'
import { launch, newFolder, until } from '../support/fault-process.ts'
import { socketsIn, statement } from '../support/signer.ts'

// The sample signer, with SoftHSM2 in the place of a machine for keys: where Debian's softhsm2, opensc and python3-pkcs11 are installed.

const module = '/usr/lib/softhsm/libsofthsm2.so'
const python = '/usr/bin/python3'
const isInstalled =
  [module, '/usr/bin/pkcs11-tool', '/usr/bin/softhsm2-util'].every(existsSync) && hasPkcs11()

test.skipIf(!isInstalled)(
  'keys of a token sign by the sample signer, and never leave it',
  async () => {
    const dir = newFolder()
    const at = (name: string) => join(dir, name)
    const [conf, pin, folder] = [at('softhsm2.conf'), at('pin'), at('sockets')]
    const env = { SOFTHSM2_CONF: conf, PKCS11_PIN_FILE: pin }
    const run = (program: string, ...words: string[]) =>
      execFileSync(program, words, { env, stdio: 'pipe' })
    mkdirSync(join(dir, 'tokens'))
    mkdirSync(folder)
    writeFileSync(conf, `directories.tokendir = ${join(dir, 'tokens')}\nlog.level = ERROR\n`)
    writeFileSync(pin, '1234\n', { mode: 0o600 })
    run(
      'softhsm2-util',
      '--init-token',
      '--free',
      '--label',
      'accord',
      '--pin',
      '1234',
      '--so-pin',
      '5678',
    )
    const login = ['--module', module, '--token-label', 'accord', '--login', '--pin', '1234']
    const pair = (label: string, type: string) =>
      run('pkcs11-tool', ...login, '--keypairgen', '--key-type', type, '--label', label)
    pair('decision', 'EC:prime256v1')
    pair('id-token', 'EC:prime256v1')
    pair('id-token-rsa', 'rsa:3072')
    const words = [
      join(import.meta.dirname, '../../deploy/signer/pkcs11-signer.py'),
      module,
      'accord',
      folder,
    ]
    const purposes = ['decision', 'id-token', 'id-token-rsa'] as const
    const sockets = socketsIn(folder, purposes)
    const signer = launch([...words, ...purposes], { env, command: [python] })
    try {
      await until('the signer listens', () => {
        if (signer.process.exitCode !== null) throw new Error(signer.output())
        return signer.output().includes(`signer ${folder}:`)
      })
      const log = openLog('silent')
      const { pairs } = await readFarKeys(sockets, log)
      const port = makeSigner(
        { idToken: pairs['id-token'], idTokenRsa: pairs['id-token-rsa'], decision: pairs.decision },
        sockets,
        log,
      )
      for (const [purpose, alg] of [
        ['decision', 'ES256'],
        ['id-token', 'ES256'],
        ['id-token-rsa', 'RS256'],
        ['id-token-rsa', 'PS256'],
      ] as const) {
        const [jwk = {}] = pairs[purpose]
        const kid = jwk.kid ?? ''
        const asked = {
          purpose,
          kid,
          alg,
          bytes: statement(purpose, { iss: 'https://accord.exemple.test', alg, kid }),
        }
        // The port believes no signature that the public key does not confirm.
        expect(isSignature(publicKeyOf(jwk), asked, await port.sign(asked))).toBe(true)
      }
      await port.check()
    } finally {
      await signer.end('SIGTERM')
      rmSync(dir, { recursive: true, force: true })
    }
  },
)

function hasPkcs11(): boolean {
  try {
    execFileSync(python, ['-c', 'import pkcs11'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
