import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Kind } from './secrets.ts'
import { closeSecrets, findSecrets, logged, newSecretsFolder, secret } from './secrets.ts'

const planted: readonly [Kind, string, string][] = [
  ['token', 'Zk3vQ9-_b7Yw2Lr8Tn5Xc1Df6Gh4Jm0P', 'Authorization: DPoP {}'],
  ['password', 'trois "huards" dorment debout', '{"body":{"password":{}}}'],
  ['cookie', 'p7Gq+3/xY9Zr=L2mN4oB6vC8dF0h', 'GET /acces?sid={}&x=1'],
  ['recovery code', 'K3QF-7HX2-9MND-T4VB-R8WC-Y6ZE', 'took {}'],
  ['seed', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXQ', 'otpauth://totp/Accord?secret={}&issuer=Accord'],
  ['message code', '7HX2-K3QF', 'sent {} to somebody'],
]

function asWritten(kind: Kind, value: string): string {
  if (kind === 'password') return JSON.stringify(value)
  return kind === 'cookie' ? encodeURIComponent(value) : value
}

let folder: string
beforeAll(() => {
  folder = newSecretsFolder()
})
afterAll(() => closeSecrets(folder))

describe('the search for secrets in logs', () => {
  test('does not report names and beginnings of secrets', () => {
    for (const [kind, value] of planted) secret(kind, value, folder)
    logged('calm', 'K3QF-7HX2 Zk3vQ9-_b7Yw2Lr8 trois huards 123456 password token\n', folder)
    expect(findSecrets(folder)).toEqual([])
  })

  test.each(planted)('finds a %s', (kind, value, line) => {
    logged(
      kind.replaceAll(' ', '-'),
      `before ${line.replace('{}', asWritten(kind, value))}\n`,
      folder,
    )
    const found = findSecrets(folder).filter((finding) => finding.kind === kind)
    expect(found).toHaveLength(1)
    expect(found[0]?.file).toContain(kind.replaceAll(' ', '-'))
    expect(JSON.stringify(found)).not.toContain(value)
  })

  test('finds a secret that was cut off or written in two parts', () => {
    const [token, rest] = ['Qx9vB2nM4kL6jH8gF0dS1aP3', 'oI5uY7tR9eW']
    secret('token', token + rest, folder)
    logged('cut', token, folder)
    logged('halves', token.slice(0, 10), folder)
    logged('halves', token.slice(10), folder)
    const files = findSecrets(folder).map(({ file }) => file.split('-')[0])
    expect(files).toEqual(expect.arrayContaining(['cut', 'halves']))
  })
})

test('a run records its processes and secrets for the search at its end', () => {
  expect(process.env['ACCORD_SECRETS_DIR']).toMatch(/accord-secrets-/)
})
