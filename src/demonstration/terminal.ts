import type { Config } from '../base/settings/config.ts'
import { aheadOfMachine, writeDuration } from '../base/values/clock.ts'
import { oneSuffices } from '../base/values/one-signature.ts'

type Started = {
  readonly config: Config
  readonly embedded: boolean
  readonly migrations: number
  /** The file of its officers' codes; undefined: nobody works there. */
  readonly desk: string | undefined
  readonly addresses: {
    readonly studentAid: string
    readonly revenueAgency: string
    readonly mailbox: string
    readonly province: string
    readonly witness: string
  }
}

const width = 19

/** What a newcomer reads after `npm start`: where everything is, and the next step; French, then English. */
export function printWelcome({ config, embedded, migrations, desk, addresses }: Started): void {
  const database = embedded ? `PostgreSQL, ${config.dataDir}/pg` : 'DATABASE_URL'
  const ahead = aheadOfMachine()
  const clock = (name: string, words: string) =>
    ahead === 0 ? [] : [line(name, `${words} (${writeDuration(ahead)})`)]
  const codes = (name: string, words: string) =>
    desk === undefined ? [] : [line(name, `${desk}   ${words}`)]
  const lines = [
    '',
    line('Base de données', `${database} · ${migrations} migrations`),
    ...clock('Horloge', 'en avance sur celle de la machine'),
    line('Courtier', `${config.issuer}   se connecter, mes partages, mon accès`),
    line('Découverte', `${config.issuer}/.well-known/openid-configuration`),
    line('Aide aux études', addresses.studentAid),
    line('Agence du revenu', addresses.revenueAgency),
    line('Boîte de messages', `${addresses.mailbox}   courriels et textos envoyés`),
    line('Autre province', `${addresses.province}   son service de connexion`),
    line('Témoin', `${addresses.witness}   du journal public ${config.issuer}/log/policy`),
    ...codes('Comptoir', 'les codes de deux personnes'),
    line('Registre', `${config.issuer}/register   ${oneSuffices.fr}`),
    '',
    line('Prochaine étape', `ouvrez ${addresses.studentAid} et choisissez « Demander une bourse »`),
    line('Arrêter', 'Ctrl+C'),
    '',
    line('Database', `${database} · ${migrations} migrations`),
    ...clock('Clock', 'ahead of the machine’s'),
    line('Broker', `${config.issuer}/en/   sign in, what I share, my account`),
    line('Discovery', `${config.issuer}/.well-known/openid-configuration`),
    line('Student Aid', `${addresses.studentAid}/en/`),
    line('Revenue Agency', `${addresses.revenueAgency}/en/`),
    line('Mailbox', `${addresses.mailbox}/en/   e-mails and text messages sent`),
    line('Another province', `${addresses.province}/en/   its sign-in service`),
    line('Witness', `${addresses.witness}   of the public log ${config.issuer}/log/policy`),
    ...codes('Desk', 'the codes of two people'),
    line('Register', `${config.issuer}/en/register   ${oneSuffices.en}`),
    '',
    line('Next step', `open ${addresses.studentAid}/en/ and choose “Ask for a bursary”`),
    line('Stop', 'Ctrl+C'),
    '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

function line(name: string, value: string): string {
  return `  ${name.padEnd(width)}${value}`
}
