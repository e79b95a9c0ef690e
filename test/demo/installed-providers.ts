import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as jose from 'jose'
import { until } from '../support/fault-process.ts'

// A provider of identities that is no package of npm, where it is installed: LemonLDAP::NG, as Debian has it.

const program = '/usr/bin/plackup'
const portal = '/usr/share/lemonldap-ng/portal'
const firstSettings = '/var/lib/lemonldap-ng/conf/lmConf-1.json'

export function isLemonldapThere(): boolean {
  return [program, `${portal}/htdocs/index.psgi`, firstSettings].every((path) =>
    fs.existsSync(path),
  )
}

/** The people whom its own demonstration has; their passwords are their names. */
export type PersonThere = 'dwho' | 'rtyler'

export type Lemonldap = {
  /** Fills in the form of its page. @param sentTo where our broker sent her @returns where her browser goes */
  signsIn(sentTo: string, person: PersonThere): Promise<URL>
  stop(): Promise<void>
}

export async function startLemonldap(
  issuer: string,
  broker: { readonly redirectUri: string; readonly jwks: string },
): Promise<Lemonldap> {
  const root = fs.mkdtempSync(join(tmpdir(), 'accord-lemonldap-'))
  for (const folder of ['conf', 'cache', 'sessions/lock', 'psessions/lock'])
    fs.mkdirSync(join(root, folder), { recursive: true })
  const settings = await settingsOf(root, issuer, broker)
  fs.writeFileSync(join(root, 'conf', 'lmConf-1.json'), JSON.stringify(settings))
  fs.writeFileSync(join(root, 'ini'), iniOf(root))
  const said = fs.openSync(join(root, 'said'), 'w')
  const { port } = new URL(issuer)
  const words = ['--host', '127.0.0.1', '--port', port, `${portal}/htdocs/index.psgi`]
  const child = spawn(program, words, {
    env: { PATH: process.env['PATH'] ?? '', LLNG_DEFAULTCONFFILE: join(root, 'ini') },
    stdio: ['ignore', said, said],
  })
  const stop = async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
    fs.closeSync(said)
    fs.rmSync(root, { recursive: true, force: true })
  }
  await until('LemonLDAP::NG answers', async () => {
    if (child.exitCode !== null)
      throw new Error(`it ended: ${fs.readFileSync(join(root, 'said'), 'utf8')}`)
    const discovery = `${issuer}.well-known/openid-configuration`
    return (await fetch(discovery).catch(() => undefined))?.ok === true
  }).catch(async (error: unknown) => {
    await stop()
    throw error
  })

  return {
    async signsIn(sentTo, person) {
      const browser = makeBrowserThere()
      const page = await (await browser(sentTo)).text()
      const hidden = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)
      const kept = Object.fromEntries([...hidden].map(([, name = '', value = '']) => [name, value]))
      const form = new URLSearchParams({ ...kept, user: person, password: person })
      const signedIn = await browser(`${issuer}oauth2`, form)
      const back = await browser(signedIn.headers.get('location') ?? '')
      return new URL(back.headers.get('location') ?? '')
    },
    stop,
  }
}

function makeBrowserThere() {
  const jar = new Map<string, string>()
  return async (url: string, form?: URLSearchParams): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, {
      method: form === undefined ? 'GET' : 'POST',
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
      ...(form === undefined ? {} : { body: form }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    return answer
  }
}

/** Its own first settings, with OpenID Connect for one client as an administrator writes it in its Manager. */
async function settingsOf(
  root: string,
  issuer: string,
  { redirectUri, jwks }: { readonly redirectUri: string; readonly jwks: string },
) {
  const pair = await jose.generateKeyPair('RS256', { extractable: true })
  const secretKey = await jose.exportPKCS8(pair.privateKey)
  const folders = (name: string) => ({
    Directory: join(root, name),
    LockDirectory: join(root, name, 'lock'),
  })
  const first = JSON.parse(fs.readFileSync(firstSettings, 'utf8')) as object
  return {
    ...first,
    portal: issuer,
    domain: 'localhost',
    notification: 0,
    requireToken: 0, // what its form guards itself with; its scripts put it there
    locationRules: { localhost: { default: 'accept' } },
    globalStorageOptions: {
      ...folders('sessions'),
      generateModule: 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
    },
    persistentStorageOptions: folders('psessions'),
    localSessionStorageOptions: { cache_root: join(root, 'cache'), cache_depth: 3 },
    issuerDBOpenIDConnectActivation: 1,
    oidcServicePrivateKeySig: secretKey,
    oidcServicePublicKeySig: await jose.exportSPKI(pair.publicKey),
    oidcServiceKeyIdSig: 'one',
    oidcServiceAllowAuthorizationCodeFlow: 1,
    oidcServiceMetaDataAuthnContext: { 'loa-1': 1, 'loa-2': 2 },
    oidcRPMetaDataOptions: {
      accord: {
        oidcRPMetaDataOptionsClientID: 'accord',
        oidcRPMetaDataOptionsRedirectUris: redirectUri,
        oidcRPMetaDataOptionsAuthMethod: 'private_key_jwt',
        oidcRPMetaDataOptionsJwks: jwks,
        oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
        oidcRPMetaDataOptionsIDTokenForceClaims: 1,
        oidcRPMetaDataOptionsBypassConsent: 1,
        oidcRPMetaDataOptionsRequirePKCE: 1,
      },
    },
    oidcRPMetaDataExportedVars: { accord: { given_name: 'cn', family_name: 'uid' } },
  }
}

function iniOf(root: string): string {
  return [
    '[all]',
    'logger = Lemonldap::NG::Common::Logger::Std',
    'userLogger = Lemonldap::NG::Common::Logger::Std',
    '[configuration]',
    'type = File',
    `dirName = ${join(root, 'conf')}`,
    '[portal]',
    'staticPrefix = /static',
    `templateDir = ${portal}/templates`,
    'languages = en, fr',
    '',
  ].join('\n')
}
