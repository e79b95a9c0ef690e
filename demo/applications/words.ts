/** French is the language of the site; English stands under /en/. */
export type Locale = 'fr' | 'en'

export type Bilingual = Readonly<Record<Locale, string>>

export type NoticeKind = keyof (typeof fr)['notices']

const fr = {
  band: 'Démonstration\u00a0: organisme inventé',
  skip: 'Aller au contenu',
  otherLanguage: 'English',
  footer: 'Exemple de service branché au courtier Accord. Aucune donnée réelle.',
  charter: '',
  tasks: 'Ce que fait ce service',
  signIn: 'Me connecter',
  signInHint: 'Vous passerez par Accord, puis reviendrez ici. Aucun mot de passe n’est nécessaire.',
  signedOut: 'Votre session ici est fermée.',
  signedIn: 'Votre session est ouverte',
  number: 'Votre numéro chez nous',
  numberHint: 'Ce numéro n’existe qu’ici\u00a0: chaque organisme en reçoit un autre.',
  who: 'Votre nom',
  vouchedBy: 'Selon',
  email: 'Votre adresse courriel',
  emailHint:
    'Vous nous la laissez pour vous écrire. Vous pouvez cesser dans «\u00a0Mon accès\u00a0».',
  level: 'Vérification faite',
  since: 'Connexion faite le',
  signOut: 'Me déconnecter',
  neighbour: 'Autre service\u00a0:',
  levels: {
    'urn:accord:aal:1': 'Un seul moyen de vérification',
    'urn:accord:aal:2': 'Clé d’accès, ou deux moyens de vérification',
    'urn:accord:aal:3': 'Clé liée à un appareil',
    unknown: 'Non précisée',
  },
  notices: {
    refused: {
      title: 'La connexion n’a pas eu lieu',
      text: 'La connexion a été refusée ou annulée. Rien n’a changé dans votre dossier. Vous pouvez réessayer quand vous voulez, ou nous joindre par téléphone ou au comptoir.',
      action: 'Réessayer',
    },
    failed: {
      title: 'La connexion n’a pas abouti',
      text: 'Le service de connexion n’a pas pu terminer. Rien n’a changé dans votre dossier. Réessayez\u00a0; si cela se répète, attendez quelques minutes.',
      action: 'Réessayer',
    },
    startAgain: {
      title: 'Recommencez',
      text: 'Cette connexion a déjà servi, a été commencée dans un autre navigateur ou attend depuis plus de dix minutes. Par sécurité, il faut en commencer une nouvelle.',
      action: 'Recommencer',
    },
    unavailable: {
      title: 'Connexion impossible pour le moment',
      text: 'Le service de connexion ne répond pas comme prévu. Votre dossier n’est pas touché. Réessayez dans quelques minutes.',
      action: 'Réessayer',
    },
    notFound: {
      title: 'Page introuvable',
      text: 'Cette adresse ne mène à rien. Vérifiez-la, ou repartez de l’accueil.',
      action: 'Aller à l’accueil',
    },
    broken: {
      title: 'Un problème est survenu',
      text: 'Le problème vient de nous, pas de vous. Réessayez dans quelques minutes.',
      action: 'Aller à l’accueil',
    },
  },
  reference: 'Numéro à donner si vous nous écrivez\u00a0:',
}

const en: typeof fr = {
  band: 'Demonstration: invented organisation',
  skip: 'Skip to content',
  otherLanguage: 'Français',
  footer: 'An example of a service connected to the Accord broker. No real data.',
  charter:
    'The Charter of the French Language and its regulations govern the consultation of English-language content.',
  tasks: 'What this service does',
  signIn: 'Sign in',
  signInHint: 'You will go through Accord and come back here. You need no password.',
  signedOut: 'You are signed out.',
  signedIn: 'You are signed in',
  number: 'Your number with us',
  numberHint: 'This number exists only here: each organisation receives another one.',
  who: 'Your name',
  vouchedBy: 'According to',
  email: 'Your e-mail address',
  emailHint: 'You let us have it to write to you. You can stop in “My account”.',
  level: 'Verification made',
  since: 'Signed in on',
  signOut: 'Sign out',
  neighbour: 'Other service:',
  levels: {
    'urn:accord:aal:1': 'One means of verification',
    'urn:accord:aal:2': 'Passkey, or two means of verification',
    'urn:accord:aal:3': 'Key bound to a device',
    unknown: 'Not stated',
  },
  notices: {
    refused: {
      title: 'You are not signed in',
      text: 'The sign-in was refused or cancelled. Nothing has changed in your file. You can try again whenever you like, or reach us by telephone or at a counter.',
      action: 'Try again',
    },
    failed: {
      title: 'The sign-in did not finish',
      text: 'The sign-in service could not finish. Nothing has changed in your file. Try again; if it happens once more, wait a few minutes.',
      action: 'Try again',
    },
    startAgain: {
      title: 'Start again',
      text: 'This sign-in was already used, was begun in another browser, or has waited for more than ten minutes. For your safety, a new one is needed.',
      action: 'Start again',
    },
    unavailable: {
      title: 'Signing in is not possible right now',
      text: 'The sign-in service does not answer as it should. Your file is not affected. Try again in a few minutes.',
      action: 'Try again',
    },
    notFound: {
      title: 'Page not found',
      text: 'This address leads nowhere. Check it, or start from the home page.',
      action: 'Go to the home page',
    },
    broken: {
      title: 'Something went wrong',
      text: 'The problem is ours, not yours. Try again in a few minutes.',
      action: 'Go to the home page',
    },
  },
  reference: 'Number to give if you write to us:',
}

export const words: Readonly<Record<Locale, typeof fr>> = { fr, en }
