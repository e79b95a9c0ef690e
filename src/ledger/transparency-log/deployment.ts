import type { Config } from '../../base/settings/config.ts'
import type { Session } from '../../base/database/db-session.ts'
import { statementMs, withSession } from '../../base/database/db-session.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { namesSigned } from './store.ts'

// What a demonstration allows, a deployment refuses: one signature, a clock that moves, keys that are made on the way. The environment says
// which of the two runs, and under which address. An operator writes the environment. The database knows better: the names of its logs are
// public, and begin with the host of the issuer under which they were signed first.

/** Names that lead to nobody (RFC 6761, section 6), and this machine. */
const nobodys =
  /^(?:[^/]+\.)?(?:localhost|test|example|invalid)(?::\d+)?\/|^127\.0\.0\.1(?::\d+)?\//

/** @throws OperatorError where the database is that of a deployment, and this process says that it is a demonstration */
export function requireDemonstration(databaseUrl: string): Promise<void> {
  return withSession(databaseUrl, statementMs, requireNobodys)
}

async function requireNobodys(session: Session): Promise<void> {
  const name = (await namesSigned(session)).find((one) => !nobodys.test(one))
  if (name !== undefined)
    throw new OperatorError(
      `This database is that of ${name}, and no demonstration: NODE_ENV must be production, or staging.`,
    )
}

/**
 * A database belongs to the issuer whose log it signed first: people's keys, receipts and the public log name it. A demonstration may
 * move to other ports.
 * @throws OperatorError where the database is that of another issuer, or of a deployment while this process is a demonstration
 */
export function requireOwnDatabase(
  databaseUrl: string,
  { mode, issuer }: Pick<Config, 'mode' | 'issuer'>,
): Promise<void> {
  if (mode === 'demonstration') return requireDemonstration(databaseUrl)
  return withSession(databaseUrl, statementMs, async (session) => {
    const first = (await namesSigned(session)).at(-1)
    const host = first?.split('/', 1)[0]
    // Every deployment is served over https: only the host of its issuer can be another one.
    if (host !== undefined && host !== new URL(issuer).host)
      throw new OperatorError(
        `This database is that of https://${host}, and ISSUER here is ${issuer}: set ISSUER=https://${host}, or name in DATABASE_URL a database of ${issuer}, or an empty one. Nothing was changed.`,
      )
  })
}
