import type { DeskPage } from './desk-room.ts'

/** The pages of the desk, in the order of the home page. Each page adds itself here, and nowhere else. */
export const deskPages: readonly DeskPage[] = []
