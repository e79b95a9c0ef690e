import type { ListedFault } from './listed-error.ts'

// The faults of a request that a person answers elsewhere (OpenID Connect CIBA Core 1.0, sections 11 and 13).

export const bindingMessageSent =
  'binding_message: the broker makes it, and answers it as accord_binding_message'
export const oneHint = 'the person is named by login_hint alone'
export const noMoreThanSignIn = 'this request is for a sign-in alone'
export const notTakenHere = 'is not taken at /backchannel'
export const noWholeSeconds = 'requested_expiry: must be a whole number of seconds above zero'
export const notAnswered = 'auth_req_id: the person has not answered yet'
export const askedTooOften = 'auth_req_id: asked for more often than is allowed'
export const notSignedIn = 'the person does not sign in'
export const requestWaits =
  'login_hint: a request of this service for this person waits already, until it is answered or over'
export const requestLimit =
  'login_hint: this organisation has asked for this person ten times within a day'

export const waitingFaults = {
  'person-unknown': {
    error: 'unknown_user_id',
    status: 400,
    isRest: true,
    says: [],
    cause: {
      fr: 'login_hint n’est le sub de personne dans votre organisme.',
      en: 'login_hint is the sub of nobody at your organisation.',
    },
    example: 'login_hint=dominique@exemple.test',
    mend: {
      fr: 'Envoyez le sub que votre organisme a reçu à une connexion de cette personne. Il est le même à tous vos services, et autre ailleurs.',
      en: 'Send the sub that your organisation got at a sign-in of this person. It is the same at all your services, and another one elsewhere.',
    },
  },
  'hint-missing': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'login_hint: is missing',
        for: ['missing one of required parameters login_hint_token, id_token_hint, or login_hint'],
      },
      { says: `{name}: ${oneHint}` },
    ],
    cause: {
      fr: 'La demande ne dit pas pour quelle personne elle est, ou le dit autrement que par login_hint.',
      en: 'The request does not say for which person it is, or says it by something else than login_hint.',
    },
    example: 'POST /backchannel, id_token_hint=eyJ…',
    mend: {
      fr: 'Envoyez login_hint avec le sub, et aucun autre indice. Un jeton d’identité ne sert pas d’indice : il ne vaut que cinq minutes.',
      en: 'Send login_hint with the sub, and no other hint. An ID token is no hint here: it is good for five minutes only.',
    },
  },
  'binding-message': {
    error: 'invalid_binding_message',
    status: 400,
    says: [{ says: bindingMessageSent }],
    cause: {
      fr: 'Votre demande apporte ses propres mots pour la personne.',
      en: 'Your request brings words of its own for the person.',
    },
    example: 'binding_message=W4SCT',
    mend: {
      fr: 'Omettez-le. La réponse a accord_binding_message : deux mots dans chaque langue, que la personne voit aussi. Montrez-les ou lisez-les.',
      en: 'Leave it out. The answer has accord_binding_message: two words in each language, which the person sees too. Show them, or read them out.',
    },
  },
  'more-than-sign-in': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: `{name}: ${noMoreThanSignIn}` }],
    cause: {
      fr: 'Par /backchannel, une personne se connecte et rien de plus : aucun partage, aucun renseignement, aucune API.',
      en: 'By /backchannel a person signs in and nothing more: no sharing, no information, no API.',
    },
    example: 'scope=openid email',
    mend: {
      fr: 'Envoyez scope=openid, et acr_values s’il vous faut un niveau. Demandez le reste par /auth, où la personne le lit.',
      en: 'Send scope=openid, and acr_values if you need a level. Ask for the rest at /auth, where the person reads it.',
    },
  },
  'not-at-backchannel': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: `{name}: ${notTakenHere}` }],
    cause: {
      fr: 'Ce paramètre de CIBA Core 1.0, ou une demande signée, n’est pas offert ici.',
      en: 'This parameter of CIBA Core 1.0, or a signed request, is not offered here.',
    },
    example: 'user_code=1234',
    mend: {
      fr: 'Omettez-le. Personne n’a de code à dire : la personne prouve elle-même qui elle est.',
      en: 'Leave it out. Nobody has a code to tell: the person proves herself who she is.',
    },
  },
  'request-waits': {
    error: 'access_denied',
    status: 403,
    says: [{ says: requestWaits }],
    cause: {
      fr: 'Une demande du même service pour la même personne n’a pas encore pris fin.',
      en: 'A request of the same service for the same person is not over yet.',
    },
    example: 'POST /backchannel, login_hint=…',
    mend: {
      fr: 'Attendez la réponse ou la fin de la première, dix minutes au plus.',
      en: 'Wait for the answer to the first one, or for its end: ten minutes at most.',
    },
  },
  'request-limit': {
    error: 'access_denied',
    status: 403,
    says: [{ says: requestLimit }],
    cause: {
      fr: 'Dix demandes par jour pour une même personne, de tous les services d’un organisme ensemble.',
      en: 'Ten requests a day for one person, of all services of an organisation together.',
    },
    example: 'POST /backchannel, login_hint=…',
    mend: {
      fr: 'Convenez d’un autre moyen avec la personne; vingt-quatre heures après la première demande, vous pourrez en refaire une.',
      en: 'Agree on another way with the person; twenty-four hours after the first request you may make one again.',
    },
  },
  'notification-token': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'client_notification_token: must be a bearer token of at most 1024 characters',
        for: [
          'client_notification_token must be a valid Bearer token',
          'client_notification_token must not exceed 1024 characters',
        ],
      },
    ],
    cause: {
      fr: 'Avec backchannel_token_delivery_mode: ping, chaque demande apporte le jeton avec lequel nous vous prévenons.',
      en: 'With backchannel_token_delivery_mode: ping each request brings the token with which we tell you.',
    },
    example: 'client_notification_token=a b',
    mend: {
      fr: 'Envoyez une valeur au hasard, autre à chaque demande, de lettres, de chiffres et de -._~+/.',
      en: 'Send a random value, another one for each request, of letters, digits and -._~+/.',
    },
  },
  'requested-expiry': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: noWholeSeconds,
        for: ['invalid requested_expiry parameter value'],
      },
    ],
    cause: {
      fr: 'requested_expiry n’est pas un nombre entier de secondes, plus grand que zéro.',
      en: 'requested_expiry is no whole number of seconds above zero.',
    },
    example: 'requested_expiry=PT5M',
    mend: {
      fr: 'Envoyez un nombre de 60 à 600, ou rien : la demande vit alors dix minutes.',
      en: 'Send a number from 60 to 600, or nothing: the request then lives ten minutes.',
    },
  },
  'answer-pending': {
    error: 'authorization_pending',
    status: 400,
    says: [{ says: notAnswered }],
    cause: {
      fr: 'Ce n’est pas une faute : la personne n’a pas encore répondu.',
      en: 'This is no fault: the person has not answered yet.',
    },
    example: 'POST /token, auth_req_id=…',
    mend: {
      fr: 'Demandez de nouveau après `interval` secondes.',
      en: 'Ask again after `interval` seconds.',
    },
  },
  'slow-down': {
    error: 'slow_down',
    status: 400,
    says: [{ says: askedTooOften }],
    cause: {
      fr: 'La personne n’a pas encore répondu, et vous demandez trop souvent.',
      en: 'The person has not answered yet, and you ask too often.',
    },
    example: 'POST /token, auth_req_id=…',
    mend: {
      fr: 'Attendez cinq secondes de plus à partir de maintenant, entre toutes vos questions.',
      en: 'Wait five seconds longer from now on, between all your questions.',
    },
  },
  'answer-over': {
    error: 'expired_token',
    status: 400,
    says: [
      { says: 'auth_req_id: is over', for: ['backchannel authentication request is expired'] },
    ],
    cause: {
      fr: 'La demande a pris fin, et vous n’en avez pris aucune réponse.',
      en: 'The request is over, and you fetched no answer to it.',
    },
    example: 'POST /token, auth_req_id=…',
    mend: {
      fr: 'Convenez avec la personne d’une autre demande.',
      en: 'Agree with the person on another request.',
    },
  },
  'answer-refused': {
    error: 'access_denied',
    status: 400,
    says: [{ says: notSignedIn }],
    cause: {
      fr: 'La personne ne se connecte pas. La réponse ne dit pas pourquoi : elle a refusé, ne veut plus de ces demandes, ou n’a plus d’accès.',
      en: 'The person does not sign in. The answer does not say why: she refused, wants no such requests, or has no access any more.',
    },
    example: 'POST /token, auth_req_id=…',
    mend: {
      fr: 'N’insistez pas. Offrez un autre moyen : le téléphone, le comptoir, le papier.',
      en: 'Do not insist. Offer another way: by telephone, at the counter, on paper.',
    },
  },
} satisfies Readonly<Record<string, ListedFault>>
