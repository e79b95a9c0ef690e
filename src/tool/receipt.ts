import { command, flag, withoutDatabase } from './command.ts'
import { checkOptions, isTwice } from './option-sets.ts'

export const receiptVerify = command('receipt verify FILE [PROOF]', {
  says: `checks a receipt without the database: its signature, and that its event makes its entry;
with a .tlog-proof, that the public log holds this entry; FILE may be the .html of a receipt,
which has its proof in it; or a document of the public register (.json): the log holds it`,
  options: { ...checkOptions, json: flag('for machines') },
  asks: ({ FILE: file, PROOF: proof, json: isJson = false, ...given }) =>
    isTwice(given) ? undefined : { file, proof, isJson, ...given },
  noted: withoutDatabase,
  async run(asked, { config }) {
    const { verifyReceipt } = await import('../consent/record/index.ts')
    return verifyReceipt(config.keysDir, asked)
  },
})

export const commands = [receiptVerify]
