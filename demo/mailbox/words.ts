import type { Locale } from '../applications/words.ts'

const fr = {
  band: 'Démonstration\u00a0: rien ne quitte cet ordinateur',
  footer: 'Courriels et textos que le courtier a envoyés. Gardés en mémoire, perdus à l’arrêt.',
  title: 'Messages reçus',
  lead: 'Ici arrivent les courriels et les textos que le courtier envoie, à qui que ce soit.',
  empty:
    'Rien encore. Dans Accord, ouvrez «\u00a0Mon accès\u00a0», puis «\u00a0Choisir mes messages\u00a0».',
  reload: 'Actualiser',
  email: 'Courriel',
  sms: 'Texto',
  to: 'À',
  from: 'De',
}

const en: typeof fr = {
  band: 'Demonstration: nothing leaves this computer',
  footer: 'E-mails and text messages that the broker sent. Kept in memory, gone when it stops.',
  title: 'Messages received',
  lead: 'The e-mails and text messages that the broker sends arrive here, whoever they are for.',
  empty: 'Nothing yet. In Accord, open “My account”, then “Choose my messages”.',
  reload: 'Refresh',
  email: 'E-mail',
  sms: 'Text message',
  to: 'To',
  from: 'From',
}

export const mailboxWords: Readonly<Record<Locale, typeof fr>> = { fr, en }
