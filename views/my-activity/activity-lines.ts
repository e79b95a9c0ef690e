import { daysOf } from '../../src/pages/my-activity/days.ts'
import type { ActivityLine, Day, LineGroup } from '../../src/pages/my-activity/pages.ts'
import { iconOf } from '../../src/pages/my-activity/short-line.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { makeWords } from '../../src/base/web/words.ts'

// Lines for the samples of « Mon activité », of which days are made as the page makes them.

const now = new Date('2026-12-01T21:00:00Z')
const words = makeWords()

export function reference(prefix: string): string {
  return `${prefix}_06f9zj5b2x8m4q7t1n3v5w9ykd`
}

/** What a sample says of a line; the rest is as of a line that says no more. */
export type Told = Partial<ActivityLine> &
  Pick<ActivityLine, 'title'> & { readonly group: LineGroup }

export function line(
  language: Language,
  at: string,
  told: Told,
  acts: readonly string[] = [],
): ActivityLine {
  const base = language === 'en' ? '/en' : ''
  const number = told.reference ?? reference('dec')
  return {
    kind: 'sent',
    icon: iconOf(told.group),
    at: new Date(at),
    href: `${base}/activite/${number}`,
    short: told.title,
    aside: [],
    isUnusual: false,
    service: undefined,
    what: [],
    subject: undefined,
    purpose: undefined,
    right: undefined,
    result: undefined,
    device: undefined,
    notes: [],
    reference: number,
    number: '3V5W-9YKD',
    acts: acts.map((text) => ({
      href: `${base}/mes-partages/signalements/${number}`,
      text,
      name: `${text}: ${told.title}`,
    })),
    ...told,
  }
}

export function inDays(
  language: Language,
  lines: readonly ActivityLine[],
  open: 'newest' | 'all',
): Day[] {
  const t = (key: string, values = {}) => words.t(language, key, values)
  return daysOf(lines, { words, language, now, t }, open)
}

type Said = readonly [at: string, group: LineGroup, fr: string, en: string]

/** A month of somebody who uses it often: thirty lines in eight days. */
const month: readonly Said[] = [
  [
    '2026-12-01T15:28',
    'refused',
    'Revenu net : envoi refusé|à l’Aide aux études (démo)|Vous aviez arrêté ce partage.',
    'Net income: refused|to Student Aid (demo)|You had stopped this sharing.',
  ],
  [
    '2026-12-01T15:20',
    'changed',
    'Vous avez arrêté un partage|Aide aux études (démo)|Revenu net',
    'You stopped a sharing|Student Aid (demo)|Net income',
  ],
  [
    '2026-12-01T15:18',
    'changed',
    'Partage mis en pause|Aide aux études (démo)|Revenu net',
    'Sharing paused|Student Aid (demo)|Net income',
  ],
  ['2026-12-01T15:11', 'sign-in', 'Connexion|Chrome sur Linux', 'Sign-in|Chrome on Linux'],
  [
    '2026-11-30T15:15',
    'sent',
    'Revenu net et situation familiale : envoi|à l’Aide aux études (démo)|réception confirmée',
    'Net income and family situation: sent|to Student Aid (demo)|confirmed as received',
  ],
  [
    '2026-11-30T15:14',
    'answered',
    'Vous avez autorisé un partage|Aide aux études (démo)|Revenu net et situation familiale',
    'You allowed a sharing|Student Aid (demo)|Net income and family situation',
  ],
  [
    '2026-11-30T15:12',
    'asked',
    'Une question pour un partage|Aide aux études (démo)',
    'A question about a sharing|Student Aid (demo)',
  ],
  ['2026-11-30T15:11', 'sign-in', 'Connexion|Chrome sur Linux', 'Sign-in|Chrome on Linux'],
  [
    '2026-11-28T14:02',
    'law',
    'Résidence au Québec, 2025 : envoi|à l’Aide aux études (démo)|la loi le permet',
    'Residence in Québec, 2025: sent|to Student Aid (demo)|the law allows it',
  ],
  [
    '2026-11-28T14:02',
    'law',
    'Résidence au Québec, 2024 : envoi|à l’Aide aux études (démo)|la loi le permet',
    'Residence in Québec, 2024: sent|to Student Aid (demo)|the law allows it',
  ],
  [
    '2026-11-28T14:01',
    'told',
    'Une page vous a parlé d’un envoi prévu par la loi|Aide aux études (démo)',
    'You were told of an exchange that the law allows|Student Aid (demo)',
  ],
  ['2026-11-28T14:00', 'sign-in', 'Connexion|Chrome sur Linux', 'Sign-in|Chrome on Linux'],
  [
    '2026-11-27T01:10',
    'asked',
    'Une question pour un partage|Aide aux études (démo)|attend votre réponse',
    'A question about a sharing|Student Aid (demo)|waits for your answer',
  ],
  [
    '2026-11-27T01:05',
    'answered',
    'Vous avez refusé un partage|Aide aux études (démo)|Personnes à charge',
    'You refused a sharing|Student Aid (demo)|Dependants',
  ],
  ['2026-11-27T00:40', 'sign-in', 'Connexion|Chrome sur Android', 'Sign-in|Chrome on Android'],
  ['2026-11-24T00:05', 'access', 'Nouveaux codes de récupération', 'New recovery codes'],
  ['2026-11-24T00:02', 'access', 'Clé d’accès renommée', 'Passkey renamed'],
  ['2026-11-23T23:50', 'sign-in', 'Connexion|Chrome sur Linux', 'Sign-in|Chrome on Linux'],
  ['2026-11-18T02:00', 'sign-in', 'Connexion|Chrome sur Android', 'Sign-in|Chrome on Android'],
  ['2026-11-17T17:00', 'sign-in', 'Connexion|Chrome sur Android', 'Sign-in|Chrome on Android'],
  ['2026-11-17T13:00', 'sign-in', 'Connexion|Chrome sur Android', 'Sign-in|Chrome on Android'],
  ['2026-11-13T21:30', 'sign-in', 'Connexion|Chrome sur Linux', 'Sign-in|Chrome on Linux'],
  [
    '2026-11-13T19:00',
    'ended',
    'Partage terminé|Aide aux études (démo)|Revenu net',
    'Sharing ended|Student Aid (demo)|Net income',
  ],
  [
    '2026-11-09T14:45',
    'access',
    'Adresse ou numéro ajouté pour vous avertir',
    'Address or number added to tell you things',
  ],
  ['2026-11-09T14:40', 'access', 'Clé d’accès ajoutée', 'Passkey added'],
  ['2026-11-09T14:14', 'access', 'Application de codes ajoutée', 'Code application added'],
  ['2026-11-09T14:12', 'access', 'Clé d’accès ajoutée', 'Passkey added'],
  ['2026-11-09T14:12', 'access', 'Nouveaux codes de récupération', 'New recovery codes'],
  ['2026-11-09T14:10', 'opened', 'Accès créé', 'Account created'],
  ['2026-11-09T14:10', 'sign-in', 'Connexion|Chrome sur Linux', 'Sign-in|Chrome on Linux'],
]

export function monthOf(language: Language): ActivityLine[] {
  return month.map(([at, group, fr, en]) => {
    const [title = '', ...aside] = { fr, en }[language].split('|')
    const kind = group === 'sign-in' ? ('sign-in' as const) : ('consent' as const)
    const device = group === 'sign-in' ? aside[0] : undefined
    return line(language, `${at}:00Z`, {
      title,
      group,
      kind,
      aside,
      device,
      isUnusual: group === 'refused',
    })
  })
}
