import type { ListedProblem } from './listed-problem.ts'

/** Problems of /ssf, where bodies are told of what happens (Shared Signals Framework). */
export const streamProblems = {
  'signals.none': {
    status: 404,
    cause: {
      fr: 'Ce courtier n’envoie pas de signaux : il n’a pas de clé pour les signer.',
      en: 'This broker sends no signals: it has no key to sign them.',
    },
    example: 'GET /.well-known/ssf-configuration',
    mend: {
      fr: 'Demandez à l’exploitant. Les arrêts se lisent aussi à /disclosures/effects.',
      en: 'Ask the operator. Stops can be read at /disclosures/effects, too.',
    },
  },
  'signals.not-found': {
    status: 404,
    cause: {
      fr: 'Ce flux n’est pas à votre organisme, ou n’existe pas.',
      en: 'This stream is not of your body, or does not exist.',
    },
    example: 'GET /ssf/streams?stream_id=str_…',
    mend: {
      fr: 'Prenez l’identifiant dans GET /ssf/streams.',
      en: 'Take the id from GET /ssf/streams.',
    },
  },
  'signals.too-many-streams': {
    status: 409,
    cause: {
      fr: 'Votre organisme a autant de flux qu’il peut en avoir.',
      en: 'Your body has as many streams as it may have.',
    },
    example: 'POST /ssf/streams',
    mend: {
      fr: 'Changez un flux que vous avez, ou finissez-en un d’abord.',
      en: 'Change a stream that you have, or end one first.',
    },
  },
  'signals.endpoint': {
    status: 400,
    cause: {
      fr: 'L’adresse où livrer ne peut pas être appelée : https seulement, à un nom public et non à une adresse IP, au port 443, sans identifiant, mot de passe ni fragment, et pas chez nous.',
      en: 'The address to deliver to may not be called: https only, at a public name and not at an IP address, at port 443, without a user, a password or a fragment, and not at this broker.',
    },
    example: '"endpoint_url":"http://signaux.exemple.test/"',
    mend: {
      fr: 'Donnez une adresse https publique, ou demandez vos signaux (RFC 8936).',
      en: 'Give a public https address, or poll for your signals (RFC 8936).',
    },
  },
  'signals.no-subject': {
    status: 404,
    cause: {
      fr: 'L’identifiant n’est celui de personne à qui votre organisme a eu affaire.',
      en: 'The identifier is of nobody whom your body had to do with.',
    },
    example: '{"format":"iss_sub","iss":"…","sub":"…"}',
    mend: {
      fr: 'Donnez `iss` et le `sub` que votre organisme a reçu pour cette personne.',
      en: 'Give `iss` and the `sub` that your body was given for this person.',
    },
  },
  'signals.too-often': {
    status: 429,
    cause: {
      fr: 'Une vérification de ce flux a été demandée il y a moins d’une minute.',
      en: 'A verification of this stream was asked for less than a minute ago.',
    },
    example: 'POST /ssf/verification',
    mend: {
      fr: 'Attendez `Retry-After`.',
      en: 'Wait for `Retry-After`.',
    },
  },
  'signals.disabled': {
    status: 409,
    cause: {
      fr: 'Le flux est fermé (`disabled`) : il ne reçoit rien.',
      en: 'The stream is disabled: it gets nothing.',
    },
    example: 'POST /ssf/verification',
    mend: {
      fr: 'Rouvrez-le d’abord : POST /ssf/status, `enabled`.',
      en: 'Enable it first: POST /ssf/status, `enabled`.',
    },
  },
  'signals.not-polled': {
    status: 409,
    cause: {
      fr: 'Ce flux est livré à votre adresse : il n’y a rien à demander.',
      en: 'This stream is pushed to your address: there is nothing to poll.',
    },
    example: 'POST /ssf/poll/str_…',
    mend: {
      fr: 'Changez `delivery` du flux si vous voulez demander vos signaux.',
      en: 'Change `delivery` of the stream if you want to poll.',
    },
  },
} as const satisfies Readonly<Record<string, ListedProblem>>
