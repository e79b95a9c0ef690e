export { makeCodes, readCode } from './codes.ts'
export { notificationsJobs } from './jobs.ts'
export type { Carriers, OpensAccess } from './jobs.ts'
export type { MessageNotice } from './kinds.ts'
export { maskedAddress } from './masked-address.ts'
export type { CodeSent } from './code-limits.ts'
export { codeSeconds, mailState, makeLetters } from './letters.ts'
export type { Letters, MailState } from './letters.ts'
export { notify } from './notify.ts'
export type { AddressCodePage } from './pages.ts'
export { chosenMessages, makeContactSettings } from './contact-settings.ts'
export type { ContactSettings, MessageChoice } from './contact-settings.ts'
export {
  mailFailingSince,
  messageStanding,
  notificationsOf,
  unsentByChannel,
  wasNotified,
} from './store.ts'
export type { MessageStanding, NotificationListed } from './store.ts'
export type { AwaitsSendings } from './preference-store.ts'
export {
  remindOfQuestion,
  tellOfSendings,
  whoAwaitsReminders,
  whoAwaitsSendings,
} from './subscriptions.ts'
