import type { Language } from '../../base/values/languages.ts'

/** The words of the page, and of each step of `public/js/verifier.js`: they must work without this server. */
export const words = {
  fr: {
    title: 'Vérifier un reçu',
    lead: 'Un reçu prouve ce qu’une personne a répondu. Déposez-le ici pour savoir s’il est authentique.',
    drop: 'Déposez votre reçu ici',
    choose: 'ou choisissez le fichier',
    here: 'Tout se passe dans votre navigateur : rien n’est envoyé.',
    plain:
      'Sans JavaScript, collez le reçu sous « Pour spécialistes » : ce site le vérifie et n’en garde rien.',
    formats:
      'Les reçus sont en .html, ou en .jwt avec une preuve d’inscription en .tlog-proof : déposez alors les deux ensemble.',
    signed:
      'Une réponse signée prouve que cette clé, sur ce site, a signé l’empreinte de ces choix. Elle ne prouve pas ce que ses yeux ont lu : qui tient le site peut glisser une autre empreinte dans son prochain geste. Qui reçoit un reçu signé voit la clé.',
    steps: 'Chaque vérification',
    paste: 'Coller un reçu',
    receipt: 'Le reçu (.jwt)',
    proof: 'La preuve (.tlog-proof), si vous l’avez',
    button: 'Vérifier',
    trusted: 'Les clés à qui cette page se fie',
    'trusted-text': 'Comparez-les avec celles qu’un reçu nomme.',
    offline: 'Vérifier sans réseau',
    'offline-text':
      'Cette page tient aussi dans un seul fichier, qui marche sans réseau et sans nous.',
    save: 'Garder le vérificateur (.html)',
    'signature.yes': 'Le reçu est signé par {by} et n’a pas été changé. Il dit : {what}, le {at}.',
    'signature.no': 'Ce n’est pas un reçu signé par une clé connue, ou il a été changé.',
    'entry.yes':
      'L’événement, avec votre clé secrète, donne exactement son entrée au journal : {entry}',
    'entry.no': 'L’événement ne donne pas l’entrée que le reçu annonce.',
    'event.yes':
      'L’événement dit la même chose que le reçu. C’est le nᵒ {number} de votre registre.',
    'event.no': 'L’événement dit autre chose que le reçu.',
    'files.yes':
      'Dès le {at}, aucun fichier de la base de données ne l’avait plus. Son journal d’écriture l’a jusqu’à {place}, et les copies, jusqu’au {until}.',
    'files.no': 'L’attestation ne dit pas quand les fichiers de la base ne l’avaient plus.',
    'untold.yes':
      'L’événement nomme le partage seul : le journal ne prouve ni les organismes ni les catégories de ce reçu. Ceux du reçu de la réponse, oui.',
    'unsigned.yes':
      'La réponse n’est pas signée par une clé d’accès : le courtier l’a inscrite, après {after}.',
    'answer.yes':
      'Une clé d’accès a signé cette réponse, sur {site}, après avoir vérifié qui l’utilisait : ces choix, cette page, rien d’autre.',
    'answer.no': 'La clé d’accès n’a pas signé cette réponse sur {site}.',
    'key.yes':
      'Selon l’événement joint, cette clé a été {how} {since}. Le reçu seul ne prouve pas cette date; la preuve d’inscription la montre.',
    'key.no': 'Les événements joints ne sont pas ceux de cette clé, ou ils se contredisent.',
    'question.yes':
      'Par ces événements, cette clé est plus ancienne que la question, montrée le {at}.',
    'page.yes': 'La réponse ne dit rien de plus que la page qui a été montrée.',
    'page.no':
      'La réponse dit plus que la page qui a été montrée, ou la page jointe est une autre.',
    'question-untold.yes': 'Le reçu ne montre pas quand la question a été posée.',
    'key-younger.yes': 'Cette clé est venue après la question, montrée le {at}.',
    'key-unproved.yes':
      'La preuve ne montre pas que le journal avait l’événement de la clé avant la réponse.',
    'lifted.yes': 'La personne avait levé « seulement avec ma clé » le {at} : {by}.',
    'lifted.no': 'L’événement joint ne montre pas qu’elle avait levé « seulement avec ma clé ».',
    'by.key': 'sa clé l’a signé',
    'by.recovery': 'après une récupération, sans clé',
    'origin-erased.yes':
      'Ce qui disait comment cette clé est devenue la vôtre était effacé avant ce reçu.',
    'key-proof.yes':
      'L’événement de la clé est au journal public, sous le nᵒ {index}, avant celui de la réponse.',
    'key-proof.no':
      'La preuve de la clé n’est pas celle de son événement, ou son ordre au journal est faux.',
    'origin-untold.yes': 'Le reçu ne montre pas comment cette clé est devenue la vôtre.',
    'how.access.opened': 'créée avec cet accès, le',
    'how.access.factor-added':
      'ajoutée à cet accès, sans qu’une clé plus ancienne l’ait reconnue, le',
    'how.access.recovered':
      'faite par une récupération, sans qu’une clé plus ancienne l’ait reconnue, le',
    'how.traced':
      'ajoutée à cet accès et reconnue par une clé qui remonte à celle de son ouverture, le',
    'how.endorsed': 'ajoutée à cet accès et reconnue par une clé plus ancienne, le',
    'how.endorsed-recovered':
      'ajoutée à cet accès et reconnue par une clé qui vient d’une récupération, le',
    'how.by_recovered':
      'ajoutée après une récupération, sans qu’une clé plus ancienne l’ait reconnue, le',
    'proof.yes': 'La preuve est du bon journal : {log}',
    'proof.no': 'Ce n’est pas une preuve, ou elle est d’un autre journal que {log}.',
    'path.yes':
      'De votre entrée, la nᵒ {index}, le chemin mène à la racine du journal, qui a {size} entrées.',
    'path.no': 'De votre entrée, le chemin ne mène pas à la racine du journal.',
    'log.yes': 'Cette racine est signée par le journal {log}.',
    'log.no': 'Cette racine n’est pas signée par le journal {log}.',
    'lasting.no':
      'Depuis le {day}, la politique de la page ne compte plus ces signatures, sauf sous une racine signée avant par ML-DSA-44. Celle-ci ne l’est pas.',
    'witnesses.yes':
      'Des témoins l’ont vue : {count} ({names}). C’est assez selon la politique de la page.',
    'witnesses.no': 'Trop peu de témoins l’ont vue : {count}.',
    'unwitnessed.yes':
      'Aucun témoin indépendant ne l’a vue; la politique de la page n’en demande pas.',
    'uncompared.yes':
      'Une autre version de ce site a fait le fichier, ou quelqu’un l’a changé : ce qu’il montre n’est pas comparé.',
    'unchecked.yes':
      'Des signatures ne peuvent pas être vérifiées ici (ML-DSA-44). Elles ne comptent pas : {names}.',
    'unasked.yes': 'La politique de la page ne demande aucun témoin.',
    'unsure.no':
      'Les témoins qui peuvent être vérifiés ici ne suffisent pas : {count}. Un navigateur plus récent ou la commande « accord receipt verify » peut vérifier les autres.',
    'what.given': 'autorisé',
    'what.refused': 'refusé',
    'what.withdrawn': 'arrêté',
    'what.paused': 'mis en pause',
    'what.resumed': 'repris',
    'what.confirmed': 'confirmé',
    'what.expired': 'terminé',
    'what.superseded': 'remplacé',
    'what.voided': 'annulé',
    'what.erased': 'un contenu a été effacé',
    'broken.no':
      'Votre navigateur ne sait pas vérifier ces signatures (Ed25519). Essayez-en un plus récent.',
  },
  en: {
    title: 'Check a receipt',
    lead: 'A receipt proves what a person answered. Drop it here to know whether it is authentic.',
    drop: 'Drop your receipt here',
    choose: 'or choose the file',
    here: 'Everything happens in your browser: nothing is sent.',
    plain:
      'Without JavaScript, paste the receipt under “For specialists”: this site checks it and keeps nothing.',
    formats:
      'Receipts are .html, or .jwt with a proof of their entry in .tlog-proof: drop both together then.',
    signed:
      'A signed answer proves that this key, at this site, signed a hash of these choices. It does not prove what her eyes read: whoever runs the site can pass another hash at her next touch. Whoever gets a signed receipt sees the key.',
    steps: 'Each check',
    paste: 'Paste a receipt',
    receipt: 'The receipt (.jwt)',
    proof: 'The proof (.tlog-proof), if you have it',
    button: 'Check',
    trusted: 'The keys that this page trusts',
    'trusted-text': 'Compare them with those that a receipt names.',
    offline: 'Check without a network',
    'offline-text':
      'This page also fits in one file, which works without a network and without us.',
    save: 'Keep the verifier (.html)',
    'signature.yes': 'The receipt is signed by {by} and was not changed. It says: {what}, at {at}.',
    'signature.no': 'This is no receipt signed by a known key, or it was changed.',
    'entry.yes': 'The event, with your secret key, makes exactly its entry in the log: {entry}',
    'entry.no': 'The event does not make the entry that the receipt names.',
    'event.yes': 'The event says the same as the receipt. It is no. {number} of your record.',
    'event.no': 'The event says something else than the receipt.',
    'files.yes':
      'By {at}, no file of the database had it any more. Its log of writes has it up to {place}, and backups until {until}.',
    'files.no': 'The certificate does not say by when no file of the database had it.',
    'untold.yes':
      'The event names the sharing alone: the log proves neither the bodies nor the categories of this receipt. It proves those of the receipt of the answer.',
    'unsigned.yes':
      'The answer is not signed by a passkey: the broker wrote it down, after {after}.',
    'answer.yes':
      'A passkey signed this answer, at {site}, after it verified who used it: these choices, this page, nothing else.',
    'answer.no': 'The passkey did not sign this answer at {site}.',
    'key.yes':
      'By the event beside it, this key was {how} {since}. The receipt alone does not prove that date; the proof of entry does.',
    'key.no': 'The events beside it are not those of this key, or contradict each other.',
    'question.yes': 'By these events this key is older than the question, shown at {at}.',
    'question-untold.yes': 'The receipt does not show when the question was asked.',
    'page.yes': 'The answer says no more than the page that was shown.',
    'page.no':
      'The answer says more than the page that was shown, or the page beside it is another one.',
    'key-younger.yes': 'This key came after the question, shown at {at}.',
    'key-unproved.yes':
      'The proof does not show that the log had the event of the key before the answer.',
    'lifted.yes': 'The person had lifted “only with my key” at {at}: {by}.',
    'lifted.no': 'The event beside it does not show that she had lifted “only with my key”.',
    'by.key': 'her key signed that',
    'by.recovery': 'after a recovery, without a key',
    'origin-erased.yes': 'What told how this key became yours was erased before this receipt.',
    'key-proof.yes':
      'The event of the key is in the public log, as no. {index}, before that of the answer.',
    'key-proof.no': 'The proof of the key is not of its event, or its order in the log is wrong.',
    'origin-untold.yes': 'The receipt does not show how this key became yours.',
    'how.access.opened': 'made with this access, on',
    'how.access.factor-added': 'added to this access, and no older key vouched for it, on',
    'how.access.recovered': 'made by a recovery, and no older key vouched for it, on',
    'how.traced':
      'added to this access and vouched for by a key that goes back to that of its opening, on',
    'how.endorsed': 'added to this access and vouched for by an older key, on',
    'how.endorsed-recovered':
      'added to this access and vouched for by a key that came by a recovery, on',
    'how.by_recovered': 'added after a recovery, and no older key vouched for it, on',
    'proof.yes': 'The proof is of the right log: {log}',
    'proof.no': 'This is no proof, or it is of another log than {log}.',
    'path.yes':
      'From your entry, no. {index}, the path leads to the root of the log, which has {size} entries.',
    'path.no': 'From your entry the path does not lead to the root of the log.',
    'log.yes': 'That root is signed by the log {log}.',
    'log.no': 'That root is not signed by the log {log}.',
    'lasting.no':
      'Since {day} the policy of the page counts these signatures only below a root that ML-DSA-44 signed before. This root is none.',
    'witnesses.yes':
      'Witnesses have seen it: {count} ({names}). That is enough by the policy of the page.',
    'witnesses.no': 'Too few witnesses have seen it: {count}.',
    'unwitnessed.yes': 'No independent witness has seen it; the policy of the page asks for none.',
    'uncompared.yes':
      'Another version of this site made the file, or somebody changed it: what it shows is not compared.',
    'unchecked.yes':
      'Some signatures cannot be checked here (ML-DSA-44). They do not count: {names}.',
    'unasked.yes': 'The policy of the page asks for no witness.',
    'unsure.no':
      'The witnesses that can be checked here are too few: {count}. A newer browser, or the command “accord receipt verify”, can check the others.',
    'what.given': 'allowed',
    'what.refused': 'refused',
    'what.withdrawn': 'stopped',
    'what.paused': 'paused',
    'what.resumed': 'resumed',
    'what.confirmed': 'confirmed',
    'what.expired': 'ended',
    'what.superseded': 'replaced',
    'what.voided': 'voided',
    'what.erased': 'content was erased',
    'broken.no': 'Your browser cannot check these signatures (Ed25519). Try a newer one.',
  },
} as const satisfies Readonly<Record<Language, Readonly<Record<string, string>>>>
