import type { ListedProblem } from './listed-problem.ts'

/** Problems of /me, for a service that acts for a person. */
export const personProblems = {
  'consent.not-found': {
    status: 404,
    cause: {
      fr: 'Ce consentement n’est pas celui de cette personne, ou n’existe pas.',
      en: 'This consent is not hers, or is nobody’s.',
    },
    example: 'GET /me/consents/con_…',
    mend: {
      fr: 'Prenez l’identifiant dans /me/consents, avec le jeton de la même personne.',
      en: 'Take the id from /me/consents, with a token of the same person.',
    },
  },
  illegal_transition: {
    status: 409,
    cause: {
      fr: 'Le consentement n’est pas dans un état qui permet ce geste.',
      en: 'The consent is not in a state that allows this deed.',
    },
    example: 'une pause après un arrêt',
    mend: {
      fr: 'Relisez `state` dans /me/consents/{id}, et montrez-le à la personne.',
      en: 'Read `state` again in /me/consents/{id}, and show it to the person.',
    },
  },
  'sharing.untrusted': {
    status: 409,
    cause: {
      fr: 'Ce que le courtier garde du partage a changé sans lui. Rien n’est permis par ce partage.',
      en: 'What the broker keeps of the sharing was changed past it. It permits nothing.',
    },
    example: '"code":"sharing.untrusted"',
    mend: {
      fr: 'Dites à la personne de parler à l’exploitant. Un arrêt reste possible sur ses pages.',
      en: 'Tell the person to speak to the operator. A stop stays possible on her pages.',
    },
  },
  'access.held': {
    status: 409,
    cause: {
      fr: 'Son accès a été rétabli il y a peu. Ce geste attend la fin du délai de 72 heures.',
      en: 'Her access was recovered lately. This deed waits until the hold of 72 hours is over.',
    },
    example: 'POST /me/consents/{id}/resumption',
    mend: {
      fr: 'Dites-le à la personne, et recommencez après le délai.',
      en: 'Tell the person, and try again after the hold.',
    },
  },
  'contact.none': {
    status: 409,
    cause: {
      fr: 'La personne n’a pas d’adresse pour ce canal.',
      en: 'The person has no address for this channel.',
    },
    example: '{"channel":"sms"}',
    mend: {
      fr: 'Proposez un canal que /me/notifications nomme.',
      en: 'Offer a channel that /me/notifications names.',
    },
  },
  'dispute.not-found': {
    status: 404,
    cause: {
      fr: 'Cette décision ou cette question n’est pas à vous, ou pas de cette personne.',
      en: 'This decision or question is not yours, or not about this person.',
    },
    example: '{"decision_id":"dec_…"}',
    mend: {
      fr: 'Prenez l’identifiant dans la liste d’où il vient.',
      en: 'Take the id from the list that it is in.',
    },
  },
  'dispute.already': {
    status: 409,
    cause: {
      fr: 'Elle a déjà posé une question sur cette ligne.',
      en: 'She asked about this line before.',
    },
    example: 'deux fois le même decision_id',
    mend: {
      fr: 'Montrez-lui la question qui est là.',
      en: 'Show her the question that is there.',
    },
  },
  'dispute.text': {
    status: 400,
    cause: {
      fr: 'Le texte est vide, ou a plus de 2000 caractères.',
      en: 'The text is empty, or has more than 2000 characters.',
    },
    example: '{"text":""}',
    mend: {
      fr: 'Envoyez de 1 à 2000 caractères.',
      en: 'Send 1 to 2000 characters.',
    },
  },
  'dispute.too-many': {
    status: 429,
    cause: {
      fr: 'Dix de ses questions attendent une réponse.',
      en: 'Ten of her questions wait for an answer.',
    },
    example: 'la onzième question',
    mend: {
      fr: 'Dites-lui d’attendre une réponse.',
      en: 'Tell her to wait for an answer.',
    },
  },
  'data.too-often': {
    status: 429,
    cause: {
      fr: 'Vingt copies de ses données ont été prises en une heure.',
      en: 'Twenty copies of her data were taken within an hour.',
    },
    example: 'GET /me/export',
    mend: {
      fr: 'Attendez `Retry-After`, et gardez la copie que vous avez.',
      en: 'Wait for `Retry-After`, and keep the copy that you have.',
    },
  },
  'receipt.not-found': {
    status: 404,
    cause: {
      fr: 'Aucun reçu de ce nom n’est à elle.',
      en: 'No receipt of this name is hers.',
    },
    example: 'GET /me/receipts/rcp_…',
    mend: {
      fr: 'Prenez l’identifiant dans /me/consents/{id}.',
      en: 'Take the id from /me/consents/{id}.',
    },
  },
  'receipt.erased': {
    status: 410,
    cause: {
      fr: 'Ce reçu a été effacé, avec le consentement, à la fin du délai de la loi.',
      en: 'This receipt was erased, with its consent, at the end of the legal delay.',
    },
    example: 'GET /me/receipts/rcp_…',
    mend: {
      fr: 'Ne le demandez plus. La copie de la personne reste vraie.',
      en: 'Do not ask for it again. The copy of the person stays true.',
    },
  },
  'proof.not-found': {
    status: 404,
    cause: {
      fr: 'Aucun fait de ce numéro n’est à elle.',
      en: 'No event of this number is hers.',
    },
    example: 'GET /me/chain/99999/proof',
    mend: {
      fr: 'Prenez le numéro dans /me/chain.',
      en: 'Take the number from /me/chain.',
    },
  },
  'proof.waiting': {
    status: 409,
    cause: {
      fr: 'Le fait est trop récent : aucun arbre signé ne le contient encore.',
      en: 'The event is too recent: no signed tree holds it yet.',
    },
    example: 'Retry-After: 2',
    mend: {
      fr: 'Redemandez après `Retry-After`. C’est l’affaire d’une minute.',
      en: 'Ask again after `Retry-After`. It takes a minute at most.',
    },
  },
} as const satisfies Readonly<Record<string, ListedProblem>>
