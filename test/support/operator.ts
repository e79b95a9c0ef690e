/** Who answers for a deployment: what `serve` wants outside the demonstration. */
export const operatorEnv = {
  OPERATOR_NAME: 'Ministère de l’Essai',
  OPERATOR_NAME_EN: 'Ministry of Trials',
  PRIVACY_OFFICER: 'Responsable des renseignements',
  PRIVACY_OFFICER_EN: 'Information officer',
  CONTACT_PHONE: '+14185550111',
  CONTACT_HOURS: 'Tous les jours',
  CONTACT_HOURS_EN: 'Every day',
  CONTACT_EMAIL: 'aide@essai.test',
  CONTACT_ADDRESS: '1, rue de l’Essai',
}
