import { startDuty } from '../../src/foundation/duty.ts'
import { openLog } from '../../src/foundation/log.ts'
import { sequencing } from '../../src/log/sequence.ts'
import { signing } from '../../src/log/sign.ts'
import { issuer } from './stage.ts'

// A process that does what `work` does of the log, and nothing else, until it is killed.

const { DATABASE_URL: url = '', LEDGER_DIR: ledgerDir = '', LOG_SECRET: secret = '' } = process.env
const log = openLog('silent')
const clock = () => new Date()
const secrets = [Buffer.from(secret, 'hex')]
const askWitnesses = () => Promise.resolve('')
startDuty(url, sequencing(0, clock), log)
startDuty(url, signing({ issuer, ledgerDir, secrets, clock, log, askWitnesses }, 0), log)
process.stdout.write('working\n')
