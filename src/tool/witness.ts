import { command, requiredText, text, withoutDatabase } from './command.ts'

export const witnessServe = command('witness serve', {
  says: 'a witness of the logs that a policy names, with its key and state in a folder, no database; until SIGTERM',
  options: {
    dir: requiredText('DIR', 'holds its key and its state'),
    policy: requiredText('FILE', 'names the logs (tlog-policy)'),
    name: requiredText('NAME', 'its name in what it signs'),
    host: text('HOST', 'where it listens (localhost)'),
    port: text('PORT', 'where it listens (3005)'),
  },
  asks({ host = 'localhost', port = '3005', ...given }) {
    const isPort = /^[1-9][0-9]{0,4}$/.test(port) && Number(port) < 65_536
    return isPort ? { ...given, host, port: Number(port) } : undefined
  },
  noted: withoutDatabase,
  async run(asked) {
    const { witnessUntilStopped } = await import('../ledger/witness/index.ts')
    return witnessUntilStopped(asked)
  },
})

export const commands = [witnessServe]
