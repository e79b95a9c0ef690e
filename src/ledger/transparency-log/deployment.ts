import { openSession } from '../../base/database/db-session.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { namesSigned } from './store.ts'

// What a demonstration allows, a deployment refuses: one signature, a clock that moves, keys that are made on the way. The environment says
// which of the two runs, and an operator writes the environment. The database knows better: the names of its logs are public.

/** Names that lead to nobody (RFC 6761, section 6), and this machine. */
const nobodys =
  /^(?:[^/]+\.)?(?:localhost|test|example|invalid)(?::\d+)?\/|^127\.0\.0\.1(?::\d+)?\//

/** @throws OperatorError where the database is that of a deployment, and this process says that it is a demonstration */
export async function requireDemonstration(databaseUrl: string): Promise<void> {
  const { session, close } = await openSession(databaseUrl)
  try {
    const name = (await namesSigned(session)).find((one) => !nobodys.test(one))
    if (name !== undefined)
      throw new OperatorError(
        `This database is that of ${name}, and no demonstration: NODE_ENV must be production, or staging.`,
      )
  } finally {
    await close()
  }
}
