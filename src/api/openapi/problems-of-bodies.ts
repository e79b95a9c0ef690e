import type { ListedProblem } from './listed-problem.ts'

/** Problems that bodies meet, in what follows a decision or a stop. */
export const bodyProblems = {
  'decision-token.invalid': {
    status: 422,
    cause: {
      fr: '`decision_token` n’est pas une autorisation de nous.',
      en: '`decision_token` is no permit of ours.',
    },
    example: '{"decision_token":"eyJ… d’un autre émetteur"}',
    mend: {
      fr: 'Rendez le jeton tel qu’il est venu dans `context.decision_token` d’un oui.',
      en: 'Give back the token as it came in `context.decision_token` of a yes.',
    },
  },
  'report.key': {
    status: 422,
    cause: {
      fr: '`Idempotency-Key` n’est pas la valeur que cette opération veut.',
      en: '`Idempotency-Key` is not the value that this operation wants.',
    },
    example: 'Idempotency-Key: 42',
    mend: {
      fr: 'Mettez-y ce que `detail` nomme : `decision_id`, `query_id` ou `reference`.',
      en: 'Put there what `detail` names: `decision_id`, `query_id` or `reference`.',
    },
  },
  'report.not-holder': {
    status: 403,
    cause: {
      fr: 'L’autorisation est pour un autre organisme.',
      en: 'The permit was given to another body.',
    },
    example: 'un jeton de l’organisme B pour la décision de A',
    mend: {
      fr: 'Rapportez avec un jeton du service qui a demandé la décision.',
      en: 'Report with a token of the service that asked for the decision.',
    },
  },
  'report.categories': {
    status: 422,
    cause: {
      fr: 'Les catégories ne vont pas avec ce qui a été permis, ou avec `status`.',
      en: 'The categories do not go with what was permitted, or with `status`.',
    },
    example: '{"status":"nil","categories":["income"]}',
    mend: {
      fr: 'Nommez ce qui est parti, jamais plus que ce qui a été permis ; pour `nil`, une liste vide.',
      en: 'Name what was sent, never more than was permitted; for `nil`, an empty list.',
    },
  },
  'report.time': {
    status: 422,
    cause: {
      fr: '`occurred_at` est avant la décision, ou dans l’avenir. Cinq minutes d’écart sont permises.',
      en: '`occurred_at` is before the decision, or in the future. Five minutes are tolerated.',
    },
    example: '{"occurred_at":"2027-01-01T00:00:00Z"}',
    mend: {
      fr: 'Envoyez l’heure de l’envoi, en UTC, d’une horloge à l’heure (NTP).',
      en: 'Send the time of the sending, in UTC, of a clock that is right (NTP).',
    },
  },
  'report.differs': {
    status: 422,
    cause: {
      fr: 'Un autre rapport a déjà été inscrit sous ce nom.',
      en: 'Another report was recorded under this name.',
    },
    example: 'deux rapports du même decision_id, « sent » puis « nil »',
    mend: {
      fr: 'Répétez le même rapport tel quel, ou corrigez-le par l’opération de correction.',
      en: 'Repeat the same report as it was, or correct it by the operation of corrections.',
    },
  },
  'report.none': {
    status: 409,
    cause: {
      fr: 'Il n’y a rien à corriger : rien n’a été rapporté.',
      en: 'There is nothing to correct: nothing was reported.',
    },
    example: 'POST /disclosures/corrections',
    mend: {
      fr: 'Rapportez d’abord ce qui est parti.',
      en: 'Report first what was sent.',
    },
  },
  'report.nil': {
    status: 422,
    cause: {
      fr: '« Rien n’est parti » est définitif : son usage a été rendu.',
      en: '“Nothing was sent” is final: its use was given back.',
    },
    example: '{"status":"sent"} après « nil »',
    mend: {
      fr: 'Demandez une nouvelle décision avant d’envoyer.',
      en: 'Ask for a new decision before you send.',
    },
  },
  'report.too-many': {
    status: 422,
    cause: {
      fr: 'Trop de corrections, de réceptions ou de déclarations d’un même fait.',
      en: 'Too many corrections, receptions or declarations of the same.',
    },
    example: 'la sixième correction',
    mend: {
      fr: 'Arrêtez l’automate qui recommence, et parlez à l’exploitant.',
      en: 'Stop the program that tries again, and speak to the operator.',
    },
  },
  'decision.untrusted': {
    status: 409,
    cause: {
      fr: 'Ce que le courtier garde de la décision a changé sans lui. Rien n’est inscrit.',
      en: 'What the broker keeps of the decision was changed past it. Nothing is recorded.',
    },
    example: '"code":"decision.untrusted"',
    mend: {
      fr: 'Gardez votre rapport, et parlez à l’exploitant, qui a une alarme.',
      en: 'Keep your report, and speak to the operator, who has an alarm.',
    },
  },
  'received.not-found': {
    status: 404,
    cause: {
      fr: 'Aucune décision ni aucun consentement de ce nom ne vous concerne.',
      en: 'No decision or consent of this name concerns you.',
    },
    example: '{"decision_id":"dec_…"} d’un autre destinataire',
    mend: {
      fr: 'Nommez une décision dont vous êtes le destinataire.',
      en: 'Name a decision of which you are the recipient.',
    },
  },
  'received.ambiguous': {
    status: 422,
    cause: {
      fr: 'Ce `query_id` est de plusieurs autorisations.',
      en: 'This `query_id` is of several permits.',
    },
    example: '{"query_id":"q-1"}',
    mend: {
      fr: 'Nommez `decision_id`. Faites un `query_id` par demande.',
      en: 'Name `decision_id`. Make one `query_id` for each question.',
    },
  },
  'inquiry.unknown': {
    status: 422,
    cause: {
      fr: '`inquiry` n’est le nom d’aucune de vos vérifications.',
      en: '`inquiry` is the name of none of your introspections.',
    },
    example: '{"status":"none","inquiry":"autre","why":"not_found"}',
    mend: {
      fr: 'Rendez `inquiry` tel qu’il est venu dans `authorization_details`, à l’introspection.',
      en: 'Give back `inquiry` as it came in `authorization_details`, at introspection.',
    },
  },
  'inquiry.closed': {
    status: 409,
    cause: {
      fr: 'La journée de cette vérification est fermée.',
      en: 'The day of this introspection is closed.',
    },
    example: 'une raison dite le lendemain matin',
    mend: {
      fr: 'Dites la raison aussitôt, au plus tard vingt minutes après minuit au Québec.',
      en: 'Say the reason at once, twenty minutes after midnight in Québec at the latest.',
    },
  },
  'declared.unknown': {
    status: 404,
    cause: {
      fr: '`sub` n’est pas un identifiant de votre organisme.',
      en: '`sub` is no identifier of your body.',
    },
    example: '{"sub":"celui d’un autre organisme"}',
    mend: {
      fr: 'Prenez l’identifiant que ce courtier vous a donné pour cette personne.',
      en: 'Take the identifier that this broker gave you for the person.',
    },
  },
  'declared.dataset': {
    status: 422,
    cause: {
      fr: 'Ces renseignements ne sont pas au registre, ou sont les vôtres.',
      en: 'The dataset is not in the register, or is yours.',
    },
    example: '{"dataset":"income@1"}',
    mend: {
      fr: 'Nommez un ensemble d’un autre organisme, avec sa version.',
      en: 'Name a dataset of another body, with its version.',
    },
  },
  'declared.case': {
    status: 422,
    cause: {
      fr: 'Cette base légale demande un dossier ou une ordonnance, et un rôle.',
      en: 'This legal basis demands a case or order, and a role.',
    },
    example: '{"case":null}',
    mend: {
      fr: 'Ajoutez `case`, avec ce que `detail` nomme.',
      en: 'Add `case`, with what `detail` names.',
    },
  },
  'effect.not-found': {
    status: 404,
    cause: {
      fr: 'Aucun consentement de ce nom ne vous concerne.',
      en: 'No consent of this name concerns you.',
    },
    example: 'con_… d’un autre organisme',
    mend: {
      fr: 'Prenez l’identifiant dans la liste des arrêts.',
      en: 'Take the id from the list of stops.',
    },
  },
  'effect.not-stopped': {
    status: 409,
    cause: {
      fr: 'La personne n’a pas arrêté ce partage.',
      en: 'The person did not stop this sharing.',
    },
    example: 'un partage en pause',
    mend: {
      fr: 'Rapportez un effet seulement pour ce que la liste des arrêts nomme.',
      en: 'Report an effect only of what the list of stops names.',
    },
  },
  'effect.kept-too-long': {
    status: 422,
    cause: {
      fr: '`kept_until` est plus tard que la raison du partage le permet.',
      en: '`kept_until` is later than the purpose allows.',
    },
    example: '{"kept_until":"2099-01-01"}',
    mend: {
      fr: '`detail` dit le dernier jour.',
      en: '`detail` says the last day.',
    },
  },
  'effect.settled': {
    status: 409,
    cause: {
      fr: 'Un effet définitif a déjà été rapporté.',
      en: 'A final effect was reported before.',
    },
    example: '« erased », puis « kept »',
    mend: {
      fr: 'Ne rapportez plus rien de cet arrêt.',
      en: 'Report nothing more of this stop.',
    },
  },
  'dispute.answered': {
    status: 409,
    cause: {
      fr: 'Une autre réponse à cette question a été donnée.',
      en: 'Another answer to this question was given.',
    },
    example: 'deux réponses différentes',
    mend: {
      fr: 'Une réponse reste. Répétez la même, ou écrivez à la personne.',
      en: 'An answer stays. Repeat the same one, or write to the person.',
    },
  },
  'matching.stopped': {
    status: 403,
    cause: {
      fr: 'Plus de la moitié des dossiers de votre organisme, des cent dernières personnes, n’étaient pas les leurs.',
      en: 'More than half of the files of your body, of the last hundred people, were not theirs.',
    },
    example: '{"family_name":"?","given_name":"?","birthdate":"1900-01-01"}',
    mend: {
      fr: 'Voyez comment vos dossiers sont trouvés, puis demandez à l’exploitant de lever l’arrêt.',
      en: 'See how your files are found, then ask the operator to lift the stop.',
    },
  },
  'matching.too-many': {
    status: 429,
    cause: {
      fr: 'Votre organisme a eu cinq réponses sur cette personne aujourd’hui, au jour du Québec, ou dix « no_match » en trente jours.',
      en: 'Your body had five answers about this person today, by the day in Québec, or ten “no_match” in thirty days.',
    },
    example: 'Retry-After: 36000',
    mend: {
      fr: 'Ne devinez pas : un commis regarde le dossier avec la personne. Ou attendez `Retry-After`.',
      en: 'Do not guess: a clerk looks at the file with the person. Or wait for `Retry-After`.',
    },
  },
  'matching.day-over': {
    status: 429,
    cause: {
      fr: 'Votre organisme a eu autant de « no_match » aujourd’hui que l’exploitant le permet.',
      en: 'Your body had as many “no_match” today as the operator allows.',
    },
    example: 'Retry-After: 36000',
    mend: {
      fr: 'Attendez `Retry-After`, et voyez comment vos dossiers sont trouvés. La limite est à `/.well-known/limits`; l’exploitant peut la relever.',
      en: 'Wait for `Retry-After`, and see how your files are found. The limit is at `/.well-known/limits`; the operator can raise it.',
    },
  },
} as const satisfies Readonly<Record<string, ListedProblem>>
