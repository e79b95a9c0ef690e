import { sqlState } from './database.ts'
import { causeOf, isOutage } from './database-outages.ts'
import { asPooler } from './pooler-check.ts'
import { SignerFault } from '../values/signer-fault.ts'
import { OperatorError } from '../values/operator-error.ts'

/** A fault of the database as a person who typed a command can mend it, in one sentence; any other error as it is. */
export function asOperatorError(error: unknown): unknown {
  const found = asPooler(error)
  if (found instanceof OperatorError) return found
  const cause = causeOf(error)
  if (cause instanceof SignerFault)
    return new OperatorError(`SIGNER_SOCKETS: the signer cannot be used: ${cause.message}.`, {
      cause: error,
    })
  const code = sqlState(cause) ?? ''
  const sentence = sentenceOf(code) ?? (isOutage(error) ? silence(code) : undefined)
  return sentence === undefined ? error : new OperatorError(sentence, { cause: error })
}

function sentenceOf(code: string): string | undefined {
  if (/^(28|3D)/.test(code)) return `The database of DATABASE_URL refuses us (${code}).`
  if (code === '25006')
    return 'The database of DATABASE_URL only reads (25006): name the one that takes writes.'
  if (code === '42501') return 'The role of DATABASE_URL may not do this in the database (42501).'
  // A table, a function or a column that is not there.
  if (/^42(P01|883|703)$/.test(code))
    return `The database is not as this version wants it (${code}): run « npm run migrate » first.`
  return undefined
}

function silence(code: string): string {
  return `The database of DATABASE_URL does not answer (${code || 'no answer in time'}).`
}
