// What the register calls things in English, for samples that are written once: a real page gets each name in its own language.
const english: Readonly<Record<string, string>> = {
  '12 mars 1990': 'March 12, 1990',
  'Agence du revenu (démo)': 'Revenue Agency (demo)',
  'Aide aux études': 'Student Aid',
  'Aide aux études (démo)': 'Student Aid (demo)',
  'Aide financière aux études': 'Student Financial Aid',
  'Calcule et verse les bourses d’études.': 'Calculates and pays bursaries.',
  'Clé bleue': 'Blue key',
  'Clé bleue 3': 'Blue key 3',
  'Guichet (démo)': 'Counter (demo)',
  'Ma déclaration de revenus (démo)': 'My tax return (demo)',
  'Ministère de l’Avenir': 'Ministry of the Future',
  'Ministère de l’Avenir (démo)': 'Ministry of the Future (demo)',
  'Mon téléphone (démo)': 'My telephone (demo)',
  'Réseau de la santé (démo)': 'Health Network (demo)',
  'Régie du registre (démo)': 'Register Board (demo)',
  'revenu net': 'net income',
  'Savoir quel programme vous concerne': 'Know which programme concerns you',
  'Trouver votre dossier': 'Find your file',
  'Une autre province (démo)': 'Another province (demo)',
  'Vieux portail (démo)': 'Old portal (demo)',
  'votre adresse courriel': 'your e-mail address',
  'Vous écrire au sujet de votre demande': 'Write to you about your application',
}

/** A sample with the register's words in English; what a person typed stays as she typed it. */
export function withEnglishNames<T>(sample: T): T {
  return inEnglish(sample) as T // The same shape: only some strings are others.
}

function inEnglish(value: unknown): unknown {
  if (typeof value === 'string') return english[value] ?? value
  if (Array.isArray(value)) return value.map(inEnglish)
  if (value?.constructor !== Object) return value
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, inEnglish(of)]))
}
