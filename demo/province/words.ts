import type { Locale } from '../applications/words.ts'

const fr = {
  band: 'Démonstration\u00a0: province inventée, personne n’y habite',
  footer:
    'Exemple de fournisseur d’identité d’un autre organisme. Ce n’est le service de personne, et aucune donnée n’est réelle.',
  home: {
    title: 'Une autre province',
    lead: 'Ici, deux personnes inventées ont un compte. Accord les laisse se connecter avec lui, sans créer de clé d’accès.',
    how: 'Comment l’essayer',
    steps: [
      'Dans une fenêtre privée, ouvrez l’Aide aux études et choisissez «\u00a0Me connecter\u00a0».',
      'Dans Accord, choisissez «\u00a0Continuer avec Une autre province (démo)\u00a0».',
      'Choisissez une des deux personnes.',
    ],
    go: 'Aller à l’Aide aux études (démo)',
    who: 'Qui a un compte ici',
  },
  choice: {
    title: 'Qui se connecte?',
    lead: 'Un vrai service demanderait un mot de passe. Ici, choisissez la personne que vous jouez.',
    asks: 'demande à savoir qui se connecte. Cette province lui dira le nom, la date de naissance et la façon de se connecter.',
    as: 'Continuer comme',
    cancel: 'Annuler et revenir',
  },
  born: 'Date de naissance',
  level: 'Façon de se connecter',
  levels: {
    'urn:autre-province:niveau:1': 'Mot de passe seulement',
    'urn:autre-province:niveau:2': 'Mot de passe, puis code d’une application',
  },
}

const en: typeof fr = {
  band: 'Demonstration: invented province, nobody lives there',
  footer:
    'An example of another body’s identity provider. It is nobody’s service, and no data is real.',
  home: {
    title: 'Another province',
    lead: 'Two invented people have an account here. Accord lets them sign in with it, without making a passkey.',
    how: 'How to try it',
    steps: [
      'In a private window, open Student Aid and choose “Sign in”.',
      'In Accord, choose “Continue with Another province (demo)”.',
      'Choose one of the two people.',
    ],
    go: 'Go to Student Aid (demo)',
    who: 'Who has an account here',
  },
  choice: {
    title: 'Who is signing in?',
    lead: 'A real service would ask for a password. Here, choose the person you are playing.',
    asks: 'asks who is signing in. This province will tell it the name, the date of birth and the way of signing in.',
    as: 'Continue as',
    cancel: 'Cancel and go back',
  },
  born: 'Date of birth',
  level: 'Way of signing in',
  levels: {
    'urn:autre-province:niveau:1': 'Password only',
    'urn:autre-province:niveau:2': 'Password, then a code from an application',
  },
}

export const provinceWords: Readonly<Record<Locale, typeof fr>> = { fr, en }
